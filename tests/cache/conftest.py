"""A user, and the site with its sessions in one cache or another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import caches
from django.core.management import call_command
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory

from tests.cache.client import Configure
from tests.django.helpers import PASSWORD
from tests.redis import Redis, run_redis

_BACKENDS = "django.core.cache.backends"


@pytest.fixture(autouse=True)
def _site(settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.cache.site"


@pytest.fixture
def ada(transactional_db: None) -> User:
    """A user that other connections see."""
    return User.objects.create_user("ada", "ada@example.com", PASSWORD)


@pytest.fixture
def bob(transactional_db: None) -> User:
    """Another one."""
    return User.objects.create_user("bob", "bob@example.com", PASSWORD)


@pytest.fixture
def clock() -> Iterator[FrozenDateTimeFactory]:
    """A clock that stands still until `clock.tick(seconds)`; that of Redis goes on."""
    # Event loops keep the real time, or nothing that sleeps would ever wake.
    with freeze_time("2027-03-04 05:06:07", real_asyncio=True) as frozen:
        yield frozen  # type: ignore[misc]


@pytest.fixture
def tegata(settings: Any) -> Configure:
    """Sets `TEGATA` for one test, with `SESSION_CHECK="cache"` unless told otherwise."""

    def configure(**values: Any) -> None:
        # These tests count what is in the cache, and what is asked of it.
        unthrottled = {"LOGIN_THROTTLE": None, "REFRESH_THROTTLE": None}
        settings.TEGATA = {"SESSION_CHECK": "cache", **unthrottled, **values}

    return configure


@pytest.fixture
def locmem(settings: Any, tegata: Configure) -> Iterator[None]:
    """A cache of this process alone."""
    yield from _used(settings, tegata, BACKEND=f"{_BACKENDS}.locmem.LocMemCache")


@pytest.fixture
def redis_cache(settings: Any, tegata: Configure, redis: Redis) -> Iterator[None]:
    """Redis."""
    yield from _used(settings, tegata, BACKEND=f"{_BACKENDS}.redis.RedisCache", LOCATION=redis.url)


@pytest.fixture
def file_cache(settings: Any, tegata: Configure, tmp_path: Path) -> Iterator[None]:
    """A folder."""
    backend = f"{_BACKENDS}.filebased.FileBasedCache"
    yield from _used(settings, tegata, BACKEND=backend, LOCATION=str(tmp_path / "cache"))


@pytest.fixture
def database_cache(settings: Any, tegata: Configure, transactional_db: None) -> Iterator[None]:
    """A table beside that of the sessions, in one transaction with it."""
    settings.CACHES = {
        "default": {"BACKEND": f"{_BACKENDS}.db.DatabaseCache", "LOCATION": "cache_of_sessions"}
    }
    call_command("createcachetable")
    yield from _used(settings, tegata, **settings.CACHES["default"])


def _used(settings: Any, tegata: Configure, **cache: str) -> Iterator[None]:
    settings.CACHES = {"default": cache}
    tegata()
    caches["default"].clear()
    yield
    caches["default"].clear()


@pytest.fixture(params=["locmem", "redis_cache", "file_cache", "database_cache"])
def any_cache(request: pytest.FixtureRequest) -> str:
    """Each of these caches in turn."""
    request.getfixturevalue(request.param)
    return str(request.param)


@pytest.fixture(params=["locmem", "redis_cache"])
def fast_cache(request: pytest.FixtureRequest) -> str:
    """Each cache that serves well."""
    request.getfixturevalue(request.param)
    return str(request.param)


@pytest.fixture
def own_redis(redis: Redis) -> Iterator[Redis]:
    """A server that may be stopped: the one that all tests share may not."""
    with run_redis() as server:
        yield server
