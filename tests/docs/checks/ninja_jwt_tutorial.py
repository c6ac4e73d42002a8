"""What a client of the tutorial's site sees."""

from __future__ import annotations

import json
import time
import urllib.request
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import jwt
import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

pytestmark = pytest.mark.django_db


def _alice() -> User:
    return User.objects.create_user("alice", "alice@example.com", "password123")


def _log_in(password: str = "password123") -> Any:
    body = {"username": "alice", "password": password}
    return Client().post("/api/login", body, content_type="application/json")


def _profile(token: str | None) -> Any:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return Client().get("/api/profile", headers=headers)


def _token(secret: str = settings.SECRET_KEY, lifetime: float = 60, **claims: Any) -> str:
    return jwt.encode({"exp": int(time.time() + lifetime), **claims}, secret, algorithm="HS256")


def test_with_tegata() -> None:
    from tegata.compat import jwt as ours

    assert jwt is ours
    assert (jwt.__name__, Path(str(jwt.__file__)).parts[-3:-1]) == (
        "tegata.compat.jwt",
        ("compat", "jwt"),
    )


def test_with_pyjwt() -> None:
    assert (jwt.__name__, Path(str(jwt.__file__)).parts[-2]) == ("jwt", "jwt")


def test_flow() -> None:
    user = _alice()
    refused = _log_in("password124")
    assert (refused.status_code, refused.json()) == (401, {"error": "Invalid credentials"})
    answer = _log_in().json()
    assert answer["token_type"] == "Bearer"
    token = answer["access_token"]
    claims = jwt.decode(token, settings.SECRET_KEY, algorithms=["HS256"])
    assert (claims["user_id"], claims["username"]) == (user.id, "alice")
    # In an hour, wherever the server thinks that it is.
    assert abs(claims["exp"] - time.time() - timedelta(hours=1).total_seconds()) < 30

    profile = _profile(token)
    assert profile.status_code == 200
    assert profile.json() == {"username": "alice", "email": "alice@example.com"}
    wrong = {
        "missing": None,
        "nonsense": "nonsense",
        "expired": _token(lifetime=-1, user_id=user.id),
        "another secret": _token(secret="s" * 50, user_id=user.id),
        "nobody": _token(user_id=user.id + 1),
        "changed": f"{token[:-10]}AAAAAAAAAA",
        "unsigned": f"{'.'.join(token.split('.')[:2])}.",
    }
    for name, each in wrong.items():
        refused = _profile(each)
        assert (refused.status_code, refused.json()) == (401, {"detail": "Unauthorized"}), name


def test_refresh() -> None:
    from app.auth_utils import (  # type: ignore[import-not-found]
        create_jwt_token,
        decode_jwt_token,
        refresh_jwt_token,
    )

    user = _alice()
    new = refresh_jwt_token(create_jwt_token(user))
    assert decode_jwt_token(new)["user_id"] == user.id
    assert _profile(new).json()["username"] == "alice"
    assert refresh_jwt_token(_token(lifetime=-1, user_id=user.id, username="alice")) is None
    assert refresh_jwt_token("nonsense") is None


def over_http(address: str) -> None:
    """The page's example, asked of a real server."""
    _alice()

    def ask(path: str, token: str = "", body: object = None) -> tuple[int, Any]:
        request = urllib.request.Request(
            f"{address}/api/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, json.load(answer)
        except HTTPError as error:
            return error.code, json.load(error)

    status, answer = ask("login", body={"username": "alice", "password": "password123"})
    assert status == 200
    assert ask("profile", answer["access_token"]) == (
        200,
        {"username": "alice", "email": "alice@example.com"},
    )
    expired = _token(lifetime=-1, user_id=1)
    assert ask("profile", expired) == (401, {"detail": "Unauthorized"})
