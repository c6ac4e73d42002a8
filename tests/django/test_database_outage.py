"""A database that is locked: 503, and asking again later works."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.test import Client

from tegata.models import Session
from tests.django.helpers import (
    PASSWORD,
    claims_of,
    code,
    log_in,
    post,
    profile,
    refresh,
)

pytestmark = pytest.mark.django_db(transaction=True)

UNAVAILABLE = (503, "service_unavailable")


@contextmanager
def locked(*, against_readers: bool) -> Iterator[None]:
    """Another connection holds the lock, and ours does not wait for it."""
    if connection.vendor == "sqlite":
        impatience, patience = "PRAGMA busy_timeout = 50", "PRAGMA busy_timeout = 20000"
        lock = [f"BEGIN {'EXCLUSIVE' if against_readers else 'IMMEDIATE'}"]
    else:
        impatience, patience = "SET lock_timeout = '50ms'", "SET lock_timeout = 0"
        mode = "ACCESS EXCLUSIVE" if against_readers else "SHARE"
        lock = ["BEGIN", f"LOCK TABLE auth_user, tegata_session IN {mode} MODE"]
    with connection.cursor() as cursor:
        cursor.execute(impatience)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            for statement in lock:
                cursor.execute(statement)
        yield
    finally:
        other.close()
        with connection.cursor() as cursor:
            cursor.execute(patience)


def told_to_retry(response: HttpResponse) -> bool:
    """Whether it is a 503 in our shape that says when to ask again."""
    return (
        code(response) == UNAVAILABLE
        and response["Retry-After"] == "1"
        and response["Cache-Control"] == "no-store"
        and "WWW-Authenticate" not in response
    )


def test_the_lock_of_these_tests_locks(committed_ada: User) -> None:
    with locked(against_readers=True), pytest.raises(OperationalError):
        User.objects.count()
    with locked(against_readers=False):
        assert User.objects.count() == 1
        with pytest.raises(OperationalError):
            User.objects.update(first_name="Ada")


@pytest.mark.parametrize("path", ["/api/profile/", "/api/aprofile/"])
def test_the_gate_of_a_locked_database(committed_ada: User, client: Client, path: str) -> None:
    tokens = log_in(client)

    with locked(against_readers=True):
        assert told_to_retry(profile(client, tokens["access_token"], path))
        # What needs no row is answered all the same.
        assert code(profile(client, "not.a.token", path)) == (401, "invalid_token")

    assert profile(client, tokens["access_token"], path).status_code == 200


@pytest.mark.parametrize("against_readers", [True, False])
def test_a_login_at_a_locked_database(
    committed_ada: User, client: Client, against_readers: bool
) -> None:
    with locked(against_readers=against_readers):
        answer = post(client, "login/", {"username": "ada", "password": PASSWORD})

    assert told_to_retry(answer)
    assert not Session.objects.exists()
    log_in(client)


@pytest.mark.parametrize("against_readers", [True, False])
def test_a_refresh_token_is_not_consumed_by_a_locked_database(
    committed_ada: User, client: Client, against_readers: bool
) -> None:
    tokens = log_in(client)

    with locked(against_readers=against_readers):
        assert told_to_retry(refresh(client, tokens["refresh_token"]))

    assert Session.objects.get().generation == 1
    answer = refresh(client, tokens["refresh_token"])
    assert answer.status_code == 200
    assert claims_of(answer.json()["refresh_token"])["generation"] == 2  # type: ignore[attr-defined]


@contextmanager
def read_only() -> Iterator[None]:
    """The database takes no writes: a primary that has become a standby, for instance."""
    if connection.vendor == "sqlite":
        begin, end = "PRAGMA query_only = ON", "PRAGMA query_only = OFF"
    else:
        begin, end = (f"SET default_transaction_read_only = {value}" for value in ("on", "off"))
    with connection.cursor() as cursor:
        cursor.execute(begin)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(end)


@pytest.mark.parametrize("path", ["login/", "refresh/", "logout/", "logout/all/", "password/"])
def test_a_database_that_can_only_be_read(committed_ada: User, client: Client, path: str) -> None:
    tokens = log_in(client)
    bodies = {
        "login/": {"username": "ada", "password": PASSWORD},
        "refresh/": {"refresh_token": tokens["refresh_token"]},
        "password/": {"current_password": PASSWORD, "new_password": "another password"},
    }

    with read_only():
        assert told_to_retry(post(client, path, bodies.get(path), tokens["access_token"]))
        # Who only reads goes on.
        assert profile(client, tokens["access_token"]).status_code == 200

    assert post(client, path, bodies.get(path), tokens["access_token"]).status_code == 200


def test_a_form_login_at_a_locked_database(committed_ada: User, client: Client) -> None:
    form = {"grant_type": "password", "username": "ada", "password": PASSWORD}
    with locked(against_readers=True):
        assert told_to_retry(client.post("/api/auth/token/", form))


@pytest.mark.parametrize("path", ["logout/", "logout/all/", "logout/others/"])
def test_no_logout_is_claimed_that_was_not_written(
    committed_ada: User, client: Client, path: str
) -> None:
    tokens = log_in(client)

    log_in(client)

    with locked(against_readers=False):
        answer = post(client, path, None, tokens["access_token"])

    assert told_to_retry(answer)
    assert Session.objects.active().count() == 2
    assert post(client, path, None, tokens["access_token"]).status_code == 200
    assert Session.objects.active().count() < 2


@pytest.mark.parametrize("against_readers", [True, False])
def test_a_change_of_password_at_a_locked_database(
    committed_ada: User, client: Client, against_readers: bool
) -> None:
    tokens, others = log_in(client), log_in(client)
    body = {"current_password": PASSWORD, "new_password": "another password"}

    with locked(against_readers=against_readers):
        assert told_to_retry(post(client, "password/", body, tokens["access_token"]))
    assert User.objects.get().check_password(PASSWORD)
    assert profile(client, others["access_token"]).status_code == 200

    assert post(client, "password/", body, tokens["access_token"]).status_code == 200
    assert profile(client, tokens["access_token"]).status_code == 200
    assert profile(client, others["access_token"]).status_code == 401


@pytest.mark.parametrize("token", ["access_token", "refresh_token"])
def test_verifying_at_a_locked_database(committed_ada: User, client: Client, token: str) -> None:
    tokens = log_in(client)

    with locked(against_readers=True):
        assert told_to_retry(post(client, "verify/", {"token": tokens[token]}))

    assert post(client, "verify/", {"token": tokens[token]}).status_code == 200


def test_the_list_and_the_end_of_sessions_at_a_locked_database(
    committed_ada: User, client: Client
) -> None:
    tokens = log_in(client)
    session = Session.objects.get()

    with locked(against_readers=True):
        assert told_to_retry(profile(client, tokens["access_token"], "/api/auth/sessions/"))
    with locked(against_readers=False):
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        assert told_to_retry(client.delete(f"/api/auth/sessions/{session.pk}/", headers=headers))

    assert Session.objects.get().expired_at is None


def test_a_note_that_cannot_be_written_keeps_nobody_out(
    committed_ada: User, client: Client
) -> None:
    """The first use of a generation is noted at the gate; that write may fail, the request not."""
    tokens = refresh(client, log_in(client)["refresh_token"]).json()  # type: ignore[attr-defined]

    with locked(against_readers=False):
        assert profile(client, tokens["access_token"]).status_code == 200
    assert Session.objects.get().first_used_at is None

    assert profile(client, tokens["access_token"]).status_code == 200
    assert Session.objects.get().first_used_at is not None


def test_an_end_that_cannot_be_written_is_no_admission(committed_ada: User, client: Client) -> None:
    tokens = log_in(client)
    # Saving the user would have ended the session already.
    User.objects.update(password=make_password("another"))

    with locked(against_readers=False):
        assert told_to_retry(profile(client, tokens["access_token"]))
    assert Session.objects.get().expired_at is None

    assert code(profile(client, tokens["access_token"])) == (401, "session_expired")
    assert Session.objects.get().end_reason == "password_changed"
