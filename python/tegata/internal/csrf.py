"""Whether a request that a cookie speaks for was sent by a page of the site (CSRF).

Two proofs are asked for, whenever a cookie counts and the method may change something: the engine's
verdict on who the browser says has sent it, and Django's own CSRF token.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import (
    BadRequest,
    DisallowedHost,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.http import HttpRequest, HttpResponse, QueryDict, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.middleware.csrf import CsrfViewMiddleware, get_token

from tegata import conf
from tegata._tegata import BrowserGuard
from tegata.exceptions import APIError

if TYPE_CHECKING:
    from tegata._tegata import Place


class UnprovenCookieError(APIError):
    """A cookie that proves nothing: another authenticator may still know who it is."""


def may_read_session() -> bool:
    """Whether `require` looks at Django's session, which async code does in a thread."""
    return bool(settings.CSRF_USE_SESSIONS)


def has_token(request: HttpRequest) -> bool:
    """Whether the CSRF token came in its header, which no form and no plain link can send."""
    return bool(request.META.get(settings.CSRF_HEADER_NAME))


def require(request: HttpRequest, place: Place) -> None:
    """Makes sure that a page of the site has sent a request; safe methods pass.

    Args:
        request: The request, in which a cookie counts or that is about to be given one.
        place: Where a refusal is answered.

    Raises:
        UnprovenCookieError: `csrf_failed` (403).
    """
    method = request.method or ""
    if BrowserGuard.is_safe(method):
        return
    origin = request.META.get("HTTP_ORIGIN")
    fetch_site = request.META.get("HTTP_SEC_FETCH_SITE")
    own = "" if origin is None else _own_origin(request)
    refusal = conf.browser_guard().check(method, origin, fetch_site, own)
    if refusal is not None:
        raise UnprovenCookieError.refuse(refusal, place)
    # What Django's check would read of the body must not be an error of the server.
    form_of(request)
    middleware = _TokenCheck(_never)
    # A middleware of the site has let the view pass, as it does with every view of an API.
    request.csrf_processing_done = False  # type: ignore[attr-defined]
    middleware.process_request(request)
    reason = middleware.process_view(request, _never, (), {})
    if reason is not None:
        raise UnprovenCookieError.refuse("csrf_failed", place, detail=str(reason))


def issue_token(request: HttpRequest, answer: Callable[[str], HttpResponse]) -> HttpResponse:
    """A CSRF token for a page, and Django's cookie that belongs to it.

    Args:
        request: The request of the page.
        answer: Makes the response that hands out the token.
    """
    middleware = CsrfViewMiddleware(_never)
    # The cookie that is there stays good, whether or not the site has that middleware.
    middleware.process_request(request)
    response = answer(get_token(request))
    middleware.process_response(request, response)
    return response


def form_of(request: HttpRequest) -> QueryDict | None:
    """The form of a request; one that cannot be read is `None`, and empty from then on."""
    try:
        return request.POST
    except (
        BadRequest,
        MultiPartParserError,
        RequestDataTooBig,
        SuspiciousOperation,
        UnreadablePostError,
        # Of a `charset` that is none for text.
        LookupError,
        ValueError,
    ):
        request._mark_post_parse_error()  # type: ignore[attr-defined]
        return None


def _own_origin(request: HttpRequest) -> str:
    try:
        return f"{request.scheme}://{request.get_host()}"
    except DisallowedHost:
        return ""


class _TokenCheck(CsrfViewMiddleware):
    """Django's check, its answer a reason instead of a page."""

    def _reject(self, request: HttpRequest, reason: str) -> Any:
        return reason


def _never(*_: Any) -> HttpResponse:  # pragma: no cover
    raise AssertionError("a check calls no view")
