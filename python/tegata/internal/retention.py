"""Removing the rows that nothing can use any more, without being noticed."""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, IntegrityError, connections, router, transaction
from django.db.models import PROTECT, RESTRICT, Count, Exists, F, Min, Model, OuterRef, Q, QuerySet

from tegata import conf
from tegata._tegata import keeps_legacy_rows
from tegata.internal import clock
from tegata.models import LoginChallenge, Session, SessionQuerySet

logger = logging.getLogger("tegata")

_BATCH = 100
# A purge waits for so many times as long as a batch took, so that those who write meet it rarely.
_PAUSE = 9
# A batch keeps out everybody else who writes to SQLite, and who meets it sleeps for longer than it
# takes. It must be less than one in a hundred, or that would be what the slowest hundredth take.
_PAUSE_OF_ONE_WRITER = 200
# In seconds: a batch that took long has waited for others itself, mostly.
_LONGEST_PAUSE = 60.0
# Of so many logins one removes rows, so that the others cost no statement more. They have added
# fewer than it removes, so this catches up with any number of rows.
_EVERY = 10
_ALONG_THE_WAY = 100

# The rows of legacy tokens stay, and may be many, and older than any that may go. So that not each
# removal reads them again, a process remembers for so long up to where there was nothing else.
_REMEMBERED = timedelta(hours=1)

_logins = itertools.count()


def remove_some() -> None:
    """Removes some rows that are past SESSION_RETENTION; called by every login.

    So a site that never purges does not grow without bound. Each process counts its own logins, and
    removes at the first of them: it may not live to see many.
    """
    retention = conf.current().SESSION_RETENTION
    if retention is None or next(_logins) % _EVERY:
        return
    try:
        ids = _first_due(retention)
        if ids:
            _delete(ids)
    # A login does not fail because of what it does for the housekeeping.
    except DatabaseError as error:
        logger.warning("no old sessions were removed: %s", error)


def remove_all(
    retention: timedelta,
    on_batch: Callable[[int], object] | None = None,
    *,
    pauses: bool = True,
) -> int:
    """Removes all rows that nothing could use for longer than `retention`, batch by batch.

    Login challenges go as soon as their time is up: they tell nothing of the past.

    Args:
        retention: How long.
        on_batch: Is told after each batch how many rows it has removed.
        pauses: Whether it leaves the table to others between the batches.
    """
    removed = sum(_remove(due, on_batch, pauses) for due in _all_due(retention))
    return removed + _remove(_challenges_due(), on_batch, pauses)


def count_due(retention: timedelta) -> int:
    """How many sessions and challenges `remove_all` would remove, by the index of each kind."""
    ended, over, timed_out = _all_due(retention)
    # None is counted twice. In a filter of the rows, that could lead to another index.
    parts = (
        (ended.rows, Q()),
        (over.rows, Q(expired_at__isnull=True) | Q(expired_at__gt=ended.until)),
        (timed_out.rows, Q(created_at__gt=over.until)),
    )
    counted = (rows.aggregate(n=Count("pk", filter=counts))["n"] for rows, counts in parts)
    return int(sum(counted)) + _challenges_due().rows.count()


@dataclass(frozen=True, slots=True)
class _Due:
    """Rows that may go, the column by whose index they are found, and up to which value of it all
    may go but those that are kept."""

    column: str
    until: datetime
    rows: QuerySet[Any]


def _challenges_due() -> _Due:
    """Challenges that no answer is taken to any more."""
    rules = conf.current()
    until = clock.now() - rules.LEEWAY - rules.CHALLENGE_LIFETIME
    challenges = LoginChallenge._base_manager.using(router.db_for_write(LoginChallenge))
    return _Due("created_at", until, challenges.filter(created_at__lte=until))


def _all_due(retention: timedelta) -> Iterator[_Due]:
    """What may go: each kind by an index of its own, which one filter with an OR would not use."""
    sessions = _released(SessionQuerySet(Session, using=router.db_for_write(Session)))
    rules, now = conf.current(), clock.now()
    if _keeps_legacy_rows():
        # They are what a legacy token that was used or ended is known by.
        sessions = sessions.exclude(legacy_jti=F("pk"))
    unended = sessions.filter(expired_at__isnull=True)
    since = now - rules.LEEWAY - retention
    ended, begun = now - retention, since - rules.SESSION_LIFETIME
    yield _Due("expired_at", ended, sessions.filter(expired_at__lte=ended))
    yield _Due("created_at", begun, sessions.filter(created_at__lte=begun))
    aged = since - rules.REFRESH_TOKEN_LIFETIME
    yield _Due("minted_at", aged, unended.filter(_has_timed_out(since)))


def _has_timed_out(since: datetime) -> Q:
    rules = conf.current()
    lifetime, timeout = rules.REFRESH_TOKEN_LIFETIME, rules.SESSION_IDLE_TIMEOUT
    aged = Q(minted_at__lte=since - lifetime)
    # Without rotation a session that is refreshed was minted long ago, and would be read in vain.
    if timeout is None or timeout >= lifetime or not rules.ROTATE_REFRESH_TOKENS:
        return aged
    idle = since - timeout
    # No generation is refreshed before it is minted, and the index is that of `minted_at`.
    return Q(minted_at__lte=idle) & (Q(refreshed_at__lte=idle) | aged)


def _released(sessions: SessionQuerySet) -> SessionQuerySet:
    """Without those that the site's own models do not let go."""
    for relation in Session._meta.get_fields(include_hidden=True):
        if getattr(relation, "on_delete", None) in (PROTECT, RESTRICT):
            model: Any = relation.related_model
            holders = model._base_manager.using(sessions.db)
            key = relation.field.name  # type: ignore[union-attr]
            sessions = sessions.filter(~Exists(holders.filter(**{key: OuterRef("pk")})))
    return sessions


def _first_due(retention: timedelta) -> set[str]:
    """The ids of a few rows, in one statement."""
    alias = router.db_for_write(Session)
    kept = _kept() if _keeps_legacy_rows() else None
    all_due = list(_all_due(retention))
    parts, parameters = [], []
    for number, due in enumerate(all_due):
        rows = due.rows
        if kept is not None and due.column in kept.up_to:
            rows = rows.filter(**{f"{due.column}__gte": kept.up_to[due.column]})
        few = rows.order_by(due.column).values_list("pk")[:_ALONG_THE_WAY]
        sql, values = few.query.get_compiler(using=alias).as_sql()
        # Not a union of Django's: on SQLite that takes no parts with an order and a limit.
        parts.append(f"SELECT {number}, due{number}.* FROM ({sql}) due{number}")  # noqa: S608
        parameters += values
    with connections[alias].cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), parameters)
        found: list[tuple[int, str]] = cursor.fetchmany(_ALONG_THE_WAY)
    if kept is not None:
        kept.note(all_due, found)
    return {pk for _, pk in found}


@dataclass
class _Kept:
    """Up to where a process has found no rows but those that are kept, by the column.

    Attributes:
        rules: The settings by which it looked.
        since: When it began to.
        up_to: The values.
    """

    rules: object
    since: datetime
    up_to: dict[str, datetime]

    def note(self, all_due: list[_Due], found: list[tuple[int, str]]) -> None:
        """Learns from what was found, in its order, of each kind."""
        is_all = len(found) < _ALONG_THE_WAY
        for number, due in enumerate(all_due):
            ids = [pk for part, pk in found if part == number]
            if ids:
                first = due.rows.filter(pk__in=ids).aggregate(first=Min(due.column))["first"]
                # They may be gone already.
                if first is not None:
                    self.up_to[due.column] = min(first, due.until)
            elif is_all:
                self.up_to[due.column] = due.until


_last_kept: _Kept | None = None


def _kept() -> _Kept:
    global _last_kept
    known, rules, now = _last_kept, conf.current(), clock.now()
    if (
        known is None
        or known.rules is not rules
        or not known.since <= now < known.since + _REMEMBERED
    ):
        known = _last_kept = _Kept(rules, now, {})
    return known


def _keeps_legacy_rows() -> bool:
    return bool(conf.current().ACCEPT_LEGACY) and keeps_legacy_rows(conf.engine(), clock.now())


def _remove(due: _Due, on_batch: Callable[[int], object] | None, pauses: bool) -> int:
    """Removes all that is due, each batch from where the last one ended.

    Its beginning would be found again only behind all that was deleted, of which PostgreSQL's
    indexes know for as long as another transaction might still see it.
    """
    count = 0
    rows = due.rows.order_by(due.column)
    has_one_writer = connections[rows.db].vendor == "sqlite"
    pause = (_PAUSE_OF_ONE_WRITER if has_one_writer else _PAUSE) if pauses else 0
    reached: dict[str, datetime] = {}
    while True:
        begun = time.monotonic()
        batch = list(rows.filter(**reached).values_list("pk", due.column)[:_BATCH])
        deleted = _delete([pk for pk, _ in batch], due.rows.model) if batch else 0
        count += deleted
        if on_batch is not None and deleted:
            on_batch(deleted)
        if len(batch) < _BATCH:
            return count
        # Where none could be deleted, the next ones are not found at the same place.
        reached = {f"{due.column}__{'gte' if deleted else 'gt'}": batch[-1][1]}
        if pause:
            time.sleep(min(pause * (time.monotonic() - begun), _LONGEST_PAUSE))


def _delete(ids: Collection[str], model: type[Model] = Session) -> int:
    """Deletes rows, and what hangs on them; says how many that were in all."""
    rows = model._base_manager.using(router.db_for_write(model))
    try:
        with unless_locked(rows, ids) as free:
            return rows.filter(pk__in=free).delete()[0]
    except IntegrityError:
        # Something holds on to one of them all the same. It stays, and the others go.
        return sum(_delete([pk], model) for pk in ids) if len(ids) > 1 else 0


@contextmanager
def unless_locked(rows: QuerySet[Any], ids: Collection[str]) -> Iterator[Collection[str]]:
    """Which rows nobody else is deleting; within it nobody else does."""
    connection = connections[rows.db]
    if connection.features.has_select_for_update_skip_locked:
        with transaction.atomic(using=rows.db):
            free = rows.select_for_update(skip_locked=True).filter(pk__in=ids)
            yield list(free.values_list("pk", flat=True))
    elif connection.in_atomic_block:
        # A savepoint, so that an error does not take along what the site has written before.
        with transaction.atomic(using=rows.db):
            yield ids
    else:
        # Of itself the deletion opens a transaction after it has read, which SQLite demands.
        yield ids
