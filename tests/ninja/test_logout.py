"""`POST logout/`, `logout/all/` and `logout/others/`: nobody is stuck signed in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, timedelta
from typing import Any

import pytest
from django.contrib.auth.signals import user_logged_out
from freezegun.api import FrozenDateTimeFactory

from tegata.models import Session
from tegata.tokens import RefreshToken, TokenError
from tests.ninja.helpers import JSONClient, Pair, assert_refused, claims_of, forge, pair_of


@pytest.fixture
def told() -> Iterator[list[dict[str, Any]]]:
    """What `user_logged_out` was sent with."""
    calls: list[dict[str, Any]] = []

    def logged_out(**kwargs: Any) -> None:
        calls.append(kwargs)

    user_logged_out.connect(logged_out)
    yield calls
    user_logged_out.disconnect(logged_out)


def assert_logged_out(response: Any) -> None:
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["Cache-Control"] == "no-store"


def reason(pair: Pair) -> str:
    """Why the pair's session ended, or nothing if it lives."""
    session = Session.objects.get(pk=pair.session_id)
    assert (session.expired_at is None) == (session.end_reason == "")
    return session.end_reason


def test_by_the_header(
    clock: FrozenDateTimeFactory, pair: Pair, caller: JSONClient, told: list[dict[str, Any]]
) -> None:
    phone = caller.log_in()
    clock.tick(60)

    assert_logged_out(caller.post("auth/logout/", token=pair.access))

    assert_refused(caller.get("profile/", pair.access), 401, "session_expired")
    assert_refused(caller.refresh(pair.refresh), 401, "session_expired")
    assert reason(pair) == "log_out"
    ended_at = Session.objects.get(pk=pair.session_id).expired_at
    assert ended_at == clock().replace(tzinfo=UTC)
    assert reason(phone) == ""
    [kwargs] = told
    assert kwargs["user"].username == "alice"
    assert kwargs["sender"] is type(kwargs["user"])
    assert kwargs["request"].path == "/api/auth/logout/"


def test_by_the_body(pair: Pair, caller: JSONClient) -> None:
    assert_logged_out(caller.post("auth/logout/", {"refresh_token": pair.refresh}))

    assert reason(pair) == "log_out"


def test_with_an_expired_access_token(
    clock: FrozenDateTimeFactory, pair: Pair, caller: JSONClient
) -> None:
    clock.tick(timedelta(hours=1))
    assert_refused(caller.post("auth/logout/", token=pair.access), 401, "expired_token")
    assert reason(pair) == ""

    body = {"refresh_token": pair.refresh}
    assert_logged_out(caller.post("auth/logout/", body, token=pair.access))

    assert reason(pair) == "log_out"


def test_with_an_expired_refresh_token(
    clock: FrozenDateTimeFactory, pair: Pair, caller: JSONClient
) -> None:
    clock.tick(timedelta(days=100))

    assert_logged_out(caller.post("auth/logout/", {"refresh_token": pair.refresh}))

    assert reason(pair) == "log_out"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("refreshes", [1, 3])
def test_a_replaced_refresh_token_is_no_reuse(
    clock: FrozenDateTimeFactory, pair: Pair, caller: JSONClient, refreshes: int
) -> None:
    after = pair
    for _ in range(refreshes):
        after = pair_of(caller.refresh(after.refresh))
        caller.get("profile/", after.access)
        clock.tick(60)

    assert_logged_out(caller.post("auth/logout/", {"refresh_token": pair.refresh}))

    assert reason(pair) == "log_out"
    assert_refused(caller.get("profile/", after.access), 401, "session_expired")


def test_twice_is_no_mistake(
    clock: FrozenDateTimeFactory, pair: Pair, caller: JSONClient, told: list[dict[str, Any]]
) -> None:
    body = {"refresh_token": pair.refresh}
    assert_logged_out(caller.post("auth/logout/", body))
    before = Session.objects.get()
    clock.tick(60)

    assert_logged_out(caller.post("auth/logout/", body))
    assert_logged_out(caller.post("auth/logout/", token=pair.access))

    after = Session.objects.get()
    assert (after.expired_at, after.end_reason) == (before.expired_at, "log_out")
    assert len(told) == 1


def test_an_earlier_end_keeps_its_reason(pair: Pair, caller: JSONClient) -> None:
    Session.objects.get().invalidate()

    assert_logged_out(caller.post("auth/logout/", {"refresh_token": pair.refresh}))

    assert reason(pair) == "administrator"


def test_of_a_session_whose_row_is_gone(
    pair: Pair, caller: JSONClient, told: list[dict[str, Any]]
) -> None:
    Session.objects.all().delete()

    assert_logged_out(caller.post("auth/logout/", {"refresh_token": pair.refresh}, pair.access))
    assert told == []


def test_two_sessions_of_one_user_both_end(
    pair: Pair, caller: JSONClient, told: list[dict[str, Any]]
) -> None:
    other = caller.log_in()

    body = {"refresh_token": other.refresh}
    assert_logged_out(caller.post("auth/logout/", body, token=pair.access))

    assert reason(pair) == reason(other) == "log_out"
    assert len(told) == 2


def test_both_tokens_of_one_session_are_told_of_once(
    pair: Pair, caller: JSONClient, told: list[dict[str, Any]]
) -> None:
    body = {"refresh_token": pair.refresh}
    assert_logged_out(caller.post("auth/logout/", body, token=pair.access))

    assert len(told) == 1


def test_tokens_of_two_users_end_nothing(
    pair: Pair, other_user: Any, caller: JSONClient, told: list[dict[str, Any]]
) -> None:
    other = caller.log_in("bob")

    body = {"refresh_token": other.refresh}
    assert_refused(caller.post("auth/logout/", body, token=pair.access), 401, "invalid_token")

    assert reason(pair) == reason(other) == ""
    assert told == []


def test_a_session_that_was_handed_to_another_user_is_left_alone(
    pair: Pair, other_user: Any, caller: JSONClient, told: list[dict[str, Any]]
) -> None:
    Session.objects.update(user=other_user)

    assert_logged_out(caller.post("auth/logout/", {"refresh_token": pair.refresh}))

    assert reason(pair) == ""
    assert told == []


def test_a_header_that_is_none_of_ours_does_not_hinder(pair: Pair, caller: JSONClient) -> None:
    for token in ("garbage", "a.b.c", pair.refresh):
        body = {"refresh_token": caller.log_in().refresh}
        assert_logged_out(caller.post("auth/logout/", body, token=token))

    assert Session.objects.filter(end_reason="log_out").count() == 3
    assert reason(pair) == ""


def test_without_a_token(user: Any, caller: JSONClient) -> None:
    for body in (None, {}, {"refresh_token": None}):
        assert_refused(caller.post("auth/logout/", body), 401, "missing_token")


def test_with_the_wrong_tokens(pair: Pair, caller: JSONClient) -> None:
    refused = caller.post("auth/logout/", token=pair.refresh)
    assert_refused(refused, 401, "invalid_token_type")
    refused = caller.post("auth/logout/", {"refresh_token": pair.access})
    assert_refused(refused, 400, "invalid_token_type")
    refused = caller.post("auth/logout/", {"refresh_token": "garbage"}, token=pair.access)
    assert_refused(refused, 401, "invalid_token")
    refused = caller.post("auth/logout/", token="garbage")
    assert_refused(refused, 401, "invalid_token")

    assert reason(pair) == ""


def test_a_post_without_data_by_django_s_test_client(pair: Pair, caller: JSONClient) -> None:
    authorization = f"Bearer {pair.access}"

    response = caller.django.post("/api/auth/logout/", HTTP_AUTHORIZATION=authorization)

    assert_logged_out(response)
    assert reason(pair) == "log_out"


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "application/xml", ""],
)
def test_a_body_of_another_media_type_ends_nothing(
    pair: Pair, caller: JSONClient, content_type: str
) -> None:
    body = b'{"refresh_token": "' + pair.refresh.encode() + b'"}'

    response = caller.django.post("/api/auth/logout/", body, content_type=content_type)

    assert_refused(response, 415, "unsupported_media_type")
    assert reason(pair) == ""


def test_a_form_of_another_site_ends_nothing(pair: Pair, caller: JSONClient) -> None:
    response = caller.post_form("auth/logout/", refresh_token=pair.refresh)

    assert_refused(response, 415, "unsupported_media_type")
    assert reason(pair) == ""


def test_everywhere(
    clock: FrozenDateTimeFactory,
    pair: Pair,
    other_user: Any,
    caller: JSONClient,
    told: list[dict[str, Any]],
) -> None:
    ended = caller.log_in()
    Session.objects.get(pk=ended.session_id).invalidate()
    phone, other = caller.log_in(), caller.log_in("bob")

    assert_logged_out(caller.post("auth/logout/all/", token=pair.access))

    assert reason(pair) == reason(phone) == "log_out_all"
    assert reason(ended) == "administrator"
    assert reason(other) == ""
    [kwargs] = told
    assert kwargs["user"].username == "alice"
    assert_refused(caller.post("auth/logout/all/", token=pair.access), 401, "session_expired")


def test_everywhere_else(pair: Pair, other_user: Any, caller: JSONClient) -> None:
    phone, other = caller.log_in(), caller.log_in("bob")

    for _ in range(2):
        assert_logged_out(caller.post("auth/logout/others/", token=pair.access))

        assert reason(phone) == "log_out_others"
        assert reason(pair) == reason(other) == ""
    assert caller.get("profile/", pair.access).status_code == 200


@pytest.mark.parametrize("where", ["auth/logout/all/", "auth/logout/others/"])
def test_the_gate_of_the_wide_ones(pair: Pair, caller: JSONClient, where: str) -> None:
    assert_refused(caller.post(where), 401, "missing_token")
    assert_refused(caller.post(where, token=pair.refresh), 401, "invalid_token_type")
    assert reason(pair) == ""


@pytest.mark.parametrize("user_id", ["", "x", "1.0", "9" * 400, "a\0b"])
def test_a_user_id_of_another_type_is_a_clear_401(
    forging_key: bytes, user: Any, caller: JSONClient, user_id: str
) -> None:
    """As of a site that signs with the same key, and has other users."""
    pair = caller.log_in()
    other = {"user_id": user_id, "sub": user_id}
    access = forge({**claims_of(pair.access), **other})
    refresh = forge({**claims_of(pair.refresh), **other}, typ="rt+jwt")
    assert_refused(caller.post("auth/logout/", token=access), 401, "invalid_user")
    for token in (None, access):
        answer = caller.post("auth/logout/", {"refresh_token": refresh}, token)
        assert_refused(answer, 401, "invalid_user")
    with pytest.raises(TokenError) as refused:
        RefreshToken(refresh).blacklist()
    assert refused.value.error_code == "invalid_user"
    assert Session.objects.get().expired_at is None
