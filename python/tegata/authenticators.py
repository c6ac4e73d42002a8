"""Who is logging in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_login_failed

from tegata import conf, throttling
from tegata.internal import hash_upgrade
from tegata.internal.calling import call
from tegata.internal.user_model import user_model
from tegata.internal.user_rule import may_log_in

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.http import HttpRequest


def django_user_authenticator(request: HttpRequest, payload: Any) -> AbstractBaseUser | None:
    """The default: Django's authentication backends, by username and password.

    Args:
        request: The login request; the backends get it too.
        payload: A `LoginSchema`.
    """
    credentials = {user_model().USERNAME_FIELD: payload.username, "password": payload.password}
    return authenticate(request, **credentials)


def authenticate_login(request: HttpRequest, payload: Any) -> AbstractBaseUser | None:
    """Asks `TEGATA["USER_LOGIN_AUTHENTICATOR"]`, sync or async.

    An inactive user, or one whom `TEGATA["USER_AUTHENTICATION_RULE"]` refuses, is none.
    `user_login_failed` is sent once for a login that failed, by Django where its backends were
    asked and by this function otherwise. For a login that the throttle refuses, whose password
    nobody looks at, it is `tegata.throttling.login_throttled` instead.

    Raises:
        APIError: `rate_limited` (429), or `service_unavailable` (503) while the throttle's cache is
            down.
    """
    with throttling.attempt(request, _account(payload)) as attempt:
        user = _authenticated(request, payload)
        if user is not None:
            attempt.succeeded()
    return user


def _account(payload: Any) -> str | None:
    """The name that a body of the site's own schema logs in by, if it has one."""
    for field in ("username", user_model().USERNAME_FIELD):
        if isinstance(name := getattr(payload, field, None), str):
            return name
    return None


def _authenticated(request: HttpRequest, payload: Any) -> AbstractBaseUser | None:
    authenticator = conf.current().USER_LOGIN_AUTHENTICATOR
    with _failures() as failed, hash_upgrade.login_by(getattr(payload, "password", None)):
        try:
            user = call("TEGATA['USER_LOGIN_AUTHENTICATOR']", authenticator, request, payload)
        except hash_upgrade.PasswordChangedError:
            user = None
    if user is not None and may_log_in(user):
        return user  # type: ignore[no-any-return]
    if not failed:
        send_login_failed(request, getattr(payload, "username", None))
    return None


def send_login_failed(request: HttpRequest, username: str | None) -> None:
    """Tells lockout tools of a login that failed."""
    credentials = {} if username is None else {user_model().USERNAME_FIELD: username}
    user_login_failed.send(sender=__name__, credentials=credentials, request=request)


_failed: ContextVar[list[object] | None] = ContextVar("tegata_login_failed", default=None)


@contextmanager
def _failures() -> Iterator[list[object]]:
    seen: list[object] = []
    token = _failed.set(seen)
    try:
        yield seen
    finally:
        _failed.reset(token)


def _notice(sender: object, **_: object) -> None:
    seen = _failed.get()
    if seen is not None:
        seen.append(sender)


user_login_failed.connect(_notice, dispatch_uid="tegata_login_failed")
