"""`POST refresh/`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias

from django.http import HttpRequest

from tegata import conf, sessions
from tegata._tegata import RefreshClaims, SlidingClaims, Tokens, Unread, client_network
from tegata.addresses import client_address
from tegata.internal import clock, throttle
from tegata.internal.tenants import tenant_of
from tegata.schemas import RefreshTokenSchema

Reading: TypeAlias = Callable[[datetime, str, str | None], RefreshClaims | SlidingClaims | Unread]


def refresh(request: HttpRequest, payload: RefreshTokenSchema) -> Tokens:
    """Gives the next tokens. The answer may be asked for again if it was lost."""
    count(request, payload.refresh_token, conf.engine().read_refresh)
    return sessions.refresh(request, payload.refresh_token)


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
