"""The token routes: pair, refresh, verify, blacklist, sliding, and what belongs to them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.core.exceptions import ImproperlyConfigured
from freezegun.api import FrozenDateTimeFactory
from ninja import NinjaAPI, Schema
from pydantic import Field
from pytest_django import Settings

from tegata import APIError, AuthedRequest, JWTAuth
from tegata.api import create_token_router
from tegata.handlers import error_handler
from tegata.models import Session
from tegata.tokens import AccessToken, RefreshToken, SlidingToken
from tests.ninja.helpers import PASSWORD, JSONClient, assert_refused, claims_of, new_api

EVERY_ROUTE = (
    "pair",
    "challenge",
    "refresh",
    "verify",
    "blacklist",
    "sliding",
    "sliding/challenge",
    "sliding/refresh",
)
LOGIN = {"username": "alice", "password": PASSWORD}


@pytest.fixture
def serve_tokens(serve: Callable[[NinjaAPI], None]) -> Callable[..., NinjaAPI]:
    """Serves token routes under `token/`, and a view behind a gate."""

    def put(*routes: str, gate: JWTAuth | None = None, **options: Any) -> NinjaAPI:
        api = new_api(mounted=False)
        api.add_router("token/", create_token_router(*routes, **options))
        api.add_exception_handler(APIError, error_handler)

        @api.get("/who/", auth=gate or JWTAuth())
        def who(request: AuthedRequest) -> Any:
            return request.auth.user.get_username()

        serve(api)
        return api

    return put


def test_the_routes_of_a_pair(
    user: Any, caller: JSONClient, serve_tokens: Callable[..., NinjaAPI]
) -> None:
    serve_tokens()
    told: list[str] = []

    def logged_in(**_: Any) -> None:
        told.append("in")

    def logged_out(**_: Any) -> None:
        told.append("out")

    user_logged_in.connect(logged_in)
    user_logged_out.connect(logged_out)

    pair = caller.post("token/pair/", LOGIN).json()
    assert pair.keys() == {"access_token", "refresh_token"}
    assert caller.get("who/", pair["access_token"]).json() == "alice"
    user.refresh_from_db()
    assert user.last_login is not None

    after = caller.post("token/refresh/", {"refresh_token": pair["refresh_token"]}).json()
    verified = caller.post("token/verify/", {"token": after["access_token"]}).json()
    assert verified == {
        "type": "access",
        "user_id": user.pk,
        "session_id": Session.objects.get().pk,
        "issued_at": verified["issued_at"],
        "expires_at": verified["expires_at"],
    }

    for _ in range(2):
        ended = caller.post("token/blacklist/", {"refresh_token": after["refresh_token"]})
        assert ended.status_code == 200
    assert told == ["in", "out"]
    user_logged_in.disconnect(logged_in)
    user_logged_out.disconnect(logged_out)
    assert Session.objects.get().end_reason == "log_out"
    assert_refused(caller.get("who/", after["access_token"]), 401, "session_expired")
    refused = caller.post("token/refresh/", {"refresh_token": after["refresh_token"]})
    assert_refused(refused, 401, "session_expired")


@pytest.mark.parametrize("check", ["request", "cache", "user", "refresh", "off"])
def test_verify_says_yes_to_what_a_view_takes_and_to_nothing_else(
    user: Any,
    caller: JSONClient,
    settings: Settings,
    serve_tokens: Callable[..., NinjaAPI],
    clock: FrozenDateTimeFactory,
    check: str,
) -> None:
    settings.TEGATA = {"SESSION_CHECK": check}
    serve_tokens()
    pair = caller.post("token/pair/", LOGIN).json()

    def verify(token: str) -> Any:
        return caller.post("token/verify/", {"token": token})

    assert verify(pair["access_token"]).status_code == 200
    assert_refused(verify(pair["refresh_token"]), 400, "invalid_token_type")
    assert_refused(verify(str(SlidingToken.for_user(user))), 401, "invalid_token")
    assert_refused(verify("x"), 401, "invalid_token")
    bare = verify(str(AccessToken.for_user(user)))
    assert bare.status_code == (401 if check in ("request", "cache") else 200)

    if check != "off":
        caller.post("token/blacklist/", {"refresh_token": pair["refresh_token"]})
        assert_refused(verify(pair["access_token"]), 401, "session_expired")
        pair = caller.post("token/pair/", LOGIN).json()
    clock.tick(311)
    assert_refused(verify(pair["access_token"]), 401, "expired_token")
    pair = caller.post("token/pair/", LOGIN).json()
    user.is_active = False
    user.save()
    assert_refused(verify(pair["access_token"]), 401, "invalid_user")


def test_where_no_sessions_are_kept_nothing_can_be_blacklisted(
    user: Any, caller: JSONClient, settings: Settings, serve_tokens: Callable[..., NinjaAPI]
) -> None:
    settings.TEGATA = {"SESSION_CHECK": "off"}
    serve_tokens()
    pair = caller.post("token/pair/", LOGIN).json()

    refused = caller.post("token/blacklist/", {"refresh_token": pair["refresh_token"]})
    assert "keeps no sessions" in assert_refused(refused, 404, "session_not_found")
    for ask in (RefreshToken.blacklist, RefreshToken.check_blacklist):
        with pytest.raises(APIError) as caught:
            ask(RefreshToken(pair["refresh_token"]))
        assert caught.value.error_code == "session_not_found"
        assert "keeps no sessions" in caught.value.detail


def test_what_blacklist_takes(
    user: Any,
    caller: JSONClient,
    serve_tokens: Callable[..., NinjaAPI],
    clock: FrozenDateTimeFactory,
) -> None:
    serve_tokens(*EVERY_ROUTE)

    def blacklist(token: str) -> Any:
        return caller.post("token/blacklist/", {"refresh_token": token})

    assert_refused(blacklist(str(AccessToken.for_user(user))), 400, "invalid_token_type")
    assert_refused(blacklist("x"), 401, "invalid_token")
    assert_refused(blacklist(str(RefreshToken.for_user(user))), 401, "session_not_found")
    refresh = str(RefreshToken.for_user(user, session=True))
    clock.tick(timedelta(days=20))
    assert blacklist(refresh).status_code == 200
    sliding = caller.post("token/sliding/", LOGIN).json()["token"]
    assert blacklist(sliding).status_code == 200
    assert set(Session.objects.values_list("end_reason", flat=True)) == {"log_out"}


def test_only_the_routes_that_are_named(
    user: Any, caller: JSONClient, serve_tokens: Callable[..., NinjaAPI]
) -> None:
    serve_tokens("pair", "sliding/refresh", paths={"pair": ""})

    assert caller.post("token/", LOGIN).status_code == 200
    assert caller.post("token/sliding/refresh/", {"token": "x"}).status_code == 401
    for name in ("pair", "refresh", "verify", "blacklist", "sliding"):
        assert caller.post(f"token/{name}/", {}).status_code == 404


@pytest.mark.parametrize(
    "wrong", [{"routes": ["paar"]}, {"inputs": {"paar": Schema}}, {"paths": {"paar": ""}}]
)
def test_a_route_that_is_none(wrong: dict[str, Any]) -> None:
    routes = wrong.pop("routes", ())
    with pytest.raises(ImproperlyConfigured, match="no token route 'paar'; there are 'pair'"):
        create_token_router(*routes, **wrong)


class _Credentials(Schema):
    login: str
    password: str

    @property
    def username(self) -> str:
        return self.login


class _Refresh(Schema):
    refresh_token: str = Field(alias="refresh")


class _Pair(Schema):
    access: str = Field(validation_alias="access_token")
    refresh: str | None = Field(validation_alias="refresh_token")
    username: str | None

    @staticmethod
    def resolve_username(obj: Any) -> str | None:
        return obj.user.get_username() if obj.user else None


def test_schemas_of_ones_own(
    user: Any, caller: JSONClient, serve_tokens: Callable[..., NinjaAPI]
) -> None:
    api = serve_tokens(
        inputs={"pair": _Credentials, "refresh": _Refresh},
        outputs={"pair": _Pair, "refresh": _Pair},
    )

    pair = caller.post("token/pair/", {"login": "alice", "password": PASSWORD}).json()
    assert pair.keys() == {"access", "refresh", "username"}
    assert pair["username"] == "alice"
    after = caller.post("token/refresh/", {"refresh": pair["refresh"]}).json()
    assert after["username"] == "alice"
    assert claims_of(after["access"])["generation"] == 2
    refused = caller.post("token/refresh/", {"refresh_token": pair["refresh"]})
    assert_refused(refused, 422, "invalid_request")
    schemas = api.get_openapi_schema(path_prefix="")["components"]["schemas"]
    assert schemas["_Refresh"]["properties"].keys() == {"refresh"}


def test_the_document_names_every_refusal(serve_tokens: Callable[..., NinjaAPI]) -> None:
    paths = serve_tokens(*EVERY_ROUTE).get_openapi_schema(path_prefix="/")["paths"]

    for name in EVERY_ROUTE:
        operation = paths[f"/token/{name}/"]["post"]
        responses = operation["responses"]
        assert {200, 401, 415, 422, 503} <= responses.keys()
        asks = name not in ("refresh", "verify", "blacklist", "sliding/refresh")
        assert (202 in responses) is asks
        assert (429 in responses) is (name not in ("verify", "blacklist"))
        assert 429 not in responses or "Retry-After" in responses[429]["headers"]
        assert operation["operationId"] == f"token_{name.replace('/', '_')}"
        assert operation["requestBody"]["required"]


@pytest.mark.parametrize("name", EVERY_ROUTE)
@pytest.mark.parametrize(
    ("body", "status"), [(b"{", 422), (b"[]", 422), (b"", 422), (b'{"token": 1}', 422)]
)
def test_a_bad_body_gets_a_clear_refusal(
    db: None,
    caller: JSONClient,
    serve_tokens: Callable[..., NinjaAPI],
    name: str,
    body: bytes,
    status: int,
) -> None:
    serve_tokens(*EVERY_ROUTE)
    assert_refused(caller.post(f"token/{name}/", body), status, "invalid_request")


@pytest.mark.parametrize("token", ["", "\ud800", "x.y.z", "\0", "é" * 9000])
@pytest.mark.parametrize("name", ["refresh", "verify", "blacklist", "sliding/refresh"])
def test_a_bad_token_gets_a_clear_refusal(
    db: None,
    caller: JSONClient,
    serve_tokens: Callable[..., NinjaAPI],
    name: str,
    token: str,
) -> None:
    serve_tokens(*EVERY_ROUTE)
    answer = caller.post(f"token/{name}/", {"token": token, "refresh_token": token})
    assert answer.status_code in (401, 422)


def test_blacklisting_by_hand(user: Any, caller: JSONClient) -> None:
    refresh = RefreshToken.for_user(user, session=True)
    refresh.check_blacklist()
    assert refresh.blacklist() is True
    assert refresh.blacklist() is False
    with pytest.raises(APIError) as caught:
        RefreshToken(str(refresh)).check_blacklist()
    assert caught.value.error_code == "session_expired"
    for ask in (RefreshToken.blacklist, RefreshToken.check_blacklist):
        with pytest.raises(APIError) as caught:
            ask(RefreshToken.for_user(user))
        assert (caught.value.error_code, caught.value.http_status_code) == (
            "session_not_found",
            401,
        )


@pytest.mark.django_db(transaction=True)
def test_asking_whether_a_replaced_token_is_blacklisted_ends_nothing(
    user: Any, caller: JSONClient, clock: FrozenDateTimeFactory
) -> None:
    first = caller.log_in()
    second = caller.refresh(first.refresh).json()
    caller.get("profile/", second["access_token"])
    clock.tick(60)

    with pytest.raises(APIError) as caught:
        RefreshToken(first.refresh).check_blacklist()
    assert caught.value.error_code == "token_reuse_detected"
    RefreshToken(second["refresh_token"]).check_blacklist()
    assert Session.objects.get().expired_at is None


@pytest.mark.django_db(transaction=True)
async def test_async_code_ends_sessions_too(user: Any) -> None:
    refresh = await RefreshToken.afor_user(user, session=True)
    await refresh.acheck_blacklist()
    assert await refresh.ablacklist() is True
    with pytest.raises(APIError):
        await refresh.acheck_blacklist()
