"""What docs/guides/coming-from-django-ninja-jwt.md says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command
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
