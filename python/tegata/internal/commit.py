"""What waits for the site's transaction, if there is one."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction


def is_open(using: str) -> bool:
    """Whether a transaction is open that may yet be rolled back.

    The one that a `TestCase` wraps its test in is none, as `transaction.atomic(durable=True)` has
    it.
    """
    connection = transaction.get_connection(using)
    blocks = connection.atomic_blocks
    return connection.in_atomic_block and not (blocks and blocks[-1]._from_testcase)


def after_commit(using: str, call: Callable[[], None]) -> None:
    """Calls now, or when the transaction that is open has been committed.

    Args:
        using: The database.
        call: What to do; not at all if the transaction is rolled back.
    """
    if is_open(using):
        transaction.on_commit(call, using=using, robust=True)
    else:
        call()
