"""Counts what goes to the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections
from django.db.backends.signals import connection_created


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements of whichever thread while the block lasts, those of transactions included."""
    found: list[str] = []

    def note(
        execute: Callable[..., Any], sql: str, params: object, many: bool, context: object
    ) -> Any:
        found.append(sql)
        return execute(sql, params, many, context)

    def attach(*, connection: Any, **_: object) -> None:
        commit, set_autocommit = connection._commit, connection._set_autocommit

        def note_commit() -> None:
            found.append("COMMIT")
            commit()

        def note_begin(autocommit: bool) -> None:
            if not autocommit:
                found.append("BEGIN")
            set_autocommit(autocommit)

        connection.execute_wrappers.append(note)
        # The drivers have methods for these, so no wrapper sees them.
        connection._commit = note_commit
        connection._set_autocommit = note_begin

    connection_created.connect(attach)
    # Under ASGI every request has a connection of its own; elsewhere the next one is new now.
    own: Any = connections["default"]
    own.close()
    try:
        yield found
    finally:
        connection_created.disconnect(attach)
        if note in own.execute_wrappers:
            own.execute_wrappers.remove(note)
            del own._commit, own._set_autocommit
