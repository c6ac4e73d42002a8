"""The token of a request's `Authorization` header."""

from __future__ import annotations

from django.http import HttpRequest

from tegata import conf
from tegata._tegata import Refusal, bearer_token, scheme_token


def header_of(request: HttpRequest) -> str | None:
    """The header as it came."""
    # Django makes `headers` of all of META, which takes longer than all that we do. Django Ninja's
    # test client writes other names into META.
    header: str | None = request.META.get("HTTP_AUTHORIZATION")
    return request.headers.get("Authorization") if header is None else header


def token_of(request: HttpRequest) -> str | Refusal:
    """The token, under any scheme of `TEGATA["AUTH_HEADER_TYPES"]`."""
    schemes = conf.current().AUTH_HEADER_TYPES
    if schemes == ["Bearer"]:
        return bearer_token(header_of(request))
    return scheme_token(header_of(request), schemes)


def as_bearer(request: HttpRequest) -> str | None:
    """The header as if the token had come under `Bearer`."""
    token = token_of(request)
    return header_of(request) if isinstance(token, Refusal) else f"Bearer {token}"
