"""For responses that a cookie has had a say in."""

from __future__ import annotations

from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

from django.utils.cache import patch_vary_headers
from django.utils.decorators import sync_and_async_middleware

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


@sync_and_async_middleware
def vary_on_token_cookie(get_response: Callable[[HttpRequest], Any]) -> Callable[..., Any]:
    """Adds `Vary: Cookie` to what a `JWTAuth` with cookies has guarded (RFC 9110 section 12.5.5).

    For `MIDDLEWARE`. Unlike a header with a token, a cookie does not keep shared caches from
    storing an answer and giving it to somebody else.

    Args:
        get_response: What comes after it.
    """

    def varied(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if getattr(request, "_tegata_varies", False):
            patch_vary_headers(response, ("Cookie",))
        return response

    if iscoroutinefunction(get_response):

        async def answer_async(request: HttpRequest) -> HttpResponseBase:
            return varied(request, await get_response(request))

        return answer_async

    def answer(request: HttpRequest) -> HttpResponseBase:
        return varied(request, get_response(request))

    return answer
