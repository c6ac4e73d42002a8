"""Putting tokens into cookies and taking them out again: what the routes do, for views of your own.

The cookies are those of `TEGATA`: HttpOnly, `Secure` unless `COOKIE_SECURE` says otherwise, by the
names and attributes of the settings. Before a view of your own sets them at a login, it calls
`require_csrf`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.core.exceptions import ImproperlyConfigured
from django.utils.cache import patch_vary_headers
from django.views.decorators.debug import sensitive_variables

from tegata import conf
from tegata.internal import csrf

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from tegata._tegata import TokenCookie, Tokens

__all__ = ["clear", "require_csrf", "set_tokens"]


@sensitive_variables()
def set_tokens(
    response: HttpResponseBase, tokens: Tokens, *, refresh_path: str | None = None
) -> None:
    """Puts tokens into the cookies of a response, which no cache keeps from then on.

    Where rotation is off, a refresh gives no refresh token, and that cookie stays as it is. Where
    `TEGATA["TRANSPORT"]` is `"header"`, the refresh token alone goes into a cookie.

    Args:
        response: The response.
        tokens: As `tegata.sessions` and `tegata.logins` give them.
        refresh_path: Where the auth routes are, if `TEGATA["REFRESH_COOKIE_PATH"]` does not say it.

    Raises:
        ImproperlyConfigured: Nothing says where the auth routes are, or a token is so long that
            browsers would drop its cookie.
    """
    cookies = conf.cookies()
    if conf.current().TRANSPORT != "header":
        lives = tokens.expires_in
        if tokens.refresh_token is None and tokens.refresh_expires_in is not None:
            # A sliding token can be refreshed for longer than it opens views.
            lives = tokens.refresh_expires_in
        _set(response, cookies.access(), tokens.access_token, lives)
    if tokens.refresh_token is not None:
        cookie = cookies.refresh(_path(refresh_path))
        _set(response, cookie, tokens.refresh_token, tokens.refresh_expires_in or 0)
    _keep_out_of_caches(response)


def clear(response: HttpResponseBase, *, refresh_path: str | None = None) -> None:
    """Takes both cookies out of the browser, by the attributes with which they were set.

    Args:
        response: The response.
        refresh_path: As `set_tokens` has it.

    Raises:
        ImproperlyConfigured: Nothing says where the auth routes are.
    """
    cookies = conf.cookies()
    if conf.current().TRANSPORT != "header":
        _set(response, cookies.access(), "", 0)
    _set(response, cookies.refresh(_path(refresh_path)), "", 0)
    _keep_out_of_caches(response)


def require_csrf(request: HttpRequest) -> None:
    """Makes sure that a page of this site has sent a request that changes something.

    By Django's CSRF token and by what the browser says of the page. `JWTAuth` asks for it whenever
    a cookie has said who it is; a login of your own that sets cookies has to ask for it itself.

    Raises:
        APIError: `csrf_failed` (403).
    """
    csrf.require(request, "endpoint")


def _path(given: str | None) -> str:
    path = conf.current().REFRESH_COOKIE_PATH or given
    if path is None:
        raise ImproperlyConfigured(
            "TEGATA['REFRESH_COOKIE_PATH'] must say where the auth routes are, such as "
            "'/api/auth/', for a view of your own that sets or clears cookies."
        )
    return path


def _set(response: HttpResponseBase, cookie: TokenCookie, value: str, max_age: int) -> None:
    if not cookie.fits(value):
        raise ImproperlyConfigured(
            f"The token for the cookie {cookie.name!r} is longer than browsers keep (4096 bytes "
            "with its name): have TEGATA['PAYLOAD_CLASS'] say less, or take keys whose signatures "
            "are shorter."
        )
    response.set_cookie(
        cookie.name,
        value,
        max_age=max_age,
        # As of Django's `delete_cookie`, which cannot say all of the rest.
        expires=None if max_age else "Thu, 01 Jan 1970 00:00:00 GMT",
        path=cookie.path,
        domain=cookie.domain,
        secure=cookie.secure,
        httponly=cookie.http_only,
        samesite=cast("Any", cookie.same_site),
    )


def _keep_out_of_caches(response: HttpResponseBase) -> None:
    response.headers["Cache-Control"] = "no-store"
    patch_vary_headers(response, ("Cookie",))
