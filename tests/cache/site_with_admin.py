"""The same site, with Django's admin beside it."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from tests.cache import site

urlpatterns = [*site.urlpatterns, path("admin/", admin.site.urls)]
