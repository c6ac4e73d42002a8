"""What a thief would have: the refresh token that the last refresh has replaced.

No script of the page can read a token, so the server keeps the spent one for the button that
replays it, in a cookie of its own. No real site has any use for this.
"""

from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware

from tegata import conf

_REFRESH, _REPLAY = "/api/auth/refresh/", "/api/auth/replay/"
_SPENT = "demo_spent_token"


@sync_and_async_middleware
def keep_spent_token(get_response: Callable[[HttpRequest], Any]) -> Callable[..., Any]:
    """Serve `POST auth/replay/`, a refresh by the token that the last one has replaced.

    Args:
        get_response: What comes after this middleware.

    Returns:
        The middleware, sync or async as what comes after it.
    """

    def before(request: HttpRequest) -> str:
        name = conf.cookies().refresh("/").name
        if request.path == _REPLAY:
            request.path = request.path_info = _REFRESH
            request.COOKIES[name] = request.COOKIES.get(_SPENT, "")
            return ""
        return request.COOKIES.get(name, "") if request.path == _REFRESH else ""

    def after(response: HttpResponse, spent: str) -> HttpResponse:
        if spent and response.status_code == 200:
            response.set_cookie(_SPENT, spent, path="/api/auth/", httponly=True, samesite="Lax")
        return response

    if iscoroutinefunction(get_response):

        async def answer_async(request: HttpRequest) -> HttpResponse:
            spent = before(request)
            return after(await get_response(request), spent)

        return answer_async

    def answer(request: HttpRequest) -> HttpResponse:
        spent = before(request)
        return after(get_response(request), spent)

    return answer
