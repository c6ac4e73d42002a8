"""What a refusal looks like over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja.errors import AuthenticationError, HttpError

from tegata import conf, events
from tegata.exceptions import APIError

if TYPE_CHECKING:
    from ninja import NinjaAPI


def error_handler(request: HttpRequest, exc: APIError | type[APIError]) -> HttpResponse:
    """Answers an `APIError` with `{"error_code": …, "detail": …}`.

    Register it with `api.add_exception_handler(tegata.APIError, error_handler)`, or let
    `tegata.mount(api)` do so. A 401 carries `WWW-Authenticate`, and so does a 403 for a token that
    does not suffice (RFC 6750 section 3); no refusal is cached.
    """
    # Django Ninja types handlers as taking the class too, although it passes instances only.
    exc = cast("APIError", exc)
    body = {"error_code": exc.error_code, "detail": exc.detail}
    response = JsonResponse(body, status=exc.http_status_code)
    response["Cache-Control"] = "no-store"
    is_about_the_token = exc.http_status_code == 403 and "error=" in exc.challenge
    if exc.http_status_code == 401 or is_about_the_token:
        response["WWW-Authenticate"] = _challenge(exc.challenge)
    if exc.retry_after is not None:
        response["Retry-After"] = str(exc.retry_after)
    return response


def _challenge(challenge: str) -> str:
    """The challenge, by the scheme that clients of this site use."""
    scheme, separator, parameters = challenge.partition(" ")
    if scheme == "Bearer":
        scheme = conf.current().AUTH_HEADER_TYPES[0]
    return f"{scheme}{separator}{parameters}"


def remember_refusal(api: NinjaAPI, request: HttpRequest, error: APIError) -> None:
    """Keeps `error` as the answer for when no authenticator of a list takes the request.

    Django Ninja reports that case with its own `AuthenticationError`. A handler that the site
    registered for it is left alone.
    """
    request._tegata_refusal = error  # type: ignore[attr-defined]
    if AuthenticationError not in api._exception_handlers:
        api.add_exception_handler(AuthenticationError, _Unauthenticated(api))


class _Unauthenticated:
    def __init__(self, api: NinjaAPI) -> None:
        self._api = api

    def __call__(
        self, request: HttpRequest, exc: AuthenticationError | type[AuthenticationError]
    ) -> HttpResponse:
        error = cast("HttpError", getattr(request, "_tegata_refusal", exc))
        if isinstance(error, APIError):
            events.refused(request, error, "gate")
        for cls in type(error).__mro__:
            handler = self._api._exception_handlers.get(cls)
            if handler is not None and handler is not self:
                return handler(request, error)
        raise error
