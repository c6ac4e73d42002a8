"""Logins through the stand-in for django-ninja-jwt: no way past steps, throttles and tenants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest
from django.test import Client
from ninja import NinjaAPI
from pytest_django import Settings

from tegata import signals
from tegata.models import Session
from tests.ninja import login_steps, ninja_jwt_site
from tests.ninja.helpers import PASSWORD, JSONClient, claims_of, new_api

STEPS = login_steps.__name__
LOGIN = {"username": "alice", "password": PASSWORD}
WRONG = {"username": "alice", "password": "wrong"}
NO_ACCOUNT = {
    "detail": "No active account found with the given credentials",
    "code": "authentication_failed",
}
ROUTES = ["token/pair", "token/sliding", "own/pair"]
CLASSES = ["ninja_jwt.tokens.AccessToken", "ninja_jwt.tokens.SlidingToken"]


def by_host(request: HttpRequest) -> str | None:
    return request.get_host().partition(".")[0]


def at(host: str) -> JSONClient:
    return JSONClient(Client(HTTP_HOST=f"{host}.example.org"))


@pytest.fixture(autouse=True)
def site(settings: Settings, serve: Callable[[NinjaAPI], None]) -> Iterator[NinjaAPI]:
    """The routes of the library, a view of the site's own that takes its schema, and a gate."""
    settings.ALLOWED_HOSTS = ["*"]
    ninja_jwt_site.install(settings, AUTH_TOKEN_CLASSES=CLASSES, ROTATE_REFRESH_TOKENS=True)
    from ninja_jwt.authentication import (  # type: ignore[import-not-found]
        JWTAuth,
        JWTStatelessUserAuthentication,
    )
    from ninja_jwt.routers.obtain import (  # type: ignore[import-not-found]
        obtain_pair_router,
        sliding_router,
    )
    from ninja_jwt.schema import (  # type: ignore[import-not-found]
        TokenObtainPairInputSchema,
        TokenObtainPairOutputSchema,
    )

    api = new_api(mounted=False)
    for router in (obtain_pair_router, sliding_router):
        # An older Django Ninja lets a router be mounted once in a process.
        router.api = None
        api.add_router("/token", router)

    def own_pair(request: Any, payload: Any) -> Any:
        return payload.to_response_schema()

    own_pair.__annotations__ = {"payload": TokenObtainPairInputSchema}
    api.post("/own/pair", response=TokenObtainPairOutputSchema)(own_pair)

    for where, gate in (("plain", JWTAuth()), ("stateless", JWTStatelessUserAuthentication())):

        @api.get(f"/{where}/", auth=gate)
        def view(request: Any) -> Any:
            return request.user.id

        @api.get(f"/a{where}/", auth=gate)
        async def aview(request: Any) -> Any:
            return request.user.id

    serve(api)
    yield api
    ninja_jwt_site.forget()


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("step", ["Code", "Word", "refuses", "asks_what_it_cannot_read"])
def test_no_login_goes_past_a_step(
    user: Any, caller: JSONClient, settings: Settings, route: str, step: str
) -> None:
    settings.TEGATA = {"LOGIN_STEPS": [f"{STEPS}.passes", f"{STEPS}.{step}"]}
    told: list[Any] = []

    def logged_in(**_: Any) -> None:
        told.append(_)

    user_logged_in.connect(logged_in)
    try:
        answer = caller.post(route, LOGIN)
    finally:
        user_logged_in.disconnect(logged_in)
    if step == "asks_what_it_cannot_read":
        assert answer.status_code == 503
        assert answer.json().keys() == {"detail", "code"}
    else:
        assert (answer.status_code, answer.json()) == (401, NO_ACCOUNT)
    assert (told, Session.objects.exists()) == ([], False)


@pytest.mark.parametrize("route", ROUTES)
def test_a_login_goes_on_where_every_step_passes(
    user: Any, caller: JSONClient, settings: Settings, route: str
) -> None:
    settings.TEGATA = {"LOGIN_STEPS": [f"{STEPS}.passes", f"{STEPS}.passes_later"]}
    assert caller.post(route, LOGIN).status_code == 200
    settings.TEGATA = {"LOGIN_STEPS": [f"{STEPS}.ForStaff"]}
    assert caller.post(route, LOGIN).status_code == 200
    user.is_staff = True
    user.save()
    assert caller.post(route, LOGIN).status_code == 401


@pytest.mark.parametrize("route", ROUTES)
def test_guesses_are_limited_and_answered_in_the_body_of_the_library(
    user: Any, caller: JSONClient, settings: Settings, route: str
) -> None:
    settings.TEGATA = {"LOGIN_THROTTLE": "3/5m"}
    for _ in range(3):
        assert caller.post(route, WRONG).json() == NO_ACCOUNT
    answer = caller.post(route, LOGIN)
    body = answer.json()
    assert (answer.status_code, body["code"], body.keys()) == (
        429,
        "rate_limited",
        {"detail", "code"},
    )
    assert int(answer.headers["Retry-After"]) > 0
    assert not Session.objects.exists()


@pytest.mark.parametrize(
    ("login", "path", "name"),
    [
        ("token/pair", "token/refresh", "refresh"),
        ("token/sliding", "token/sliding/refresh", "token"),
    ],
)
def test_refreshes_are_limited(
    user: Any, caller: JSONClient, settings: Settings, login: str, path: str, name: str
) -> None:
    settings.TEGATA = {"REFRESH_THROTTLE": "2/m"}
    token = caller.post(login, LOGIN).json()[name]
    for _ in range(2):
        answer = caller.post(path, {name: token})
        assert answer.status_code == 200
        token = answer.json()[name]
    answer = caller.post(path, {name: token})
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")


@pytest.mark.parametrize("login", ["token/pair", "token/sliding"])
def test_tokens_are_good_at_the_tenant_that_gave_them_only(
    user: Any, settings: Settings, login: str
) -> None:
    settings.TEGATA = {"TENANT": by_host}
    body = at("acme").post(login, LOGIN).json()
    token = body.get("access") or body["token"]
    assert claims_of(token)["tenant"] == "acme"
    for where in ("plain/", "aplain/", "stateless/", "astateless/"):
        assert at("acme").get(where, token).status_code == 200
        answer = at("beta").get(where, token)
        assert (answer.status_code, answer.json()["code"]) == (401, "token_not_valid")
    path, name = (
        ("token/refresh", "refresh") if "access" in body else ("token/sliding/refresh", "token")
    )
    assert at("beta").post(path, {name: body[name]}).status_code == 401
    assert at("acme").post(path, {name: body[name]}).status_code == 200


def everything(user: Any, request: Any, session: Any) -> list[str]:
    return ["read", "write"] if user.is_staff else ["read"]


@pytest.mark.parametrize("login", ["token/pair", "token/sliding"])
def test_tokens_cover_what_the_site_grants(
    user: Any, caller: JSONClient, settings: Settings, login: str
) -> None:
    settings.TEGATA = {"SCOPES": {"read": "r", "write": "w"}, "SCOPES_FOR": everything}
    body = caller.post(login, LOGIN).json()
    assert claims_of(body.get("access") or body["token"])["scope"] == "read"
    user.is_staff = True
    user.save()
    if login == "token/pair":
        assert "scope" not in claims_of(body["refresh"])
        body = caller.post("token/refresh", {"refresh": body["refresh"]}).json()
        assert claims_of(body["access"])["scope"] == "read write"
    else:
        body = caller.post("token/sliding/refresh", {"token": body["token"]}).json()
        assert claims_of(body["token"])["scope"] == "read"


@pytest.mark.django_db(transaction=True)
def test_each_refusal_is_told_of_once(user: Any, caller: JSONClient) -> None:
    told: list[str] = []

    def hear(error_code: str, place: str, **_: Any) -> None:
        told.append(f"{place} {error_code}")

    signals.refused.connect(hear)
    try:
        caller.post("token/pair", WRONG)
        caller.post("token/refresh", {"refresh": "x"})
        caller.get("plain/", "x")
    finally:
        signals.refused.disconnect(hear)
    assert told == [
        "endpoint authentication_failed",
        "endpoint invalid_token",
        "gate token_not_valid",
    ]
