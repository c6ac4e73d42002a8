"""`POST refresh/`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias

from django.http import HttpRequest, HttpResponse

from tegata import conf, sessions
from tegata._tegata import RefreshClaims, SlidingClaims, Tokens, Unread, client_network
from tegata.addresses import client_address
from tegata.api.answers import RefreshTokenSchema
from tegata.internal import clock, cookie_answers, throttle, transport
from tegata.internal.tenants import tenant_of

Reading: TypeAlias = Callable[[datetime, str, str | None], RefreshClaims | SlidingClaims | Unread]


def refresh(
    request: HttpRequest,
    payload: RefreshTokenSchema | None = None,
) -> Tokens | HttpResponse:
    """Gives the next tokens. The answer may be asked for again if it was lost.

    By a cookie, they go into cookies; if the session is over, those are cleared.
    """
    given = payload.refresh_token if payload else None
    token, by_cookie = transport.refresh_credential(request, given)
    with cookie_answers.taken_back_if_over(request, by_cookie):
        count(request, token, conf.engine().read_refresh)
        tokens = sessions.refresh(request, token)
    return cookie_answers.give(request, tokens, by_cookie)


# Read by `AuthRouter`, for the OpenAPI document.
refresh.body_may_be_cookie = True  # type: ignore[attr-defined]


def count(request: HttpRequest, token: str, reading: Reading) -> None:
    """Counts a good token for its session, whoever else is at its address, and others for that."""
    rates = conf.current().REFRESH_THROTTLE
    if not rates:
        return
    claims = reading(clock.now(), token, tenant_of(request, "endpoint"))
    if not isinstance(claims, Unread):
        rate = rates.get(throttle.SESSION)
        throttle.count("refresh", throttle.SESSION, rate, claims.session_id)
        return
    address = client_address(request)
    network = None if address is None else client_network(address)
    throttle.count("refresh", throttle.ADDRESS, rates.get(throttle.ADDRESS), network)
