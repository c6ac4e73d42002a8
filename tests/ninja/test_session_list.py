"""`GET sessions/` and `DELETE sessions/{id}/`."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from freezegun.api import FrozenDateTimeFactory
from pytest_django import DjangoAssertNumQueries, Settings

from tegata.models import Session
from tests.ninja.helpers import PASSWORD, JSONClient, Pair, assert_refused, pair_of


def listed(caller: JSONClient, pair: Pair) -> list[str]:
    response = caller.get("auth/sessions/", pair.access)
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    return [session["id"] for session in response.json()]


def test_the_newest_comes_first_and_the_current_one_is_marked(
    clock: FrozenDateTimeFactory, user: Any, caller: JSONClient
) -> None:
    began = clock().replace(tzinfo=UTC)
    body = {"username": "alice", "password": PASSWORD}
    laptop = pair_of(caller.post("auth/login/", body, user_agent="Laptop"))
    clock.tick(60)
    phone = caller.log_in()

    assert caller.get("auth/sessions/", laptop.access).json() == [
        {
            "id": phone.session_id,
            "created_at": (began + timedelta(seconds=60)).isoformat().replace("+00:00", "Z"),
            "last_activity_at": (began + timedelta(seconds=60)).isoformat().replace("+00:00", "Z"),
            "ip_address": "127.0.0.1",
            "user_agent": None,
            "device": None,
            "location": None,
            "is_current": False,
        },
        {
            "id": laptop.session_id,
            "created_at": began.isoformat().replace("+00:00", "Z"),
            "last_activity_at": began.isoformat().replace("+00:00", "Z"),
            "ip_address": "127.0.0.1",
            "user_agent": "Laptop",
            "device": None,
            "location": None,
            "is_current": True,
        },
    ]


def test_a_refresh_counts_as_activity(
    clock: FrozenDateTimeFactory, pair: Pair, caller: JSONClient
) -> None:
    clock.tick(600)
    pair = pair_of(caller.refresh(pair.refresh))

    [session] = caller.get("auth/sessions/", pair.access).json()
    assert session["created_at"] == "2027-03-04T05:06:07Z"
    assert session["last_activity_at"] == "2027-03-04T05:16:07Z"


def test_nobody_else_s_are_listed(pair: Pair, other_user: Any, caller: JSONClient) -> None:
    other = caller.log_in("bob")

    assert listed(caller, pair) == [pair.session_id]
    assert listed(caller, other) == [other.session_id]


def test_ended_ones_are_not_listed(pair: Pair, caller: JSONClient) -> None:
    ended = caller.log_in()
    Session.objects.get(pk=ended.session_id).invalidate()

    assert listed(caller, pair) == [pair.session_id]


def test_idle_ones_are_not_listed(
    clock: FrozenDateTimeFactory, user: Any, caller: JSONClient
) -> None:
    idle = caller.log_in()
    clock.tick(timedelta(days=14))
    pair = caller.log_in()

    assert listed(caller, pair) == [pair.session_id]
    assert Session.objects.filter(pk=idle.session_id, expired_at=None).exists()


def test_those_past_their_absolute_end_are_not_listed(
    clock: FrozenDateTimeFactory, user: Any, caller: JSONClient, settings: Settings
) -> None:
    settings.TEGATA = {"SESSION_LIFETIME": timedelta(days=20)}
    old = caller.log_in()
    clock.tick(timedelta(days=10))
    caller.refresh(old.refresh)
    clock.tick(timedelta(days=10))
    pair = caller.log_in()

    assert listed(caller, pair) == [pair.session_id]


def test_a_long_list_costs_one_query_more_than_the_gate(
    pair: Pair, caller: JSONClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(20):
        caller.log_in()

    with django_assert_num_queries(2):
        assert len(listed(caller, pair)) == 21


def test_one_s_own_can_be_ended(
    clock: FrozenDateTimeFactory, pair: Pair, caller: JSONClient
) -> None:
    lost_phone = caller.log_in()
    clock.tick(60)

    response = caller.delete(f"auth/sessions/{lost_phone.session_id}/", pair.access)

    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["Cache-Control"] == "no-store"
    assert_refused(caller.get("profile/", lost_phone.access), 401, "session_expired")
    assert_refused(caller.refresh(lost_phone.refresh), 401, "session_expired")
    ended = Session.objects.get(pk=lost_phone.session_id)
    assert ended.expired_at == clock().replace(tzinfo=UTC)
    assert ended.end_reason == "ended_by_owner"
    assert caller.get("profile/", pair.access).status_code == 200


def test_the_current_one_can_be_ended(pair: Pair, caller: JSONClient) -> None:
    assert caller.delete(f"auth/sessions/{pair.session_id}/", pair.access).status_code == 200

    response = caller.delete(f"auth/sessions/{pair.session_id}/", pair.access)
    assert_refused(response, 401, "session_expired")


def test_one_that_is_not_the_caller_s_is_not_there(
    pair: Pair, other_user: Any, caller: JSONClient
) -> None:
    foreign = caller.log_in("bob")
    gone = caller.log_in()
    Session.objects.get(pk=gone.session_id).delete()
    ended = caller.log_in()
    Session.objects.get(pk=ended.session_id).invalidate()

    answers = set()
    for session_id in (foreign.session_id, gone.session_id, ended.session_id, "A" * 43):
        response = caller.delete(f"auth/sessions/{session_id}/", pair.access)
        answers.add((assert_refused(response, 404, "session_not_found"), response.content))

    # Not even the text tells a session of somebody else's from none.
    assert len(answers) == 1
    assert caller.get("profile/", foreign.access).status_code == 200
    assert Session.objects.get(pk=ended.session_id).end_reason == "administrator"


@pytest.mark.parametrize(
    "session_id",
    [
        "x",
        "0",
        "%00",
        "A" * 42 + "%00",
        "A" * 42,
        "A" * 44,
        "A" * 42 + "=",
        "A" * 42 + "%20",
        "A" * 42 + "%0A",
        "%C3%A9" * 43,
        "%ED%A0%80",
        "%FF",
        "..",
        "x" * 100_000,
    ],
)
def test_what_is_no_session_id_is_not_there(
    pair: Pair, caller: JSONClient, session_id: str, django_assert_num_queries: Any
) -> None:
    # The gate's own query, and none for a name that no session can have.
    with django_assert_num_queries(1):
        response = caller.delete(f"auth/sessions/{session_id}/", pair.access)

    assert_refused(response, 404, "session_not_found")


def test_the_gate_comes_before_the_name(user: Any, caller: JSONClient) -> None:
    assert_refused(caller.delete("auth/sessions/x/"), 401, "missing_token")
    assert_refused(caller.get("auth/sessions/"), 401, "missing_token")


def test_a_refresh_token_lists_nothing(pair: Pair, caller: JSONClient) -> None:
    assert_refused(caller.get("auth/sessions/", pair.refresh), 401, "invalid_token_type")


def test_the_list_of_an_inactive_user(pair: Pair, caller: JSONClient) -> None:
    get_user_model().objects.update(is_active=False)

    assert_refused(caller.get("auth/sessions/", pair.access), 401, "invalid_user")
    assert Session.objects.get().end_reason == "user_inactive"
