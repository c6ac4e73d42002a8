"""The request that a WebSocket begins with, and the token that it carries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest
from django.utils.encoding import repercent_broken_unicode

from tegata._tegata import Refusal, handshake_token, is_allowed_origin
from tegata.exceptions import APIError
from tegata.internal.authorization import header_of, token_of
from tegata.internal.token_cookie import token_in_cookie

_SCHEMES = {"ws": "http", "wss": "https"}


def handshake_request(scope: Mapping[str, Any]) -> HttpRequest:
    """The handshake as the GET request that it is (RFC 6455 section 4.1)."""
    scheme = scope.get("scheme", "ws")
    as_http = {"type": "http", "method": "GET", "scheme": _SCHEMES.get(scheme, scheme)}
    # Django decodes it at once, and has its handler of HTTP answer for what it cannot.
    query = repercent_broken_unicode(scope.get("query_string") or b"")
    return ASGIRequest({**scope, **as_http, "query_string": query}, BytesIO())


def carried_token(
    scope: Mapping[str, Any],
    request: HttpRequest,
    *,
    cookie: str | None,
    allowed_origins: Sequence[str],
) -> str | Refusal:
    """The token of a handshake: of its header, of its subprotocols, or else of its cookie.

    What is said on purpose comes before what a browser sends by itself, and if it is bad, nothing
    else is tried.

    Raises:
        APIError: `csrf_failed`: the cookie came with the page of another site.
    """
    if header_of(request) is not None:
        return token_of(request)
    offered = handshake_token(list(scope.get("subprotocols", ())))
    if not isinstance(offered, Refusal) or offered.code != "missing_token":
        return offered
    if cookie is None:
        return offered
    token = token_in_cookie(request, cookie)
    if isinstance(token, Refusal):
        return token
    _require_own_page(request, allowed_origins)
    return token


def cookie_token(request: HttpRequest, name: str) -> str | None:
    """The token of a cookie, or `None`."""
    token = token_in_cookie(request, name)
    return None if isinstance(token, Refusal) else token


def _require_own_page(request: HttpRequest, allowed_origins: Sequence[str]) -> None:
    try:
        own = f"{request.scheme}://{request.get_host()}"
    except DisallowedHost:
        own = ""
    if not is_allowed_origin(request.META.get("HTTP_ORIGIN"), own, list(allowed_origins)):
        raise APIError.refuse(
            "csrf_failed", "gate", detail="The Origin of the request is none of this site."
        )
