"""Rows for the tokens of a library that kept no sessions: each is made when its token first comes.

Such a token names no session, so the engine makes an id from its own. Until there is a row of that
id, what it will be decides; whoever uses the token up, or ends it, inserts it first.
"""

from __future__ import annotations

from hashlib import md5
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, router, transaction

from tegata import conf, events
from tegata._tegata import (
    NewSession,
    Refusal,
    given_up_legacy_id,
    is_of_a_password,
    take_over,
)
from tegata.addresses import client_address, stored_address
from tegata.internal import clock, loading, store
from tegata.internal.location import locate
from tegata.models import Session

if TYPE_CHECKING:
    from datetime import timedelta

    from django.http import HttpRequest

    from tegata._tegata import (
        AccessClaims,
        RefreshClaims,
        SessionRow,
        SlidingClaims,
        TypedClaims,
        UserRow,
    )
    from tegata.internal.loading import LoadedUser

    Claims = AccessClaims | RefreshClaims | SlidingClaims | TypedClaims


def rows_to_be(claims: Claims) -> tuple[SessionRow, UserRow, LoadedUser] | Refusal:
    """The rows that decide about a token whose session is not there; nothing is written."""
    found = _row_to_be(claims, None, "", None)
    if isinstance(found, Refusal):
        return found
    row, of_user = found
    return row.as_inserted(), of_user.user_row, of_user


def insert(
    claims: Claims, request: HttpRequest | None, refresh_lifetime: timedelta | None = None
) -> Refusal | None:
    """Inserts the row of a token's session, unless somebody else was first.

    Args:
        claims: Of a token that `opens_session`.
        request: The one that brought it; its address and user agent go into the row.
        refresh_lifetime: That of the site's sliding tokens, for one of those.

    Returns:
        Why there is none.
    """
    address = None if request is None else stored_address(request)
    agent = "" if request is None else request.headers.get("User-Agent", "")
    found = _row_to_be(claims, address, agent, refresh_lifetime)
    if isinstance(found, Refusal):
        return found
    row, of_user = found
    location = None if request is None else locate(client_address(request))
    try:
        with transaction.atomic(using=router.db_for_write(Session)):
            store.insert(row, of_user.user, None, location)
    except IntegrityError:
        # It is there, or the user was deleted a moment ago. The next look at the rows tells.
        return None
    events.opened(row, of_user.user.pk)
    return None


def _row_to_be(
    claims: Claims, address: str | None, agent: str, refresh_lifetime: timedelta | None
) -> tuple[NewSession, LoadedUser] | Refusal:
    user_id = claims.user_id
    # The user first: a password is changed after the mark is set, so who sees the new password sees
    # the mark as well.
    of_user = None if user_id is None else loading.load_user(user_id)
    user_row = None if of_user is None else of_user.user_row
    is_given_up = of_user is not None and (
        store.sessions().filter(pk=given_up_legacy_id(of_user.user.pk)).exists()
    )
    row = take_over(
        conf.engine(),
        clock.now(),
        claims,
        user_row,
        is_given_up,
        _digest(of_user.user) if of_user is not None and is_of_a_password(claims) else None,
        address,
        agent,
        refresh_lifetime,
    )
    if isinstance(row, Refusal):
        return row
    return (row, of_user) if of_user is not None else Refusal("invalid_user")


def _digest(user: Any) -> str:
    """What simplejwt writes of a stored password with its CHECK_REVOKE_TOKEN."""
    stored = user.password or ""
    return md5(stored.encode(), usedforsecurity=False).hexdigest().upper()
