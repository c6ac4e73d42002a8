"""The statements that the engine's answers ask for; each commits by itself."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db import (
    InterfaceError,
    InternalError,
    OperationalError,
    connections,
    router,
    transaction,
)
from django.db.models import Case, F, Model, Value, When

from tegata._tegata import Advance, EndSessions, FirstUse, NewSession, Renew, Repeat
from tegata.exceptions import APIError
from tegata.internal import commit, ending, user_key
from tegata.models import Session, SessionQuerySet

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

    from tegata._tegata import Place

logger = logging.getLogger("tegata")

RETRY_AFTER_SECONDS = 1

# `read_only_sql_transaction`, which Django does not count among the operational errors.
_READ_ONLY = "25006"

# How many ids a statement names at most; databases have a limit.
_BATCH = 500


@contextmanager
def database_errors(place: Place) -> Iterator[None]:
    """Turns a database that is locked, gone or read-only into 503 `service_unavailable`.

    No statement of ours is followed by another that must go with it, so asking again is safe.
    """
    try:
        yield
    except (OperationalError, InterfaceError, InternalError) as error:
        if isinstance(error, InternalError) and not _is_read_only(error):
            raise
        logger.error("the database cannot answer: %s", error)
        raise APIError.refuse(
            "service_unavailable", place, retry_after=RETRY_AFTER_SECONDS
        ) from error


def _is_read_only(error: InternalError) -> bool:
    """Whether PostgreSQL takes no writes for now: a primary that has become a standby, say."""
    cause = error.__cause__
    # As psycopg has it, and as psycopg2 does.
    code = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)
    return code == _READ_ONLY


def refuse_transaction(
    model: type[Model] = Session, what: str = "tegata.sessions cannot refresh, verify or log out"
) -> None:
    """Makes sure that what is written now stays, whatever happens afterwards.

    The transaction of a `TestCase` is let pass, as `transaction.atomic(durable=True)` does.

    Args:
        model: What is written.
        what: Who cannot do what, for the message.

    Raises:
        RuntimeError: A transaction is open, and its rollback would undo a revocation.
    """
    if commit.is_open(router.db_for_write(model)):
        raise RuntimeError(
            f"{what} inside of a transaction. "
            "Call it outside of atomic(), and mark the view with transaction.non_atomic_requests."
        )


def sessions() -> SessionQuerySet:
    """All sessions, on the database that is written to: a replica may not know of a logout yet."""
    return SessionQuerySet(Session, using=router.db_for_write(Session))


def insert(
    row: NewSession,
    user: AbstractBaseUser,
    data: dict[str, Any] | None,
    location: dict[str, Any] | str | None = None,
) -> None:
    """Inserts the row of a new login, and ends the user's oldest sessions if there are too many."""
    session = Session(
        id=row.session_id,
        user_id=user.pk,
        created_at=row.created_at,
        updated_at=row.created_at,
        minted_at=row.created_at,
        refreshed_at=row.created_at,
        security_stamp=row.security_stamp,
        generation=row.generation,
        legacy_jti=row.legacy_jti,
        ip_address=row.ip_address,
        user_agent=row.user_agent,
        location=location,
        data=data or {},
    )
    alias = router.db_for_write(Session)
    if row.at_most is None:
        session.save(force_insert=True, using=alias)
        return
    with transaction.atomic(using=alias):
        # Two logins of one user take turns, or they could end each other's sessions. SQLite lets
        # one transaction write at a time, from its first write on.
        if connections[alias].features.has_select_for_update:
            _lock(user, alias)
        session.save(force_insert=True, using=alias)
        others = sessions().filter(user_id=user.pk).active().exclude(pk=row.session_id)
        newest = others.order_by("-created_at", "id").values_list("pk", flat=True)
        oldest = list(newest[row.at_most - 1 :])
        if oldest:
            # One at most, but when the limit is new.
            for start in range(0, len(oldest), _BATCH):
                batch = oldest[start : start + _BATCH]
                meant = sessions().filter(pk__in=batch)
                ending.end(meant, "session_limit", row.created_at, sessions=batch)


def _lock(user: AbstractBaseUser, alias: str) -> None:
    users = type(user)._base_manager.using(alias).filter(pk=user.pk)
    has_no_key = connections[alias].features.has_select_for_no_key_update
    list(users.select_for_update(no_key=has_no_key).values_list("pk"))


def advance(session_id: str, swap: Advance) -> bool:
    """The compare-and-swap of a rotation; says whether it hit its row."""
    live = _unended(session_id).filter(generation=swap.expected_generation)
    return bool(
        live.update(
            generation=swap.next_generation,
            minted_at=swap.at,
            refreshed_at=swap.at,
            updated_at=swap.at,
            repeats=0,
            first_used_at=None,
        )
    )


def count_repeat(session_id: str, repeat: Repeat) -> bool:
    """Counts one more repeat of a generation; says whether it hit its row."""
    live = _unended(session_id).filter(generation=repeat.generation, repeats__lt=repeat.limit)
    if repeat.unused:
        live = live.filter(first_used_at__isnull=True)
    return bool(live.update(repeats=F("repeats") + 1, updated_at=repeat.at))


def renew(session_id: str, touch: Renew) -> bool:
    """Marks the session as refreshed; says whether it hit its row."""
    # Not backwards: this request may be late, or this machine's clock.
    later = Case(When(refreshed_at__lt=touch.at, then=Value(touch.at)), default=F("refreshed_at"))
    return bool(_unended(session_id).update(refreshed_at=later, updated_at=touch.at))


def end(end: EndSessions) -> int:
    """Ends sessions where they have not ended; says how many."""
    meant = sessions()
    if end.session_id is not None:
        meant = meant.filter(pk=end.session_id)
    if end.user_id is not None:
        meant = meant.filter(**user_key.of_sessions(end.user_id))
    if end.except_session_id is not None:
        meant = meant.exclude(pk=end.except_session_id)
    if end.security_stamp is not None:
        meant = meant.filter(security_stamp=end.security_stamp)
    told: dict[str, Any] = (
        {"users": [end.user_id]} if end.session_id is None else {"sessions": [end.session_id]}
    )
    return ending.end(meant, end.reason, end.at, **told)


def note_first_use(
    session_id: str, first_use: FirstUse, afterwards: Callable[[], None] | None = None
) -> None:
    """Notes that a generation was seen in use.

    Under ATOMIC_REQUESTS the gate stands inside the view's transaction. Writing there would hold
    the row until the view is done, and a refresh would wait for it; so the note is written when
    the view commits, and a view that rolls back leaves it to the next request.

    Args:
        session_id: Which session.
        first_use: What to note.
        afterwards: What is to be done once it is noted.
    """

    def note() -> None:
        unused = _unended(session_id).filter(
            generation=first_use.generation, first_used_at__isnull=True
        )
        unused.update(first_used_at=first_use.at, updated_at=first_use.at)
        if afterwards is not None:
            afterwards()

    alias = router.db_for_write(Session)
    connection = connections[alias]
    if connection.in_atomic_block or connection.get_autocommit():
        # Robust, since a request that may come in does so if the note cannot be written. Not a
        # partial: Django asks a robust callback that failed for its name.
        transaction.on_commit(note, using=alias, robust=True)
    else:
        # The site commits by itself.
        note()


def _unended(session_id: str) -> SessionQuerySet:
    """The one row that a statement may change: an end is final."""
    return sessions().filter(pk=session_id, expired_at__isnull=True)
