"""SESSION_IDLE_TIMEOUT: a session ends that long after its last refresh, rotated or not."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory
from pytest_django import Settings

from tegata.models import Session
from tests.ninja.helpers import JSONClient, Pair, assert_refused, claims_of, pair_of

# Real commits: that a generation was seen in use is written when a request commits.
pytestmark = pytest.mark.django_db(transaction=True)

TIMEOUT = timedelta(hours=1)
LEEWAY = timedelta(seconds=10)
MOMENT = timedelta(microseconds=1)
BOTH = pytest.mark.parametrize("rotates", [True, False])


@pytest.fixture(autouse=True)
def _stop_the_clock(clock: FrozenDateTimeFactory) -> None:
    """Before anybody logs in."""


@pytest.fixture(autouse=True)
def _time_out(rotates: bool, settings: Settings) -> None:
    settings.TEGATA = {"SESSION_IDLE_TIMEOUT": TIMEOUT, "ROTATE_REFRESH_TOKENS": rotates}


def refreshed(caller: JSONClient, pair: Pair) -> Pair:
    """The tokens to go on with; without rotation the refresh token stays."""
    response = caller.refresh(pair.refresh)
    assert response.status_code == 200, response.content
    body = response.json()
    return Pair(body["access_token"], body.get("refresh_token", pair.refresh))


@BOTH
def test_a_session_that_is_refreshed_in_time_lives_on(
    pair: Pair, caller: JSONClient, clock: FrozenDateTimeFactory, rotates: bool
) -> None:
    for _ in range(30):
        clock.tick(TIMEOUT - MOMENT)
        pair = refreshed(caller, pair)
        assert caller.get("profile/", pair.access).status_code == 200
        assert Session.objects.get().refreshed_at == clock().replace(tzinfo=UTC)

    assert Session.objects.get().generation == (31 if rotates else 1)


@BOTH
def test_one_that_is_not_ends(
    pair: Pair, caller: JSONClient, clock: FrozenDateTimeFactory, rotates: bool
) -> None:
    clock.tick(timedelta(minutes=1))
    pair = refreshed(caller, pair)
    clock.tick(TIMEOUT - MOMENT)
    [session] = Session.objects.active()
    assert session.is_active

    clock.tick(MOMENT)

    # Between two clocks a token may be good for a little longer; the session is not.
    assert_refused(caller.refresh(pair.refresh), 401, "session_expired")
    assert_refused(caller.post("auth/verify/", {"token": pair.refresh}), 401, "session_expired")
    assert not Session.objects.active().exists()
    assert not Session.objects.get().is_active
    clock.tick(LEEWAY)
    gone = "expired_token" if rotates else "session_expired"
    assert_refused(caller.refresh(pair.refresh), 401, gone)
    # Nobody ended it, and nobody can bring it back by being late.
    assert Session.objects.get().expired_at is None


@BOTH
def test_requests_do_not_keep_it_alive(
    pair: Pair, caller: JSONClient, clock: FrozenDateTimeFactory, settings: Settings, rotates: bool
) -> None:
    settings.TEGATA = {**settings.TEGATA, "ACCESS_TOKEN_LIFETIME": timedelta(days=1)}
    pair = refreshed(caller, pair)

    for _ in range(59):
        clock.tick(timedelta(minutes=1))
        assert caller.get("profile/", pair.access).status_code == 200
    clock.tick(timedelta(minutes=1))

    assert_refused(caller.get("profile/", pair.access), 401, "session_expired")
    assert_refused(caller.get("aprofile/", pair.access), 401, "session_expired")
    assert_refused(caller.refresh(pair.refresh), 401, "session_expired")


@BOTH
def test_no_access_token_outlives_it(
    user: Any, caller: JSONClient, clock: FrozenDateTimeFactory, settings: Settings, rotates: bool
) -> None:
    """So that the timeout holds where access tokens are not checked against the row, too."""
    settings.TEGATA = {**settings.TEGATA, "ACCESS_TOKEN_LIFETIME": timedelta(days=1)}
    pair = caller.log_in()

    for _ in range(2):
        end = clock().replace(tzinfo=UTC) + TIMEOUT
        assert claims_of(pair.access)["exp"] == end.timestamp()
        clock.tick(timedelta(minutes=10))
        pair = refreshed(caller, pair)


@pytest.mark.parametrize("rotates", [True])
def test_a_repeat_does_not_keep_it_alive(
    pair: Pair, caller: JSONClient, clock: FrozenDateTimeFactory
) -> None:
    lost = pair_of(caller.refresh(pair.refresh))
    clock.tick(timedelta(minutes=50))
    again = pair_of(caller.refresh(pair.refresh))
    assert claims_of(again.refresh)["exp"] == claims_of(lost.refresh)["exp"]

    clock.tick(timedelta(minutes=10))

    assert_refused(caller.refresh(again.refresh), 401, "session_expired")


@BOTH
def test_a_shorter_timeout_acts_on_sessions_that_are_open(
    pair: Pair, caller: JSONClient, clock: FrozenDateTimeFactory, settings: Settings, rotates: bool
) -> None:
    clock.tick(timedelta(minutes=4))
    settings.TEGATA = {**settings.TEGATA, "SESSION_IDLE_TIMEOUT": timedelta(minutes=4)}

    assert_refused(caller.get("profile/", pair.access), 401, "session_expired")
    assert_refused(caller.refresh(pair.refresh), 401, "session_expired")


@BOTH
def test_the_list_shows_no_idle_session(
    pair: Pair, caller: JSONClient, clock: FrozenDateTimeFactory, rotates: bool
) -> None:
    clock.tick(timedelta(minutes=59))
    phone = caller.log_in()
    assert len(caller.get("auth/sessions/", phone.access).json()) == 2
    clock.tick(timedelta(minutes=1))

    [only] = caller.get("auth/sessions/", phone.access).json()

    assert only["id"] == phone.session_id


@pytest.mark.parametrize("rotates", [False])
def test_a_clock_that_is_behind_takes_no_time_from_a_session(
    rotates: bool, pair: Pair, caller: JSONClient, clock: FrozenDateTimeFactory
) -> None:
    clock.tick(timedelta(seconds=30))
    assert caller.refresh(pair.refresh).status_code == 200
    refreshed_at = Session.objects.get().refreshed_at

    clock.tick(timedelta(seconds=-5))

    assert caller.refresh(pair.refresh).status_code == 200
    assert Session.objects.get().refreshed_at == refreshed_at
