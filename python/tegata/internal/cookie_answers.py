"""What an auth route does with cookies, noted on the request and done to whatever is answered.

An answer can be a refusal that Django Ninja makes of an exception, so the view itself has no
response to set a cookie on.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse, JsonResponse
from django.utils.cache import patch_vary_headers
from django.utils.encoding import escape_uri_path

from tegata import conf, cookies
from tegata.exceptions import APIError
from tegata.internal import transport

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from tegata._tegata import Tokens

# Cookies that get one of these will never get anything else.
_OVER = {
    "expired_token",
    "invalid_token",
    "invalid_token_type",
    "invalid_user",
    "session_expired",
    "session_not_found",
    "token_reuse_detected",
}


def give(request: HttpRequest, tokens: Tokens, by_cookie: bool) -> Tokens | HttpResponse:
    """The answer that hands out tokens: in its body, or in cookies and without them."""
    if not by_cookie:
        return tokens
    request._tegata_set = tokens  # type: ignore[attr-defined]
    if conf.current().TRANSPORT == "header":
        return JsonResponse({"access_token": tokens.access_token})
    body: dict[str, Any] = {"expires_in": tokens.expires_in}
    if tokens.scope is not None:
        body["scope"] = tokens.scope
    return JsonResponse(body)


def take_back(request: HttpRequest) -> None:
    """Has the cookies cleared, whatever is answered."""
    request._tegata_clear = True  # type: ignore[attr-defined]


def take_back_with_session(request: HttpRequest) -> None:
    """Has the cookies cleared if they may be those of the session that this request has ended."""
    said_who = getattr(request, "_tegata_by_cookie", False)
    if said_who or (conf.current().TRANSPORT == "header" and transport.uses_cookies()):
        take_back(request)


@contextmanager
def taken_back_if_over(request: HttpRequest, by_cookie: bool) -> Iterator[None]:
    """Within it, a refusal that says that the session is over has the cookies cleared."""
    try:
        yield
    except APIError as error:
        if by_cookie and error.error_code in _OVER:
            take_back(request)
        raise


def apply(request: HttpRequest, response: HttpResponseBase, route: str) -> None:
    """Does to an answer what was noted.

    Args:
        request: The request.
        response: The answer.
        route: The path of its route below that of the auth routes.
    """
    tokens = getattr(request, "_tegata_set", None)
    if tokens is not None and response.status_code < 400:
        cookies.set_tokens(response, tokens, refresh_path=_below(request, route))
    elif getattr(request, "_tegata_clear", False):
        cookies.clear(response, refresh_path=_below(request, route))
    elif transport.uses_cookies():
        patch_vary_headers(response, ("Cookie",))


def _below(request: HttpRequest, route: str) -> str:
    """The path of the auth routes, as the browser knows it."""
    parts = request.path.rstrip("/").split("/")
    depth = len([part for part in route.split("/") if part])
    return escape_uri_path("/".join(parts[: len(parts) - depth]) + "/")
