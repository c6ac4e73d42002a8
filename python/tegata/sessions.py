"""Opening, refreshing, verifying and ending sessions: what the routes do, for views of your own.

Every function has an async twin with an `a` in front. They answer with values or raise `APIError`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from tegata import conf
from tegata._tegata import (
    AccessClaims,
    Admit,
    Advance,
    FirstUse,
    RefreshClaims,
    Refusal,
    Renew,
    Repeat,
    Revoke,
    Tokens,
    Unread,
)
from tegata.exceptions import APIError
from tegata.internal import last_login, store
from tegata.internal.custom_claims import custom_claims

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.http import HttpRequest

    from tegata._tegata import Place

# A statement that hits no row has lost to another one, so the next answer differs.
_ATTEMPTS = 3


@sensitive_variables()
def open_session(
    request: HttpRequest, user: AbstractBaseUser, *, data: dict[str, Any] | None = None
) -> Tokens:
    """Opens a session for a user whose login was accepted, and sends `user_logged_in`.

    Args:
        request: The login request; its address and user agent go into the row.
        user: The user. Check that it is active first.
        data: What `session.data` begins with.

    Returns:
        The tokens to hand out.

    Raises:
        APIError: `service_unavailable` (503) if the database cannot answer.
        ImproperlyConfigured: `PAYLOAD_CLASS.claims_for` gave claims that cannot go into a token.
    """
    with store.database_errors("endpoint"):
        try:
            opened = conf.engine().open_session(
                timezone.now(),
                store.user_row(user),
                request.META.get("REMOTE_ADDR"),
                request.headers.get("User-Agent", ""),
                custom_claims(user, request, None),
            )
        except ValueError as error:
            raise ImproperlyConfigured(f"TEGATA['PAYLOAD_CLASS']: {error}") from error
        try:
            store.insert(opened, user, data)
        except IntegrityError:
            # The user was deleted since the login was accepted.
            raise APIError.refuse("invalid_credentials", "endpoint") from None
        if conf.current().UPDATE_LAST_LOGIN:
            user_logged_in.send(sender=type(user), request=request, user=user)
        else:
            with last_login.kept_out():
                user_logged_in.send(sender=type(user), request=request, user=user)
    return opened.tokens


@sensitive_variables()
def refresh(request: HttpRequest, refresh_token: str) -> Tokens:
    """Gives the next tokens for a refresh token.

    Args:
        request: The refresh request; the payload class sees it.
        refresh_token: The token as it was handed out.

    Raises:
        APIError: A refusal. `token_reuse_detected` has ended the session by then.
        ImproperlyConfigured: `PAYLOAD_CLASS.claims_for` gave claims that cannot go into a token.
        RuntimeError: It was called inside of a transaction, whose rollback would undo a revocation.
    """
    now, engine = timezone.now(), conf.engine()
    claims = engine.read_refresh(now, refresh_token)
    if isinstance(claims, Unread):
        raise APIError.refuse(claims.refusal, "endpoint")
    store.refuse_transaction()
    with store.database_errors("endpoint"):
        for _ in range(_ATTEMPTS):
            session = store.load(claims.session_id)
            row, user = store.rows(session)
            # The site is asked for claims only where they will be needed.
            is_good = isinstance(engine.check_refresh(now, claims, row, user), Admit)
            custom = custom_claims(session.user, request, session) if session and is_good else None
            try:
                rotation = engine.rotate(now, claims, row, user, custom)
            except ValueError as error:
                raise ImproperlyConfigured(f"TEGATA['PAYLOAD_CLASS']: {error}") from error
            if isinstance(rotation, Refusal | Revoke):
                raise refused(rotation, "endpoint")
            if (
                isinstance(rotation, Repeat)
                or (isinstance(rotation, Advance) and store.advance(claims.session_id, rotation))
                or (isinstance(rotation, Renew) and store.renew(claims.session_id, rotation))
            ):
                return rotation.tokens
    raise APIError.refuse("service_unavailable", "endpoint", retry_after=store.RETRY_AFTER_SECONDS)


@sensitive_variables()
def verify(token: str) -> AccessClaims | RefreshClaims:
    """Says what a token of either kind is, if it is good now. It is not consumed.

    Raises:
        APIError: Why it is not good.
        RuntimeError: It was called inside of a transaction, whose rollback would undo a revocation.
    """
    now, engine = timezone.now(), conf.engine()
    claims = engine.read(now, token)
    if isinstance(claims, Unread):
        raise APIError.refuse(claims.refusal, "endpoint")
    store.refuse_transaction()
    with store.database_errors("endpoint"):
        session = store.load(claims.session_id)
        rows = store.rows(session)
        if isinstance(claims, AccessClaims):
            admission = engine.admit(now, claims, *rows)
        else:
            admission = engine.check_refresh(now, claims, *rows)
        carry_out(admission, claims.session_id, "endpoint")
    return claims


@sensitive_variables()
def log_out(request: HttpRequest, refresh_token: str | None = None) -> None:
    """Ends the session of the request's access token, of `refresh_token`, or both.

    An expired or replaced refresh token will do, and doing it twice is no mistake. Sends
    `user_logged_out` for each session that was live.

    Raises:
        APIError: Neither token is good, or they are of two users.
        RuntimeError: It was called inside of a transaction, whose rollback would undo a revocation.
    """
    decision = conf.engine().log_out(
        timezone.now(), request.headers.get("Authorization"), refresh_token
    )
    if isinstance(decision, Refusal):
        raise APIError.refuse(decision, "gate" if refresh_token is None else "endpoint")
    store.refuse_transaction()
    ended = []
    with store.database_errors("endpoint"):
        for session_id, reason, at in decision.ends:
            session = store.load(session_id)
            if session is None or str(session.user_id) != str(decision.user_id):
                continue
            if store.end(session_id, reason, at):
                ended.append(session.user)
    # After all the ends: a receiver that fails leaves none of the sessions live.
    for user in ended:
        user_logged_out.send(sender=type(user), request=request, user=user)


def carry_out(
    admission: Admit | FirstUse | Revoke | Refusal, session_id: str, place: Place
) -> None:
    """Writes what an admission asks for; returns if the token is good.

    Raises:
        APIError: The token is not good.
    """
    if isinstance(admission, FirstUse):
        store.note_first_use(session_id, admission)
    elif isinstance(admission, Refusal | Revoke):
        raise refused(admission, place)


def refused(verdict: Refusal | Revoke, place: Place) -> APIError:
    """The error for a verdict, after the end that it asks for is written."""
    if isinstance(verdict, Revoke):
        verdict = verdict.carry_out(store.end)
    return APIError.refuse(verdict, place)


aopen_session = sync_to_async(open_session)
arefresh = sync_to_async(refresh)
averify = sync_to_async(verify)
alog_out = sync_to_async(log_out)
