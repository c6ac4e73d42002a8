"""A rotation's answer is given again, but not for ever; and what rotating and using it writes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from freezegun.api import FrozenDateTimeFactory
from ninja import NinjaAPI
from pytest_django import Settings

from tegata import AuthedRequest, JWTAuth
from tegata.models import Session
from tests.ninja.helpers import JSONClient, Pair, assert_refused, claims_of, new_api, pair_of

# Real commits: that a generation was seen in use is written when a request commits.
pytestmark = pytest.mark.django_db(transaction=True)

LIMIT = 3


@pytest.fixture(autouse=True)
def _stop_the_clock(clock: FrozenDateTimeFactory) -> None:
    """Before anybody logs in."""


@pytest.fixture(autouse=True)
def _few_repeats(settings: Settings) -> None:
    settings.TEGATA = {"MAX_REFRESH_REPEATS": LIMIT}


def repeat(caller: JSONClient, pair: Pair) -> Pair:
    """The answer to the refresh once more."""
    again = pair_of(caller.refresh(pair.refresh))
    before = claims_of(pair.refresh)["generation"]
    assert claims_of(again.refresh)["generation"] == before + 1
    return again


def assert_ended(caller: JSONClient, *pairs: Pair) -> None:
    assert Session.objects.get().end_reason == "token_reuse"
    for pair in pairs:
        assert_refused(caller.get("profile/", pair.access), 401, "session_expired")
        assert_refused(caller.refresh(pair.refresh), 401, "session_expired")


def test_one_repeat_too_many_ends_the_session(pair: Pair, caller: JSONClient) -> None:
    lost = pair_of(caller.refresh(pair.refresh))
    for count in range(1, LIMIT + 1):
        again = repeat(caller, pair)
        assert Session.objects.get().repeats == count

    assert_refused(caller.refresh(pair.refresh), 401, "token_reuse_detected")

    assert_ended(caller, pair, lost, again)
    assert Session.objects.get().repeats == LIMIT


def test_repeats_within_the_grace_count_too(
    pair: Pair, caller: JSONClient, clock: FrozenDateTimeFactory
) -> None:
    after = pair_of(caller.refresh(pair.refresh))
    caller.get("profile/", after.access)
    for _ in range(LIMIT):
        clock.tick(1)
        assert caller.get("profile/", repeat(caller, pair).access).status_code == 200

    assert_refused(caller.refresh(pair.refresh), 401, "token_reuse_detected")
    assert_ended(caller, pair, after)


def test_every_rotation_has_as_many(pair: Pair, caller: JSONClient) -> None:
    for _ in range(3):
        caller.refresh(pair.refresh)
        for _ in range(LIMIT):
            again = repeat(caller, pair)
        pair = again

    session = Session.objects.get()
    assert (session.generation, session.repeats) == (4, LIMIT)
    # A client that gets through at the last try goes on as if nothing had been.
    after = pair_of(caller.refresh(pair.refresh))
    assert Session.objects.get().repeats == 0
    assert caller.get("profile/", after.access).status_code == 200


def test_asking_about_a_token_is_no_repeat(pair: Pair, caller: JSONClient) -> None:
    caller.refresh(pair.refresh)
    for _ in range(LIMIT + 1):
        assert caller.post("auth/verify/", {"token": pair.refresh}).status_code == 200
    for _ in range(LIMIT):
        repeat(caller, pair)

    refused = caller.post("auth/verify/", {"token": pair.refresh})

    assert_refused(refused, 401, "token_reuse_detected")
    session = Session.objects.get()
    assert (session.repeats, session.expired_at) == (LIMIT, None)


def test_a_lower_limit_acts_on_what_was_repeated_before(
    pair: Pair, caller: JSONClient, settings: Settings
) -> None:
    caller.refresh(pair.refresh)
    repeat(caller, pair)
    settings.TEGATA = {"MAX_REFRESH_REPEATS": 1}

    assert_refused(caller.refresh(pair.refresh), 401, "token_reuse_detected")
    assert_ended(caller, pair)


def written(ask: Callable[[], Any]) -> list[str]:
    """The first words of the statements that a request causes."""
    with CaptureQueriesContext(connection) as queries:
        assert ask().status_code == 200
    return [query["sql"].split()[0] for query in queries]


@pytest.mark.parametrize("where", ["profile/", "aprofile/"])
def test_first_use_costs_at_most_one_update_a_rotation(
    pair: Pair, caller: JSONClient, clock: FrozenDateTimeFactory, where: str
) -> None:
    def use(pair: Pair) -> list[str]:
        return written(partial(caller.get, where, pair.access))

    # Nobody can hold a predecessor of the first generation, so its use says nothing.
    assert use(pair) == ["SELECT"]
    for _ in range(3):
        before = pair
        for _ in range(2):
            assert written(partial(caller.refresh, before.refresh)) == ["SELECT", "UPDATE"]
        # That the one before is still in use says nothing of the new one.
        assert use(before) == ["SELECT"]
        assert Session.objects.get().first_used_at is None
        pair = pair_of(caller.refresh(before.refresh))
        assert use(pair) == ["SELECT", "UPDATE"]
        for _ in range(2):
            clock.tick(1)
            assert use(pair) == use(before) == ["SELECT"]


@pytest.mark.parametrize("check", ["user", "refresh"])
def test_where_use_is_not_seen_no_request_writes(
    user: Any, settings: Settings, serve: Callable[[NinjaAPI], None], check: str
) -> None:
    settings.TEGATA = {"SESSION_CHECK": check}
    api = new_api()

    @api.get("/claims/", auth=JWTAuth())
    def claims(request: AuthedRequest) -> None: ...

    serve(api)
    caller = JSONClient()
    pair = pair_of(caller.refresh(caller.log_in().refresh))

    statements = written(partial(caller.get, "claims/", pair.access))

    assert statements == (["SELECT"] if check == "user" else [])
    assert Session.objects.get().first_used_at is None


@pytest.mark.parametrize("check", ["user", "refresh"])
class TestUnseenUse:
    """Where access tokens are not checked against the row, the grace counts from the rotation."""

    @pytest.fixture(autouse=True)
    def _unseen(self, check: str, settings: Settings) -> None:
        settings.TEGATA = {"SESSION_CHECK": check, "REFRESH_GRACE": 20}

    def test_two_tabs_within_the_grace_repeat(
        self, check: str, pair: Pair, caller: JSONClient, clock: FrozenDateTimeFactory
    ) -> None:
        clock.tick(60)
        first_tab = pair_of(caller.refresh(pair.refresh))
        clock.tick(20)

        second_tab = repeat(caller, pair)

        for tab in (first_tab, second_tab):
            assert caller.get("profile/", tab.access).status_code == 200
        assert caller.refresh(second_tab.refresh).status_code == 200
        assert caller.refresh(first_tab.refresh).status_code == 200

    def test_later_is_reuse_used_or_not(
        self, check: str, pair: Pair, caller: JSONClient, clock: FrozenDateTimeFactory
    ) -> None:
        after = pair_of(caller.refresh(pair.refresh))
        # Repeating does not move the end of the grace.
        clock.tick(15)
        repeat(caller, pair)
        clock.tick(timedelta(seconds=5, microseconds=1))

        assert_refused(caller.refresh(pair.refresh), 401, "token_reuse_detected")

        assert Session.objects.get().end_reason == "token_reuse"
        assert_refused(caller.refresh(after.refresh), 401, "session_expired")
        # Until it expires; it is not looked up.
        assert caller.get("profile/", after.access).status_code == 200

    def test_a_request_that_did_look_does_not_prolong_it(
        self, check: str, pair: Pair, caller: JSONClient, clock: FrozenDateTimeFactory
    ) -> None:
        """The auth routes look at the rows, and note what they see."""
        after = pair_of(caller.refresh(pair.refresh))
        clock.tick(15)
        assert caller.get("auth/sessions/", after.access).status_code == 200
        assert Session.objects.get().first_used_at is not None
        clock.tick(5)
        repeat(caller, pair)
        clock.tick(timedelta(microseconds=1))

        assert_refused(caller.refresh(pair.refresh), 401, "token_reuse_detected")
