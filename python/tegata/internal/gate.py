"""Whether a request is let in by the claims of its access token: one way for each SESSION_CHECK."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.utils.asyncio import async_unsafe
from pydantic import ValidationError

from tegata import conf
from tegata._tegata import Refusal, session_check
from tegata.auth_details import AuthDetails
from tegata.exceptions import APIError
from tegata.internal import clock, loading, opening, session_cache, store
from tegata.internal.later import Later
from tegata.payload import JWTPayload
from tegata.sessions import carry_out

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

    from tegata._tegata import AccessClaims, RefreshClaims
    from tegata.internal.loading import LoadedSession
    from tegata.models import Session


# What routes about sessions ask for: the rows, wherever there are any.
BY_ROWS = "rows"


def resolve(session_check: str | None) -> str:
    """The SESSION_CHECK of a gate.

    Args:
        session_check: Its own, `BY_ROWS`, or `None` for the site's.
    """
    of_site = conf.current().SESSION_CHECK
    if session_check == BY_ROWS:
        return "user" if of_site == "off" else "request"
    return session_check or of_site


def admit(claims: AccessClaims, check: str) -> AuthDetails[Any, Any]:
    """Lets a request in.

    Args:
        claims: Of its access token.
        check: What they are checked against, as SESSION_CHECK has it.

    Raises:
        APIError: It is not let in, or the database cannot answer.
    """
    check = _for(claims, check)
    if check in ("refresh", "off"):
        return _by_claims(claims)
    if check == "cache":
        return _by_cache(claims)
    with store.database_errors("gate"):
        if check == "user":
            return _by_user(claims)
        loaded = loading.load(claims.session_id)
        if loaded is None and claims.opens_session:
            return _by_rows_to_be(claims)
        carry_out(_verdict(claims, loaded), claims.session_id, "gate")
    return _by_rows(claims, loaded)


def admit_at_once(claims: AccessClaims, check: str) -> AuthDetails[Any, Any] | None:
    """Lets a request in if nothing has to be waited for; `None` if `admit` is to be asked.

    Raises:
        APIError: It is not let in.
    """
    check = _for(claims, check)
    if check in ("refresh", "off"):
        return _by_claims(claims)
    if check == "cache" and session_cache.answers_at_once() and session_cache.read(claims).admits:
        return _by_claims(claims)
    return None


def _for(claims: AccessClaims, check: str) -> str:
    # Asked of the engine only where the answer may differ.
    return session_check(claims, check) if claims.is_legacy else check


def _by_cache(claims: AccessClaims) -> AuthDetails[Any, Any]:
    before = clock.now()
    reading = session_cache.read(claims)
    if reading.admits:
        return _by_claims(claims)
    with store.database_errors("gate"):
        loaded = loading.load(claims.session_id)

        def keep() -> None:
            if loaded is not None:
                session_cache.keep(reading, before, claims, loaded.session_row)

        # A first use comes before its snapshot, or it would not be noted as long as that is good.
        carry_out(_verdict(claims, loaded), claims.session_id, "gate", afterwards=keep)
    admitted = _by_rows(claims, loaded)
    # As after a hit, which has not read them: an async view finds out at its first request.
    return AuthDetails(
        user=Later(async_unsafe(lambda: admitted.user), reads=True),
        session=Later(async_unsafe(lambda: admitted.session), reads=True),
        claims=_payload(claims),
        token=claims,
    )


def _verdict(claims: AccessClaims, loaded: LoadedSession | None) -> Any:
    rows = (loaded.session_row, loaded.user_row) if loaded else (None, None)
    return conf.engine().admit(clock.now(), claims, *rows)


def _by_rows(claims: AccessClaims, loaded: LoadedSession | None) -> AuthDetails[Any, Any]:
    if loaded is None:
        raise APIError.refuse("session_not_found", "gate")
    return AuthDetails(
        user=Later(lambda: loaded.session.user),
        session=Later(lambda: loaded.session),
        claims=_payload(claims),
        token=claims,
    )


def _by_rows_to_be(claims: AccessClaims) -> AuthDetails[Any, Any]:
    # A sliding token of another library, which is not refreshed here: a gate opens no session.
    found = opening.rows_to_be(claims)
    if isinstance(found, Refusal):
        raise APIError.refuse(found, "gate")
    session, user, loaded = found
    verdict = conf.engine().admit(clock.now(), claims, session, user)
    carry_out(verdict, claims.session_id, "gate")
    return AuthDetails(
        user=Later(lambda: loaded.user),
        session=Later(lambda: _session(claims), reads=True),
        claims=_payload(claims),
        token=claims,
    )


def _by_user(claims: AccessClaims) -> AuthDetails[Any, Any]:
    loaded = loading.load_user(claims.user_id)
    row = loaded.user_row if loaded else None
    verdict = conf.engine().admit_user(clock.now(), claims, row)
    carry_out(verdict, claims.session_id, "gate")
    if loaded is None:
        raise APIError.refuse("invalid_user", "gate")
    return AuthDetails(
        user=Later(lambda: loaded.user),
        session=Later(lambda: _session(claims), reads=True),
        claims=_payload(claims),
        token=claims,
    )


def _by_claims(claims: AccessClaims) -> AuthDetails[Any, Any]:
    return AuthDetails(
        user=Later(lambda: _user(claims), reads=True),
        session=Later(lambda: _session(claims), reads=True),
        claims=_payload(claims),
        token=claims,
    )


class _GoneError(APIError, PermissionDenied):
    """A row is gone that was not looked at before. Where no view asks, but a middleware, Django
    answers for itself, with 403 and not with 500."""


def _user(claims: AccessClaims) -> AbstractBaseUser:
    with store.database_errors("gate"):
        loaded = loading.load_user(claims.user_id)
    if loaded is None:
        raise _GoneError.refuse("invalid_user", "gate")
    return loaded.user


def _session(claims: AccessClaims) -> Session:
    with store.database_errors("gate"):
        loaded = loading.load(claims.session_id)
    if loaded is None:
        raise _GoneError.refuse("session_not_found", "gate")
    return loaded.session


def validate(claims: AccessClaims) -> None:
    """Makes sure that the site's payload class takes the claims.

    Raises:
        APIError: `invalid_token`.
    """
    _validated(claims)


def _payload(claims: AccessClaims) -> Any:
    # A class of the site's own may refuse claims, and then the request is not let in.
    if conf.current().PAYLOAD_CLASS is JWTPayload:
        return Later(lambda: _validated(claims))
    return _validated(claims)


def claims_by_field(claims: AccessClaims | RefreshClaims) -> dict[str, Any]:
    """The claims of a token by the names that a payload class has for them."""
    rules = conf.current()
    values = claims.to_dict()
    # All out before any goes in: one may bear the name that another has here.
    values |= {
        field: values.pop(name)
        for field, name in (
            ("type", rules.TOKEN_TYPE_CLAIM),
            ("user_id", rules.USER_ID_CLAIM),
            ("session_id", rules.SESSION_ID_CLAIM),
            ("generation", rules.GENERATION_CLAIM),
        )
    }
    return values


def _validated(claims: AccessClaims) -> JWTPayload:
    try:
        return conf.current().PAYLOAD_CLASS.model_validate(claims_by_field(claims))
    except ValidationError:
        raise APIError.refuse("invalid_token", "gate") from None
