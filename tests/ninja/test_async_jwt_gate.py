"""`AsyncJwtBearer` and `AsyncJwtCookie` on sync and async views, under every client."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.test import AsyncClient, Client
from ninja.errors import AuthenticationError
from ninja.operation import AsyncOperation
from ninja.security import APIKeyHeader
from ninja.testing import TestAsyncClient, TestClient
from pytest_django import Settings

from tegata import jose
from tegata.auth import AsyncJwtBearer, AsyncJwtCookie, JwtAuthMixin
from tests.ninja.async_jwt_site import (
    BOTH,
    LET_IN,
    NO_ROWS,
    PRIVATE,
    RULES,
    Bearer,
    Cookie,
    claims,
    guarded,
    signed,
    token,
)
from tests.ninja.helpers import JSONClient, bearer

pytestmark = NO_ROWS
UNAUTHORIZED = (401, {"detail": "Unauthorized"})


@BOTH
def test_django_s_sync_client(serve: Any, caller: JSONClient, where: str) -> None:
    serve(guarded(Bearer()))
    assert caller.get(where, token()).json() == LET_IN
    for refused in (None, "x", "", "é", token()[:-4]):
        answer = caller.get(where, refused)
        assert (answer.status_code, answer.json()) == UNAUTHORIZED


@BOTH
async def test_django_s_async_client(serve: Any, where: str) -> None:
    serve(guarded(Bearer()))
    answer: Any = await AsyncClient().get(f"/api/{where}", headers=bearer(token()))
    assert answer.json() == LET_IN
    for headers in ({}, bearer("x"), {"Authorization": token()}, {"Authorization": "Basic eDp5"}):
        answer = await AsyncClient().get(f"/api/{where}", headers=headers)
        assert (answer.status_code, answer.json()) == UNAUTHORIZED


def test_ninja_s_sync_client() -> None:
    client = TestClient(guarded(Bearer()))
    assert client.get("/plain/", headers=bearer(token())).json() == LET_IN
    assert client.get("/plain/").status_code == 401
    assert client.get("/plain/", headers=bearer("x")).status_code == 401


async def test_ninja_s_async_client() -> None:
    client = TestAsyncClient(guarded(Bearer()))
    assert (await client.get("/aplain/", headers=bearer(token()))).json() == LET_IN
    assert (await client.get("/aplain/")).status_code == 401
    assert (await client.get("/aplain/", headers=bearer("x"))).status_code == 401


async def test_a_sync_operation_on_a_running_loop_lets_nobody_in_unasked() -> None:
    client = TestClient(guarded(Bearer()))
    with pytest.raises(RuntimeError):
        client.get("/plain/", headers=bearer(token()))
    assert client.get("/plain/").status_code == 401


@BOTH
def test_a_handler_that_awaits(serve: Any, caller: JSONClient, where: str) -> None:
    class Slow(Bearer):
        async def auth_handler(self, request: Any) -> Any:
            await asyncio.sleep(0)
            return await super().auth_handler(request)

    serve(guarded(Slow()))
    assert caller.get(where, token()).json() == LET_IN


@BOTH
def test_a_handler_that_says_no(serve: Any, caller: JSONClient, where: str) -> None:
    class No(Bearer):
        async def auth_handler(self, request: Any) -> Any:
            return self.dcd.claims.get("no")

    class Nothing(AsyncJwtBearer):
        jwt_public, claims = PRIVATE.public(), RULES

    class NotYet(Bearer):
        async def auth_handler(self, request: Any) -> Any:
            return super().auth_handler(request)

    for gate in (No(), Nothing()):
        serve(guarded(gate))
        assert caller.get(where, token()).status_code == 401
    # An answer that somebody forgot to await is none.
    serve(guarded(NotYet()))
    with pytest.raises(TypeError, match="gave an awaitable"):
        caller.get(where, token())


@BOTH
def test_an_authenticate_of_the_site(serve: Any, caller: JSONClient, where: str) -> None:
    class Sync(Bearer):
        def authenticate(self, request: Any, token: Any) -> Any:
            return "anyone" if token == "x" else None

    class Async(Bearer):
        async def authenticate(self, request: Any, token: Any) -> Any:
            found = await super().authenticate(request, token)
            return found and {**found, "more": self.dcd.claims["aud"]}

    serve(guarded(Sync()))
    assert caller.get(where, "x").json() == ["anyone", None]
    assert caller.get(where, "y").status_code == 401
    serve(guarded(Async()))
    assert caller.get(where, token()).json()[0] == {"user_id": "alice", "more": "my-api"}
    assert caller.get(where, "y").status_code == 401


def test_without_the_constructors_of_its_bases(serve: Any, caller: JSONClient) -> None:
    class Careless(Bearer):
        def __init__(self) -> None:
            pass

    serve(guarded(Careless()))
    for where in ("plain/", "aplain/"):
        assert caller.get(where, token()).json() == LET_IN
        assert caller.get(where, "x").status_code == 401


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
def test_a_django_ninja_that_does_not_await_lets_nobody_in(
    serve: Any, caller: JSONClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def careless(self: Any, request: HttpRequest) -> Any:
        for callback in self.auth_callbacks:
            if callback(request):
                return None
        return self.api.on_exception(request, AuthenticationError())

    monkeypatch.setattr(AsyncOperation, "_run_authentication", careless)
    serve(guarded(Bearer()))
    assert caller.get("aplain/", token()).status_code == 401


async def test_called_by_hand() -> None:
    gate, request = Bearer(), HttpRequest()
    request.META["HTTP_AUTHORIZATION"] = f"Bearer {token()}"
    answer = gate(request)
    assert not answer
    assert await answer == {"user_id": "alice"}
    assert await gate.authenticate(HttpRequest(), token()) == {"user_id": "alice"}
    assert await gate.authenticate(None, token()) == {"user_id": "alice"}  # type: ignore[arg-type]
    for bad in ("x", "\ud800", "é", "a" * 100_000):
        assert await gate.authenticate(HttpRequest(), bad) is False
    assert await gate.authenticate(HttpRequest(), None) is False


@BOTH
def test_a_class_over_another_of_django_ninja_s(serve: Any, caller: JSONClient, where: str) -> None:
    class Header(JwtAuthMixin, APIKeyHeader):
        param_name = "X-Token"
        jwt_public, claims = PRIVATE.public(), RULES

        async def auth_handler(self, request: Any) -> Any:
            return await Bearer.auth_handler(self, request)  # type: ignore[arg-type]

    serve(guarded(Header()))
    assert caller.get(where, x_token=token()).json() == LET_IN
    for bad in ({}, {"x_token": "x"}, {"x_token": ""}):
        assert caller.get(where, **bad).status_code == 401


def test_lists(serve: Any, caller: JSONClient) -> None:
    other = jose.Key.generate("RS256")

    class Other(Bearer):
        jwt_public = other.public()

    serve(guarded([Other(), Cookie(), Bearer()]))
    for where in ("plain/", "aplain/"):
        assert caller.get(where, token()).json() == [{"user_id": "alice"}, None]
        mine = jose.encode(claims(exp=4_000_000_000), other)
        assert caller.get(where, mine).json() == LET_IN


def test_the_document() -> None:
    document = guarded([Bearer(), Cookie()]).get_openapi_schema(path_prefix="/")
    assert document["components"]["securitySchemes"] == {
        "Bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        "Cookie": {"type": "apiKey", "in": "cookie", "name": "access_token"},
    }


# Configuration


def test_a_key_in_the_settings(serve: Any, caller: JSONClient, settings: Settings) -> None:
    class BySettings(AsyncJwtBearer):
        async def auth_handler(self, request: Any) -> Any:
            return await Bearer.auth_handler(self, request)  # type: ignore[arg-type]

    serve(guarded(BySettings()))
    with pytest.raises(ImproperlyConfigured, match="JWT_PUBLIC_KEY is required"):
        caller.get("plain/", token())
    settings.JWT_PUBLIC_KEY = PRIVATE
    assert caller.get("plain/", token()).json() == LET_IN
    # Those for which there is no rule.
    settings.JWT_ISSUER = "https://other.example"
    assert caller.get("plain/", token()).status_code == 401
    settings.JWT_ISSUER, settings.JWT_AUDIENCE = "https://auth.example", "my-api"
    assert caller.get("plain/", token()).json() == LET_IN
    assert caller.get("plain/", token(aud="other")).status_code == 401


@pytest.mark.parametrize(
    ("attribute", "value", "said"),
    [
        ("jwt_public", "-----BEGIN PUBLIC KEY-----", "must be a key of tegata.jose or joserfc"),
        ("jwt_public", jose.Key.generate("ES256").public(), "no key for RS256"),
        ("algorithms", ["RS256", "none"], "no signature algorithm is called 'none'"),
        ("algorithms", ["PS256"], "no key for PS256"),
        ("claims", {"iss": "https://auth.example"}, "the rule for 'iss' is a dict"),
        ("claims", {"iss": {"values": "https://auth.example"}}, "`values` of 'iss' is a list"),
        ("claims", {"iss": {"values": []}}, "`values` of 'iss' is a list"),
        ("claims", {"iss": {"value": "a", "values": ["a"]}}, "`values` of 'iss'"),
        ("claims", {"iss": {"esential": True}}, "the rule for 'iss'"),
    ],
)
def test_a_mistake_stops_the_start_up(attribute: str, value: Any, said: str) -> None:
    mistaken = type("Mistaken", (Bearer,), {attribute: value})
    with pytest.raises(ImproperlyConfigured, match=said) as refused:
        mistaken()
    assert "Mistaken" in str(refused.value) or "algorithms" in str(refused.value)


def test_rules_that_nobody_would_wait_for() -> None:
    with pytest.raises(TypeError, match="validate_claims must not be async"):

        class Async(Bearer):
            async def validate_claims(self, claims: Any) -> None:  # type: ignore[override]
                pass


def test_what_is_public() -> None:
    assert issubclass(AsyncJwtBearer, JwtAuthMixin)
    assert issubclass(AsyncJwtCookie, JwtAuthMixin)
    assert AsyncJwtBearer.algorithms == ["RS256"]
    assert AsyncJwtCookie.param_name == "access_token"
    assert AsyncJwtCookie().csrf is True


# Rules


@pytest.mark.parametrize(
    ("rule", "said", "let_in"),
    [
        ({"value": "admin"}, "admin", True),
        ({"value": "admin"}, ["staff", "admin"], True),
        ({"value": "admin"}, ["administrator"], False),
        ({"value": "admin"}, None, False),
        ({"value": 1}, True, False),
        ({"value": "admin", "essential": False}, None, True),
        ({"value": "admin", "essential": False}, "staff", False),
        ({"values": ["admin", "root"]}, "root", True),
        ({"values": ["admin", "root"]}, "user", False),
        ({}, "anything", True),
        ({}, "", False),
        ({}, None, False),
        ({"essential": True}, [], False),
        ({"essential": True, "allow_blank": True}, [], True),
        ({"essential": False}, None, True),
    ],
)
async def test_a_rule(rule: dict[str, Any], said: Any, let_in: bool) -> None:
    gate = type("Ruled", (Bearer,), {"claims": {**RULES, "role": rule}})()
    assert bool(await gate.authenticate(HttpRequest(), token(role=said))) is let_in


async def test_refusals_name_the_claim() -> None:
    registry = Bearer.get_claims()
    registry.validate(claims(exp=4_000_000_000))
    for bad, name in (
        (claims(), "exp"),
        (claims(exp=4_000_000_000, iss="x"), "iss"),
        (claims(exp=4_000_000_000, aud=None), "aud"),
        (claims(exp=4_000_000_000, nbf=3_900_000_000), "nbf"),
        (claims(exp=4_000_000_000, sub=7), "sub"),
    ):
        with pytest.raises(jose.InvalidClaimError) as refused:
            registry.validate(bad)
        assert refused.value.claim == name
        assert isinstance(refused.value, ValueError)


async def test_expiry_is_optional_only_where_the_site_says_so() -> None:
    class Endless(Bearer):
        claims = {**RULES, "exp": {"essential": False}}

    endless = signed(claims())
    assert await Bearer().authenticate(HttpRequest(), endless) is False
    assert await Endless().authenticate(HttpRequest(), endless)
    assert await Endless().authenticate(HttpRequest(), signed(claims(exp=1))) is False


async def test_a_check_of_the_site_comes_on_top() -> None:
    class Own(Bearer):
        def validate_claims(self, claims: Any) -> None:
            super().validate_claims(claims)
            if claims["sub"] != "bob":
                raise jose.UnexpectedClaimError("only Bob", "sub")

    assert await Own().authenticate(HttpRequest(), token()) is False
    assert await Own().authenticate(HttpRequest(), token(sub="bob"))


def test_the_wsgi_server_gets_no_500_for_any_header(serve: Any) -> None:
    serve(guarded(Bearer()))
    client = Client(raise_request_exception=False)
    for header in (
        "Bearer",
        "Bearer ",
        "Bearer a b",
        "Bearer \x00",
        "bearer é",
        "Bearer " + "a" * 9000,
    ):
        answer = client.get("/api/plain/", headers={"Authorization": header})
        assert answer.status_code == 401, header
