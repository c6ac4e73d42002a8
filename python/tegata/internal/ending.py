"""The statement that ends sessions: the only one, and it tells of each that it ended."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import EmptyResultSet
from django.db import connections, transaction
from django.db.models.sql import UpdateQuery

from tegata import events
from tegata.internal import giving_up, session_cache
from tegata.internal.user_model import user_model

if TYPE_CHECKING:
    from tegata.models import SessionQuerySet

# Where an UPDATE gives the rows that it changed.
_RETURNING = {"postgresql", "sqlite"}


def end(
    meant: SessionQuerySet,
    reason: str,
    at: datetime,
    *,
    sessions: Collection[str] = (),
    users: Collection[object] = (),
) -> int:
    """Ends those that have not ended, in one UPDATE; says how many.

    Args:
        meant: Which.
        reason: Why, in at most 32 characters.
        at: When.
        sessions: Of whose end the session cache is to be told.
        users: The same for users whose sessions end in bulk.
    """
    unended = meant.filter(expired_at__isnull=True)
    # As `update()` has it: that is not where a replica would be asked.
    unended._for_write = True  # type: ignore[attr-defined]
    alias = unended.db
    values = {"expired_at": at, "end_reason": reason, "updated_at": at}
    # Ahead of the end, or a session could be opened between the two.
    giving_up.give_up(users, reason, at, alias)
    with session_cache.ending(using=alias, sessions=sessions, users=users):
        if not events.SESSION_ENDED.is_heard():
            return unended.update(**values)
        ended = _end_each(unended, values)
    # After the cache: receivers may take their time.
    key = user_model()._meta.pk
    for session_id, user_id in ended:
        events.ended(session_id, key.to_python(user_id), reason, alias)
    return len(ended)


def _end_each(unended: SessionQuerySet, values: dict[str, Any]) -> list[tuple[str, Any]]:
    """Ends them; gives their ids and their users' keys, as the database has them."""
    connection = connections[unended.db]
    features = connection.features
    if connection.vendor in _RETURNING and features.can_return_columns_from_insert:
        return _update_returning(unended, values)
    with transaction.atomic(using=unended.db):
        rows = unended.order_by().select_for_update().values_list("pk", "user_id")
        found = list(rows)
        unended.update(**values)
        return found


def _update_returning(rows: SessionQuerySet, values: dict[str, Any]) -> list[tuple[str, Any]]:
    connection = connections[rows.db]
    # As `update()` does it: an UPDATE has no use for order or annotations.
    query: Any = rows.query.chain(UpdateQuery)
    query.add_update_values(values)
    query.clear_ordering(force=True)
    query.annotations = {}
    names = map(connection.ops.quote_name, ("id", "user_id"))
    try:
        sql, parameters = query.get_compiler(rows.db).as_sql()
    except EmptyResultSet:
        return []
    with (
        transaction.mark_for_rollback_on_error(using=rows.db),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"{sql} RETURNING {', '.join(names)}", parameters)
        ended: list[tuple[str, Any]] = cursor.fetchall()
        return ended
