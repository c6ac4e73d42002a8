"""`USER_LOGIN_AUTHENTICATOR` and `LOGIN_SCHEMA`: a magic link in ten lines."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core import signing
from django.http import HttpRequest
from ninja import Schema
from pydantic import field_validator
from pytest_django import Settings

from tegata import APIError
from tegata.models import Session
from tests.ninja.helpers import JSONClient, assert_refused, new_api, pair_of


class MagicLinkSchema(Schema):
    """What the link carries."""

    magic_token: str
    remember: bool = False

    @field_validator("magic_token")
    @classmethod
    def _has_two_parts(cls, value: str) -> str:
        if ":" not in value:
            raise ValueError("this is no link of ours")
        return value


def magic_link(request: HttpRequest, payload: MagicLinkSchema) -> Any:
    try:
        username = signing.Signer().unsign(payload.magic_token)
    except signing.BadSignature:
        return None
    return get_user_model().objects.get(username=username)


async def amagic_link(request: HttpRequest, payload: MagicLinkSchema) -> Any:
    try:
        username = signing.Signer().unsign(payload.magic_token)
    except signing.BadSignature:
        return None
    return await get_user_model().objects.aget(username=username)


class ByObject:
    """An authenticator need not be a function."""

    def __call__(self, request: HttpRequest, payload: MagicLinkSchema) -> Any:
        return magic_link(request, payload)


both = pytest.mark.parametrize(
    "authenticator",
    [
        magic_link,
        amagic_link,
        ByObject(),
        "tests.ninja.test_authenticators.magic_link",
        "tests.ninja.test_authenticators.amagic_link",
    ],
    ids=["sync", "async", "object", "sync path", "async path"],
)


@both
def test_a_magic_link(
    user: Any, caller: JSONClient, settings: Settings, authenticator: Any
) -> None:
    settings.TEGATA = {
        "USER_LOGIN_AUTHENTICATOR": authenticator,
        "LOGIN_SCHEMA": MagicLinkSchema,
    }
    link = signing.Signer().sign("alice")

    pair = pair_of(caller.post("auth/login/", {"magic_token": link}))

    assert caller.get("profile/", pair.access).json()["user"] == "alice"
    refused = caller.post("auth/login/", {"magic_token": link + "x"})
    assert_refused(refused, 401, "invalid_credentials")


@both
def test_an_inactive_user_is_refused_whatever_the_authenticator_says(
    user: Any, caller: JSONClient, settings: Settings, authenticator: Any
) -> None:
    settings.TEGATA = {
        "USER_LOGIN_AUTHENTICATOR": authenticator,
        "LOGIN_SCHEMA": MagicLinkSchema,
    }
    get_user_model().objects.update(is_active=False)

    body = {"magic_token": signing.Signer().sign("alice")}
    assert_refused(caller.post("auth/login/", body), 401, "invalid_credentials")
    assert not Session.objects.exists()


def test_a_body_that_the_schema_refuses_names_the_field_and_repeats_nothing(
    user: Any, caller: JSONClient, settings: Settings
) -> None:
    settings.TEGATA = {
        "USER_LOGIN_AUTHENTICATOR": magic_link,
        "LOGIN_SCHEMA": "tests.ninja.test_authenticators.MagicLinkSchema",
    }

    for body, expected in (
        ({}, "magic_token: Field required"),
        ({"magic_token": "mellon"}, "magic_token: Value error, this is no link of ours"),
        ({"magic_token": ["mellon"]}, "magic_token: Input should be a valid string"),
        ({"magic_token": "a:b", "remember": "mellon"}, "remember: Input should be a valid boolean"),
        ({"username": "alice", "password": "mellon"}, "magic_token: Field required"),
    ):
        response = caller.post("auth/login/", body)
        detail = assert_refused(response, 422, "invalid_request")
        assert detail.startswith(expected)
        assert "mellon" not in detail


def test_it_sees_the_request_and_the_typed_payload(
    user: Any, caller: JSONClient, settings: Settings
) -> None:
    seen: list[Any] = []

    def look(request: HttpRequest, payload: Any) -> Any:
        seen.append((request.path, request.headers["X-Device"], payload))
        return user

    settings.TEGATA = {"USER_LOGIN_AUTHENTICATOR": look, "LOGIN_SCHEMA": MagicLinkSchema}

    caller.post("auth/login/", {"magic_token": "a:b", "remember": "true"}, X_Device="phone")

    [(path, device, payload)] = seen
    assert (path, device) == ("/api/auth/login/", "phone")
    assert payload == MagicLinkSchema(magic_token="a:b", remember=True)


def test_a_refusal_of_its_own(user: Any, caller: JSONClient, settings: Settings) -> None:
    def needs_a_code(request: HttpRequest, payload: Any) -> Any:
        raise APIError("code_required", 403, "Enter the code of your app.", retry_after=30)

    settings.TEGATA = {"USER_LOGIN_AUTHENTICATOR": needs_a_code}

    response = caller.post("auth/login/", {"username": "alice", "password": "x"})

    assert response.status_code == 403
    assert response.json() == {
        "error_code": "code_required",
        "detail": "Enter the code of your app.",
    }
    assert response.headers["Retry-After"] == "30"
    assert response.headers["Cache-Control"] == "no-store"


def test_a_function_that_gives_an_awaitable_without_saying_so_lets_nobody_in(
    user: Any, caller: JSONClient, settings: Settings
) -> None:
    answers = []

    class Later:
        is_active = True

        def __await__(self) -> Any:
            raise AssertionError("nobody awaits this")

    def later(request: HttpRequest, payload: Any) -> Any:
        answers.append(Later())
        return answers[-1]

    settings.TEGATA = {"USER_LOGIN_AUTHENTICATOR": later}

    with pytest.raises(TypeError, match="must be an `async def`"):
        caller.log_in()
    assert len(answers) == 1
    assert not Session.objects.exists()


def test_the_schema_of_the_moment_is_in_the_document(settings: Settings) -> None:
    api = new_api()

    def login_body() -> Any:
        document = api.get_openapi_schema(path_prefix="/api/")
        operation = document["paths"]["/api/auth/login/"]["post"]
        return operation["requestBody"]["content"]["application/json"]["schema"]

    assert login_body()["properties"].keys() == {"username", "password"}
    assert login_body()["required"] == ["username", "password"]

    settings.TEGATA = {"LOGIN_SCHEMA": MagicLinkSchema}
    assert login_body()["title"] == "MagicLinkSchema"
    assert login_body()["properties"].keys() == {"magic_token", "remember"}
    assert login_body()["required"] == ["magic_token"]

    settings.TEGATA = {}
    assert login_body()["title"] == "LoginSchema"


class Device(Schema):
    """A part of a login body."""

    name: str


class NestedSchema(Schema):
    """A login body with a part."""

    username: str
    device: Device


def test_a_nested_schema_is_in_the_document_and_at_work(
    user: Any, caller: JSONClient, settings: Settings
) -> None:
    settings.TEGATA = {
        "LOGIN_SCHEMA": NestedSchema,
        "USER_LOGIN_AUTHENTICATOR": lambda request, payload: (
            user if payload.device.name == "phone" else None
        ),
    }
    document = new_api().get_openapi_schema(path_prefix="/api/")
    operation = document["paths"]["/api/auth/login/"]["post"]
    body = operation["requestBody"]["content"]["application/json"]["schema"]
    reference = body["properties"]["device"]["$ref"]

    assert reference == "#/components/schemas/Device"
    assert document["components"]["schemas"]["Device"]["properties"].keys() == {"name"}
    good = {"username": "alice", "device": {"name": "phone"}}
    assert caller.post("auth/login/", good).status_code == 200
    response = caller.post("auth/login/", {"username": "alice", "device": {"name": 1}})
    assert assert_refused(response, 422, "invalid_request").startswith("device.name: ")
