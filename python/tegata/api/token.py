"""`POST token/`: the password form of OAuth 2.0, for Swagger's login form."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Form
from pydantic import ValidationError

from tegata import conf, events, logins
from tegata._tegata import scope_names
from tegata.authenticators import authenticate_login
from tegata.exceptions import APIError
from tegata.schemas import OAuth2TokenSchema

_NOT_ACCEPTED = "The credentials were not accepted."
_ASKS_MORE = "This account needs more than a password; log in at `login/`."


def token(
    request: HttpRequest,
    grant_type: str = Form("password"),  # type: ignore[type-arg]
    username: str = Form(""),  # type: ignore[type-arg]
    password: str = Form(""),  # type: ignore[type-arg]
    scope: str = Form(""),  # type: ignore[type-arg]
) -> HttpResponse:
    """Logs in by the resource owner password form (RFC 6749 section 4.3).

    Errors are those of RFC 6749 section 5.2, and `rate_limited` with a status of its own. It sets
    no cookies, so a form on another site that posts here gains nothing. With a `scope`, the tokens
    of the session never cover more; the answer says what is granted.
    """
    if grant_type != "password":
        return _error("unsupported_grant_type", "The grant type must be `password`.")
    try:
        credentials: dict[str, Any] = {"username": username, "password": password}
        payload = conf.current().LOGIN_SCHEMA.model_validate(credentials)
    except ValidationError:
        return _error("invalid_request", "The form must have `username` and `password`.")
    asked = _known(scope)
    if scope and asked is None:
        return _error("invalid_scope", "The scope has a name that is not known here.")
    try:
        user = authenticate_login(request, payload)
    except APIError as error:
        if error.error_code != "rate_limited":
            raise
        events.refused(request, error, "endpoint")
        refusal = _error(error.error_code, error.detail, error.http_status_code)
        refusal["Retry-After"] = str(error.retry_after)
        return refusal
    if user is None:
        events.refused(request, APIError.refuse("invalid_credentials", "endpoint"), "endpoint")
        return _error("invalid_grant", _NOT_ACCEPTED)
    try:
        tokens = logins.log_in_at_once(request, user, scopes=asked)
    except APIError as refusal:
        if refusal.http_status_code >= 500:
            raise
        if refusal.error_code == "insufficient_scope":
            return _error("invalid_scope", "The user is given nothing of that scope.")
        # By a login step, which may have words of its own; here there is a closed list of them.
        return _error("invalid_grant", _NOT_ACCEPTED)
    if tokens is None:
        return _error("invalid_grant", _ASKS_MORE)
    answer = OAuth2TokenSchema(
        access_token=tokens.access_token,
        refresh_token=tokens.refresh_token,
        token_type="Bearer",  # noqa: S106 (not a password)
        expires_in=tokens.expires_in,
        scope=tokens.scope,
    )
    return JsonResponse(answer.model_dump(exclude_none=True))


def _known(scope: str) -> list[str] | None:
    """The names of a scope; `None` if one is not in the catalogue, or there is none."""
    try:
        names = scope_names(scope)
    except ValueError:
        return None
    return names if set(names) <= conf.current().SCOPES.keys() else None


def _error(error: str, description: str, status: int = 400) -> HttpResponse:
    return JsonResponse({"error": error, "error_description": description}, status=status)
