"""Routes of a site that publishes its keys."""

from __future__ import annotations

from django.urls import include, path

from tests.urls import urlpatterns as of_the_tests

urlpatterns = [path("", include("tegata.urls")), *of_the_tests]
