"""Giving up a user's legacy tokens: from then on those that have opened no session open none.

A password that is changed, an account that is switched off, a logout everywhere: they end the
sessions that there are. A token of a library that kept none may have no session yet, so a row says
that it will not get one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from tegata import conf
from tegata._tegata import give_up_legacy
from tegata.internal import user_key
from tegata.internal.user_model import user_model

if TYPE_CHECKING:
    from tegata._tegata import NewSession
    from tegata.models import Session


def give_up(users: Iterable[Any], reason: str, at: datetime, alias: str) -> None:
    """Has the legacy tokens of users open no more sessions, if any are accepted that do.

    Args:
        users: As tokens name them.
        reason: Why, as an `end_reason`.
        at: Now.
        alias: The database.
    """
    if not conf.current().ACCEPT_LEGACY:
        return
    for user_id in users:
        if (pk := user_key.primary(user_id, alias)) is not None:
            give_up_of(pk, reason, at, alias)


def give_up_of(pk: Any, reason: str, at: datetime, alias: str) -> None:
    """`give_up` of one user by the primary key, which stays when a user gets another name."""
    row = give_up_legacy(conf.engine(), at, pk, reason)
    # Of a user who is deleted nothing can be said, nor needs to be: the row refers to that of the
    # user, and a token of somebody who is gone opens nothing.
    users = user_model()._base_manager.using(alias).filter(pk=pk)
    if row is None or not users.exists():
        return
    try:
        with transaction.atomic(using=alias):
            insert_unless_there([ended(row, pk)], alias)
    except IntegrityError:
        if users.exists():
            raise


def ended(row: NewSession, user_id: Any) -> Session:
    """A row that was ended when it was made."""
    from tegata.models import Session

    return Session(
        id=row.session_id,
        user_id=user_id,
        created_at=row.created_at,
        updated_at=row.expired_at or row.created_at,
        expired_at=row.expired_at,
        end_reason=row.end_reason or "",
        generation=row.generation,
        minted_at=row.created_at,
        refreshed_at=row.created_at,
        legacy_jti=row.legacy_jti,
    )


def insert_unless_there(rows: list[Session], alias: str) -> None:
    """Inserts rows, and leaves those be that are there, in one statement."""
    from tegata.models import Session

    if rows:
        Session._base_manager.using(alias).bulk_create(rows, ignore_conflicts=True)
