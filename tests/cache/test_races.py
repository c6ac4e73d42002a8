"""A request and an end at once, step by step, in threads of their own on a real database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import caches
from freezegun.api import FrozenDateTimeFactory

from tegata.internal import loading, session_cache
from tegata.internal.cache_access import CacheAccess
from tegata.models import Session
from tests.cache.client import ENDED, IN, Device
from tests.cache.pauses import paused
from tests.django.helpers import at_once


def log_out(device: Device) -> None:
    device.post("logout/")


def log_out_all(device: Device) -> None:
    device.post("logout/all/")


def invalidate(device: Device) -> None:
    Session.objects.get(pk=device.session_id).invalidate()


def deactivate(device: Device) -> None:
    user = User.objects.get(username="ada")
    user.is_active = False
    user.save()


def is_kept(device: Device) -> bool:
    """Whether the cache has a snapshot of the session."""
    return f"tegata:session:{device.session_id}:1" in caches["default"]


WAYS = [log_out, log_out_all, invalidate, deactivate]
OUT = {ENDED, (401, "invalid_user")}


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_reader_of_before_an_end_cannot_put_the_session_back(
    ada: User,
    any_cache: str,
    monkeypatch: pytest.MonkeyPatch,
    way: Callable[[Device], None],
) -> None:
    device = Device.of()

    with paused(monkeypatch, device.ask, where=loading, name="load", after=True) as reader:
        way(device)
        # It had read the rows before.
        assert reader.end() == IN

    # So it kept what it saw, and that is good for nothing.
    assert is_kept(device)
    assert {device.ask() for _ in range(3)} <= OUT


# What comes of a user who was switched off is told after that is committed.
@pytest.mark.parametrize("way", [log_out, log_out_all, invalidate], ids=lambda way: way.__name__)
def test_nor_can_one_that_asked_the_cache_before_and_the_rows_meanwhile(
    ada: User,
    fast_cache: str,
    monkeypatch: pytest.MonkeyPatch,
    clock: FrozenDateTimeFactory,
    way: Callable[[Device], None],
) -> None:
    device = Device.of()

    with (
        paused(monkeypatch, device.ask, where=loading, name="load") as reader,
        paused(
            monkeypatch, lambda: way(device), where=CacheAccess, name="bury", after=True
        ) as ender,
    ):
        # It has been told, and nothing is written yet.
        assert reader.end() == IN
        ender.end()

    assert is_kept(device)
    for _ in range(10):
        assert device.ask() == ENDED
        clock.tick(15)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_while_an_end_is_on_its_way_the_rows_decide_and_nothing_is_kept(
    ada: User,
    fast_cache: str,
    monkeypatch: pytest.MonkeyPatch,
    way: Callable[[Device], None],
) -> None:
    device = Device.of()

    with paused(
        monkeypatch, lambda: way(device), where=CacheAccess, name="bury", after=True
    ) as ender:
        # A user who was switched off is so in the row already.
        expected = OUT if way is deactivate else {IN}
        assert {device.ask() for _ in range(3)} <= expected
        assert not is_kept(device)
        ender.end()

    assert device.ask() in OUT


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_an_entry_is_void_from_before_the_end_is_committed(
    ada: User,
    fast_cache: str,
    monkeypatch: pytest.MonkeyPatch,
    way: Callable[[Device], None],
) -> None:
    """So if the process dies after the commit, nothing is left to be told."""
    device = Device.of().warm()

    with paused(monkeypatch, lambda: way(device), where=CacheAccess, name="bury", nth=2) as ender:
        # The end is committed, and was told once.
        assert {device.ask() for _ in range(3)} <= OUT
        ender.end()

    assert device.ask() in OUT


@pytest.mark.parametrize("is_first_use", [False, True])
def test_a_reader_that_is_late_with_what_it_keeps(
    ada: User, fast_cache: str, monkeypatch: pytest.MonkeyPatch, is_first_use: bool
) -> None:
    device = Device.of()
    if is_first_use:
        device.refresh()

    with paused(monkeypatch, device.ask, where=session_cache, name="keep") as reader:
        log_out(device)
        assert reader.end() == IN

    assert [device.ask(), device.ask()] == [ENDED, ENDED]


def test_a_user_is_seen_for_the_first_time_while_the_sessions_end(
    ada: User, fast_cache: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no epoch yet, and its first one must not take the tombstone's place."""
    device = Device.of()

    with paused(monkeypatch, device.ask, where=session_cache, name="_first_epoch") as reader:
        log_out_all(device)
        assert reader.end() == ENDED

    assert [device.ask(), device.ask()] == [ENDED, ENDED]


def test_two_readers_make_the_first_epoch_together(
    ada: User, fast_cache: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = Device.of(), Device.of()

    with paused(monkeypatch, first.ask, where=session_cache, name="_first_epoch") as reader:
        assert second.ask() == IN
        assert reader.end() == IN

    assert [first.cost(), second.cost()] == [0, 0]


def test_many_requests_and_a_logout_among_them(ada: User, any_cache: str) -> None:
    for _ in range(3):
        device = Device.of()
        answers: list[list[tuple[int, str | None]]] = []

        def ask(device: Device = device, answers: list[Any] = answers) -> None:
            answers.append([device.ask() for _ in range(12)])

        def end(device: Device = device) -> None:
            log_out(device)
            assert device.ask() == ENDED

        at_once([ask, ask, ask, end])

        # Whoever was refused once is let in no more.
        for each in answers:
            assert set(each) <= {IN, ENDED}
            assert ENDED not in each or set(each[each.index(ENDED) :]) == {ENDED}
        assert device.ask() == ENDED
