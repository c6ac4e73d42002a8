"""`POST login/`."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Body
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from tegata import conf, sessions
from tegata._tegata import Tokens
from tegata.authenticators import authenticate_login
from tegata.exceptions import APIError


class LoginPayload:
    """The body of the login: whatever `TEGATA["LOGIN_SCHEMA"]` is at the time of the request."""

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            lambda value: conf.current().LOGIN_SCHEMA.model_validate(value)
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(conf.current().LOGIN_SCHEMA.__pydantic_core_schema__)


def log_in(request: HttpRequest, payload: LoginPayload = Body(...)) -> Tokens:  # type: ignore[type-arg]
    """Opens a session and gives its first pair of tokens."""
    user = authenticate_login(request, payload)
    if user is None:
        raise APIError.refuse("invalid_credentials", "endpoint")
    return sessions.open_session(request, user)
