"""Opening, refreshing, verifying and ending sessions: what the routes do, for views of your own.

Every function has an async twin with an `a` in front. They answer with values or raise `APIError`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError
from django.views.decorators.debug import sensitive_variables

from tegata import conf, events
from tegata._tegata import (
    AccessClaims,
    Admit,
    Advance,
    FirstUse,
    Opened,
    RefreshClaims,
    Refusal,
    Reissue,
    Renew,
    Repeat,
    Revoke,
    SessionRow,
    SlidingClaims,
    Tokens,
    Unread,
    UserRow,
)
from tegata.addresses import client_address, stored_address
from tegata.exceptions import APIError
from tegata.internal import (
    clock,
    last_login,
    loading,
    opening,
    retention,
    store,
    token_types,
    transport,
    user_key,
)
from tegata.internal.custom_claims import custom_claims
from tegata.internal.location import locate
from tegata.internal.scopes import granted_scopes, known_scopes
from tegata.internal.tenants import tenant_of

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from django.contrib.auth.base_user import AbstractBaseUser
    from django.http import HttpRequest

    from tegata._tegata import Place
    from tegata.models import Session

# A statement that hits no row has lost to another one, so the next answer differs.
_ATTEMPTS = 3
_NO_SESSIONS = "This site keeps no sessions; its tokens are good until they expire."


@sensitive_variables()
@events.told
def open_session(
    request: HttpRequest,
    user: AbstractBaseUser,
    *,
    data: dict[str, Any] | None = None,
    scopes: Iterable[str] | None = None,
) -> Tokens:
    """Opens a session for a user whose login was accepted, and sends `user_logged_in`.

    Args:
        request: The login request; its address and user agent go into the row, its tenant into the
            tokens.
        user: The user. Check that it is active first.
        data: What `session.data` begins with.
        scopes: The most that the session is for, of `TEGATA["SCOPES"]`: of what
            `TEGATA["SCOPES_FOR"]` gives, its tokens get no more. `None` for all of that.

    Returns:
        The tokens to hand out.

    Raises:
        APIError: `service_unavailable` (503) if the database cannot answer; `insufficient_scope`
            (403) if none of `scopes` is given to the user.
        ImproperlyConfigured: `PAYLOAD_CLASS.claims_for` gave claims that cannot go into a token, or
            there are scopes that the catalogue does not have.
    """
    return open_by(conf.engine().open_session, request, user, data, scopes)


@sensitive_variables()
def open_by(
    opening: Callable[..., Opened | Refusal],
    request: HttpRequest,
    user: AbstractBaseUser,
    data: dict[str, Any] | None,
    scopes: Iterable[str] | None,
) -> Tokens:
    """`open_session`, by the engine's call for the kind of token that is to be handed out."""
    tenant = tenant_of(request, "endpoint")
    asked = None if scopes is None else known_scopes("open_session(scopes=…) has", scopes)
    with store.database_errors("endpoint"):
        granted = granted_scopes(user, request, None)
        beside = _beside(tenant, granted, asked)
        try:
            opened = opening(
                clock.now(),
                loading.user_row(user),
                stored_address(request),
                request.headers.get("User-Agent", ""),
                tenant,
                asked,
                granted,
                custom_claims(user, request, None, beside),
            )
        except ValueError as error:
            raise ImproperlyConfigured(f"TEGATA['PAYLOAD_CLASS']: {error}") from error
        if isinstance(opened, Refusal):
            raise APIError.refuse(opened, "endpoint")
        if opened.row is not None:
            try:
                store.insert(opened.row, user, data, locate(client_address(request)))
            except IntegrityError:
                # The user was deleted since the login was accepted.
                raise APIError.refuse("invalid_credentials", "endpoint") from None
            events.opened(opened.row, user.pk)
            retention.remove_some()
        announce_login(request, user)
    return opened.tokens


def announce_login(request: HttpRequest | None, user: AbstractBaseUser) -> None:
    """Sends `user_logged_in`; UPDATE_LAST_LOGIN decides about `user.last_login`.

    Args:
        request: The login request, if there is one.
        user: Who has logged in.
    """
    if conf.current().UPDATE_LAST_LOGIN:
        user_logged_in.send(sender=type(user), request=request, user=user)
    else:
        with last_login.kept_out():
            user_logged_in.send(sender=type(user), request=request, user=user)


@sensitive_variables()
@events.told
def refresh(request: HttpRequest, refresh_token: str) -> Tokens:
    """Gives the next tokens for a refresh token.

    Args:
        request: The refresh request; its tenant must be the token's, and the payload class sees it.
        refresh_token: The token as it was handed out.

    Raises:
        APIError: A refusal. `token_reuse_detected` has ended the session by then.
        ImproperlyConfigured: `PAYLOAD_CLASS.claims_for` gave claims that cannot go into a token, or
            `SCOPES_FOR` a scope that the catalogue does not have.
        RuntimeError: It was called inside of a transaction, whose rollback would undo a revocation.
    """
    now, engine = clock.now(), conf.engine()
    claims = engine.read_refresh(now, refresh_token, tenant_of(request, "endpoint"))
    if isinstance(claims, Unread):
        raise APIError.refuse(claims.refusal, "endpoint")
    return rotate_by(engine.check_refresh, engine.rotate, request, now, claims)


@sensitive_variables()
def rotate_by(
    checking: Callable[..., Admit | FirstUse | Revoke | Refusal],
    rotating: Callable[..., Advance | Repeat | Renew | Reissue | Revoke | Refusal],
    request: HttpRequest,
    now: datetime,
    claims: RefreshClaims | SlidingClaims,
    refresh_lifetime: timedelta | None = None,
) -> Tokens:
    """`refresh`, by the engine's calls for the kind of token that was presented."""
    store.refuse_transaction()
    with store.database_errors("endpoint"):
        for _ in range(_ATTEMPTS):
            loaded = _load(claims)
            if claims.opens_session and not loaded.is_there:
                if (why := opening.insert(claims, request, refresh_lifetime)) is not None:
                    raise APIError.refuse(why, "endpoint")
                loaded = _load(claims)
            # The site is asked for claims only where they will be needed.
            is_good = isinstance(checking(now, claims, *loaded.rows), Admit)
            granted, custom = _claims_for(request, claims, loaded) if is_good else (None, None)
            try:
                rotation = rotating(now, claims, *loaded.rows, granted, custom)
            except ValueError as error:
                raise ImproperlyConfigured(f"TEGATA['PAYLOAD_CLASS']: {error}") from error
            if isinstance(rotation, Refusal | Revoke):
                refusal = refused(rotation, "endpoint")
                if refusal.error_code == "token_reuse_detected":
                    events.reused(claims, _primary_key(claims, loaded))
                raise refusal
            if _is_written(claims.session_id, rotation):
                if not isinstance(rotation, Reissue):
                    events.rotated(claims, rotation, _primary_key(claims, loaded))
                return rotation.tokens
    raise APIError.refuse("service_unavailable", "endpoint", retry_after=store.RETRY_AFTER_SECONDS)


@sensitive_variables()
@events.told
def verify(request: HttpRequest, token: str) -> AccessClaims | RefreshClaims:
    """Says what a token of either kind is, if it is good now. It is not consumed.

    Args:
        request: The request that asks; its tenant must be the token's.
        token: The token as it was handed out.

    Raises:
        APIError: Why it is not good.
        RuntimeError: It was called inside of a transaction, whose rollback would undo a revocation.
    """
    now, engine = clock.now(), conf.engine()
    claims = engine.read(now, token, tenant_of(request, "endpoint"))
    if isinstance(claims, Unread):
        raise APIError.refuse(claims.refusal, "endpoint")
    store.refuse_transaction()
    with store.database_errors("endpoint"):
        loaded = _load(claims)
        if claims.opens_session and not loaded.is_there:
            loaded = _to_be(claims)
        if isinstance(claims, RefreshClaims):
            admission = engine.check_refresh(now, claims, *loaded.rows)
        elif conf.current().SESSION_CHECK == "off":
            admission = engine.admit_user(now, claims, loaded.rows[1])
        else:
            admission = engine.admit(now, claims, *loaded.rows)
        carry_out(admission, claims.session_id, "endpoint")
    return claims


@sensitive_variables()
@events.told
def log_out(request: HttpRequest, refresh_token: str | None = None) -> None:
    """Ends the session of the request's access token, of `refresh_token`, or both.

    With cookies it ends that of the request's cookies; `tegata.cookies.clear` takes them back.

    An expired or replaced refresh token will do, and doing it twice is no mistake; a token of
    another tenant than the request's ends nothing. Sends `user_logged_out` for each session that
    was live.

    Raises:
        APIError: Neither token is good, or they are of two users; `csrf_failed` (403) if only a
            cookie says who it is, and no page of the site has sent the request.
        RuntimeError: It was called inside of a transaction, whose rollback would undo a revocation.
    """
    tenant = tenant_of(request, "endpoint")
    header, access_token, refresh_token, is_cookie = transport.logout_credentials(
        request, refresh_token
    )
    if refresh_token is None and token_types.end_opening(request, access_token, tenant):
        return
    decision = conf.engine().log_out(clock.now(), header, refresh_token, tenant)
    if isinstance(decision, Refusal) and is_cookie and header is not None:
        # A browser keeps what it was once given: one cookie may be good and the other no more.
        decision = conf.engine().log_out(clock.now(), header, None, tenant)
    if isinstance(decision, Refusal):
        require_sessions()
        raise APIError.refuse(decision, "gate" if refresh_token is None else "endpoint")
    store.refuse_transaction()
    if any(user_key.is_nobodys(each.user_id) for each in decision.ends):
        raise APIError.refuse("invalid_user", "endpoint")
    ended = []
    with store.database_errors("endpoint"):
        if (used := decision.opening) is not None and loading.load(used.session_id) is None:
            # Where no row can be made, there is nothing that it could open either.
            opening.insert(used, request)
        for each in decision.ends:
            loaded = loading.load(each.session_id or "")
            if store.end(each) and loaded is not None:
                ended.append(loaded.session.user)
    # After all the ends: a receiver that fails leaves none of the sessions live.
    for user in ended:
        user_logged_out.send(sender=type(user), request=request, user=user)


def require_sessions() -> None:
    """Makes sure that there are sessions to be ended.

    Raises:
        APIError: `session_not_found` (404): SESSION_CHECK is `"off"`.
    """
    if conf.current().SESSION_CHECK == "off":
        raise APIError.refuse("session_not_found", "resource", detail=_NO_SESSIONS)


def carry_out(
    admission: Admit | FirstUse | Revoke | Refusal,
    session_id: str,
    place: Place,
    afterwards: Callable[[], None] | None = None,
) -> None:
    """Writes what an admission asks for; returns if the token is good.

    Args:
        admission: What the engine said.
        session_id: The session of the token.
        place: Where a refusal is answered.
        afterwards: What is to be done once that is written.

    Raises:
        APIError: The token is not good.
    """
    if isinstance(admission, Refusal | Revoke):
        raise refused(admission, place)
    if isinstance(admission, FirstUse):
        store.note_first_use(session_id, admission, afterwards)
    elif afterwards is not None:
        afterwards()


def refused(verdict: Refusal | Revoke, place: Place) -> APIError:
    """The error for a verdict, after the end that it asks for is written."""
    if isinstance(verdict, Revoke):
        verdict = verdict.carry_out(store.end)
    return APIError.refuse(verdict, place)


@dataclass(frozen=True, slots=True)
class _Loaded:
    """What a token is about: rows for the engine, objects for the site."""

    rows: tuple[SessionRow | None, UserRow | None]
    _of_session: loading.LoadedSession | None = None
    _of_user: loading.LoadedUser | None = None

    @property
    def is_there(self) -> bool:
        return self.rows[0] is not None

    @property
    def session(self) -> Session | None:
        return self._of_session.session if self._of_session else None

    @property
    def user(self) -> Any:
        if self._of_session:
            return self._of_session.session.user
        return self._of_user.user if self._of_user else None


def _load(claims: AccessClaims | RefreshClaims | SlidingClaims) -> _Loaded:
    if conf.current().SESSION_CHECK == "off":
        of_user = loading.load_user(claims.user_id)
        return _Loaded((None, of_user.user_row if of_user else None), _of_user=of_user)
    loaded = loading.load(claims.session_id)
    if loaded is None:
        return _Loaded((None, None))
    return _Loaded((loaded.session_row, loaded.user_row), _of_session=loaded)


def _to_be(claims: AccessClaims | RefreshClaims) -> _Loaded:
    """Of a token whose session has yet to be opened, the rows that there would be."""
    found = opening.rows_to_be(claims)
    if isinstance(found, Refusal):
        raise APIError.refuse(found, "endpoint")
    return _Loaded(found[:2], _of_user=found[2])


def _primary_key(claims: RefreshClaims | SlidingClaims, loaded: _Loaded) -> object:
    """Of the user, whom the token may call by another field, or by a text for a number."""
    is_named = user_key.is_primary() and not claims.opens_session
    return claims.user_id if is_named else loaded.user.pk


def _claims_for(
    request: HttpRequest, claims: RefreshClaims | SlidingClaims, loaded: _Loaded
) -> tuple[list[str] | None, str | None]:
    """The scopes that the site grants now, and its own claims."""
    granted = granted_scopes(loaded.user, request, loaded.session)
    beside = _beside(claims.tenant, granted, claims.scopes or None)
    return granted, custom_claims(loaded.user, request, loaded.session, beside)


def _beside(
    tenant: str | None, granted: list[str] | None, limit: list[str] | None
) -> dict[str, str]:
    """Claims that the engine will write beside the site's own, where there is something to say."""
    beside = {} if tenant is None else {conf.current().TENANT_CLAIM: tenant}
    scope = " ".join(name for name in granted or () if limit is None or name in limit)
    return {**beside, "scope": scope} if scope else beside


def _is_written(session_id: str, rotation: Advance | Repeat | Renew | Reissue) -> bool:
    if isinstance(rotation, Advance):
        return store.advance(session_id, rotation)
    if isinstance(rotation, Repeat):
        return store.count_repeat(session_id, rotation)
    if isinstance(rotation, Renew):
        return store.renew(session_id, rotation)
    return True


aopen_session = sync_to_async(open_session)
arefresh = sync_to_async(refresh)
averify = sync_to_async(verify)
alog_out = sync_to_async(log_out)
