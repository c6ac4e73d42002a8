"""Removing sessions: in batches that commit, without waiting and without being waited for."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tegata import sessions
from tegata.internal import retention
from tegata.models import Session
from tests.django.helpers import PASSWORD, ROOT, at_once, log_in, run_python

pytestmark = pytest.mark.django_db(transaction=True)

ATTACHED = ROOT / "tests" / "scale" / "attached"


@pytest.fixture
def ada(transactional_db: None) -> User:
    """A user."""
    return User.objects.create_user("ada", password=PASSWORD)


def ended(user: User, count: int, begin: datetime | None = None) -> list[str]:
    """The ids of sessions that ended long ago, one after the other."""
    begin = begin or timezone.now() - timedelta(days=90)
    sessions = Session.objects.bulk_create(
        Session(user=user, expired_at=begin + timedelta(seconds=number)) for number in range(count)
    )
    return [session.pk for session in sessions]


@contextmanager
def another_connection() -> Iterator[Any]:
    """A cursor that sees only what is committed."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            yield cursor
    finally:
        other.close()


def test_a_purge_commits_each_batch_and_pauses(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    count = 4 * retention._BATCH + 1
    ended(ada, count)
    seen = []

    def look(seconds: float) -> None:
        assert seconds > 0
        assert not connection.in_atomic_block
        with another_connection() as cursor:
            cursor.execute("SELECT COUNT(*) FROM tegata_session")
            seen.append(cursor.fetchone()[0])

    monkeypatch.setattr(retention.time, "sleep", look)

    assert Session.purge_expired_sessions() == count
    assert seen == [count - retention._BATCH * number for number in (1, 2, 3, 4)]


@pytest.mark.parametrize("took", [0.25, 5])
def test_where_one_writes_at_a_time_the_pauses_are_long(
    ada: User, monkeypatch: pytest.MonkeyPatch, took: float
) -> None:
    """Those who meet a batch there wait for it; less than one in a hundred may meet one."""
    monkeypatch.setattr(retention, "_PAUSE_OF_ONE_WRITER", 200)
    ended(ada, 2 * retention._BATCH + 1)
    ticks, slept = itertools.count(step=took), list[float]()
    clock = SimpleNamespace(monotonic=lambda: next(ticks), sleep=slept.append)
    monkeypatch.setattr(retention, "time", clock)

    Session.purge_expired_sessions()
    times = 200 if connection.vendor == "sqlite" else 9
    # Whoever waited for the table itself does not go to sleep for a quarter of an hour.
    assert slept == [min(times * took, 60)] * 2


def test_at_once_leaves_the_pauses_out(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    ended(ada, 2 * retention._BATCH + 1)
    slept = list[float]()
    monkeypatch.setattr(retention.time, "sleep", slept.append)

    call_command("tegata_sessions", "purge", "--older-than", "0s", "--at-once", stdout=StringIO())
    assert not slept
    assert not Session.objects.exists()


def test_each_batch_begins_where_the_last_one_ended(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended(ada, 2 * retention._BATCH)
    monkeypatch.setattr(retention.time, "sleep", lambda _: None)

    with CaptureQueriesContext(connection) as queries:
        Session.purge_expired_sessions()

    batches = [
        re.findall(r'"expired_at" (>=|<=) \'(\S+ \S+)\'', query["sql"])
        for query in queries
        if "ORDER BY" in query["sql"] and '"expired_at" <=' in query["sql"]
    ]
    begins = [dict(batch).get(">=") for batch in batches]
    assert len(begins) == 3
    assert begins[0] is None
    assert begins[1] is not None
    assert begins[1] < begins[2]  # type: ignore[operator]


@pytest.mark.parametrize("when", ["one moment", "moments"])
def test_a_purge_ends_though_others_hold_all_that_is_due(
    ada: User, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite locks no rows")
    held = ended(ada, retention._BATCH)
    if when == "one moment":
        Session.objects.update(expired_at=timezone.now() - timedelta(days=90))
    free = ended(ada, retention._BATCH, timezone.now() - timedelta(days=60))
    monkeypatch.setattr(retention.time, "sleep", lambda _: None)

    with holding(held):
        assert Session.purge_expired_sessions() == len(free)

    assert Session.purge_expired_sessions() == len(held)


@contextmanager
def holding(ids: list[str]) -> Iterator[None]:
    """Within it another transaction has locked these rows."""
    with another_connection() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT 1 FROM tegata_session WHERE id = ANY(%s) FOR UPDATE", [ids])
        yield
        cursor.execute("ROLLBACK")


def test_a_login_does_not_wait_for_another_that_removes(ada: User, client: Client) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite locks no rows")
    held = ended(ada, retention._ALONG_THE_WAY)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '1s'")
    try:
        with holding(held):
            log_in(client)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")

    assert Session.objects.count() == len(held) + 1


def test_logins_at_once_remove_without_hurting_each_other(ada: User, settings: Any) -> None:
    # It would have some of these come again in a second.
    settings.TEGATA = {"LOGIN_THROTTLE": None}
    logins, due = 8, 1_000
    ended(ada, due)

    at_once([partial(log_in, Client()) for _ in range(logins)])

    removed = due + logins - Session.objects.count()
    assert retention._ALONG_THE_WAY <= removed <= logins * retention._ALONG_THE_WAY


def test_a_login_whose_removal_fails_is_a_login(ada: User, client: Client) -> None:
    ended(ada, 3)
    with refusing_deletions():
        log_in(client)
        with transaction.atomic():
            log_in_by_hand(ada)

    assert Session.objects.active().count() == 2
    assert Session.objects.count() == 5


def log_in_by_hand(user: User) -> None:
    """A login by a view of the site's own, in its transaction."""
    request = RequestFactory().post("/")
    request.session = {}  # type: ignore[assignment]
    sessions.open_session(request, user)
    # The transaction goes on.
    assert User.objects.filter(pk=user.pk).update(first_name="Ada") == 1


@contextmanager
def refusing_deletions() -> Iterator[None]:
    """Within it the database deletes no session."""
    if connection.vendor == "sqlite":
        begin = [
            "CREATE TRIGGER refuse BEFORE DELETE ON tegata_session "
            "BEGIN SELECT RAISE(ABORT, 'no deletions'); END"
        ]
        end = ["DROP TRIGGER refuse"]
    else:
        begin = [
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'no deletions'; END $$",
            "CREATE TRIGGER refuse BEFORE DELETE ON tegata_session EXECUTE FUNCTION refuse()",
        ]
        end = ["DROP TRIGGER refuse ON tegata_session", "DROP FUNCTION refuse"]
    with connection.cursor() as cursor:
        for statement in begin:
            cursor.execute(statement)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for statement in end:
                cursor.execute(statement)


def test_models_of_the_site_may_hang_on_sessions() -> None:
    settings = "tests.scale.attached.settings"
    options = ("--ds", settings, "-q", "-p", "no:cacheprovider", "--rootdir", ROOT)

    done = run_python("-m", "pytest", ATTACHED / "flow.py", *options, settings=settings)

    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert re.search(r"\b7 passed\b", done.stdout)
