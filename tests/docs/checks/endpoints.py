"""What docs/reference/endpoints.md shows: the answers have the members of its examples."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from tegata.models import Session
from tests.docs.checks.helpers import PASSWORD, bearer, code_of, get, log_in, new_user, post
from tests.docs.pages import DOCS, blocks_of

pytestmark = pytest.mark.django_db


def shown(section: str) -> list[dict[str, Any]]:
    page = blocks_of(DOCS / "reference" / "endpoints.md")
    return [json.loads(each.code) for each in page if each.section == section]


def test_log_in_and_refresh() -> None:
    new_user()
    body, expected = shown("Log in")
    answer = post("auth/login/", body | {"password": PASSWORD})
    assert answer.json().keys() == expected.keys()
    refreshed = post("auth/refresh/", {"refresh_token": answer.json()["refresh_token"]})
    assert refreshed.json().keys() == expected.keys()


def test_csrf_token() -> None:
    (expected,) = shown("CSRF token")
    answer = get("api/auth/csrf/")
    assert answer.json().keys() == expected.keys()
    assert set(answer.cookies) == {"csrftoken"}


def test_verify() -> None:
    new_user()
    (expected,) = shown("Verify")
    tokens = log_in()
    for name, kind in (("access_token", "access"), ("refresh_token", "refresh")):
        answer = post("auth/verify/", {"token": tokens[name]}).json()
        assert answer.keys() == expected.keys()
        assert answer["type"] == kind
    assert post("auth/refresh/", {"refresh_token": tokens["refresh_token"]}).status_code == 200


def test_ending_a_session_of_somebody_else_or_none() -> None:
    new_user()
    new_user("bob")
    tokens = log_in()
    log_in("bob")
    theirs = Session.objects.get(user__username="bob").pk
    for session_id in (theirs, "A" * 43, "nonsense"):
        url = f"/api/auth/sessions/{session_id}/"
        answer = Client().delete(url, headers=bearer(tokens))
        assert code_of(answer) == (404, "session_not_found")
    assert Session.objects.active().count() == 2


def test_logging_out() -> None:
    new_user()
    first, second = log_in(), log_in()
    both = post("auth/logout/", {"refresh_token": first["refresh_token"]}, headers=bearer(second))
    assert (both.status_code, both.content) == (200, b"")
    assert Session.objects.active().count() == 0
    again = post("auth/logout/", {"refresh_token": first["refresh_token"]})
    assert again.status_code == 200

    new_user("bob")
    alice, bob = log_in(), log_in("bob")
    mixed = post("auth/logout/", {"refresh_token": alice["refresh_token"]}, headers=bearer(bob))
    assert mixed.status_code == 401
    assert Session.objects.active().count() == 2
    assert post("auth/logout/others/", headers=bearer(alice)).status_code == 200
    assert post("auth/logout/all/", headers=bearer(alice)).status_code == 200
    assert Session.objects.active().get().user.get_username() == "bob"


def test_form() -> None:
    new_user()
    answer = Client().post("/api/auth/token/", {"username": "alice", "password": PASSWORD})
    assert answer.json().keys() == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert answer.cookies == {}
    assert get("api/auth/sessions/", answer.json()).headers["Cache-Control"] == "no-store"
