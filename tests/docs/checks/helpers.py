"""A user and a client, for the tests that run inside a page's project."""

from __future__ import annotations

import base64
import json
from typing import Any

from django.contrib.auth import get_user_model
from django.test import Client

PASSWORD = "correct horse battery staple"


def new_user(username: str = "alice", **fields: Any) -> Any:
    """A user who can log in."""
    return get_user_model().objects.create_user(username, password=PASSWORD, **fields)


def post(path: str, body: Any = None, **options: Any) -> Any:
    """Posts JSON to `/api/…`."""
    return Client().post(f"/api/{path}", body or {}, content_type="application/json", **options)


def log_in(username: str = "alice") -> dict[str, str]:
    """Both tokens."""
    answer = post("auth/login/", {"username": username, "password": PASSWORD})
    assert answer.status_code == 200, answer.content
    tokens: dict[str, str] = answer.json()
    return tokens


def bearer(tokens: dict[str, str]) -> dict[str, str]:
    """The header of a signed-in client."""
    return {"Authorization": f"Bearer {tokens['access_token']}"}


def get(
    path: str, tokens: dict[str, str] | None = None, headers: dict[str, str] | None = None
) -> Any:
    """Asks `/…`."""
    return Client().get(f"/{path}", headers=(bearer(tokens) if tokens else {}) | (headers or {}))


def code_of(answer: Any) -> tuple[int, str]:
    """Status and error code of a refusal."""
    return answer.status_code, answer.json()["error_code"]


def part_of(token: str, number: int) -> dict[str, Any]:
    """The header (0) or the payload (1) of a token, as anybody can read it."""
    part = token.split(".")[number]
    content: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return content
