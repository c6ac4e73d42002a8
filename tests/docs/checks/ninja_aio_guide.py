"""What docs/guides/coming-from-ninja-aio.md says."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from django.conf import settings
from django.test import AsyncClient, Client

from tegata.auth import encode_jwt
from tests.docs.checks.ninja_aio_page import ask

ALICE = {"sub": "alice", "roles": ["staff"]}


def test_the_names() -> None:
    auth = importlib.import_module("ninja_aio.auth")
    assert auth.AsyncJwtBearer in importlib.import_module("mysite.bearers").Bearer.__mro__
    assert "tegata" not in settings.INSTALLED_APPS


def test_a_bearer() -> None:
    bearer: Any = importlib.import_module("mysite.api").bearer
    token = encode_jwt(ALICE, 60)
    assert ask("profile", token).json() == {"name": "alice", "roles": ["staff"]}
    assert ask("sync", token).json() == {"name": "alice"}
    assert bearer.dcd is None
    for bad in (
        {"sub": "alice"},
        {**ALICE, "roles": ["user"]},
        {**ALICE, "team": ""},
        {**ALICE, "aud": "other"},
        {**ALICE, "type": "refresh"},
    ):
        assert ask("sync", encode_jwt(bad, 60)).status_code == 401
        assert ask("profile", encode_jwt(bad, 60)).status_code == 401


async def test_a_bearer_under_asgi() -> None:
    headers = {"Authorization": f"Bearer {encode_jwt(ALICE, 60)}"}
    answer: Any = await AsyncClient().get("/api/profile", headers=headers)
    assert answer.json()["name"] == "alice"


def test_a_cookie() -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post("/api/login?name=alice").json() == {"message": "ok"}
    answer = client.post("/api/order")
    assert (answer.status_code, answer.json()) == (403, {"detail": "CSRF check Failed"})
    token = encode_jwt(ALICE, 60)
    answer = client.post("/api/order", headers={"Authorization": f"Bearer {token}"})
    assert answer.json() == {"name": "alice"}
    client.cookies["csrftoken"] = "a" * 32
    answer = client.post("/api/order", headers={"X-CSRFToken": "a" * 32})
    assert answer.json() == {"name": "alice"}
    assert client.post("/api/logout").cookies["access_token"].value == ""
    assert client.post("/api/order").status_code == 401


def test_a_number_for_sub() -> None:
    with pytest.raises(ValueError, match="sub"):
        encode_jwt({"sub": 1}, 60)
