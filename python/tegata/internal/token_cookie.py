"""The token of a request's cookie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tegata._tegata import Refusal, cookie_token

if TYPE_CHECKING:
    from django.http import HttpRequest


def token_in_cookie(request: HttpRequest, name: str) -> str | Refusal:
    """The token, or why there is none: `missing_token`, or `invalid_token` for two that differ.

    Not by `request.COOKIES`: Django reads names with any white space of Unicode around them, by
    which a subdomain gets round `__Host-`, and of two cookies it takes the last.
    """
    header: str = request.META.get("HTTP_COOKIE", "")
    if header:
        return cookie_token(header, name)
    # Nothing came over the wire: a test has put it there.
    return request.COOKIES.get(name) or Refusal("missing_token")
