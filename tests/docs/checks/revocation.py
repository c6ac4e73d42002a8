"""What docs/guides/revocation.md says."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import RequestFactory, override_settings

from tegata import JWTAuth
from tegata._tegata import session_checks
from tegata.models import Session
from tests.docs.checks.helpers import bearer, code_of, get, log_in, new_user, post
from tests.docs.pages import DOCS

pytestmark = pytest.mark.django_db
PAGE = DOCS / "guides" / "revocation.md"


def transfer(tokens: dict[str, str]) -> Any:
    return post("transfer/", headers=bearer(tokens))


def test_a_logout() -> None:
    new_user()
    tokens = log_in()
    assert get("api/feed/", tokens).json() == {"for": 1}
    assert transfer(tokens).json() == {"by": "alice"}
    assert post("auth/logout/", headers=bearer(tokens)).status_code == 200
    assert code_of(transfer(tokens)) == (401, "session_expired")
    assert get("api/feed/", tokens).status_code == 200
    refresh = {"refresh_token": tokens["refresh_token"]}
    assert code_of(post("auth/refresh/", refresh)) == (401, "session_expired")


def test_the_table_has_every_check_and_its_queries(django_assert_num_queries: Any) -> None:
    rows = re.findall(r'^\| `"(\w+)"`.*\| (\d) \|$', PAGE.read_text(), re.MULTILINE)
    assert [name for name, _ in rows] == session_checks()
    new_user()
    request = RequestFactory().get("/")
    for name, queries in rows:
        with override_settings(TEGATA={"SESSION_CHECK": name}):
            token = log_in()["access_token"]
            JWTAuth().authenticate(request, token)
            with django_assert_num_queries(int(queries)):
                JWTAuth().authenticate(request, token)


def test_suspended_users() -> None:
    from mysite.support import suspend  # type: ignore[import-not-found]

    user = new_user()
    tokens = log_in()
    suspend([user.pk])
    assert code_of(transfer(tokens)) == (401, "invalid_user")
    type(user).objects.update(is_active=True)
    assert code_of(transfer(tokens)) == (401, "session_expired")
    assert Session.objects.get().end_reason == "suspended"


def test_without_sessions() -> None:
    new_user()
    with override_settings(TEGATA={"SESSION_CHECK": "off"}):
        tokens = log_in()
        assert not Session.objects.exists()
        answer = post("auth/logout/", headers=bearer(tokens))
        assert code_of(answer) == (404, "session_not_found")
        refresh = {"refresh_token": tokens["refresh_token"]}
        assert post("auth/refresh/", refresh).status_code == 200
    assert code_of(transfer(tokens)) == (401, "session_not_found")
