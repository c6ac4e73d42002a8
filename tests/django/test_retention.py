"""Rows that nothing can use any more go: some along with logins, all of them by a purge."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import count, pairwise
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tegata.internal import retention as rows
from tegata.models import LoginChallenge, Session
from tests.django.helpers import claims_of, log_in, profile

RETENTION = timedelta(days=30)
LIFETIMES = {
    "SESSION_LIFETIME": timedelta(days=100),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=10),
    "LEEWAY": timedelta(seconds=10),
}
LEEWAY = LIFETIMES["LEEWAY"]
SECOND = timedelta(seconds=1)
NOTHING = timedelta(0)

# How long ago each column lies at the moment when nothing can use a row any more.
OVER: dict[str, dict[str, timedelta]] = {
    "ended": {"expired_at": NOTHING},
    "past its end": {"created_at": LIFETIMES["SESSION_LIFETIME"] + LEEWAY},
    "past its refresh token": {"minted_at": LIFETIMES["REFRESH_TOKEN_LIFETIME"] + LEEWAY},
}


@pytest.fixture
def every_login_removes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not one in so many, so that a test sees it at its first."""
    monkeypatch.setattr(rows, "_EVERY", 1)


def made(user: User, how: str, since: timedelta) -> Session:
    """A row that nothing could use for so long."""
    now = timezone.now()
    columns = {column: now - ago - since for column, ago in OVER[how].items()}
    return Session.objects.create(user=user, user_agent=how, **columns)


def many(user: User, count: int, since: timedelta) -> None:
    """So many rows that ended that long ago."""
    ended = timezone.now() - since
    Session.objects.bulk_create([Session(user=user, expired_at=ended) for _ in range(count)])


def left() -> set[str]:
    """Which of the rows are there still."""
    return set(Session.objects.exclude(user_agent="").values_list("user_agent", flat=True))


@pytest.mark.usefixtures("every_login_removes")
@pytest.mark.parametrize("retention", [RETENTION, NOTHING, timedelta(seconds=90)])
def test_a_login_removes_what_is_past_its_retention(
    ada: User, bob: User, client: Client, tegata: Any, retention: timedelta
) -> None:
    tegata(SESSION_RETENTION=retention, **LIFETIMES)
    for how in OVER:
        made(bob, how, retention + SECOND)

    tokens = log_in(client)

    assert left() == set()
    assert profile(client, tokens["access_token"]).status_code == 200


@pytest.mark.usefixtures("every_login_removes")
@pytest.mark.parametrize("retention", [RETENTION, timedelta(seconds=90)])
def test_what_is_within_it_stays(
    ada: User, bob: User, client: Client, tegata: Any, retention: timedelta
) -> None:
    tegata(SESSION_RETENTION=retention, **LIFETIMES)
    for how in OVER:
        made(ada, how, retention - timedelta(seconds=60))

    for _ in range(3):
        log_in(client, "bob")

    assert left() == set(OVER)


@pytest.mark.usefixtures("every_login_removes")
def test_by_default_they_stay_for_thirty_days(ada: User, client: Client) -> None:
    made(ada, "ended", timedelta(days=29, hours=23))
    log_in(client)
    assert left() == {"ended"}
    Session.objects.filter(user_agent="ended").update(
        expired_at=timezone.now() - timedelta(days=30, seconds=1)
    )

    log_in(client)

    assert left() == set()


@pytest.mark.usefixtures("every_login_removes")
def test_no_retention_is_for_ever(ada: User, client: Client, tegata: Any) -> None:
    tegata(SESSION_RETENTION=None, **LIFETIMES)
    for how in OVER:
        made(ada, how, timedelta(days=3_650))

    for _ in range(3):
        log_in(client)

    assert left() == set(OVER)


@pytest.mark.usefixtures("every_login_removes")
def test_a_login_removes_few_enough_to_go_unnoticed_and_enough_to_catch_up(
    ada: User, bob: User, client: Client
) -> None:
    live = [log_in(client) for _ in range(3)]
    many(bob, 300, since=RETENTION + SECOND)
    many(bob, 7, since=RETENTION - timedelta(hours=1))
    counts = [Session.objects.count()]

    # Many more logins do not remove more at once, and some at each.
    for _ in range(100):
        log_in(client)
        counts.append(Session.objects.count())
        if counts[-1] > counts[-2]:
            break

    removed = [before - after + 1 for before, after in pairwise(counts)]
    assert 1 < removed[0] <= 100
    assert set(removed[:-2]) == {removed[0]}
    assert removed[-1] == 0
    assert Session.objects.filter(user=bob).count() == 7
    for tokens in live:
        assert profile(client, tokens["access_token"]).status_code == 200


def test_one_login_in_ten_removes_for_all_of_them(
    ada: User, bob: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And that is more than they add, so that no site grows without bound."""
    monkeypatch.setattr(rows, "_logins", count())
    many(bob, 450, since=RETENTION + SECOND)
    looked, removed = [], {}

    for number in range(51):
        before = Session.objects.count()
        with CaptureQueriesContext(connection) as queries:
            log_in(client)
        if any("UNION ALL" in query["sql"] for query in queries):
            looked.append(number)
        if gone := before + 1 - Session.objects.count():
            removed[number] = gone

    # The first of a process too, which may not live to see the tenth.
    assert looked == [0, 10, 20, 30, 40, 50]
    assert removed == {0: 100, 10: 100, 20: 100, 30: 100, 40: 50}
    assert not Session.objects.filter(user=bob).exists()


PURGES = pytest.mark.parametrize(
    "purge",
    [Session.purge_expired_sessions, async_to_sync(Session.apurge_expired_sessions)],
    ids=["sync", "async"],
)


@PURGES
def test_a_purge_takes_what_nothing_can_use(
    ada: User, client: Client, tegata: Any, purge: Callable[..., int]
) -> None:
    tegata(**LIFETIMES)
    tokens = log_in(client)
    for how in OVER:
        made(ada, how, SECOND)

    assert purge() == len(OVER)

    assert left() == set()
    assert profile(client, tokens["access_token"]).status_code == 200
    assert purge() == 0


@PURGES
def test_a_purge_with_a_retention_leaves_what_is_younger(
    ada: User, tegata: Any, purge: Callable[..., int]
) -> None:
    tegata(**LIFETIMES)
    for how in OVER:
        made(ada, how, timedelta(hours=1))

    assert purge(timedelta(hours=1, minutes=1)) == 0
    assert left() == set(OVER)
    assert purge(retention=timedelta(minutes=59)) == len(OVER)
    assert left() == set()


def test_a_purge_takes_any_number(ada: User, bob: User, client: Client) -> None:
    tokens = log_in(client)
    many(bob, 2_345, since=timedelta(days=2))
    many(bob, 10, since=timedelta(hours=1))

    assert Session.purge_expired_sessions(timedelta(days=1)) == 2_345

    assert Session.objects.filter(user=bob).count() == 10
    assert Session.objects.get(user=ada).pk == claims_of(tokens["access_token"])["session_id"]


@pytest.mark.django_db(transaction=True)
def test_what_a_purge_has_taken_is_gone_if_it_fails_later(committed_ada: User) -> None:
    """Each batch commits by itself."""
    many(committed_ada, 2_345, since=timedelta(days=2))
    deletes = 0

    def fail_in_the_end(
        execute: Callable[..., Any], sql: str, parameters: Any, many: bool, context: Any
    ) -> Any:
        nonlocal deletes
        if sql.startswith("DELETE"):
            deletes += 1
            if deletes == 3:
                raise OperationalError("server closed the connection unexpectedly")
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(fail_in_the_end), pytest.raises(OperationalError):
        Session.purge_expired_sessions()

    assert 0 < Session.objects.count() < 2_345
    Session.purge_expired_sessions()
    assert not Session.objects.exists()


@pytest.mark.django_db
def test_a_purge_takes_login_challenges_whose_time_is_up(ada: User, tegata: Any) -> None:
    tegata(CHALLENGE_LIFETIME=timedelta(minutes=5), LEEWAY=LEEWAY)
    over = timezone.now() - timedelta(minutes=5) - LEEWAY
    for name, created_at in (("over", over), ("open", over + 30 * SECOND)):
        LoginChallenge.objects.create(id=name, user=ada, step="code", created_at=created_at)
    # Sessions are kept longer than that, and challenges tell nothing of the past.
    assert rows.count_due(RETENTION) == 1
    assert Session.purge_expired_sessions(RETENTION) == 1
    assert [each.pk for each in LoginChallenge.objects.all()] == ["open"]
