"""A token in the `Authorization` header."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables
from ninja.security import HttpBearer

from tegata._tegata import Refusal, scheme_token
from tegata.async_jwt import current
from tegata.async_jwt.mixin import JwtAuthMixin


class AsyncJwtBearer(JwtAuthMixin, HttpBearer):
    """Lets a request in by the token of its `Authorization: Bearer` header; see `JwtAuthMixin`.

    For `auth=` of an operation, a router or a whole API, sync or async, alone or in a list.
    """

    openapi_bearerFormat = "JWT"  # noqa: N815 (the name of OpenAPI)

    @sensitive_variables()
    def __call__(self, request: HttpRequest) -> Any:
        """What Django Ninja calls; the answer fits the operation that asks."""
        current.begin(request, self)
        token = scheme_token(request.headers.get(self.header), [self.openapi_scheme])
        return None if isinstance(token, Refusal) else self._answer(request, token)
