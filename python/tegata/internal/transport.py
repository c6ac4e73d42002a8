"""Where the tokens of a request come from, by TRANSPORT and REFRESH_TRANSPORT.

What is decided here is only where to look; which token counts says the engine
(`tegata::Transport`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tegata import conf
from tegata._tegata import Refusal, credential, login_sets_cookies
from tegata.exceptions import APIError
from tegata.internal import csrf
from tegata.internal.authorization import as_bearer, token_of
from tegata.internal.token_cookie import token_in_cookie

if TYPE_CHECKING:
    from django.http import HttpRequest


class AccessCredential(NamedTuple):
    """The token of a gate.

    Attributes:
        token: The token, or why there is none.
        is_cookie: Whether it came in the cookie.
    """

    token: str | Refusal
    is_cookie: bool


class LogoutCredentials(NamedTuple):
    """The tokens of a logout.

    Attributes:
        header: The access token, as an `Authorization: Bearer` header has it.
        access_token: The access token, or why there is none.
        refresh_token: The refresh token, if one came.
        is_cookie: Whether they came in cookies.
    """

    header: str | None
    access_token: str | Refusal
    refresh_token: str | None
    is_cookie: bool


def of_refresh() -> str:
    """How refresh tokens travel, by the names of TRANSPORT."""
    rules = conf.current()
    if rules.REFRESH_TRANSPORT is None:
        return rules.TRANSPORT
    return "header" if rules.REFRESH_TRANSPORT == "body" else rules.REFRESH_TRANSPORT


def uses_cookies() -> bool:
    """Whether this site puts tokens into cookies."""
    return of_refresh() != "header"


def access_credential(request: HttpRequest, transport: str) -> AccessCredential:
    """The token of a gate that takes tokens by `transport`."""
    # Caches must know that the answer is for this cookie, or for nobody's.
    request._tegata_varies = True  # type: ignore[attr-defined]
    told = _credential(transport, token_of(request), _access_cookie(request))
    if isinstance(told, Refusal):
        return AccessCredential(told, is_cookie=False)
    return AccessCredential(*told)


def refresh_credential(
    request: HttpRequest, of_body: str | None, *, is_sliding: bool = False
) -> tuple[str, bool]:
    """The token of a refresh, and whether it came in the cookie.

    Args:
        request: The request.
        of_body: The token of its body, if there is one.
        is_sliding: Whether it is a sliding token, which opens views and lies in their cookie.

    Raises:
        APIError: `csrf_failed` (403) for a cookie without proof, `missing_token` (401) without a
            token, `invalid_request` (422) without a body where that is the only place for one.
    """
    transport = conf.current().TRANSPORT if is_sliding else of_refresh()
    if transport == "header":
        if of_body is None:
            detail = f"{_missing(request, is_sliding)}: Field required"
            raise APIError.refuse("invalid_request", "endpoint", detail=detail)
        return of_body, False
    cookie = _access_cookie(request) if is_sliding else _refresh_cookie(request)
    told = _credential(transport, of_body, cookie)
    if isinstance(told, Refusal):
        raise APIError.refuse(told, "endpoint")
    token, is_cookie = told
    if is_cookie:
        csrf.require(request, "endpoint")
    return token, is_cookie


def logout_credentials(request: HttpRequest, of_body: str | None) -> LogoutCredentials:
    """The tokens of a logout.

    With `"both"`, one in the header or the body says who it is, and no cookie is looked at. Where
    access tokens come in the header and refresh tokens in the cookie, either will do.

    Raises:
        APIError: `csrf_failed` (403) if nothing but a cookie says who it is, without proof.
    """
    rules, transport = conf.current(), of_refresh()
    in_header = rules.TRANSPORT != "cookie"
    header = as_bearer(request) if in_header else None
    access = token_of(request) if in_header else Refusal("missing_token")
    body = of_body if transport != "cookie" else None
    is_said = access != Refusal("missing_token") or body is not None
    if transport == "header" or (is_said and (rules.TRANSPORT == "both" or body is not None)):
        return LogoutCredentials(header, access, body, is_cookie=False)
    told = _refresh_cookie(request)
    # Of two cookies that differ none says whose session this is; the access token still may.
    cookie = None if isinstance(told, Refusal) else told
    if not is_said and rules.TRANSPORT != "header":
        told = _access_cookie(request)
        access, header = (access, None) if isinstance(told, Refusal) else (told, f"Bearer {told}")
    if not is_said and (cookie or isinstance(access, str)):
        csrf.require(request, "endpoint")
    return LogoutCredentials(header, access, cookie, is_cookie=True)


def login_uses_cookies(request: HttpRequest, *, is_sliding: bool = False) -> bool:
    """Whether the tokens of this login go into cookies.

    Args:
        request: The login request.
        is_sliding: Whether it is given one sliding token.

    Raises:
        APIError: `csrf_failed` (403): they would, and no page of the site has sent it. So nobody
            can be logged in as somebody else by a page elsewhere.
    """
    transport = conf.current().TRANSPORT if is_sliding else of_refresh()
    if not login_sets_cookies(transport, csrf.has_token(request)):
        return False
    csrf.require(request, "endpoint")
    return True


def _missing(request: HttpRequest, is_sliding: bool) -> str:
    """What a body lacks: all of it, or its one field."""
    return ("token" if is_sliding else "refresh_token") if request.body else "body"


def _credential(
    transport: str, header: str | Refusal | None, cookie: str | Refusal
) -> tuple[str, bool] | Refusal:
    """As the engine tells it; and where a cookie would count, why there is none."""
    if not isinstance(cookie, Refusal):
        return credential(transport, header, cookie)
    told = credential(transport, header, None)
    is_asked = transport != "header" and told == Refusal("missing_token")
    return cookie if is_asked else told


def _access_cookie(request: HttpRequest) -> str | Refusal:
    return token_in_cookie(request, conf.cookies().access().name)


def _refresh_cookie(request: HttpRequest) -> str | Refusal:
    # Its name hangs on no path.
    return token_in_cookie(request, conf.cookies().refresh("/").name)
