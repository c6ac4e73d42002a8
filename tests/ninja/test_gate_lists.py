"""`auth=[JWTAuth(), ...]`: what is not ours goes on to the next, what is ours does not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpRequest, JsonResponse
from freezegun.api import FrozenDateTimeFactory
from ninja import NinjaAPI
from ninja.errors import AuthenticationError

from tegata import JWTAuth
from tegata.models import Session
from tests.api import ApiKey
from tests.ninja.helpers import JSONClient, Pair, assert_refused, claims_of, forge, new_api

BOTH = pytest.mark.parametrize("where", ["either/", "aeither/"])
KEY = {"X_API_Key": "let me in"}


def listing(*auth: Any, **options: Any) -> NinjaAPI:
    """An API with a sync and an async view behind a list."""
    api = new_api(**options)

    @api.get("/either/", auth=list(auth))
    def either(request: HttpRequest) -> str:
        return type(request.auth).__name__  # type: ignore[attr-defined]

    @api.get("/aeither/", auth=list(auth))
    async def aeither(request: HttpRequest) -> str:
        return type(request.auth).__name__  # type: ignore[attr-defined]

    @api.get("/key/", auth=ApiKey())
    def key_only(request: HttpRequest) -> str:
        return "hello"

    return api


@BOTH
def test_our_token_is_taken(pair: Pair, caller: JSONClient, where: str) -> None:
    assert caller.get(where, pair.access).json() == {"auth": "AuthDetails"}
    assert caller.get(where, pair.access, **KEY).json() == {"auth": "AuthDetails"}


@BOTH
def test_without_a_token_the_next_is_asked(user: Any, caller: JSONClient, where: str) -> None:
    assert caller.get(where, **KEY).json() == {"auth": "str"}
    assert caller.get(where, Authorization="Basic YTpi", **KEY).json() == {"auth": "str"}


@BOTH
def test_with_a_foreign_token_the_next_is_asked(
    pair: Pair, caller: JSONClient, forging_key: bytes, where: str
) -> None:
    # Signed before `forging_key` came, so by nobody we know.
    claims = claims_of(pair.access)
    for foreign in (
        pair.access,
        "garbage",
        "a.b.c",
        "",
        forge(claims, key=b"another key, of thirty-two bytes"),
        forge({**claims, "iss": "https://accounts.example.org"}),
        forge({**claims, "aud": "another site"}),
        forge(claims, typ="JWT"),
        forge(claims, typ=None),
    ):
        assert caller.get(where, foreign, **KEY).json() == {"auth": "str"}
        assert_refused(caller.get(where, foreign), 401, "invalid_token")


@BOTH
def test_our_own_refused_token_is_refused_whatever_else_comes(
    clock: FrozenDateTimeFactory, user: Any, caller: JSONClient, where: str
) -> None:
    pair, ended, gone = caller.log_in(), caller.log_in(), caller.log_in()
    Session.objects.get(pk=ended.session_id).invalidate()
    Session.objects.get(pk=gone.session_id).delete()

    assert_refused(caller.get(where, ended.access, **KEY), 401, "session_expired")
    assert_refused(caller.get(where, gone.access, **KEY), 401, "session_not_found")
    assert_refused(caller.get(where, pair.refresh, **KEY), 401, "invalid_token_type")
    clock.tick(timedelta(minutes=6))
    assert_refused(caller.get(where, pair.access, **KEY), 401, "expired_token")
    user.is_active = False
    user.save()
    clock.tick(timedelta(minutes=-6))
    assert_refused(caller.get(where, pair.access, **KEY), 401, "invalid_user")


@BOTH
def test_where_nobody_takes_it_our_code_is_kept(user: Any, caller: JSONClient, where: str) -> None:
    wrong_key = {"X_API_Key": "knock knock"}
    for _ in range(2):
        assert_refused(caller.get(where), 401, "missing_token")
        assert_refused(caller.get(where, **wrong_key), 401, "missing_token")
        assert_refused(caller.get(where, "garbage", **wrong_key), 401, "invalid_token")


@BOTH
def test_the_other_way_round(pair: Pair, serve: Any, where: str) -> None:
    serve(listing(ApiKey(), JWTAuth()))
    caller = JSONClient()

    assert caller.get(where, "garbage", **KEY).json() == "str"
    assert caller.get(where, pair.access).json() == "AuthDetails"
    assert_refused(caller.get(where), 401, "missing_token")
    assert_refused(caller.get(where, "garbage"), 401, "invalid_token")


@BOTH
def test_between_two_others(pair: Pair, serve: Any, where: str) -> None:
    async def never(request: HttpRequest) -> None:
        return None

    def nor_this(request: HttpRequest) -> None:
        return None

    serve(listing(never if where == "aeither/" else nor_this, JWTAuth(), nor_this, ApiKey()))
    caller = JSONClient()

    assert caller.get(where, **KEY).json() == "str"
    assert caller.get(where, pair.access).json() == "AuthDetails"
    assert_refused(caller.get(where, "garbage"), 401, "invalid_token")


def test_other_operations_keep_django_ninja_s_answer(user: Any, serve: Any) -> None:
    serve(listing(JWTAuth(), ApiKey()))
    caller = JSONClient()
    before = caller.get("key/")
    assert_refused(caller.get("either/"), 401, "missing_token")

    after = caller.get("key/")

    assert (after.status_code, after.content) == (before.status_code, before.content)
    assert (after.status_code, after.json()) == (401, {"detail": "Unauthorized"})


@BOTH
@pytest.mark.parametrize("registered", ["before", "after"])
def test_a_handler_of_the_site_s_own_for_the_end_of_a_list(
    user: Any, serve: Any, where: str, registered: str
) -> None:
    def handle(request: HttpRequest, exc: Any) -> JsonResponse:
        return JsonResponse({"who": "the site"}, status=401)

    api = listing(JWTAuth(), ApiKey())
    serve(api)
    caller = JSONClient()
    if registered == "after":
        caller.get(where)
    api.add_exception_handler(AuthenticationError, handle)

    assert caller.get(where).json() == {"who": "the site"}
    assert caller.get(where, "garbage").json() == {"who": "the site"}
    assert caller.get("key/").json() == {"who": "the site"}


@BOTH
def test_without_our_handler_the_status_is_right(user: Any, serve: Any, where: str) -> None:
    serve(listing(JWTAuth(), ApiKey(), mounted=False))
    caller = JSONClient()

    for token in (None, "garbage"):
        response = caller.get(where, token)
        assert response.status_code == 401
        assert response.json()["detail"]


def test_one_request_s_refusal_is_not_another_s(user: Any, caller: JSONClient) -> None:
    assert_refused(caller.get("either/", "garbage"), 401, "invalid_token")
    assert_refused(caller.get("either/"), 401, "missing_token")
