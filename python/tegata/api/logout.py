"""`POST logout/`, `POST logout/all/` and `POST logout/others/`."""

from __future__ import annotations

from django.contrib.auth.signals import user_logged_out
from django.http import HttpRequest

from tegata import sessions
from tegata.auth import AuthedRequest
from tegata.internal import cookie_answers, transport
from tegata.models import Session
from tegata.schemas import LogoutSchema


def log_out(request: HttpRequest, payload: LogoutSchema | None = None) -> None:
    """Ends the session of the access token, of the refresh token in the body, or both.

    An expired or replaced refresh token will do, and logging out twice is no mistake. Cookies are
    cleared, whatever they were worth.
    """
    given = payload.refresh_token if payload else None
    by_cookie = transport.logout_credentials(request, given).is_cookie
    with cookie_answers.taken_back_if_over(request, by_cookie):
        sessions.log_out(request, given)
    if by_cookie:
        cookie_answers.take_back(request)


# Read by `AuthRouter`, for the OpenAPI document: a refresh token in the body will do.
log_out.token_is_optional = True  # type: ignore[attr-defined]


def log_out_all(request: AuthedRequest) -> None:
    """Ends all sessions of the caller."""
    user = request.auth.user
    sessions.require_sessions()
    Session.invalidate_all_user_sessions(user, reason="log_out_all")
    cookie_answers.take_back_with_session(request)
    user_logged_out.send(sender=type(user), request=request, user=user)


def log_out_others(request: AuthedRequest) -> None:
    """Ends all sessions of the caller but the current one."""
    user = request.auth.user
    sessions.require_sessions()
    Session.invalidate_all_user_sessions(user, request.auth.session, reason="log_out_others")
