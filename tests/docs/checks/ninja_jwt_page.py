"""What the users of a site on the Quickstart of django-ninja-jwt see."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib import error, request

import pytest
from django.contrib.auth import authenticate
from django.test import Client
from django.utils import timezone, translation
from freezegun import freeze_time

from tests.docs.checks.helpers import PASSWORD, get, new_user, part_of, post

GREETING = {"message": "Hello, alice! You are authenticated."}
NOT_PROVIDED = {
    "detail": "Authentication credentials were not provided.",
    "code": "not_authenticated",
}


def log_in() -> dict[str, str]:
    answer = post("auth/token/", {"username": "alice", "password": PASSWORD})
    assert answer.status_code == 200, answer.content
    tokens: dict[str, str] = answer.json()
    assert tokens.keys() == {"username", "refresh", "access"}
    return tokens


def hello(token: str | None, scheme: str = "Bearer ") -> Any:
    return get("api/hello", headers=None if token is None else {"Authorization": scheme + token})


def not_valid(message: str) -> dict[str, Any]:
    return {
        "detail": "Given token not valid for any token type",
        "code": "token_not_valid",
        "messages": [
            {"token_class": "AccessToken", "token_type": "access", "message": message},
        ],
    }


@pytest.mark.django_db(transaction=True)
def test_quickstart() -> None:
    user = new_user()
    tokens = log_in()
    assert hello(tokens["access"]).json() == GREETING
    assert part_of(tokens["access"], 1)["token_type"] == "access"
    for _ in range(2):
        answer = post("auth/token/refresh/", {"refresh": tokens["refresh"]})
        assert answer.status_code == 200, answer.content
        # ROTATE_REFRESH_TOKENS is off.
        assert answer.json()["refresh"] == tokens["refresh"]
        assert hello(answer.json()["access"]).json() == GREETING
    user.refresh_from_db()
    assert user.last_login is None
    wrong = post("auth/token/", {"username": "alice", "password": "x"})
    assert (wrong.status_code, wrong.json()) == (
        401,
        {
            "detail": "No active account found with the given credentials",
            "code": "authentication_failed",
        },
    )
    missing = post("auth/token/", {"username": "alice"})
    assert (missing.status_code, missing.json()) == (
        400,
        {"detail": "Invalid input.", "code": "invalid", "password": "password is required"},
    )
    for body in ({}, {"refresh": ""}):
        answer = post("auth/token/refresh/", body)
        assert (answer.status_code, answer.json()["refresh"]) == (400, "token is required")
    answer = post("auth/token/refresh/", {"refresh": tokens["access"]})
    assert (answer.status_code, answer.json()["detail"]) == (401, "Token has wrong type")


@pytest.mark.django_db(transaction=True)
def test_headers() -> None:
    """What the page calls common errors of clients."""
    user = new_user()
    tokens = log_in()
    for token, scheme in ((None, ""), (tokens["access"], ""), (tokens["access"], "Token ")):
        answer = hello(token, scheme)
        assert (answer.status_code, answer.json()) == (401, NOT_PROVIDED)
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    answer = hello(tokens["refresh"])
    assert (answer.status_code, answer.json()) == (401, not_valid("Token has wrong type"))
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert hello("x.y.z").json() == not_valid("Token is invalid or expired")
    with freeze_time(timezone.now() + timedelta(minutes=6)):
        assert hello(tokens["access"]).json() == not_valid("Token is invalid or expired")
    user.is_active = False
    user.save()
    failed = {"detail": "User is inactive", "code": "authentication_failed"}
    assert hello(tokens["access"]).json() == failed
    user.delete()
    failed = {"detail": "User not found", "code": "authentication_failed"}
    assert hello(tokens["access"]).json() == failed


@pytest.mark.django_db
def test_the_backend() -> None:
    user = new_user()
    tokens = log_in()
    assert authenticate(None, token=tokens["access"]) == user
    for token in (tokens["refresh"], "x", "\ud800", None):
        assert authenticate(None, token=token) is None
    assert authenticate(None, username="alice", password=PASSWORD) == user
    user.is_active = False
    user.save()
    assert authenticate(None, token=tokens["access"]) is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"x"',
        b"{",
        b"\xff",
        b'{"username": 1, "password": []}',
        b'{"username": "a\\u0000", "password": "b"}',
        b'{"username": "a", "password": "b\\u0000"}',
        b'{"username": "\\ud800", "password": "b"}',
        b'{"refresh": 7}',
        b'{"refresh": "\\ud800"}',
        b'{"refresh": {"a": 1}}',
    ],
)
def test_bad_bodies_are_refused(body: bytes) -> None:
    for path in ("auth/token/", "auth/token/refresh/"):
        answer = Client().post(f"/api/{path}", body, content_type="application/json")
        assert answer.status_code in (400, 401, 422), (body, answer.content)
        assert answer.json().keys() >= {"detail", "code"}
    answer = Client().post("/api/auth/token/", {"username": "alice", "password": "x"})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.django_db
def test_messages_can_be_translated(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.utils.translation import trans_real

    message = "Given token not valid for any token type"
    catalog: Any = trans_real.translation("de")
    monkeypatch.setitem(catalog._catalog._catalogs[0], message, "Der Token gilt nicht")
    new_user()
    with translation.override("de"):
        assert hello("x").json()["detail"] == "Der Token gilt nicht"
    assert hello("x").json()["detail"] == message


def over_http(address: str) -> None:
    """The page's step 7, over the wire."""
    tokens = call(
        f"{address}/api/auth/token/", {"username": "youruser", "password": "yourpassword"}
    )
    greeting = call(f"{address}/api/hello", token=tokens["access"])
    assert greeting == {"message": "Hello, youruser! You are authenticated."}
    with pytest.raises(error.HTTPError) as refused:
        call(f"{address}/api/hello")
    assert refused.value.code == 401


def call(url: str, body: Any = None, token: str | None = None) -> Any:
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    with request.urlopen(request.Request(url, data, headers), timeout=30) as answer:
        return json.load(answer)
