"""The controllers of the stand-in for django-ninja-jwt, where django-ninja-extra is installed."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync
from django.core.checks import run_checks
from django.test import AsyncClient
from pytest_django import Settings

from tegata.models import Session
from tests.ninja import ninja_jwt_site
from tests.ninja.helpers import PASSWORD, JSONClient, claims_of, urlconf_of

needs_extra = pytest.mark.skipif(
    find_spec("ninja_extra") is None, reason="django-ninja-extra is not installed"
)
LOGIN = {"username": "alice", "password": PASSWORD}
BOTH = pytest.mark.parametrize("prefix", ["", "Async"])


@pytest.fixture(autouse=True)
def facade(settings: Settings) -> Iterator[None]:
    ninja_jwt_site.install(
        settings,
        AUTH_TOKEN_CLASSES=["ninja_jwt.tokens.AccessToken", "ninja_jwt.tokens.SlidingToken"],
        ROTATE_REFRESH_TOKENS=True,
    )
    yield
    ninja_jwt_site.forget()


def serve(settings: Settings, *names: str) -> Any:
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "ninja_extra"]
    from ninja_extra import NinjaExtraAPI
    from ninja_jwt import controller  # type: ignore[import-not-found]
    from ninja_jwt.authentication import JWTAuth  # type: ignore[import-not-found]

    api = NinjaExtraAPI(urls_namespace=f"test-{uuid4()}")
    api.register_controllers(*(getattr(controller, name) for name in names))

    @api.get("/hello", auth=JWTAuth())
    def hello(request: Any) -> Any:
        return request.auth.get_username()

    settings.ROOT_URLCONF = urlconf_of(api)
    return api


def post(prefix: str, where: str, body: Any) -> Any:
    """As a client of a WSGI or an ASGI site."""
    if not prefix:
        return JSONClient().post(where, body)
    asked = async_to_sync(AsyncClient().post)
    return asked(f"/api/{where}", data=body, content_type="application/json")


@needs_extra
@BOTH
@pytest.mark.django_db(transaction=True)
def test_pair(user: Any, settings: Settings, prefix: str) -> None:
    serve(settings, f"{prefix}NinjaJWTDefaultController")
    answer = post(prefix, "token/pair", LOGIN)
    assert answer.status_code == 200, answer.content
    assert answer.headers["Cache-Control"] == "no-store"
    pair = answer.json()
    assert pair.keys() == {"username", "refresh", "access"}
    assert JSONClient().get("hello", pair["access"]).json() == "alice"
    fresh = post(prefix, "token/refresh", {"refresh": pair["refresh"]}).json()
    assert claims_of(fresh["refresh"])["generation"] == 2
    answer = post(prefix, "token/verify", {"token": fresh["access"]})
    assert (answer.status_code, answer.json()) == (200, {})
    for where, body, status, detail in (
        ("token/pair", {**LOGIN, "password": "x"}, 401, "No active account found with the given c"),
        ("token/pair", {}, 400, "Invalid input."),
        ("token/refresh", {"refresh": "x"}, 401, "Token is invalid or expired"),
        ("token/verify", {"token": pair["refresh"]}, 401, "Token has wrong type"),
    ):
        answer = post(prefix, where, body)
        assert (answer.status_code, "code" in answer.json()) == (status, True), answer.content
        assert answer.json()["detail"].startswith(detail)
    refused = JSONClient().get("hello", "x").json()
    assert refused["detail"] == "Given token not valid for any token type"
    assert Session.objects.get().user_id == user.pk


@needs_extra
@BOTH
@pytest.mark.django_db(transaction=True)
def test_sliding(user: Any, settings: Settings, prefix: str) -> None:
    api = serve(settings, f"{prefix}NinjaJWTSlidingController")
    token = post(prefix, "token/sliding", LOGIN).json()["token"]
    assert JSONClient().get("hello", token).json() == "alice"
    fresh = post(prefix, "token/sliding/refresh", {"token": token}).json()["token"]
    assert JSONClient().get("hello", fresh).json() == "alice"
    document = api.get_openapi_schema(path_prefix="/")
    for operations in document["paths"].values():
        for operation in operations.values():
            assert 401 in operation["responses"]


@needs_extra
@BOTH
@pytest.mark.django_db(transaction=True)
def test_a_controller_of_the_site_with_blacklisting(
    user: Any, settings: Settings, prefix: str
) -> None:
    from ninja_extra import ControllerBase, api_controller

    controller: Any = import_module("ninja_jwt.controller")
    parts: tuple[Any, ...] = tuple(
        getattr(controller, f"{prefix}{name}")
        for name in ("TokenObtainPairController", "TokenBlackListController")
    )
    made = type("Mine", (ControllerBase, *parts), {"auto_import": False})
    controller.Mine = api_controller("/token", tags=["Auth"], auth=None)(made)
    serve(settings, "Mine")
    pair = post(prefix, "token/pair", LOGIN).json()
    answer = post(prefix, "token/blacklist", {"refresh": pair["refresh"]})
    assert (answer.status_code, answer.json()) == (200, {})
    refused = post(prefix, "token/refresh", {"refresh": pair["refresh"]})
    assert (refused.status_code, refused.json()["detail"]) == (401, "Token is blacklisted")


@needs_extra
@pytest.mark.django_db
def test_a_transaction_around_them_is_an_error(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(settings, "NinjaJWTDefaultController")
    assert "ninja_jwt.E003" not in [each.id for each in run_checks(databases=["default"])]
    monkeypatch.setitem(settings.DATABASES["default"], "ATOMIC_REQUESTS", True)
    assert "ninja_jwt.E003" in [each.id for each in run_checks(databases=["default"])]


@pytest.mark.skipif(find_spec("ninja_extra") is not None, reason="it is installed")
def test_without_the_library_the_message_says_what_to_do() -> None:
    with pytest.raises(ImportError, match=r"take the routers of ninja_jwt\.routers"):
        import_module("ninja_jwt.controller")
