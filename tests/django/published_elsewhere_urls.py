"""Routes of a site that publishes its keys where nobody looks, and has no API."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("auth/", include(("tegata.urls", "auth"), namespace="auth"))]
