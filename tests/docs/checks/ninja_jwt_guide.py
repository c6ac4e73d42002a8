"""What docs/guides/coming-from-django-ninja-jwt.md says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.conf import settings
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from freezegun import freeze_time

from tegata import conf
from tegata.models import Session
from tests.docs.checks.helpers import PASSWORD, get, new_user, part_of, post

pytestmark = pytest.mark.django_db(transaction=True)
LOGIN = {"username": "alice", "password": PASSWORD}


def log_in() -> dict[str, str]:
    answer = post("token/pair", LOGIN)
    assert answer.status_code == 200, answer.content
    tokens: dict[str, str] = answer.json()
    return tokens


def refresh(token: str) -> Any:
    return post("token/refresh", {"refresh": token})


def hello(token: str, path: str = "api/hello") -> Any:
    return get(path, headers={"Authorization": f"Bearer {token}"})


def test_the_one_line() -> None:
    user = new_user()
    tokens = log_in()
    assert hello(tokens["access"]).json() == {"name": "alice", "same": True}
    assert hello(tokens["access"], "api/ahello").json() == {"name": "alice"}
    assert post("token/verify", {"token": tokens["access"]}).json() == {}
    assert authenticate(None, token=tokens["access"]) == user
    fresh = refresh(tokens["refresh"]).json()
    # An answer was lost, or a second tab asks.
    assert refresh(tokens["refresh"]).status_code == 200
    assert post("token/blacklist", {"refresh": fresh["refresh"]}).status_code == 200
    assert post("token/blacklist", {"refresh": fresh["refresh"]}).status_code == 200
    assert refresh(fresh["refresh"]).json()["detail"] == "Token is blacklisted"
    assert conf.current().SESSION_CHECK == "user"
    assert hello(fresh["access"]).status_code == 200


def test_what_is_said_of_rows() -> None:
    from ninja_jwt.token_blacklist.models import (  # type: ignore[import-not-found]
        BlacklistedToken,
        OutstandingToken,
    )
    from ninja_jwt.tokens import RefreshToken  # type: ignore[import-not-found]

    user = new_user()
    tokens = log_in()
    for _ in range(3):
        tokens = refresh(tokens["refresh"]).json()
    (row,) = OutstandingToken.objects.filter(user=user)
    assert (row.jti, row.token) == (part_of(tokens["access"], 1)["session_id"], "")
    BlacklistedToken.objects.get_or_create(token=row)
    assert refresh(tokens["refresh"]).status_code == 401
    text = str(RefreshToken.for_user(user))
    with freeze_time(timezone.now() + timedelta(days=2)):
        answer = post("token/blacklist", {"refresh": text})
        assert answer.status_code == 200
        call_command("flushexpiredtokens")
    assert not Session.objects.exists()


def test_bodies() -> None:
    form = Client().post("/api/token/pair", LOGIN)
    assert form.status_code == 415
    answer = post("token/pair", {"username": 1, "password": [2]})
    assert (answer.status_code, isinstance(answer.json()["detail"], str)) == (422, True)


def test_claims() -> None:
    user = new_user(is_staff=True)
    tokens = log_in()
    assert part_of(tokens["access"], 1)["is_staff"] is True
    user.is_staff = False
    user.save()
    assert part_of(refresh(tokens["refresh"]).json()["access"], 1)["is_staff"] is False


def old(user: Any, jti: str = "5f2c", kind: str = "refresh") -> str:
    """A token as django-ninja-jwt has made it."""
    (profile,) = getattr(settings, "TEGATA", {}).get("ACCEPT_LEGACY", {}).get("KEYS", [None])
    key = profile or getattr(settings, "SIMPLE_JWT", {})["SIGNING_KEY"]
    now = int(timezone.now().timestamp())
    claims = {"token_type": kind, "jti": jti, "user_id": user.pk, "iat": now, "exp": now + 900}
    return jwt.encode(claims, key, algorithm="HS256")


def test_moving() -> None:
    user = new_user()
    assert hello(old(user, kind="access")).json()["name"] == "alice"
    token = old(user)
    assert not Session.objects.exists()
    fresh = refresh(token).json()
    assert refresh(token).status_code == 200
    assert "auth_time" not in part_of(fresh["access"], 1)
    assert hello(fresh["access"]).status_code == 200
    assert refresh(fresh["refresh"]).status_code == 200
    assert refresh(token).json()["detail"] == "Token is blacklisted"
    assert Session.objects.get().expired_at is not None
    unused = old(user, "another")
    assert post("token/blacklist", {"refresh": unused}).status_code == 200
    assert refresh(unused).status_code == 401
    user.set_password("another one")
    user.save()
    assert refresh(old(user, "a third")).status_code == 401


def test_the_command() -> None:
    user = new_user()
    token, now = old(user), timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE token_blacklist_outstandingtoken (id integer PRIMARY KEY, "
            "user_id integer REFERENCES auth_user (id), jti varchar(255), token text, "
            "created_at datetime, expires_at datetime)"
        )
        cursor.execute(
            "CREATE TABLE token_blacklist_blacklistedtoken (id integer PRIMARY KEY, "
            "token_id integer REFERENCES token_blacklist_outstandingtoken (id), "
            "blacklisted_at datetime)"
        )
        cursor.execute(
            "INSERT INTO token_blacklist_outstandingtoken VALUES (1, %s, '5f2c', %s, %s, %s)",
            [user.pk, token, now, now + timedelta(days=1)],
        )
        cursor.execute("INSERT INTO token_blacklist_blacklistedtoken VALUES (1, 1, %s)", [now])
    call_command("tegata_import_blacklist", "--dry-run")
    assert not Session.objects.exists()
    call_command("tegata_import_blacklist")
    assert refresh(token).json()["detail"] == "Token is blacklisted"
    call_command("tegata_import_blacklist", "--drop")
    user.delete()
