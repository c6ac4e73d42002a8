"""Reading the token of a request, of whatever types the gate takes."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from tegata import conf
from tegata._tegata import AccessClaims, Refusal, Unread, read_opening_token, read_token
from tegata.internal import clock, store
from tegata.tokens.blacklist import end

if TYPE_CHECKING:
    from django.http import HttpRequest

    from tegata.tokens import Token


def read(
    token: str, classes: tuple[type[Token], ...] | None, tenant: str | None
) -> AccessClaims | Unread:
    """Reads a token as one that opens views.

    Args:
        token: As it came.
        classes: The classes whose tokens are taken, or `None` for AUTH_TOKEN_CLASSES.
        tenant: That of the request.
    """
    accepted = conf.current().AUTH_TOKEN_CLASSES if classes is None else classes
    types = _types(accepted)
    now, engine = clock.now(), conf.engine()
    if types == ["access"]:
        return engine.read_access(now, token, tenant)
    return read_opening_token(engine, now, token, types, tenant)


def end_opening(request: HttpRequest, token: str | Refusal, tenant: str | None) -> bool:
    """Ends the session of a token that opens views and is no access token.

    Args:
        request: The request that it came with.
        token: The token, or why there is none.
        tenant: That of the request.

    Returns:
        Whether there was one.

    Raises:
        APIError: There are no sessions, or none of this token.
    """
    types = [each for each in _types(conf.current().AUTH_TOKEN_CLASSES) if each != "access"]
    if not types or isinstance(token, Refusal):
        return False
    claims = read_token(conf.engine(), clock.now(), token, types, False, tenant)
    if isinstance(claims, Unread):
        return False
    store.refuse_transaction()
    end(claims, request)
    return True


@cache
def _types(classes: tuple[type[Token], ...]) -> list[str]:
    return [each.token_type for each in classes if each.token_type is not None]
