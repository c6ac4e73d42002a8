"""The demo's addresses, and those that are published."""

from __future__ import annotations

from django.urls import include, path

from demo.urls import urlpatterns as of_the_demo

urlpatterns = [path("", include("tegata.urls")), *of_the_demo]
