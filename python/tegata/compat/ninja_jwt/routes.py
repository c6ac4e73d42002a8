"""The token routes, for every router and controller of this library."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.debug import sensitive_variables
from ninja import Body

import tegata.compat.ninja_jwt.installed  # noqa: F401 (ahead of what needs the tables)
from tegata.api import route
from tegata.compat.ninja_jwt.bodies import answer, body
from tegata.compat.ninja_jwt.handlers import answer_by
from tegata.compat.ninja_jwt.openapi import TokenRefusal

REFUSALS: dict[Any, Any] = {frozenset({400, 401, 415, 422, 429, 503}): TokenRefusal}


class TokenRouter(route.AuthRouter):
    """A router whose refusals are this library's, on whatever API it is mounted."""

    def add_api_operation(
        self, path: str, methods: list[str], view_func: Callable[..., Any], **kwargs: Any
    ) -> None:
        """As `Router.add_api_operation`."""
        super().add_api_operation(path, methods, view_func, **kwargs)
        self.path_operations[path].operations[-1].__class__ = _Operation

    def add_token_route(
        self, path: str, setting: str, name: str, view: Callable[[Any], Any], summary: str
    ) -> None:
        """Adds a route whose body is the schema that a setting names.

        Args:
            path: Where it stands.
            setting: Such as `TOKEN_VERIFY_INPUT_SCHEMA`.
            name: Of the URL and of the operation.
            view: Gives the answer for the schema.
            summary: For the OpenAPI document.
        """

        def taking(request: HttpRequest, payload: Any = Body(...)) -> Any:  # type: ignore[type-arg]
            return view(payload)

        taking.__annotations__ = {"request": HttpRequest, "payload": body(setting)}
        taking.__name__ = name
        self.post(
            path,
            response={200: answer(setting), **REFUSALS},
            auth=None,
            url_name=name,
            operation_id=name,
            summary=summary,
        )(taking)


class _Operation(route._AuthOperation):
    @sensitive_variables()
    def run(self, request: HttpRequest, **kw: Any) -> HttpResponseBase:
        answer_by(self.api)
        return super().run(request, **kw)


def obtained(user_token: Any) -> Any:
    """The answer to a login."""
    user_token.check_user_authentication_rule()
    return user_token.to_response_schema()


def presented(token: Any) -> Any:
    """The answer to a token."""
    return token.to_response_schema()


def add_pair(router: TokenRouter, obtain: str, refresh: str) -> None:
    """Adds login and refresh."""
    setting = "TOKEN_OBTAIN_PAIR_INPUT_SCHEMA"
    router.add_token_route(obtain, setting, "token_obtain_pair", obtained, "Obtain Token")
    setting = "TOKEN_OBTAIN_PAIR_REFRESH_INPUT_SCHEMA"
    router.add_token_route(refresh, setting, "token_refresh", presented, "Refresh Token")


def add_sliding(router: TokenRouter, obtain: str, refresh: str) -> None:
    """Adds login and refresh for sliding tokens."""
    setting = "TOKEN_OBTAIN_SLIDING_INPUT_SCHEMA"
    name = "token_obtain_sliding"
    router.add_token_route(obtain, setting, name, obtained, "Obtain Sliding Token")
    setting = "TOKEN_OBTAIN_SLIDING_REFRESH_INPUT_SCHEMA"
    name = "token_refresh_sliding"
    router.add_token_route(refresh, setting, name, presented, "Refresh Sliding Token")
