"""Asynchronous views: a cache in this process is asked on the loop, any other on a thread."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest
from asgiref.sync import SyncToAsync, async_to_sync
from django.contrib.auth.models import User
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from django.http import HttpRequest

from tegata import APIError, AuthDetails, JWTAuth
from tegata.models import Session
from tests.cache.client import IN, Configure, Device
from tests.redis import Redis


class Steps:
    """What a request did on its way, and on which thread."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.hops = 0
        self.asked_on: list[int] = []
        self._note_hops(monkeypatch)
        for backend in (LocMemCache, RedisCache):
            self._note_asking(monkeypatch, backend)

    def clear(self) -> None:
        """Begins anew."""
        self.hops = 0
        self.asked_on.clear()

    def _note_hops(self, monkeypatch: pytest.MonkeyPatch) -> None:
        call = SyncToAsync.__call__

        async def noted(*args: Any, **kwargs: Any) -> Any:
            self.hops += 1
            return await call(*args, **kwargs)

        monkeypatch.setattr(SyncToAsync, "__call__", noted)

    def _note_asking(self, monkeypatch: pytest.MonkeyPatch, backend: type[BaseCache]) -> None:
        get_many = backend.get_many

        def noted(*args: Any, **kwargs: Any) -> Any:
            self.asked_on.append(threading.get_ident())
            return get_many(*args, **kwargs)

        monkeypatch.setattr(backend, "get_many", noted)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Steps:
    """What requests do."""
    return Steps(monkeypatch)


async def admitted(device: Device) -> tuple[AuthDetails[Any, Any], int]:
    """What an async view is told, and the thread of its loop."""
    details = await JWTAuth().aauthenticate(HttpRequest(), device.access_token)
    return details, threading.get_ident()


def test_a_hit_in_this_process_stays_on_the_loop(ada: User, locmem: None, steps: Steps) -> None:
    device = Device.of().warm()
    steps.clear()

    _, loop = async_to_sync(admitted)(device)

    assert (steps.hops, steps.asked_on) == (0, [loop])


def test_a_miss_goes_over_to_the_database_once(ada: User, locmem: None, steps: Steps) -> None:
    device = Device.of()
    steps.clear()

    async_to_sync(admitted)(device)

    assert steps.hops == 1


@pytest.mark.parametrize("is_warm", [True, False])
def test_any_other_cache_is_asked_where_the_database_is(
    ada: User, redis_cache: None, steps: Steps, is_warm: bool
) -> None:
    device = Device.of()
    if is_warm:
        device.warm()
    steps.clear()

    async_to_sync(admitted)(device)

    assert steps.hops == 1
    assert len(steps.asked_on) == 1


def test_what_a_hit_did_not_load_is_loaded_when_it_is_asked_for(ada: User, fast_cache: str) -> None:
    device = Device.of().warm()

    async def look() -> tuple[User, Session]:
        details, _ = await admitted(device)
        with pytest.raises(RuntimeError, match=r"await request\.auth\.aget_user\(\)"):
            _ = details.user
        with pytest.raises(RuntimeError, match=r"await request\.auth\.aget_session\(\)"):
            _ = details.session
        return await details.aget_user(), await details.aget_session()

    user, session = async_to_sync(look)()

    assert user == ada
    assert session.pk == device.session_id


def test_what_is_gone_by_then_is_a_refusal(ada: User, fast_cache: str) -> None:
    device = Device.of().warm()
    details = JWTAuth().authenticate(HttpRequest(), device.access_token)
    ada.delete()

    with pytest.raises(APIError) as no_user:
        _ = details.user
    with pytest.raises(APIError) as no_session:
        _ = details.session

    assert no_user.value.error_code == "invalid_user"
    assert no_session.value.error_code == "session_not_found"


def test_a_hanging_cache_does_not_hold_up_the_loop(
    ada: User, own_redis: Redis, settings: Any, tegata: Configure
) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": own_redis.url,
            "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
        }
    }
    tegata()
    device = Device.of().warm()
    own_redis.freeze()

    async def beats_meanwhile() -> int:
        asking = asyncio.create_task(admitted(device))
        beats, begun = 0, time.monotonic()
        while not asking.done():
            await asyncio.sleep(0.01)
            beats += 1
        assert time.monotonic() - begun > 0.4
        await asking
        return beats

    beats = async_to_sync(beats_meanwhile)()
    own_redis.thaw()

    assert beats > 3
    assert device.ask() == IN
