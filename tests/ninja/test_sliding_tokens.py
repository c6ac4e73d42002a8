"""Sliding tokens: one token for views and refreshes, of which only the newest stays good."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.cache import cache
from django.test import RequestFactory
from freezegun.api import FrozenDateTimeFactory
from ninja import NinjaAPI
from pytest_django import Settings

from tegata import AuthedRequest, JWTAuth, JWTPayload, sliding
from tegata.api import create_token_router
from tegata.models import Session
from tegata.tokens import AccessToken, RefreshToken, SlidingToken
from tests.ninja.helpers import PASSWORD, JSONClient, assert_refused, claims_of, new_api

# What is noted after the answer stays only where transactions are real.
pytestmark = pytest.mark.django_db(transaction=True)

CLASSES = ["tegata.tokens.AccessToken", "tegata.tokens.SlidingToken"]
LOGIN = {"username": "alice", "password": PASSWORD}
BOTH = pytest.mark.parametrize("where", ["plain/", "aplain/"])
ROW_CHECKS = pytest.mark.parametrize("check", ["request", "cache"])
OTHER_CHECKS = pytest.mark.parametrize("check", ["user", "refresh", "off"])


class Client:
    """A client of a site where tokens slide."""

    def __init__(self, caller: JSONClient) -> None:
        self.caller = caller

    def log_in(self) -> str:
        return str(self.caller.post("token/sliding/", LOGIN).json()["token"])

    def refresh(self, token: str) -> Any:
        return self.caller.post("token/sliding/refresh/", {"token": token})

    def refreshed(self, token: str) -> str:
        answer = self.refresh(token)
        assert answer.status_code == 200, answer.content
        assert answer.json().keys() == {"token"}
        return str(answer.json()["token"])

    def get(self, token: str, where: str = "plain/") -> Any:
        return self.caller.get(where, token)


@pytest.fixture
def check() -> str:
    """The SESSION_CHECK; tests have it for a parameter."""
    return "request"


@pytest.fixture
def client(
    check: str,
    user: Any,
    caller: JSONClient,
    settings: Settings,
    serve: Callable[[NinjaAPI], None],
) -> Client:
    cache.clear()
    settings.TEGATA = {"SESSION_CHECK": check, "AUTH_TOKEN_CLASSES": CLASSES}
    api = new_api()
    api.add_router("token/", create_token_router("sliding", "sliding/refresh", "verify", "pair"))

    @api.get("/plain/", auth=JWTAuth())
    def plain(request: AuthedRequest) -> Any:
        return request.auth.claims.type

    @api.get("/aplain/", auth=JWTAuth())
    async def aplain(request: AuthedRequest) -> Any:
        return request.auth.claims.type

    serve(api)
    return Client(caller)


@BOTH
@pytest.mark.parametrize("check", ["request", "cache", "user", "refresh", "off"])
def test_a_sliding_token_opens_views(
    client: Client, caller: JSONClient, clock: FrozenDateTimeFactory, where: str
) -> None:
    token = client.log_in()

    claims = claims_of(token)
    assert claims["exp"] - claims["iat"] == 300
    assert claims["refresh_exp"] - claims["iat"] == 86_400
    assert client.get(token, where).json() == "sliding"
    assert caller.post("token/verify/", {"token": token}).json()["type"] == "sliding"
    access = caller.post("token/pair/", LOGIN).json()["access_token"]
    assert client.get(access, where).json() == "access"
    clock.tick(311)
    assert_refused(client.get(token, where), 401, "expired_token")


@pytest.mark.parametrize("check", ["request", "cache", "user", "refresh", "off"])
def test_it_is_refreshed_until_the_deadline_even_after_its_end(
    client: Client, clock: FrozenDateTimeFactory
) -> None:
    token = client.log_in()
    deadline = claims_of(token)["refresh_exp"]
    for _ in range(3):
        clock.tick(timedelta(hours=6))
        token = client.refreshed(token)
        assert client.get(token).status_code == 200
        assert claims_of(token)["refresh_exp"] == deadline

    clock.tick(timedelta(hours=5, minutes=58))
    token = client.refreshed(token)
    # It ends at the deadline, and not after it.
    assert claims_of(token)["exp"] == deadline
    clock.tick(131)
    assert_refused(client.refresh(token), 401, "expired_token")
    assert_refused(client.get(token), 401, "expired_token")


@BOTH
@ROW_CHECKS
def test_the_old_one_goes_out_of_use(
    client: Client, clock: FrozenDateTimeFactory, where: str
) -> None:
    old = client.log_in()
    assert client.get(old, where).status_code == 200
    new = client.refreshed(old)

    assert claims_of(new)["jti"] != claims_of(old)["jti"]
    assert claims_of(new)["session_id"] == claims_of(old)["session_id"]
    # The answer may be lost, and a request may be on its way.
    assert client.get(old, where).status_code == 200
    assert client.get(new, where).status_code == 200
    assert client.get(old, where).status_code == 200
    clock.tick(11)
    assert_refused(client.get(old, where), 401, "expired_token")
    # To come with it is no theft; to refresh it is.
    assert client.get(new, where).status_code == 200
    assert_refused(client.refresh(old), 401, "token_reuse_detected")
    assert_refused(client.get(new, where), 401, "session_expired")
    assert Session.objects.get().end_reason == "token_reuse"


@OTHER_CHECKS
def test_where_no_row_is_looked_at_the_old_one_is_good_until_its_end(
    client: Client, check: str, clock: FrozenDateTimeFactory
) -> None:
    old = client.log_in()
    new = client.refreshed(old)
    clock.tick(60)
    assert client.get(old).status_code == 200
    clock.tick(251)
    assert_refused(client.get(old), 401, "expired_token")
    if check == "off":
        client.refreshed(old)
        assert Session.objects.count() == 0
        return
    assert_refused(client.refresh(old), 401, "token_reuse_detected")
    assert_refused(client.refresh(new), 401, "session_expired")


def test_a_lost_answer_is_given_again(client: Client, clock: FrozenDateTimeFactory) -> None:
    old = client.log_in()
    client.refreshed(old)
    clock.tick(timedelta(hours=3))
    again = client.refreshed(old)
    assert claims_of(again)["generation"] == 2
    assert client.get(again).status_code == 200


@pytest.mark.parametrize("check", ["request", "cache", "user", "refresh", "off"])
def test_users_who_are_gone_refresh_nothing(client: Client, user: Any, check: str) -> None:
    token = client.log_in()
    user.is_active = False
    user.save()
    assert_refused(client.refresh(token), 401, "invalid_user")
    user.delete()
    code = "invalid_user" if check == "off" else "session_not_found"
    assert_refused(client.refresh(token), 401, code)


@pytest.mark.parametrize("check", ["request", "user"])
def test_a_new_password_ends_it(client: Client, user: Any, check: str) -> None:
    token = client.log_in()
    user.set_password("another one")
    user.save()
    assert_refused(client.refresh(token), 401, "session_expired")


def test_other_tokens_are_not_refreshed_here(client: Client, user: Any) -> None:
    for made in (AccessToken, RefreshToken):
        refused = client.refresh(str(made.for_user(user, session=True)))
        assert_refused(refused, 400, "invalid_token_type")
    assert_refused(client.refresh(str(SlidingToken.for_user(user))), 401, "session_not_found")
    assert_refused(client.refresh("x"), 401, "invalid_token")
    client.refreshed(str(SlidingToken.for_user(user, session=True)))


def test_it_is_blacklisted(client: Client) -> None:
    token = SlidingToken(client.log_in())
    token.check_blacklist()
    assert token.blacklist() is True
    assert_refused(client.get(str(token)), 401, "session_expired")
    assert_refused(client.refresh(str(token)), 401, "session_expired")


def test_it_logs_out_by_the_header(client: Client, caller: JSONClient, user: Any) -> None:
    token = client.log_in()
    for _ in range(2):
        assert caller.post("auth/logout/", token=token).status_code == 200
    assert Session.objects.get().end_reason == "log_out"
    assert_refused(client.get(token), 401, "session_expired")
    bare = str(SlidingToken.for_user(user))
    assert_refused(caller.post("auth/logout/", token=bare), 401, "session_not_found")
    assert_refused(caller.post("auth/logout/", token="x"), 401, "invalid_token")


@pytest.mark.parametrize("check", ["off"])
def test_without_sessions_there_is_nothing_to_log_out_of(
    client: Client, caller: JSONClient
) -> None:
    answer = caller.post("auth/logout/", token=client.log_in())
    assert "keeps no sessions" in assert_refused(answer, 404, "session_not_found")


class _Payload(JWTPayload):
    username: str


def test_claims_are_made_anew(client: Client, user: Any, settings: Settings) -> None:
    settings.TEGATA = {**settings.TEGATA, "PAYLOAD_CLASS": _Payload}
    token = client.log_in()
    assert claims_of(token)["username"] == "alice"
    type(user).objects.update(username="alice2")
    assert claims_of(client.refreshed(token))["username"] == "alice2"


def test_a_deadline_ends_with_the_session(client: Client, settings: Settings) -> None:
    settings.TEGATA = {
        **settings.TEGATA,
        "SLIDING_TOKEN_REFRESH_LIFETIME": timedelta(days=30),
        "SESSION_IDLE_TIMEOUT": timedelta(hours=1),
    }
    claims = claims_of(client.log_in())
    assert claims["refresh_exp"] - claims["iat"] == 3600
    token = SlidingToken()
    token["user_id"] = 1
    assert claims_of(str(token))["refresh_exp"] - token["iat"] == 3600


def test_async_code_hands_them_out_too(client: Client, user: Any) -> None:
    request = RequestFactory().post("/")

    async def both() -> str:
        token = await sliding.aopen_session(request, user, data={"theme": "dark"})
        return await sliding.arefresh(request, token)

    token = async_to_sync(both)()
    assert claims_of(token)["generation"] == 2
    assert Session.objects.get().data == {"theme": "dark"}
