"""A table with many sessions, in two states of what the database knows of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection

from tegata.internal import retention
from tegata.models import Session
from tests.scale import rows

COUNT, ENDED = 30_000, 1_000
_FORGET = {
    "postgresql": [
        "DELETE FROM pg_statistic WHERE starelid IN "
        "('tegata_session'::regclass, 'auth_user'::regclass)",
        "UPDATE pg_class SET reltuples = -1 WHERE oid = 'tegata_session'::regclass",
    ],
    # The second line is what SQLite reads the first one's change by.
    "sqlite": ["ANALYZE", "DELETE FROM sqlite_stat1", "ANALYZE sqlite_schema"],
}


@pytest.fixture(autouse=True)
def every_login_removes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not one in so many, so that a test sees it at its first."""
    monkeypatch.setattr(retention, "_EVERY", 1)


@pytest.fixture(scope="module")
def many_sessions(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """So many sessions, and many ended ones of one user; nobody analyses them by itself."""
    with django_db_blocker.unblock():
        rows.fill(COUNT, ended_of_busy=ENDED)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("ALTER TABLE tegata_session SET (autovacuum_enabled = off)")
    yield
    with django_db_blocker.unblock():
        Session.objects.all().delete()
        User.objects.all().delete()
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("ALTER TABLE tegata_session RESET (autovacuum_enabled)")
            cursor.execute("ANALYZE")


@pytest.fixture(scope="module", params=["analysed", "not analysed"])
def statistics(many_sessions: None, request: pytest.FixtureRequest, django_db_blocker: Any) -> None:
    """What the database knows: much after ANALYZE, nothing before it."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for statement in ["ANALYZE"] if request.param == "analysed" else _FORGET[connection.vendor]:
            cursor.execute(statement)
        # SQLite reads them when it connects.
        connection.close()


@pytest.fixture
def large(statistics: None, db: None) -> None:
    """A large table, for a test whose changes are taken back."""
