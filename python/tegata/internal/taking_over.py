"""Taking over the sessions of jwt-ninja: the same ids, so that their tokens find them."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from tegata import conf
from tegata._tegata import device, is_session_id, security_stamp, taken_over_generation
from tegata.internal import clock, jwt_ninja_table, loading
from tegata.internal.user_model import user_model
from tegata.models import Session, SessionQuerySet

BATCH = 500
_COLUMNS = ("pk", "expired_at", "generation", "repeats", "legacy_jti")


class WrongKeyError(Exception):
    """No session's stamp is of the key that was given."""


@dataclass
class Count:
    """What became of the rows so far.

    Attributes:
        seen: How many there were.
        taken: How many are new here.
        renewed: How many had been refreshed there since they were taken over.
        ended: How many had ended there since they were taken over.
        outdated: How many of the new ones are ended here: their user has another password now.
        left: How many cannot be taken over: their id is none of jwt-ninja's, or the user is gone.
    """

    seen: int = 0
    taken: int = 0
    renewed: int = 0
    ended: int = 0
    outdated: int = 0
    left: int = 0


def take_over(model: Any, alias: str, key: str | None, *, dry_run: bool) -> Iterator[Count]:
    """Takes over all rows, in batches that commit by themselves.

    Whatever Tegata has done to a session since an earlier run stays.

    Args:
        model: As `jwt_ninja_table.old_sessions` gives it.
        alias: The database.
        key: jwt-ninja's signing key, which its 2.0 stamped sessions with.
        dry_run: Whether to write nothing.

    Yields:
        The count after each batch; the same object.

    Raises:
        WrongKeyError: The key is needed and is another one; nothing has been written.
    """
    has_stamps = any(field.name == "security_stamp" for field in model._meta.fields)
    if has_stamps:
        _require_key(model, alias, key)
    count = Count()
    for rows in jwt_ninja_table.batches(model, alias, BATCH):
        _take(rows, alias, key if has_stamps else None, count, dry_run=dry_run)
        yield count


def _take(rows: list[Any], alias: str, key: str | None, count: Count, *, dry_run: bool) -> None:
    now = clock.now()
    users = user_model()._base_manager.using(alias).in_bulk({row.user_id for row in rows})
    sessions = SessionQuerySet(Session, using=alias)
    known = {
        each[0]: each
        for each in sessions.filter(pk__in=[row.id for row in rows]).values_list(*_COLUMNS)
    }
    new: list[Session] = []
    ended: list[str] = []
    count.seen += len(rows)
    for row in rows:
        user = users.get(row.user_id)
        if user is None or not is_session_id(row.id):
            count.left += 1
        elif row.id not in known:
            session = _session(row, user, now)
            if session.expired_at is None and key is not None and not _has_stamp(row, user, key):
                session.expired_at, session.end_reason = now, "password_changed"
                count.outdated += 1
            new.append(session)
        elif known[row.id][1] is None and _has_ended(row, now):
            ended.append(row.id)
        elif known[row.id][4] not in (None, _jti(row)):
            count.renewed += _renew(row, known[row.id][4], sessions, dry_run=dry_run)
    count.taken += len(new)
    count.ended += len(ended)
    if not dry_run:
        # A session that came to be meanwhile is Tegata's own affair.
        Session.objects.using(alias).bulk_create(new, ignore_conflicts=True)
        sessions.filter(pk__in=ended).end("")


def _session(row: Any, user: Any, now: datetime) -> Session:
    jti = _jti(row)
    # Where nothing rotates, a refresh token is as old as its session.
    minted_at = row.updated_at if jti else row.created_at
    data = row.data if isinstance(row.data, dict) else {}
    ended = _has_ended(row, now)
    _, user_agent = device(None, getattr(row, "user_agent", ""))
    return Session(
        id=row.id,
        user_id=row.user_id,
        created_at=row.created_at,
        updated_at=row.updated_at,
        expired_at=row.expired_at if ended else None,
        ip_address=row.ip_address if conf.current().STORE_ADDRESS else None,
        user_agent=user_agent,
        location=getattr(row, "location", None),
        data=data,
        generation=taken_over_generation(),
        minted_at=minted_at,
        refreshed_at=minted_at,
        security_stamp=security_stamp(loading.user_row(user)),
        legacy_jti=jti,
    )


def _renew(row: Any, known: str, sessions: SessionQuerySet, *, dry_run: bool) -> int:
    # Only where Tegata has handed out nothing of its own.
    untouched = sessions.filter(
        Q(expired_at__isnull=True), pk=row.id, generation=taken_over_generation(), legacy_jti=known
    )
    if dry_run:
        return untouched.count()
    at = row.updated_at
    return untouched.update(legacy_jti=_jti(row), minted_at=at, refreshed_at=at, updated_at=at)


def _jti(row: Any) -> str:
    return getattr(row, "refresh_jti", None) or ""


def _has_ended(row: Any, now: datetime) -> bool:
    return row.expired_at is not None and row.expired_at <= now


def _has_stamp(row: Any, user: Any, key: str) -> bool:
    """Whether jwt-ninja would take the session for one of before a change of password."""
    theirs = hmac.new(key.encode(), user.get_session_auth_hash().encode(), hashlib.sha256)
    return hmac.compare_digest(row.security_stamp or "", theirs.hexdigest())


def _require_key(model: Any, alias: str, key: str | None) -> None:
    live = Q(expired_at__isnull=True) | Q(expired_at__gt=clock.now())
    newest = model.objects.using(alias).filter(live).order_by("-created_at")[:100]
    rows = list(newest)
    users = user_model()._base_manager.using(alias).in_bulk({row.user_id for row in rows})
    if rows and (
        key is None
        or not any(_has_stamp(row, users[row.user_id], key) for row in rows if row.user_id in users)
    ):
        raise WrongKeyError
