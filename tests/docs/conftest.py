"""Fixtures for the tests of the documentation."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.docs.project import Project, start_project

# The projects of these tests bring their own SQLite, so a run on another database would only do
# the same once more.
if os.environ.get("TEGATA_TEST_DATABASE", "sqlite") != "sqlite":
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session")
def _bare_project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return start_project(tmp_path_factory.mktemp("docs") / "bare")


@pytest.fixture
def project(_bare_project: Project, tmp_path: Path) -> Project:
    """A new Django project, as `django-admin startproject` makes it."""
    folder = tmp_path / "site"
    shutil.copytree(_bare_project.folder, folder)
    return Project(folder)


@pytest.fixture
def site(project: Project) -> Project:
    """A project that has been through the quick start, for the guides."""
    # Fast and weak: none of the pages is about hashing.
    hasher = '["django.contrib.auth.hashers.MD5PasswordHasher"]'
    project.write("settings.py", f'INSTALLED_APPS += ["tegata"]\nPASSWORD_HASHERS = {hasher}\n')
    project.write("urls.py", _URLS)
    return project


_URLS = """\
from django.contrib import admin
from django.urls import path

from mysite.api import api

urlpatterns = [path("admin/", admin.site.urls), path("api/", api.urls)]
"""
