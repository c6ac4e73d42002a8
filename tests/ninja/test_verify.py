"""`POST verify/`: what a token is and until when, or why it is not good."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from freezegun.api import FrozenDateTimeFactory
from pytest_django import Settings

from tegata.models import Session
from tests.ninja.helpers import JSONClient, Pair, assert_refused, pair_of

pytestmark = pytest.mark.django_db(transaction=True)


def verify(caller: JSONClient, token: str) -> Any:
    return caller.post("auth/verify/", {"token": token})


@pytest.mark.parametrize(
    ("kind", "expires_at"),
    [("access", "2027-03-04T05:11:07Z"), ("refresh", "2027-03-18T05:06:07Z")],
)
def test_a_good_token(
    clock: FrozenDateTimeFactory, pair: Pair, caller: JSONClient, kind: str, expires_at: str
) -> None:
    response = verify(caller, getattr(pair, kind))

    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert response.json() == {
        "type": kind,
        "user_id": get_user_model().objects.get().pk,
        "session_id": pair.session_id,
        "issued_at": "2027-03-04T05:06:07Z",
        "expires_at": expires_at,
    }


def test_it_is_not_consumed(clock: FrozenDateTimeFactory, pair: Pair, caller: JSONClient) -> None:
    before = Session.objects.values().get()
    for _ in range(3):
        assert verify(caller, pair.refresh).status_code == 200

    assert Session.objects.values().get() == before
    assert caller.refresh(pair.refresh).status_code == 200


def test_asking_about_a_used_refresh_token_is_no_reuse(
    clock: FrozenDateTimeFactory, pair: Pair, caller: JSONClient
) -> None:
    after = pair_of(caller.refresh(pair.refresh))
    # It would still be good: the answer may have been lost.
    assert verify(caller, pair.refresh).status_code == 200
    caller.get("profile/", after.access)
    clock.tick(11)

    for _ in range(2):
        assert_refused(verify(caller, pair.refresh), 401, "token_reuse_detected")

    assert Session.objects.get().expired_at is None
    assert caller.get("profile/", after.access).status_code == 200


def test_of_an_ended_session(pair: Pair, caller: JSONClient) -> None:
    Session.objects.get().invalidate()

    assert_refused(verify(caller, pair.access), 401, "session_expired")
    assert_refused(verify(caller, pair.refresh), 401, "session_expired")


def test_of_a_session_that_is_gone(pair: Pair, caller: JSONClient) -> None:
    Session.objects.all().delete()

    assert_refused(verify(caller, pair.access), 401, "session_not_found")
    assert_refused(verify(caller, pair.refresh), 401, "session_not_found")


@pytest.mark.parametrize("kind", ["access", "refresh"])
def test_of_an_inactive_user(pair: Pair, caller: JSONClient, kind: str) -> None:
    get_user_model().objects.update(is_active=False)

    assert_refused(verify(caller, getattr(pair, kind)), 401, "invalid_user")
    assert Session.objects.get().end_reason == "user_inactive"


def test_an_expired_one(
    clock: FrozenDateTimeFactory, pair: Pair, caller: JSONClient, settings: Settings
) -> None:
    clock.tick(timedelta(minutes=5, seconds=10))
    assert_refused(verify(caller, pair.access), 401, "expired_token")
    clock.tick(timedelta(days=14))
    assert_refused(verify(caller, pair.refresh), 401, "expired_token")


@pytest.mark.parametrize("token", ["", " ", "x", "a.b.c", "..", "é", "x" * 1_000_000])
def test_garbage(user: Any, caller: JSONClient, token: str) -> None:
    assert_refused(verify(caller, token), 401, "invalid_token")
