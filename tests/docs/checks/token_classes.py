"""What docs/guides/token-classes.md says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import AsyncClient, override_settings
from django.utils import timezone
from freezegun import freeze_time

from tegata.models import Session
from tegata.tokens import AccessToken, RefreshToken, SlidingToken, TokenError, UntypedToken
from tests.docs.checks.helpers import PASSWORD, bearer, code_of, get, new_user, part_of, post

pytestmark = pytest.mark.django_db(transaction=True)
LOGIN = {"username": "alice", "password": PASSWORD}


def test_a_token_made_by_hand() -> None:
    new_user()
    tokens = post("code/", {"username": "alice", "code": PASSWORD}).json()
    assert part_of(tokens["access_token"], 1)["channel"] == "code"
    assert get("api/profile/", tokens).json() == {"for": "alice"}
    session = Session.objects.get()
    assert session.ip_address == "127.0.0.1"
    after = post("auth/refresh/", {"refresh_token": tokens["refresh_token"]}).json()
    assert "channel" not in part_of(after["access_token"], 1)
    wrong = post("code/", {"username": "alice", "code": "x"})
    assert code_of(wrong) == (401, "invalid_credentials")


@pytest.mark.parametrize(
    ("check", "passes"),
    [("request", False), ("cache", False), ("user", True), ("refresh", True), ("off", True)],
)
def test_without_a_session(check: str, passes: bool) -> None:
    user = new_user()
    with override_settings(TEGATA={"SESSION_CHECK": check}):
        refresh = RefreshToken.for_user(user)
        answer = get("api/profile/", {"access_token": str(refresh.access_token)})
        assert (answer.status_code == 200) is passes
        refreshed = post("auth/refresh/", {"refresh_token": str(refresh)})
        assert (refreshed.status_code == 200) is (check == "off")


def test_what_is_not_signed() -> None:
    token = AccessToken.for_user(new_user())
    for claim, value in (("type", "refresh"), ("iss", "x"), ("aud", "x"), ("user_id", [1])):
        changed = AccessToken(str(token))
        changed[claim] = value
        with pytest.raises(ValueError, match="cannot be signed"):
            str(changed)


def test_reading() -> None:
    from mysite.reading import team_of  # type: ignore[import-not-found]

    token = AccessToken.for_user(new_user())
    token["team"] = 7
    assert team_of(str(token)) == 7
    assert team_of("x") == "invalid_token"
    assert UntypedToken(str(token))["team"] == 7
    with freeze_time(timezone.now() + timedelta(hours=1)):
        assert team_of(str(token)) == "expired_token"
        assert AccessToken(str(token), allow_expired=True)["team"] == 7


def test_an_invitation() -> None:
    from mysite.invitations import address_of, invite  # type: ignore[import-not-found]

    invitation = invite("carol@example.org")
    assert address_of(invitation) == "carol@example.org"
    assert part_of(invitation, 0)["typ"] == "own+jwt"
    assert code_of(get("api/profile/", {"access_token": invitation})) == (
        401,
        "invalid_token_type",
    )
    with pytest.raises(TokenError):
        AccessToken(invitation)


def test_ending_a_session() -> None:
    from mysite.ending import forget, is_over  # type: ignore[import-not-found]

    new_user()
    pair = post("token/pair/", LOGIN).json()
    assert is_over(pair["refresh_token"]) is False
    assert forget(pair["refresh_token"]) is True
    assert forget(pair["refresh_token"]) is False
    assert is_over(pair["refresh_token"]) is True
    assert code_of(get("api/profile/", pair)) == (401, "session_expired")


def test_a_view_without_a_user_row(django_assert_num_queries: Any) -> None:
    user = new_user()
    user.groups.add(Group.objects.create(name="editors"))
    pair = post("token/pair/", LOGIN).json()
    with django_assert_num_queries(0):
        assert get("api/board/", pair).json() == {"for": "alice", "editor": True}
    with django_assert_num_queries(1):
        assert get("api/profile/", pair).json() == {"for": "alice"}
    user.groups.clear()
    assert get("api/board/", pair).json()["editor"] is True
    pair = post("auth/refresh/", {"refresh_token": pair["refresh_token"]}).json()
    assert get("api/board/", pair).json()["editor"] is False


async def test_an_async_view_without_a_user_row() -> None:
    from asgiref.sync import sync_to_async

    await sync_to_async(new_user)()
    pair = (await sync_to_async(post)("token/pair/", LOGIN)).json()
    answer = await AsyncClient().get("/api/async-board/", headers=bearer(pair))
    assert answer.json() == {"for": "alice"}


def test_the_token_routes() -> None:
    new_user()
    pair = post("token/pair/", LOGIN).json()
    assert post("token/verify/", {"token": pair["access_token"]}).json()["type"] == "access"
    refused = post("token/verify/", {"token": pair["refresh_token"]})
    assert code_of(refused) == (400, "invalid_token_type")
    assert post("token/refresh/", {}).status_code == 404

    first = post("second/token/pair/", LOGIN).json()
    assert first.keys() == {"access", "refresh"}
    second = post("second/token/refresh/", {"refresh": first["refresh"]}).json()
    assert post("second/token/blacklist/", {"refresh": second["refresh"]}).status_code == 200
    refused = post("second/token/refresh/", {"refresh": second["refresh"]})
    assert code_of(refused) == (401, "session_expired")


def test_sliding_tokens() -> None:
    new_user()
    old = post("token/sliding/", LOGIN).json()["token"]
    assert get("api/profile/", {"access_token": old}).json() == {"for": "alice"}
    new = post("token/sliding/refresh/", {"token": old}).json()["token"]
    assert SlidingToken(new)["generation"] == 2
    assert get("api/profile/", {"access_token": new}).status_code == 200
    with freeze_time(timezone.now() + timedelta(seconds=11)):
        assert code_of(get("api/profile/", {"access_token": old})) == (401, "expired_token")
        refused = post("token/sliding/refresh/", {"token": old})
        assert code_of(refused) == (401, "token_reuse_detected")
