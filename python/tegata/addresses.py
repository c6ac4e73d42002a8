"""Who speaks: the client's address, through trusted proxies only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tegata import conf

if TYPE_CHECKING:
    from django.http import HttpRequest

_KNOWN = "_tegata_client_address"


def client_address(request: HttpRequest) -> str | None:
    """The address of the client, IPv4 or IPv6 in its one spelling.

    It is the other end of the connection. If that is one of `TEGATA["TRUSTED_PROXIES"]`, it is the
    last address in `TEGATA["FORWARDED_HEADER"]` that is none of them (RFC 7239 section 5.2). So no
    client can choose it.

    Args:
        request: Any request; it keeps the answer for the next who asks.

    Returns:
        `None` where nothing is known: at a server behind a Unix socket that is not trusted.
    """
    # Not `getattr`: the requests of Django Ninja's test client have every attribute.
    known = vars(request)
    if _KNOWN not in known:
        known[_KNOWN] = conf.proxies().client_address(
            request.META.get("REMOTE_ADDR"), _lines(request)
        )
    address: str | None = known[_KNOWN]
    return address


def stored_address(request: HttpRequest) -> str | None:
    """`client_address` for rows, events and logs: `None` if `TEGATA["STORE_ADDRESS"]` is off."""
    return client_address(request) if conf.current().STORE_ADDRESS else None


def _lines(request: HttpRequest) -> list[str]:
    rules = conf.current()
    if not rules.TRUSTED_PROXIES:
        return []
    name = rules.FORWARDED_HEADER
    if isinstance(scope := vars(request).get("scope"), dict):
        # META has `X_Forwarded_For`, which no proxy takes care of, under the same name.
        wanted = name.lower().encode()
        lines = [value for key, value in scope["headers"] if key.lower() == wanted]
        return [line.decode("latin-1") for line in lines]
    header: str | None = request.META.get(f"HTTP_{name.upper().replace('-', '_')}")
    # Django Ninja's test client writes other names into META.
    header = request.headers.get(name) if header is None else header
    return [] if header is None else [header]
