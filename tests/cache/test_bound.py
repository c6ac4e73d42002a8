"""How long something that ended can be used at most: where the cache was not told, or forgot."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.core.cache import caches
from django.db import connection
from django.utils import timezone
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory

from tegata.internal import loading
from tegata.models import Session
from tests.cache.client import ENDED, GONE, IN, Configure, Device, connect
from tests.cache.pauses import paused
from tests.redis import Redis


def update_sessions() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE tegata_session SET expired_at = %s", [timezone.now()])


def delete_sessions() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM tegata_session")


def update_by_the_orm() -> None:
    Session.objects.update(expired_at=timezone.now())


def switch_users_off() -> None:
    User.objects.update(is_active=False)


def change_passwords() -> None:
    User.objects.update(password=make_password("another"))


BYPASSES = [
    (update_sessions, ENDED),
    (delete_sessions, GONE),
    (update_by_the_orm, ENDED),
    (switch_users_off, (401, "invalid_user")),
    (change_passwords, ENDED),
]


@pytest.mark.parametrize(
    ("bypass", "refusal"), BYPASSES, ids=[each.__name__ for each, _ in BYPASSES]
)
def test_what_bypasses_all_code_acts_within_the_lifetime_of_an_entry(
    ada: User,
    fast_cache: str,
    clock: FrozenDateTimeFactory,
    bypass: Callable[[], None],
    refusal: tuple[int, str],
) -> None:
    device = Device.of().warm()

    bypass()

    # Being asked for does not make an entry live longer.
    for _ in range(3):
        clock.tick(19.9)
        assert device.ask() == IN
    clock.tick(0.4)
    assert device.ask() == refusal


def test_the_bound_counts_from_before_the_rows_were_read(
    ada: User, locmem: None, monkeypatch: pytest.MonkeyPatch, clock: FrozenDateTimeFactory
) -> None:
    device = Device.of()

    with paused(monkeypatch, device.ask, where=loading, name="load", after=True) as reader:
        clock.tick(50)
        update_sessions()
        assert reader.end() == IN

    assert device.cost() == 0
    clock.tick(11)
    assert device.ask() == ENDED


def test_the_bound_in_real_time(ada: User, any_cache: str, tegata: Configure) -> None:
    tegata(SESSION_CACHE_LIFETIME=1)
    device = Device.of().warm()
    known_since = time.monotonic()

    update_sessions()

    asked = time.monotonic()
    while device.ask() == IN:
        assert asked - known_since < 1
        time.sleep(0.02)
        asked = time.monotonic()
    assert device.ask() == ENDED


def test_an_entry_does_not_outlive_the_session(
    ada: User, redis_cache: None, tegata: Configure, clock: FrozenDateTimeFactory
) -> None:
    tegata(SESSION_IDLE_TIMEOUT=30)
    device = Device.of().warm()

    clock.tick(29)
    assert device.cost() == 0
    clock.tick(2)
    assert device.ask() == ENDED


def test_an_entry_does_not_outlive_the_token(
    ada: User, redis_cache: None, tegata: Configure, clock: FrozenDateTimeFactory
) -> None:
    tegata(ACCESS_TOKEN_LIFETIME=30, LEEWAY=0)
    device = Device.of().warm()

    clock.tick(29)
    assert device.cost() == 0
    clock.tick(2)
    assert device.ask() == (401, "expired_token")


def test_a_tombstone_that_was_evicted_leaves_the_bound(
    ada: User, fast_cache: str, clock: FrozenDateTimeFactory
) -> None:
    device = Device.of().warm()
    device.post("logout/")
    assert device.ask() == ENDED

    assert caches["default"].delete(f"tegata:ended:{device.session_id}")

    clock.tick(59.9)
    assert device.ask() == IN
    clock.tick(0.2)
    assert device.ask() == ENDED


def test_an_epoch_that_was_evicted_voids_what_was_kept_under_it(ada: User, fast_cache: str) -> None:
    device = Device.of().warm()

    assert caches["default"].delete(f"tegata:user:{ada.pk}")

    assert device.cost() == 1


def test_after_an_end_in_bulk_an_evicted_tombstone_brings_nobody_back(
    ada: User, fast_cache: str
) -> None:
    device = Device.of().warm()
    device.post("logout/all/")

    assert caches["default"].delete(f"tegata:user:{ada.pk}")

    assert [device.ask(), device.ask()] == [ENDED, ENDED]


def test_a_flushed_cache_brings_nobody_back(ada: User, fast_cache: str) -> None:
    lost, other = Device.of().warm(), Device.of().warm()
    lost.post("logout/")

    caches["default"].clear()

    assert [lost.ask(), lost.ask()] == [ENDED, ENDED]
    assert [other.cost(), other.cost()] == [1, 0]


@pytest.mark.parametrize("leeway", [0, 0.3, 10])
def test_tombstones_outlive_what_they_guard_against(
    ada: User, redis_cache: None, redis: Redis, tegata: Configure, leeway: float
) -> None:
    # Redis counts whole seconds.
    tegata(SESSION_CACHE_LIFETIME=1.7, LEEWAY=leeway)
    device = Device.of().warm()

    device.post("logout/")
    device.post("logout/")

    client = connect(redis)
    [key] = [key for key in client.scan_iter() if b"tegata:ended:" in key]
    assert client.pttl(key) / 1000 > 1.7 + leeway


class Machines:
    """Two machines that share a Redis, and whose clocks disagree."""

    def __init__(self, apart: float) -> None:
        self._now = datetime(2027, 3, 4, 5, 6, 7, tzinfo=UTC)
        self._apart = timedelta(seconds=apart)

    def tick(self, seconds: float) -> None:
        """Time goes by."""
        self._now += timedelta(seconds=seconds)

    @contextmanager
    def on(self, which: str) -> Iterator[None]:
        """The clock of the `fast` or the `slow` one."""
        with freeze_time(self._now + (self._apart if which == "fast" else timedelta(0))):
            yield


@pytest.mark.parametrize(("reader", "writer"), [("fast", "slow"), ("slow", "fast")])
class TestClocksAMinuteApart:
    """`LEEWAY=60`; Redis drops nothing meanwhile, so that only the clocks bound an entry."""

    @pytest.fixture
    def machines(self, ada: User, redis_cache: None, tegata: Configure) -> Machines:
        tegata(LEEWAY=60)
        return Machines(apart=60)

    def test_a_token_fresh_from_one_is_taken_by_the_other(
        self, machines: Machines, reader: str, writer: str
    ) -> None:
        with machines.on(writer):
            device = Device.of()
        with machines.on(reader):
            assert [device.ask(), device.ask()] == [IN, IN]

    def test_a_logout_on_one_acts_at_once_on_the_other(
        self, machines: Machines, reader: str, writer: str
    ) -> None:
        with machines.on(reader):
            device = Device.of().warm()
        with machines.on(writer):
            device.post("logout/")
        for _ in range(20):
            with machines.on(reader):
                assert device.ask() == ENDED
            machines.tick(10)

    def test_what_the_cache_was_not_told_acts_within_lifetime_and_leeway(
        self, machines: Machines, reader: str, writer: str
    ) -> None:
        with machines.on(writer):
            device = Device.of().warm()
        update_sessions()
        machines.tick(60 + 60)
        with machines.on(reader):
            assert device.ask() == ENDED


def test_an_entry_from_further_ahead_than_the_leeway_is_not_believed(
    ada: User, redis_cache: None, tegata: Configure
) -> None:
    tegata(LEEWAY=60, ACCESS_TOKEN_LIFETIME=300)
    machines = Machines(apart=61)
    with machines.on("slow"):
        device = Device.of()
    with machines.on("fast"):
        device.warm()

    with machines.on("slow"):
        assert device.cost() == 1


def test_the_tests_of_clocks_see_entries_of_the_other_machine(
    ada: User, redis_cache: None, tegata: Configure
) -> None:
    tegata(LEEWAY=60)
    machines = Machines(apart=60)
    with machines.on("fast"):
        device = Device.of().warm()

    with machines.on("slow"):
        assert device.cost() == 0
    machines.tick(100)
    with machines.on("slow"):
        assert device.cost() == 0
