"""A user, clients, a clock, and keys to forge with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.core.cache import caches
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory
from ninja import NinjaAPI
from pytest_django import Settings

from tegata import remote
from tegata.issuers import issuer
from tests.ninja.helpers import PASSWORD, SECRET, JSONClient, Pair, urlconf_of


@pytest.fixture(autouse=True)
def _no_attempts_so_far() -> None:
    """The throttles count in the cache, which outlives a test."""
    caches["default"].clear()


@pytest.fixture(autouse=True)
def _no_issuers_so_far() -> None:
    """A process knows an issuer by its address, and two tests may be given the same port."""
    issuer._keys.cache_clear()
    remote._keys_at.cache_clear()


@pytest.fixture
async def looks_are_over(transactional_db: None) -> AsyncIterator[None]:
    """A look that was cancelled still reads rows in its thread, which are not removed under it."""
    yield
    await sync_to_async(lambda: None)()


@pytest.fixture
def clock() -> Iterator[FrozenDateTimeFactory]:
    """A clock that stands still until `clock.tick(seconds)`."""
    # Event loops keep the real time, or nothing that sleeps would ever wake.
    with freeze_time("2027-03-04 05:06:07", real_asyncio=True) as frozen:
        yield frozen  # type: ignore[misc]


@pytest.fixture
def user(db: None) -> Any:
    """Alice, who can log in with `PASSWORD`."""
    return get_user_model().objects.create_user("alice", "alice@example.org", PASSWORD)


@pytest.fixture
def other_user(db: None) -> Any:
    """Bob, who can log in with `PASSWORD`."""
    return get_user_model().objects.create_user("bob", "bob@example.org", PASSWORD)


@pytest.fixture
def caller() -> JSONClient:
    """A client for JSON."""
    return JSONClient()


@pytest.fixture
def pair(user: Any, caller: JSONClient) -> Pair:
    """Alice's tokens, fresh from a login."""
    return caller.log_in()


@pytest.fixture
def forging_key(settings: Settings) -> bytes:
    """Makes `SECRET` the signing key, so that tests can sign whatever they like."""
    settings.TEGATA = {**getattr(settings, "TEGATA", {}), "KEYS": [SECRET]}
    return SECRET


@pytest.fixture
def serve(settings: Settings) -> Callable[[NinjaAPI], None]:
    """Puts an API in the place of the project's, under `/api/`."""

    def put(api: NinjaAPI) -> None:
        settings.ROOT_URLCONF = urlconf_of(api)

    return put
