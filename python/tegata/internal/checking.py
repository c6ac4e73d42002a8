"""Whether a token of any type is good by its rows, without consuming it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tegata import conf
from tegata._tegata import Admit, FirstUse, Refusal, Revoke, session_check
from tegata.internal import clock, gate, loading, opening, store
from tegata.sessions import carry_out
from tegata.tokens.base import TokenError

if TYPE_CHECKING:
    from tegata._tegata import AccessClaims, SessionRow, TypedClaims, UserRow


def check(claims: TypedClaims) -> None:
    """Makes sure that a token is good by the rows of its session and its user.

    Raises:
        TokenError: It is not.
    """
    session_id = claims.session_id
    if session_id is None:
        raise TokenError.refuse("session_not_found", "endpoint")
    now, engine = clock.now(), conf.engine()
    with store.database_errors("endpoint"):
        loaded = loading.load(session_id)
        rows = (loaded.session_row, loaded.user_row) if loaded else _rows_to_be(claims)
        if (of_refresh := claims.refresh()) is not None:
            verdict = engine.check_refresh(now, of_refresh, *rows)
        elif (of_access := claims.access()) is not None:
            verdict = engine.admit(now, of_access, *rows)
        else:
            raise TokenError.refuse("session_not_found", "endpoint")
        if isinstance(verdict, Revoke):
            verdict = verdict.carry_out(store.end)
        if isinstance(verdict, Refusal):
            raise TokenError.refuse(verdict, "endpoint")
        carry_out(verdict, session_id, "endpoint")


def check_access(claims: AccessClaims) -> None:
    """Makes sure that a token opens views, and that no logout is yet to act on it.

    A token that was made by hand without a row passes where no view looks at one, if its user may
    log in.

    Raises:
        APIError: It does not.
    """
    now, engine, rules = clock.now(), conf.engine(), conf.current()
    with store.database_errors("endpoint"):
        loaded = None if rules.SESSION_CHECK == "off" else loading.load(claims.session_id)
        verdict: Admit | FirstUse | Revoke | Refusal
        if loaded is not None:
            verdict = engine.admit(now, claims, loaded.session_row, loaded.user_row)
        elif session_check(claims, rules.SESSION_CHECK) in ("request", "cache"):
            verdict = engine.admit(now, claims, *_rows_to_be(claims))
        else:
            of_user = loading.load_user(claims.user_id)
            verdict = engine.admit_user(now, claims, of_user.user_row if of_user else None)
        carry_out(verdict, claims.session_id, "endpoint")
    gate.validate(claims)


def _rows_to_be(
    claims: AccessClaims | TypedClaims,
) -> tuple[SessionRow, UserRow] | tuple[None, None]:
    """Of a token whose session is not there: the rows that there would be, if it opens one."""
    if not claims.opens_session:
        return None, None
    found = opening.rows_to_be(claims)
    if isinstance(found, Refusal):
        raise TokenError.refuse(found, "endpoint")
    return found[:2]
