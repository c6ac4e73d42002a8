"""MAX_SESSIONS_PER_USER: a login beyond it ends the oldest, however many log in at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection, connections
from django.test import Client
from django.utils import timezone

from tegata.internal import ending
from tegata.models import Session
from tests.django.helpers import (
    PASSWORD,
    at_once,
    claims_of,
    code,
    log_in,
    post,
    profile,
    refresh,
)

THREADS = 6


def session_of(tokens: dict[str, str]) -> Session:
    """The row of a login."""
    return Session.objects.get(pk=claims_of(tokens["access_token"])["session_id"])


def live(*logins: dict[str, str]) -> list[bool]:
    """Which of the logins can still be used; by what the gate and the rows say alike."""
    client = Client()
    usable = [profile(client, tokens["access_token"]).status_code == 200 for tokens in logins]
    assert usable == [session_of(tokens).is_active for tokens in logins]
    return usable


def test_the_oldest_goes_first(ada: User, bob: User, client: Client, tegata: Any) -> None:
    tegata(MAX_SESSIONS_PER_USER=2)
    of_bob = log_in(client, "bob")
    logins = [log_in(client) for _ in range(2)]
    assert live(*logins) == [True, True]

    logins.append(log_in(client))
    assert live(*logins) == [False, True, True]
    logins.append(log_in(client))
    assert live(*logins) == [False, False, True, True]

    first = logins[0]
    assert session_of(first).end_reason == "session_limit"
    assert session_of(first).expired_at == session_of(logins[2]).created_at
    assert code(profile(client, first["access_token"])) == (401, "session_expired")
    assert code(refresh(client, first["refresh_token"])) == (401, "session_expired")
    assert live(of_bob) == [True]


def test_the_oldest_is_by_login_not_by_use(ada: User, client: Client, tegata: Any) -> None:
    tegata(MAX_SESSIONS_PER_USER=2)
    old, young = log_in(client), log_in(client)
    assert refresh(client, old["refresh_token"]).status_code == 200
    assert profile(client, old["access_token"]).status_code == 200

    log_in(client)

    assert live(old, young) == [False, True]


def test_one_at_a_time(ada: User, client: Client, tegata: Any) -> None:
    tegata(MAX_SESSIONS_PER_USER=1)

    logins = [log_in(client) for _ in range(3)]

    assert live(*logins) == [False, False, True]


def test_a_limit_that_came_later_is_met_by_the_next_login(
    ada: User, client: Client, tegata: Any
) -> None:
    logins = [log_in(client) for _ in range(5)]
    tegata(MAX_SESSIONS_PER_USER=2)
    # Until then nobody is thrown out.
    assert live(*logins) == [True] * 5

    logins.append(log_in(client))

    assert live(*logins) == [False, False, False, False, True, True]


def test_a_limit_that_came_later_is_met_however_many_there_are(
    ada: User, client: Client, tegata: Any
) -> None:
    """A statement cannot name any number of them."""
    Session.objects.bulk_create([Session(user=ada) for _ in range(1_001)])
    tegata(MAX_SESSIONS_PER_USER=2)

    with few_parameters():
        tokens = log_in(client)

    assert Session.objects.active().count() == 2
    assert Session.objects.filter(end_reason="session_limit").count() == 1_000
    assert live(tokens) == [True]


@contextmanager
def few_parameters() -> Iterator[None]:
    """Within it SQLite takes as few as some builds of it do."""
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    kind = sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER
    before = connection.connection.setlimit(kind, 999)
    try:
        yield
    finally:
        connection.connection.setlimit(kind, before)


TIMED_OUT: dict[str, dict[str, timedelta]] = {
    "past its end": {"created_at": timedelta(days=11)},
    "past its refresh token": {"minted_at": timedelta(days=3)},
    "idle": {"refreshed_at": timedelta(hours=2)},
    "ended": {"expired_at": timedelta(seconds=1)},
}


@pytest.mark.parametrize("how", TIMED_OUT)
def test_what_cannot_be_used_does_not_count(
    ada: User, client: Client, tegata: Any, how: str
) -> None:
    tegata(
        MAX_SESSIONS_PER_USER=2,
        SESSION_LIFETIME=timedelta(days=10),
        REFRESH_TOKEN_LIFETIME=timedelta(days=2),
        SESSION_IDLE_TIMEOUT=timedelta(hours=1),
    )
    over = [log_in(client), log_in(client)]
    now = timezone.now()
    Session.objects.update(**{column: now - ago for column, ago in TIMED_OUT[how].items()})
    before = list(Session.objects.order_by("pk").values())

    logins = [log_in(client), log_in(client)]

    assert live(*logins) == [True, True]
    # Nor is it ended once more.
    untouched = Session.objects.filter(pk__in=[session_of(each).pk for each in over])
    assert list(untouched.order_by("pk").values()) == before


def test_the_new_one_stays_even_if_another_is_dated_ahead(
    ada: User, client: Client, tegata: Any
) -> None:
    """Another machine's clock may be."""
    tegata(MAX_SESSIONS_PER_USER=1)
    ahead = log_in(client)
    Session.objects.update(created_at=timezone.now() + timedelta(minutes=1))

    new = log_in(client)

    assert live(ahead, new) == [False, True]


@pytest.mark.parametrize("route", ["login/", "token/"])
def test_a_login_and_the_ends_that_it_brings_come_together_or_not_at_all(
    ada: User, client: Client, tegata: Any, monkeypatch: pytest.MonkeyPatch, route: str
) -> None:
    def locked(*_: object, **__: object) -> None:
        raise OperationalError("database is locked")

    tegata(MAX_SESSIONS_PER_USER=1)
    before = log_in(client)
    monkeypatch.setattr(ending, "end", locked)

    credentials = {"username": "ada", "password": PASSWORD}
    answer: Any
    if route == "login/":
        answer = post(client, route, credentials)
    else:
        answer = client.post("/api/auth/token/", credentials)

    assert code(answer) == (503, "service_unavailable")
    assert [session.pk for session in Session.objects.all()] == [session_of(before).pk]
    assert live(before) == [True]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("limit", [1, 3, 2 * THREADS])
def test_logins_at_once_leave_as_many_as_there_may_be(
    committed_ada: User, client: Client, tegata: Any, limit: int
) -> None:
    tegata(MAX_SESSIONS_PER_USER=limit, LOGIN_THROTTLE=None)

    logins = at_once([lambda: log_in(Client())] * THREADS)

    assert sum(live(*logins)) == min(limit, THREADS)
    # And whoever comes after them is in.
    assert live(log_in(client)) == [True]
    assert Session.objects.active().count() == min(limit, THREADS + 1)


@pytest.mark.django_db(transaction=True)
def test_at_no_moment_are_there_more_or_fewer(committed_ada: User, tegata: Any) -> None:
    limit = 2
    tegata(MAX_SESSIONS_PER_USER=limit, LOGIN_THROTTLE=None)
    for _ in range(limit):
        log_in(Client())
    is_over = Event()

    def watch() -> set[int]:
        seen = set()
        try:
            while not is_over.is_set():
                seen.add(Session.objects.active().count())
        finally:
            connections.close_all()
        return seen

    def log_in_often() -> None:
        for _ in range(5):
            log_in(Client())

    with ThreadPoolExecutor(1) as pool:
        watching = pool.submit(watch)
        try:
            at_once([log_in_often] * THREADS)
        finally:
            is_over.set()
        assert watching.result() == {limit}
    assert Session.objects.count() == limit + 5 * THREADS


@pytest.mark.django_db(transaction=True)
def test_users_at_once_each_have_their_own_limit(transactional_db: None, tegata: Any) -> None:
    tegata(MAX_SESSIONS_PER_USER=2)
    names = ["ada", "bob", "eve"]
    for name in names:
        User.objects.create_user(name, password=PASSWORD)

    at_once([lambda name=name: log_in(Client(), name) for name in names * 3])  # type: ignore[misc]

    active = Session.objects.active()
    assert [active.filter(user__username=name).count() for name in names] == [2, 2, 2]
