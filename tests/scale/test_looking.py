"""What people and receivers look at is found by an index, whatever the database knows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from tegata.internal.sign_in_chart import chart
from tegata.models import Session
from tests.django.helpers import log_in, post
from tests.ninja.hearing import hearing
from tests.scale import rows
from tests.scale.plans import explained, plan
from tests.scale.test_statements import DUE, UNENDED

pytestmark = pytest.mark.usefixtures("large")


def test_the_chart_goes_by_days_and_by_the_reason() -> None:
    with explained() as plans:
        counted = chart(Session.objects.all())

    assert plans.indexes == {"tegata_session_created_at", "tegata_session_end_reason"}
    assert len(plans.of) == 2
    assert counted.series[0].total.number > 10_000


# Without statistics PostgreSQL takes a third of the rows for due, and reads the table.
@pytest.mark.parametrize("statistics", ["analysed"], indirect=True)
def test_a_count_of_what_a_purge_would_remove_goes_by_three_indexes() -> None:
    with explained() as plans:
        call_command("tegata_sessions", "purge", "--older-than=35d", "--dry-run", stdout=StringIO())

    assert plans.indexes == DUE


@pytest.mark.parametrize("statistics", ["analysed"], indirect=True)
@pytest.mark.parametrize(
    ("index", "arguments"),
    [
        ("created_at", ()),
        ("created_at", ("--active",)),
        ("created_at", ("--ended", "--limit=500")),
        ("created_at", ("--since=1d",)),
        ("user", (f"--user={rows.BUSY}",)),
        ("user", (f"--user={rows.BUSY}", "--ended")),
    ],
)
def test_the_list_of_the_command(index: str, arguments: tuple[str, ...]) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # The newest 10,000 are a good part of these rows.
            cursor.execute("SET LOCAL enable_seqscan = off")

    with explained() as plans:
        call_command("tegata_sessions", "list", *arguments, stdout=StringIO(), stderr=StringIO())

    assert f"tegata_session_{index}" in plans.indexes
    assert plans.indexes <= {f"tegata_session_{index}", "tegata_session_created_at", UNENDED}


def test_all_are_ended_along_one_index() -> None:
    with CaptureQueriesContext(connection) as queries:
        call_command("tegata_sessions", "end", "--all", stdout=StringIO())

    batches = [each["sql"] for each in queries if " ORDER BY " in each["sql"]]
    assert len(batches) > 10
    for sql in (batches[0], batches[-1]):
        assert "tegata_session_minted_at" in plan(sql)
    assert not Session.objects.filter(expired_at__isnull=True).exists()


def _log_out_all(client: Client, user: User, token: str) -> None:
    post(client, "logout/all/", None, token)


def _deactivate(client: Client, user: User, token: str) -> None:
    user.is_active = False
    user.save()


def _end_by_queryset(client: Client, user: User, token: str) -> None:
    Session.objects.filter(user=user).end("maintenance")


@override_settings(TEGATA={"SESSION_RETENTION": timedelta(days=60)})
@pytest.mark.parametrize("name", [rows.BUSY, rows.NEW])
@pytest.mark.parametrize("end", [_log_out_all, _deactivate, _end_by_queryset])
def test_an_end_that_is_told_takes_the_same_way(
    client: Client, name: str, end: Callable[[Client, User, str], None]
) -> None:
    user = User.objects.get(username=name)
    token = log_in(client, name)["access_token"]
    # Those that have timed out among them: they had not ended.
    unended = Session.objects.filter(user=user, expired_at__isnull=True).count()

    with hearing() as heard, explained() as plans:
        end(client, user, token)

    assert UNENDED in plans.of_one("UPDATE", "RETURNING")
    assert heard.names == ["session_ended"] * unended
