"""`tegata.testing.frozen`: the time that sessions, tokens and the gate see."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from unittest import mock

import pytest
from django.test import AsyncClient, Client
from django.utils import timezone as django_timezone
from freezegun import freeze_time

from tegata import testing
from tegata._tegata import session_checks
from tegata.internal import clock
from tegata.models import Session
from tests.ninja.helpers import JSONClient

NOON = datetime(2027, 3, 4, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _runs_again_afterwards() -> Iterator[None]:
    yield
    assert abs(clock.now() - django_timezone.now()) < MINUTE


def status(client: Client) -> int:
    return client.get("/api/either/").status_code


@pytest.mark.parametrize("check", session_checks())
def test_an_access_token_expires_when_the_clock_is_moved(
    user: Any, settings: Any, check: str
) -> None:
    settings.TEGATA = {"SESSION_CHECK": check}
    with testing.frozen(NOON) as frozen:
        client = testing.client(user)
        assert frozen.tick(timedelta(minutes=5, seconds=9)) == NOON + timedelta(seconds=309)
        assert status(client) == 200
        frozen.tick()
        assert status(client) == 401
        frozen.tick(-10)
        assert status(client) == 200
    # Of a time that is yet to come.
    assert status(client) == 401


def test_a_session_and_its_columns_follow_the_clock(user: Any, caller: JSONClient) -> None:
    with testing.frozen(NOON) as frozen:
        pair = caller.log_in()
        frozen.tick(timedelta(days=13))
        pair = testing.IssuedTokens(*caller.refresh(pair.refresh).json().values(), pair.session_id)
        session = pair.session
        assert (session.created_at, session.refreshed_at) == (NOON, NOON + timedelta(days=13))
        assert list(Session.objects.active()) == [session]
        frozen.tick(timedelta(days=15))
        assert not session.is_active
        assert caller.refresh(pair.refresh_token).json()["error_code"] == "expired_token"
        assert list(Session.objects.inactive()) == [session]
        by_hand = Session.objects.create(user=user)
        assert (by_hand.created_at, by_hand.minted_at) == (frozen.now, frozen.now)
        assert Session.purge_expired_sessions() == 1
        by_hand.invalidate()
        assert by_hand.expired_at == frozen.now


async def test_async_code_sees_the_same_clock(
    transactional_db: None, django_user_model: Any
) -> None:
    user = await django_user_model.objects.acreate_user("alice")
    with testing.frozen(NOON) as frozen:
        client: AsyncClient = await testing.aclient(user)
        assert (await client.get("/api/aprofile/")).status_code == 200
        frozen.tick(timedelta(minutes=6))
        assert (await client.get("/api/aprofile/")).status_code == 401


def in_another_thread(call: Callable[[], Any]) -> Any:
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(call()))
    thread.start()
    thread.join()
    return found[0]


def test_a_thread_that_serves_sees_the_same_clock() -> None:
    with testing.frozen(NOON) as frozen:
        assert in_another_thread(clock.now) == NOON
        in_another_thread(frozen.tick)
        assert clock.now() == NOON + timedelta(seconds=1)


def test_issuing_at_a_time_moves_no_other_thread(user: Any) -> None:
    seen: list[datetime] = []

    class Data(dict[str, Any]):
        """Looked at while the session is opened."""

        def __bool__(self) -> bool:
            seen.extend((clock.now(), in_another_thread(clock.now)))
            return True

    with testing.frozen(NOON):
        testing.tokens(user, issued_at=NOON - MINUTE, data=Data())
    assert seen == [NOON - MINUTE, NOON]


def test_threads_tick_without_losing_a_second() -> None:
    with testing.frozen(NOON) as frozen:
        threads = [
            threading.Thread(target=lambda: [frozen.tick() for _ in range(500)]) for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert frozen.now == NOON + timedelta(seconds=2000)


def test_blocks_nest_and_may_end_in_another_order() -> None:
    with testing.frozen(NOON), testing.frozen(NOON + MINUTE):
        assert clock.now() == NOON + MINUTE
    first, second = testing.frozen(NOON), testing.frozen(NOON + MINUTE)
    first.__enter__()
    second.__enter__()
    first.__exit__()
    assert clock.now() == NOON + MINUTE
    second.__exit__()


def test_other_clocks_of_a_project_are_followed_and_replaced() -> None:
    with freeze_time("2027-03-04 12:00:00") as ice:
        assert clock.now() == NOON
        with testing.frozen() as frozen:
            ice.tick(60)  # type: ignore[union-attr]
            assert clock.now() == NOON
            frozen.tick(1)
            assert clock.now() == NOON + timedelta(seconds=1)
            assert django_timezone.now() == NOON + MINUTE
        assert clock.now() == NOON + MINUTE
    with mock.patch("django.utils.timezone.now", return_value=NOON):
        assert clock.now() == NOON


def test_every_form_of_a_moment() -> None:
    east = timezone(timedelta(hours=2))
    for at in (NOON, NOON.astimezone(east), "2027-03-04 12:00:00", "2027-03-04T14:00+02:00"):
        with testing.frozen(at):
            assert clock.now() == NOON
            assert clock.now().tzinfo is UTC
    with testing.frozen(NOON):
        with testing.frozen(-MINUTE) as frozen:
            assert clock.now() == NOON - MINUTE
            assert frozen.move_to(MINUTE) == NOON
            assert frozen.move_to("2027-03-05") == datetime(2027, 3, 5, tzinfo=UTC)
        with pytest.raises(ValueError, match="no timezone"):
            testing.frozen(NOON.replace(tzinfo=None))
        with pytest.raises(ValueError, match="isoformat"):
            testing.frozen("noon")
