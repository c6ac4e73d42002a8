"""What decides, and what is written, is the primary's: run by `tests/django/test_replica.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connections
from django.test import Client

from tegata.models import Session
from tests.django.helpers import PASSWORD, bearer, code, log_in, post, profile, refresh

LIST = "/admin/tegata/session/"

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "replica"])


@pytest.fixture(autouse=True)
def ada(db: None) -> User:
    """A user."""
    return User.objects.create_user("ada", password=PASSWORD)


@pytest.fixture(autouse=True)
def read(ada: User) -> Iterator[list[str]]:
    """What was read from the replica, which takes nothing else."""
    statements: list[str] = []

    def only_read(execute: Callable[..., Any], sql: str, *args: Any) -> Any:
        assert sql.startswith("SELECT "), sql
        statements.append(sql)
        return execute(sql, *args)

    with connections["replica"].execute_wrapper(only_read):
        yield statements


@pytest.mark.parametrize("check", ["request", "cache"])
def test_the_admin_ends_sessions_on_the_primary(client: Client, settings: Any, check: str) -> None:
    settings.TEGATA = {"SESSION_CHECK": check}
    tokens = log_in(client)
    assert profile(client, tokens["access_token"]).status_code == 200
    of_root = Client()
    of_root.force_login(User.objects.create_superuser("root"))

    data = {"action": "end_selected", "_selected_action": [Session.objects.get().pk]}
    assert of_root.post(LIST, data).status_code == 302

    assert Session.objects.get().end_reason == "administrator"
    assert code(profile(client, tokens["access_token"])) == (401, "session_expired")


@pytest.mark.parametrize("check", ["request", "cache", "user"])
def test_nothing_that_decides_is_read_from_the_replica(
    read: list[str], client: Client, settings: Any, check: str
) -> None:
    settings.TEGATA = {"SESSION_CHECK": check, "MAX_SESSIONS_PER_USER": 2}
    first, second, third = (log_in(client) for _ in range(3))
    # Django's backends may well read the user there.
    assert all("auth_user" in sql for sql in read)
    read.clear()

    assert code(refresh(client, first["refresh_token"])) == (401, "session_expired")
    assert profile(client, third["access_token"]).status_code == 200
    renewed: dict[str, str] = refresh(client, third["refresh_token"]).json()  # type: ignore[attr-defined]
    assert refresh(client, third["refresh_token"]).status_code == 200
    assert profile(client, renewed["access_token"]).status_code == 200
    body = {"current_password": PASSWORD, "new_password": "another password"}
    assert post(client, "password/", body, renewed["access_token"]).status_code == 200
    assert code(refresh(client, second["refresh_token"])) == (401, "session_expired")
    listed = client.get("/api/auth/sessions/", headers=bearer(renewed["access_token"]))
    assert len(listed.json()) == 1
    assert post(client, "logout/all/", None, renewed["access_token"]).status_code == 200
    assert code(refresh(client, renewed["refresh_token"])) == (401, "session_expired")
    assert Session.purge_expired_sessions() == 3

    assert read == []
