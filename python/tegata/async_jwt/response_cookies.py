"""Putting a token into a cookie of a response, and taking it out again."""

from __future__ import annotations

from typing import Literal

from django.conf import settings
from django.http import HttpResponse
from django.utils.http import http_date

SameSite = Literal["Lax", "Strict", "None"]


def set_jwt_cookie(
    response: HttpResponse,
    token: str,
    cookie_name: str = "access_token",
    max_age: int | None = None,
    secure: bool | None = None,
    httponly: bool = True,
    samesite: SameSite = "Lax",
    path: str = "/",
    domain: str | None = None,
) -> None:
    """Sets a token as a cookie of a response, which no cache keeps from then on.

    Args:
        response: Where it goes.
        token: The token.
        cookie_name: The `param_name` of the `AsyncJwtCookie` that reads it.
        max_age: How many seconds it lives; until the browser is closed if it is not said.
        secure: HTTPS only; unless it is said, wherever DEBUG is off.
        httponly: Out of reach for JavaScript.
        samesite: Whether other sites' requests carry it.
        path: Where it is sent.
        domain: Who gets it besides this host.

    Raises:
        ValueError: Browsers would throw it away: SameSite=None needs Secure (RFC 6265bis section
            5.7), as do names with `__Secure-` and `__Host-`, the latter the path `/` and no domain.
    """
    secure = _secure(secure)
    _refuse_what_is_thrown_away(cookie_name, secure, samesite, path, domain)
    response.set_cookie(
        cookie_name,
        token,
        max_age=max_age,
        path=path,
        domain=domain,
        secure=secure,
        httponly=httponly,
        samesite=samesite,
    )
    response.headers["Cache-Control"] = "no-store"


def delete_jwt_cookie(
    response: HttpResponse,
    cookie_name: str = "access_token",
    path: str = "/",
    domain: str | None = None,
    *,
    secure: bool | None = None,
    httponly: bool = True,
    samesite: SameSite = "Lax",
) -> None:
    """Removes the cookie of `set_jwt_cookie`.

    Give the attributes that it was set with: a browser keeps what is deleted under another path or
    domain, and takes no SameSite=None without Secure.

    Args:
        response: Where it goes.
        cookie_name: The cookie's name.
        path: As it was set.
        domain: As it was set.
        secure: As it was set.
        httponly: As it was set.
        samesite: As it was set.

    Raises:
        ValueError: Browsers would not heed it.
    """
    secure = _secure(secure)
    _refuse_what_is_thrown_away(cookie_name, secure, samesite, path, domain)
    response.set_cookie(
        cookie_name,
        "",
        max_age=0,
        expires=http_date(0),
        path=path,
        domain=domain,
        secure=secure,
        httponly=httponly,
        samesite=samesite,
    )


def _secure(secure: bool | None) -> bool:
    return not settings.DEBUG if secure is None else secure


def _refuse_what_is_thrown_away(
    name: str, secure: bool, samesite: str, path: str, domain: str | None
) -> None:
    # Browsers compare prefixes without regard to case.
    is_for_host = name.lower().startswith("__host-")
    has_prefix = is_for_host or name.lower().startswith("__secure-")
    if not secure and (samesite.lower() == "none" or has_prefix):
        raise ValueError(f"the cookie {name!r} needs secure=True, or browsers throw it away")
    if is_for_host and (path != "/" or domain is not None):
        raise ValueError(f"the cookie {name!r} needs the path / and no domain")
