"""Fixtures for pytest: `pytest_plugins = ["tegata.testing.pytest"]` in the root `conftest.py`.

Not an entry point, which would bring them into every project that has Tegata installed somewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tegata import testing

if TYPE_CHECKING:
    from django.test import AsyncClient, Client

    from tegata.testing import FrozenClock


@pytest.fixture
def tegata_client() -> Callable[..., Client]:
    """`tegata_client(user)` is a Django test client that is signed in; see `testing.client`."""
    return testing.client


@pytest.fixture
def tegata_async_client() -> Callable[..., Coroutine[Any, Any, AsyncClient]]:
    """`await tegata_async_client(user)` is an `AsyncClient` that is signed in."""
    return testing.aclient


@pytest.fixture
def tegata_clock() -> Iterator[FrozenClock]:
    """The time that Tegata sees stands still until the test moves it."""
    with testing.frozen() as clock:
        yield clock
