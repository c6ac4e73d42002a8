"""What the users of a site with the code of django-ninja-aio-crud's page see."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from django.conf import settings
from django.test import AsyncClient, Client
from joserfc import errors

from tegata.auth import decode_jwt, encode_jwt

ALICE = {"user_id": "alice"}


def ask(where: str, token: str | None) -> Any:
    headers = None if token is None else {"Authorization": f"Bearer {token}"}
    return Client().get(f"/api/{where}", headers=headers)


def test_bearers() -> None:
    token = encode_jwt({"sub": "alice"}, 60)
    assert ask("secure", token).json() == {"ok": True}
    assert ask("asecure", token).json() == ask("by-settings", token).json() == ALICE
    bad = (None, "x", token[:-4], encode_jwt({"sub": "alice", "aud": "other"}, 60))
    for where in ("secure", "asecure", "by-settings"):
        for each in bad:
            answer = ask(where, each)
            assert (answer.status_code, answer.json()) == (401, {"detail": "Unauthorized"})


async def test_bearers_under_asgi() -> None:
    token = encode_jwt({"sub": "alice"}, 60)
    headers = {"Authorization": f"Bearer {token}"}
    answer: Any = await AsyncClient().get("/api/asecure", headers=headers)
    assert answer.json() == ALICE
    answer = await AsyncClient().get("/api/secure", headers=headers)
    assert answer.json() == {"ok": True}
    answer = await AsyncClient().get("/api/secure")
    assert answer.status_code == 401


def test_cookies() -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/api/auth/login/", {"name": "alice"}, content_type="application/json")
    assert answer.json() == {"message": "ok"}
    cookie = answer.cookies["access_token"]
    assert (cookie["max-age"], cookie["httponly"], cookie["samesite"]) == (900, True, "Lax")
    assert bool(cookie["secure"]) is not settings.DEBUG
    claims = decode_jwt(cookie.value).claims
    assert (claims["sub"], claims["exp"] - claims["iat"]) == ("123", 900)
    assert client.post("/api/by-cookie").status_code == 403
    client.cookies["csrftoken"] = "a" * 32
    answer = client.post("/api/by-cookie", headers={"X-CSRFToken": "a" * 32})
    assert answer.json() == {"user_id": "123"}
    answer = client.post("/api/auth/logout/")
    assert answer.json() == {"message": "logged out"}
    cleared = answer.cookies["access_token"]
    assert (cleared.value, cleared["max-age"], cleared["samesite"]) == ("", 0, "Lax")
    assert client.post("/api/by-cookie").status_code == 401


def test_the_registry() -> None:
    api = importlib.import_module("mysite.api")
    api.registry.validate(decode_jwt(encode_jwt({"sub": "alice"}, 60)).claims)
    with pytest.raises(errors.JoseError):
        api.registry.validate({"iss": "https://auth.example"})
