"""`POST login/`."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Body
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from tegata import conf, logins
from tegata._tegata import Tokens
from tegata.authenticators import authenticate_login
from tegata.challenge_schemas import ChallengeSchema
from tegata.exceptions import APIError
from tegata.internal import cookie_answers, transport


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


def log_in(
    request: HttpRequest,
    payload: LoginPayload = Body(...),  # type: ignore[type-arg]
) -> Tokens | HttpResponse:
    """Opens a session and gives its first pair of tokens, or the challenge of a login step.

    With cookies the tokens are in those and not in the answer, and a page has to send the token of
    `csrf/` along.
    """
    by_cookie = transport.login_uses_cookies(request)
    user = authenticate_login(request, payload)
    if user is None:
        raise APIError.refuse("invalid_credentials", "endpoint")
    return answer_of(request, logins.log_in(request, user), by_cookie)


def answer_of(
    request: HttpRequest, outcome: Tokens | ChallengeSchema, by_cookie: bool
) -> Tokens | HttpResponse:
    """What a login has come to: tokens, or 202."""
    if isinstance(outcome, ChallengeSchema):
        return outcome.response()
    return cookie_answers.give(request, outcome, by_cookie)
