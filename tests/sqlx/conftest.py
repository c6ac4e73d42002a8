"""A Rust host beside Django."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from tests.django.helpers import PASSWORD
from tests.sqlx.rust import CargoNotFoundError, Rust, connected, program


@pytest.fixture(scope="session", autouse=True)
def _built() -> None:
    try:
        program()
    except CargoNotFoundError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error), pytrace=False)
        pytest.skip(str(error))


@pytest.fixture
def ada(transactional_db: None) -> Any:
    """A user that Django has made, whom other connections see."""
    users: Any = get_user_model().objects
    return users.create_user("ada@example.com", password=PASSWORD)


@pytest.fixture
def rust(ada: Any) -> Iterator[Rust]:
    """A store that has found out by looking."""
    with connected() as (rust, found):
        assert found["owner"] == "Django"
        yield rust
