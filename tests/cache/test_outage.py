"""The cache is gone, hangs, or takes nothing any more; and it comes back."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache
from django.test import Client
from freezegun.api import FrozenDateTimeFactory

from tegata import conf
from tegata.internal import cache_access
from tegata.models import Session
from tests.cache.client import ASYNC, ENDED, IN, SYNC, UNAVAILABLE, Configure, Device, connect
from tests.django.helpers import at_once, profile
from tests.django.test_database_outage import locked
from tests.redis import Redis

TIMEOUT_SECONDS = 0.4
# As long as nobody asks a cache that has just failed.
PAUSE_SECONDS = 1.0


@pytest.fixture(autouse=True)
def _on_own_redis(settings: Any, tegata: Configure, own_redis: Redis, ada: User) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": own_redis.url,
            "OPTIONS": {
                "socket_timeout": TIMEOUT_SECONDS,
                "socket_connect_timeout": TIMEOUT_SECONDS,
            },
        }
    }
    tegata()


@pytest.fixture(params=["gone", "hanging"])
def outage(request: pytest.FixtureRequest, own_redis: Redis) -> Iterator[tuple[Any, Any]]:
    """What takes the server away, and what brings it back."""
    if request.param == "gone":
        yield own_redis.stop, own_redis.start
    else:
        yield own_redis.freeze, own_redis.thaw
        own_redis.thaw()


def told(caplog: pytest.LogCaptureFixture) -> list[tuple[int, str]]:
    """Levels and beginnings of what our log says."""
    return [
        (record.levelno, record.getMessage().partition(":")[0])
        for record in caplog.records
        if record.name == "tegata"
    ]


NO_ANSWER = (logging.ERROR, "the session cache cannot answer")
ANSWERS = (logging.WARNING, "the session cache answers again")
NOT_WRITTEN = (logging.ERROR, "the session cache cannot be written to")
WRITTEN = (logging.WARNING, "the session cache can be written to again")


@pytest.mark.parametrize("path", [SYNC, ASYNC])
def test_requests_go_on_by_the_rows(
    outage: tuple[Any, Any], caplog: pytest.LogCaptureFixture, path: str
) -> None:
    take_away, bring_back = outage
    device = Device.of().warm()

    take_away()
    assert [device.cost(path) for _ in range(20)] == [1] * 20
    assert told(caplog) == [NO_ANSWER]

    bring_back()
    time.sleep(PAUSE_SECONDS + 0.1)
    assert device.ask(path) == IN
    assert [device.cost(path) for _ in range(5)] == [0] * 5
    assert told(caplog) == [NO_ANSWER, ANSWERS]


@pytest.mark.parametrize("path", [SYNC, ASYNC])
def test_requests_are_refused_where_the_site_wants_that(
    outage: tuple[Any, Any], caplog: pytest.LogCaptureFixture, tegata: Configure, path: str
) -> None:
    take_away, bring_back = outage
    tegata(SESSION_CACHE_FAILURE="refuse")
    device = Device.of().warm()

    take_away()
    for _ in range(20):
        answer = profile(Client(), device.access_token, path)
        assert answer.status_code == 503
        assert answer.json()["error_code"] == "service_unavailable"  # type: ignore[attr-defined]
        assert answer["Retry-After"] == "1"
        assert answer["Cache-Control"] == "no-store"
    assert told(caplog) == [NO_ANSWER]
    # The auth routes look at the rows anyway.
    device.refresh()
    device.post("logout/")

    bring_back()
    time.sleep(PAUSE_SECONDS + 0.1)
    assert device.ask(path) == ENDED
    assert Device.of().ask(path) == IN


def test_a_request_with_a_bad_token_is_refused_for_that(
    outage: tuple[Any, Any], tegata: Configure
) -> None:
    tegata(SESSION_CACHE_FAILURE="refuse")
    device = Device.of()
    outage[0]()

    device.tokens["access_token"] += "x"

    assert device.ask() == (401, "invalid_token")


class Waits:
    """Counts the calls that a server was to answer."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reads = self._count(monkeypatch, "get_many")
        self.writes = self._count(monkeypatch, "set_many")

    def _count(self, monkeypatch: pytest.MonkeyPatch, name: str) -> list[str]:
        call = getattr(RedisCache, name)
        made: list[str] = []

        def counted(*args: Any, **kwargs: Any) -> Any:
            made.append(name)
            return call(*args, **kwargs)

        monkeypatch.setattr(RedisCache, name, counted)
        return made


def test_a_hanging_cache_does_not_hold_up_every_request(
    own_redis: Redis, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = Device.of().warm()
    own_redis.freeze()
    waits, begun, asked = Waits(monkeypatch), time.monotonic(), 0

    while time.monotonic() - begun < 2 * (TIMEOUT_SECONDS + PAUSE_SECONDS):
        assert device.ask() == IN
        asked += 1
        time.sleep(0.005)
    own_redis.thaw()

    # One before each pause.
    assert 1 <= len(waits.reads) <= 2
    assert asked > 5
    assert told(caplog) == [NO_ANSWER]


def test_after_a_pause_one_request_tries_and_the_others_do_not_wait_with_it(
    own_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = Device.of().warm()
    own_redis.freeze()
    assert device.ask() == IN
    time.sleep(PAUSE_SECONDS)
    waits = Waits(monkeypatch)

    assert at_once([device.ask] * 6) == [IN] * 6
    own_redis.thaw()

    assert len(waits.reads) == 1


@contextmanager
def full(redis: Redis) -> Iterator[None]:
    """Within it, the server answers and takes nothing."""
    client = connect(redis)
    client.config_set("maxmemory", "1")
    yield
    client.config_set("maxmemory", "0")


def log_out(device: Device) -> None:
    device.post("logout/")


def log_out_all(device: Device) -> None:
    device.post("logout/all/")


WAYS = pytest.mark.parametrize("way", [log_out, log_out_all], ids=["one", "all"])


@WAYS
def test_what_ends_meanwhile_is_told_when_the_cache_is_back(
    own_redis: Redis,
    way: Callable[[Device], None],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lost, other = Device.of().warm(), Device.of().warm()
    # A frozen Redis remembers what it knew: that `lost` is live.
    own_redis.freeze()
    waits = Waits(monkeypatch)
    way(lost)
    # Before the end; what comes after it does not wait again.
    assert len(waits.writes) == 1
    assert lost.ask() == ENDED
    own_redis.thaw()

    # Not even when it answers before it can be told.
    time.sleep(PAUSE_SECONDS + 0.1)
    assert lost.ask() == ENDED
    assert [lost.ask(), lost.ask()] == [ENDED, ENDED]
    other.ask()

    tombstone = "ended" if way is log_out else "user"
    client = connect(own_redis)
    assert any(f"tegata:{tombstone}:".encode() in key for key in client.scan_iter())
    assert set(told(caplog)) == {NO_ANSWER, ANSWERS, NOT_WRITTEN, WRITTEN}
    assert len(told(caplog)) == 4


@WAYS
def test_what_nobody_could_tell_acts_within_the_bound(
    own_redis: Redis, way: Callable[[Device], None], clock: FrozenDateTimeFactory
) -> None:
    device = Device.of().warm()
    with full(own_redis):
        way(device)
    # As in another process, and in this one if it was started anew.
    conf.current.cache_clear()

    clock.tick(59)
    assert device.ask() == IN
    clock.tick(2)
    assert device.ask() == ENDED


def test_many_ends_do_not_wait_for_a_hanging_cache_each(
    own_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    devices = [Device.of() for _ in range(6)]
    own_redis.freeze()
    waits, begun = Waits(monkeypatch), time.monotonic()

    for device in devices:
        device.post("logout/")

    assert len(waits.writes) <= 1 + (time.monotonic() - begun) / PAUSE_SECONDS
    own_redis.thaw()
    assert not Session.objects.active().exists()


def test_a_cache_that_can_only_be_read(own_redis: Redis, caplog: pytest.LogCaptureFixture) -> None:
    """Redis answers, and takes nothing: it is full, or a replica."""
    lost, other = Device.of().warm(), Device.of().warm()

    with full(own_redis):
        assert other.cost() == 0
        new = Device.of()
        assert [new.cost() for _ in range(10)] == [1] * 10
        lost.post("logout/")
        # Here it is known, if not in the cache.
        assert [lost.ask(), lost.ask()] == [ENDED, ENDED]
        assert told(caplog) == [NOT_WRITTEN]

    time.sleep(PAUSE_SECONDS + 0.1)
    assert lost.ask() == ENDED
    assert f"tegata:ended:{lost.session_id}" in caches["default"]
    assert [new.cost(), new.cost()] == [1, 0]
    assert told(caplog) == [NOT_WRITTEN, WRITTEN]


def test_what_could_not_be_told_is_not_remembered_for_ever(
    own_redis: Redis, clock: FrozenDateTimeFactory
) -> None:
    first, second, third = Device.of().warm(), Device.of(), Device.of().warm()
    with full(own_redis):
        first.post("logout/")
        # To ask meanwhile makes nothing more recent.
        for _ in range(10):
            clock.tick(9)
            third.ask()
        second.post("logout/")

        untold = list(cache_access.current()._untold)
    assert untold == [f"tegata:ended:{second.session_id}"]


def test_a_cache_that_is_not_there_from_the_beginning(
    own_redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    own_redis.stop()
    device = Device.of()

    assert [device.cost() for _ in range(5)] == [1] * 5
    device.post("logout/")
    assert device.ask() == ENDED
    assert told(caplog)[0] == NO_ANSWER


def test_no_secret_of_the_cache_is_logged(
    own_redis: Redis, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.CACHES = {
        "default": {
            **settings.CACHES["default"],
            "LOCATION": f"redis://somebody:a-secret@127.0.0.1:{own_redis.port}",
        }
    }
    device = Device.of()

    assert device.cost() == 1

    assert told(caplog)[0] == NO_ANSWER
    assert "a-secret" not in caplog.text


def test_the_database_gone_too_is_the_databases_error(own_redis: Redis) -> None:
    device = Device.of().warm()
    own_redis.stop()

    with locked(against_readers=True):
        assert device.ask() == UNAVAILABLE

    assert device.ask() == IN
