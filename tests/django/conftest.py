"""Fixtures for the tests of the Django face."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import caches

from tests.django.helpers import PASSWORD


@pytest.fixture(autouse=True)
def _no_attempts_so_far() -> None:
    """The throttles count in the cache, which outlives a test."""
    caches["default"].clear()


@pytest.fixture
def ada(db: None) -> User:
    """A user."""
    return User.objects.create_user("ada", "ada@example.com", PASSWORD)


@pytest.fixture
def bob(db: None) -> User:
    """Another user."""
    return User.objects.create_user("bob", "bob@example.com", PASSWORD)


@pytest.fixture
def committed_ada(transactional_db: None) -> User:
    """A user that other connections see."""
    return User.objects.create_user("ada", "ada@example.com", PASSWORD)


@pytest.fixture
def tegata(settings: Any) -> Any:
    """Sets `TEGATA` for one test: `tegata(LEEWAY=0)`."""

    def configure(**values: Any) -> None:
        settings.TEGATA = values

    return configure
