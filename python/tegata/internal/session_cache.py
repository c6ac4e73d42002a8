"""What Django's cache keeps of sessions, and how it is told of their ends.

Three kinds of entries, as `tegata::Snapshot` of the engine describes them: a snapshot for each
session and generation, an epoch for each user, and a tombstone for a session that ends. Where all
sessions of a user may end, the tombstone takes the place of the epoch, so that every snapshot of
before is void even if a full cache throws the tombstone away.

An end is told before it is committed and again after: if this process dies in between, the first
telling stands. What the cache could not be told, it is told as soon as it answers again.
"""

from __future__ import annotations

import hashlib
import operator
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from secrets import token_urlsafe
from typing import TYPE_CHECKING

from django.db import transaction

from tegata import conf
from tegata.exceptions import APIError
from tegata.internal import cache_access, clock, user_key
from tegata.internal.outage import OutageError

if TYPE_CHECKING:
    from tegata._tegata import AccessClaims, SessionRow
    from tegata.internal.cache_access import CacheAccess

_EPOCH_SECONDS = 24 * 60 * 60
_RETRY_AFTER_SECONDS = 1
# What any cache takes in a key, and is told from a digest.
_PLAIN = re.compile(r"[0-9A-Za-z_-]{1,63}")


@dataclass(frozen=True, slots=True)
class Reading:
    """What the cache said before the rows were read.

    Attributes:
        admits: Whether there is no need to read them.
        epoch: Under which a snapshot of them may be kept; `None` if none may.
    """

    admits: bool
    epoch: str | None = None


_ADMITTED = Reading(admits=True)
_BY_ROWS = Reading(admits=False)


def is_used() -> bool:
    """Whether any view of the site may look at the cache."""
    return conf.current().SESSION_CACHE is not None


def answers_at_once() -> bool:
    """Whether asking the cache waits for nothing, so that an event loop may do it."""
    return is_used() and cache_access.current().is_in_process


def read(claims: AccessClaims) -> Reading:
    """Asks the cache about an access token.

    Raises:
        APIError: `service_unavailable`, if the cache cannot answer and the site wants that.
    """
    rules = conf.current()
    if rules.SESSION_CACHE is None:
        # It would not be told of ends.
        return _BY_ROWS
    cache = cache_access.current()
    session_id = claims.session_id
    snapshot_key = _snapshot_key(session_id, claims.generation)
    tombstone = _tombstone_key(session_id)
    epoch_key = _epoch_key(claims.user_id)
    try:
        # Before, or what was told in between would be missed both here and there.
        is_untold = cache.is_untold(tombstone, epoch_key)
        found = cache.get_many((snapshot_key, tombstone, epoch_key))
        cache.tell_untold()
        if is_untold or tombstone in found:
            return _BY_ROWS
        epoch = found.get(epoch_key)
        if epoch is None:
            return Reading(admits=False, epoch=_first_epoch(cache, epoch_key))
    except OutageError:
        if rules.SESSION_CACHE_FAILURE == "refuse":
            raise APIError.refuse(
                "service_unavailable",
                "gate",
                detail="The session cache cannot answer now; try again.",
                retry_after=_RETRY_AFTER_SECONDS,
            ) from None
        return _BY_ROWS
    if not isinstance(epoch, str):
        return _BY_ROWS
    snapshot = found.get(snapshot_key)
    # The time after the answer: by one from before it, a reader that was held up for longer than a
    # tombstone stands would find neither that nor the snapshot's age.
    if isinstance(snapshot, str) and conf.engine().admit_by_snapshot(
        clock.now(), claims, snapshot, epoch
    ):
        return _ADMITTED
    return Reading(admits=False, epoch=epoch)


def keep(reading: Reading, before: datetime, claims: AccessClaims, session: SessionRow) -> None:
    """Keeps a snapshot of a session that was admitted and whose first use is noted.

    It is added and never set, so that it replaces nothing that was written since.
    """
    if reading.epoch is not None:
        key = _snapshot_key(claims.session_id, claims.generation)
        snapshot = conf.engine().snapshot(before, session, reading.epoch)
        seconds = conf.current().SESSION_CACHE_LIFETIME.total_seconds()
        cache_access.current().add(key, snapshot, seconds)


@contextmanager
def ending(
    *, using: str, sessions: Collection[str] = (), users: Collection[object] = ()
) -> Iterator[None]:
    """Wraps the statement that ends sessions.

    A cache that cannot be told does not keep them alive for longer than SESSION_CACHE_LIFETIME, and
    does not keep the statement from being carried out.

    Args:
        using: The database of the statement, whose commit is waited for.
        sessions: The ids of the sessions that end.
        users: The keys of users whose sessions end in bulk.
    """
    tell(using=using, sessions=sessions, users=users)
    try:
        yield
    finally:
        # Inside of a transaction its end is waited for already.
        if not transaction.get_connection(using).in_atomic_block:
            tell(using=using, sessions=sessions, users=users)


def tell(*, using: str, sessions: Collection[str] = (), users: Collection[object] = ()) -> None:
    """Tells of ends now, and again when the transaction that is open has been committed.

    Args:
        using: As `ending`.
        sessions: As `ending`.
        users: As `ending`.
    """
    if not is_used() or not (sessions or users):
        return
    # An object may have been given its key in another form: the text of a form for an integer.
    to_python = user_key.field().to_python
    keys = [
        *map(_tombstone_key, sessions),
        *(_epoch_key(to_python(user)) for user in users),
    ]
    cache_access.current().bury(keys)
    if transaction.get_connection(using).in_atomic_block:
        transaction.on_commit(lambda: cache_access.current().bury(keys), using=using, robust=True)


def _first_epoch(cache: CacheAccess, key: str) -> str | None:
    epoch = token_urlsafe(12)
    if cache.add(key, epoch, _EPOCH_SECONDS):
        return epoch
    # Another process was faster, or nothing can be written.
    found = cache.get_many((key,)).get(key)
    return found if isinstance(found, str) else None


def _snapshot_key(session_id: str, generation: int) -> str:
    return f"tegata:session:{session_id}:{generation}"


def _tombstone_key(session_id: str) -> str:
    return f"tegata:ended:{session_id}"


def _epoch_key(user_id: object) -> str:
    if type(user_id) is int:
        return f"tegata:user:{user_id}"
    # As the engine has it: what counts as an integer is one, anything else is its text.
    try:
        text = str(operator.index(user_id))  # type: ignore[arg-type]
    except TypeError:
        text = str(user_id)
    # A text may be too long for a cache, or hold what memcached does not take.
    if _PLAIN.fullmatch(text) is None:
        text = hashlib.sha256(text.encode()).hexdigest()
    return f"tegata:user:{text}"
