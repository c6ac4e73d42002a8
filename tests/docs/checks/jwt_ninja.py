"""What a site that comes from jwt-ninja sees, on docs/guides/coming-from-jwt-ninja.md."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tegata.models import Session
from tests.docs.checks.helpers import bearer, code_of, get, log_in, new_user, part_of, post

pytestmark = pytest.mark.django_db


def test_quick_start_and_views() -> None:
    new_user()
    tokens = log_in()
    session = Session.objects.get()
    answer = get("api/profile/", tokens).json()
    assert answer == {"username": "alice", "session_id": session.id}
    assert code_of(get("api/profile/")) == (401, "missing_token")
    assert post("auth/refresh/", {"refresh_token": tokens["refresh_token"]}).status_code == 200
    assert len(get("api/auth/sessions/", tokens).json()) == 1
    assert post("set-theme/?theme=dark", headers=bearer(tokens)).json() == {"ok": True}
    assert Session.objects.get().data == {"theme": "dark"}
    assert post("auth/logout/", headers=bearer(tokens)).status_code == 200
    assert code_of(get("api/profile/", tokens)) == (401, "session_expired")
    other = log_in()
    assert post("auth/logout/all/", headers=bearer(other)).status_code == 200
    assert code_of(get("api/profile/", other)) == (401, "session_expired")


def test_custom_claims() -> None:
    new_user(email="alice@example.org")
    claims = part_of(log_in()["access_token"], 1)
    assert (claims["team_id"], claims["email"]) == (7, "alice@example.org")


def test_user_id() -> None:
    """For each key that a user model may have."""
    user = new_user(pk="2b0c6a1e-0f2a-4f43-9d0b-5d1f3c7a9e11")
    tokens = log_in()
    assert get("api/profile/", tokens).json()["username"] == "alice"
    assert part_of(tokens["access_token"], 1)["user_id"] == str(user.pk)


def test_custom_authenticator() -> None:
    soon = timezone.now() + timedelta(minutes=5)
    new_user(magic_token="open sesame", magic_token_expired_at=soon)
    answer = post("auth/login/", {"token": "open sesame"})
    assert answer.status_code == 200, answer.content
    assert get("api/profile/", answer.json()).json()["username"] == "alice"
    refused = post("auth/login/", {"token": "open barley"})
    assert code_of(refused) == (401, "invalid_credentials")


def test_session_management() -> None:
    from myapp.sessions import log_out_everywhere, purge  # type: ignore[import-not-found]

    user = new_user()
    tokens = log_in()
    log_in()
    log_out_everywhere(user)
    assert code_of(get("api/profile/", tokens)) == (401, "session_expired")
    purge()
    assert not Session.objects.exists()
