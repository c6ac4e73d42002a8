"""Users and sessions by the hundred thousand, written in bulk."""

from __future__ import annotations

import random
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

from django.contrib.auth.models import User
from django.db import connection, transaction

from tegata.models import Session
from tests.django.helpers import PASSWORD

# Somebody with many sessions that are over, and somebody with none.
BUSY, NEW = "busy", "new"

_COLUMNS = (
    "id",
    "user_id",
    "created_at",
    "minted_at",
    "refreshed_at",
    "updated_at",
    "expired_at",
    "end_reason",
    "ip_address",
    "user_agent",
    "generation",
    "repeats",
    "security_stamp",
    "data",
)
_AGENTS = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36",
    "curl/8.14.1",
]
_REASONS = ["log_out"] * 900 + ["session_limit"] * 60 + ["password_changed"] * 39 + ["token_reuse"]
_SPAN = timedelta(days=40)
# The part of it in which the default REFRESH_TOKEN_LIFETIME ends for what was not refreshed.
_TIMED_OUT = (40 - 15) / 40
_BATCH = 10_000


def fill(count: int, *, ended_of_busy: int) -> None:
    """Writes `count` sessions of a twentieth as many users, half of them ended, and some users.

    Args:
        count: How many sessions.
        ended_of_busy: How many more, all of one user: half of them ended, half timed out.
    """
    some = random.Random(count)
    users = (User(username=f"user{number}", password="!") for number in range(count // 20))
    User.objects.bulk_create(users, batch_size=500)
    ids = list(User.objects.values_list("pk", flat=True))
    User.objects.create_superuser("root")
    User.objects.create_user(NEW, password=PASSWORD)
    begin = datetime.now(UTC) - _SPAN
    _insert(
        _session(some, begin, number / count, some.choice(ids), ended=some.random() < 0.5)
        for number in range(count)
    )
    busy = User.objects.create_user(BUSY, password=PASSWORD).pk
    _insert(
        _session(some, begin, number / ended_of_busy, busy, ended=number % 2 == 0, refreshed=False)
        for number in range(ended_of_busy)
    )


def _session(
    some: random.Random,
    begin: datetime,
    when: float,
    user_id: int,
    *,
    ended: bool,
    refreshed: bool = True,
) -> tuple[object, ...]:
    """A row whose creation lies between `begin` and now, by a number up to 1.

    One that was never refreshed lies as far back that it has timed out if it has not ended.
    """
    if not refreshed:
        when *= _TIMED_OUT
    created_at = _text(begin + _SPAN * when)
    since = (1 - when) * some.random() if refreshed else 0
    minted_at = _text(begin + _SPAN * (when + since))
    return (
        urlsafe_b64encode(some.randbytes(32)).decode().rstrip("="),
        user_id,
        created_at,
        minted_at,
        minted_at,
        minted_at,
        minted_at if ended else None,
        some.choice(_REASONS) if ended else "",
        f"198.51.{some.randrange(100)}.{some.randrange(100)}",
        some.choice(_AGENTS),
        some.randrange(1, 1000),
        0,
        "x" * 43,
        "{}",
    )


def _text(instant: datetime) -> str:
    """An instant as Django writes it into SQLite, and as PostgreSQL, told of UTC, reads it."""
    return str(instant.replace(tzinfo=None))


def _insert(sessions: Iterable[tuple[object, ...]]) -> None:
    table, names = Session._meta.db_table, ", ".join(_COLUMNS)
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL timezone = 'UTC'")
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in sessions:
                    copy.write_row(row)
            return
        marks = ", ".join(["%s"] * len(_COLUMNS))
        statement = f"INSERT INTO {table} ({names}) VALUES ({marks})"
        for batch in _batches(iter(sessions)):
            cursor.executemany(statement, batch)


def _batches(sessions: Iterator[tuple[object, ...]]) -> Iterator[list[tuple[object, ...]]]:
    while batch := list(islice(sessions, _BATCH)):
        yield batch
