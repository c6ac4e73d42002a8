"""The statements that the engine's answers ask for; each commits by itself."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import InterfaceError, OperationalError, router, transaction

from tegata._tegata import Advance, FirstUse, Opened, Renew, SessionRow, UserRow
from tegata.exceptions import APIError
from tegata.models import Session, SessionQuerySet

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

    from tegata._tegata import Place

logger = logging.getLogger("tegata")

RETRY_AFTER_SECONDS = 1


@contextmanager
def database_errors(place: Place) -> Iterator[None]:
    """Turns a database that is locked or gone into 503 `service_unavailable`.

    No statement of ours is followed by another that must go with it, so asking again is safe.
    """
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        logger.error("the database cannot answer: %s", error)
        raise APIError.refuse(
            "service_unavailable", place, retry_after=RETRY_AFTER_SECONDS
        ) from error


def refuse_transaction() -> None:
    """Makes sure that what is written now stays, whatever happens afterwards.

    The transaction of a `TestCase` is let pass, as `transaction.atomic(durable=True)` does.

    Raises:
        RuntimeError: A transaction is open, and its rollback would undo a revocation.
    """
    connection = transaction.get_connection(router.db_for_write(Session))
    blocks = connection.atomic_blocks
    if connection.in_atomic_block and not (blocks and blocks[-1]._from_testcase):
        raise RuntimeError(
            "tegata.sessions cannot refresh, verify or log out inside of a transaction. "
            "Call it outside of atomic(), and mark the view with transaction.non_atomic_requests."
        )


def sessions() -> SessionQuerySet:
    """All sessions, on the database that is written to: a replica may not know of a logout yet."""
    return SessionQuerySet(Session, using=router.db_for_write(Session))


def load(session_id: str) -> Session | None:
    """A session and its user, in one query."""
    return sessions().select_related("user").filter(pk=session_id).first()


def rows(session: Session | None) -> tuple[SessionRow, UserRow] | tuple[None, None]:
    """The columns that decide, of a session and its user."""
    if session is None:
        return None, None
    session_row = SessionRow(
        session.id,
        session.user_id,
        session.created_at,
        session.expired_at,
        session.generation,
        session.minted_at,
        session.first_used_at,
        session.security_stamp,
    )
    return session_row, user_row(session.user)


def user_row(user: AbstractBaseUser) -> UserRow:
    """The columns of a user that decide."""
    return UserRow(user.pk, bool(user.is_active), [user.password or ""])


def insert(opened: Opened, user: AbstractBaseUser, data: dict[str, Any] | None) -> Session:
    """Inserts the row of a new login."""
    session = Session(
        id=opened.session_id,
        user_id=user.pk,
        created_at=opened.created_at,
        updated_at=opened.created_at,
        minted_at=opened.minted_at,
        generation=opened.generation,
        security_stamp=opened.security_stamp,
        ip_address=opened.ip_address,
        user_agent=opened.user_agent,
        data=data or {},
    )
    session.save(force_insert=True, using=router.db_for_write(Session))
    return session


def advance(session_id: str, swap: Advance) -> bool:
    """The compare-and-swap of a rotation; says whether it hit its row."""
    live = _unended(session_id).filter(generation=swap.expected_generation)
    return bool(
        live.update(
            generation=swap.next_generation,
            minted_at=swap.at,
            updated_at=swap.at,
            first_used_at=None,
        )
    )


def renew(session_id: str, touch: Renew) -> bool:
    """Marks the session as seen; says whether it hit its row."""
    return bool(_unended(session_id).update(updated_at=touch.at))


def end(session_id: str, reason: str, at: datetime) -> bool:
    """Ends a session where it has not ended; says whether it hit its row."""
    ended = _unended(session_id).update(expired_at=at, end_reason=reason, updated_at=at)
    return bool(ended)


def note_first_use(session_id: str, first_use: FirstUse) -> None:
    """Notes that a generation was seen in use.

    Under ATOMIC_REQUESTS the gate stands inside the view's transaction. Writing there would hold
    the row until the view is done, and a refresh would wait for it; so the note is written when
    the view commits, and a view that rolls back leaves it to the next request.
    """

    def note() -> None:
        _note(session_id, first_use)

    # Not a partial: Django asks a robust callback that failed for its name.
    transaction.on_commit(note, using=router.db_for_write(Session), robust=True)


def _note(session_id: str, first_use: FirstUse) -> None:
    unused = _unended(session_id).filter(
        generation=first_use.generation, first_used_at__isnull=True
    )
    unused.update(first_used_at=first_use.at, updated_at=first_use.at)


def _unended(session_id: str) -> SessionQuerySet:
    """The one row that a statement may change: an end is final."""
    return sessions().filter(pk=session_id, expired_at__isnull=True)
