"""A token in an HttpOnly cookie."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables
from ninja.errors import HttpError
from ninja.security import APIKeyCookie

from tegata._tegata import Refusal
from tegata.async_jwt import current
from tegata.async_jwt.mixin import JwtAuthMixin
from tegata.internal import csrf
from tegata.internal.token_cookie import token_in_cookie


class AsyncJwtCookie(JwtAuthMixin, APIKeyCookie):  # pyright: ignore[reportIncompatibleMethodOverride]
    """Lets a request in by the token of a cookie; see `JwtAuthMixin`.

    Where there is such a cookie, unsafe methods need Django's CSRF token and a page of this site,
    as with `JWTAuth`, and without them the answer is a 403. Where there is none, nothing is asked,
    so that another of a list may look.

    Args:
        csrf: Whether that is so; a view that is marked `csrf_exempt` is left out where Django Ninja
            tells of it, which 1.4 does not.

    Attributes:
        param_name: The cookie's name.
    """

    param_name = "access_token"

    def __init__(self, csrf: bool = True) -> None:
        super().__init__(csrf=csrf)

    @sensitive_variables()
    def __call__(self, request: HttpRequest) -> Any:
        """What Django Ninja calls; the answer fits the operation that asks."""
        current.begin(request, self)
        # Caches must know that the answer is for this cookie, or for nobody's.
        request._tegata_varies = True  # type: ignore[attr-defined]
        token = token_in_cookie(request, self.param_name)
        return None if isinstance(token, Refusal) else self._answer(request, token)

    async def _check(self, request: HttpRequest) -> None:
        if csrf.may_read_session():
            # The secret is in the session, which may have to be loaded.
            await sync_to_async(self._require_csrf)(request)
        else:
            self._require_csrf(request)

    def _require_csrf(self, request: HttpRequest) -> None:
        if not self.csrf or getattr(request, "_ninja_csrf_exempt", False):
            return
        try:
            csrf.require(request, "gate")
        except csrf.UnprovenCookieError:
            raise HttpError(403, "CSRF check Failed") from None
