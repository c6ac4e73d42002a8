"""Routes of a site that publishes its keys under a path."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("auth/", include("tegata.urls"))]
