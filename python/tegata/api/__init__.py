"""The auth routes.

`router` is for `api.add_router("auth/", router)`; `mount(api)` adds it together with the error
handler; `create_router()` makes another one, for a second API. `create_token_router()` makes one
with token routes of your choice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tegata.api.answers import RefreshTokenSchema, TokenAnswer
from tegata.api.challenge import answer_challenge
from tegata.api.csrf import csrf_token
from tegata.api.login import log_in
from tegata.api.logout import log_out, log_out_all, log_out_others
from tegata.api.password import change_password
from tegata.api.refresh import refresh
from tegata.api.responses import BAD_BODY, BAD_TOKEN, NO_PROOF, NO_SESSION, TOO_MANY, WAITS
from tegata.api.route import AuthRouter
from tegata.api.session_list import end_session, list_sessions
from tegata.api.token import token
from tegata.api.token_router import create_token_router
from tegata.api.verify import verify
from tegata.api.view_body import with_optional_body
from tegata.auth import JWTAuth
from tegata.challenge_schemas import ChallengeSchema
from tegata.exceptions import APIError
from tegata.handlers import error_handler
from tegata.internal.gate import BY_ROWS
from tegata.internal.gate_document import TOKEN_ROUTE
from tegata.schemas import (
    CSRFTokenSchema,
    LogoutSchema,
    OAuth2ErrorSchema,
    OAuth2RateLimitedSchema,
    OAuth2TokenSchema,
    SessionSchema,
    VerifiedSchema,
    error_schema,
)

if TYPE_CHECKING:
    from ninja import NinjaAPI

__all__ = ["create_router", "create_token_router", "mount", "router"]


def create_router() -> AuthRouter:
    """A new router with all auth routes."""
    router = AuthRouter(tags=["auth"])
    gate = JWTAuth()
    # A session that has ended must not end others.
    gate.session_check = BY_ROWS
    router.get(
        "csrf/",
        response={200: CSRFTokenSchema},
        auth=None,
        operation_id="csrf_token",
        summary="Get a CSRF token",
    )(csrf_token)
    router.post(
        "login/",
        response={
            200: TokenAnswer,
            202: ChallengeSchema,
            401: error_schema("LoginRefusal", "invalid_credentials"),
            **NO_PROOF,
            **TOO_MANY,
            **BAD_BODY,
        },
        auth=None,
        exclude_none=True,
        openapi_extra=WAITS,
        operation_id="log_in",
        summary="Log in",
    )(log_in)
    router.post(
        "login/challenge/",
        response={
            200: TokenAnswer,
            202: ChallengeSchema,
            401: error_schema("ChallengeRefusal", "invalid_challenge", "invalid_credentials"),
            **NO_PROOF,
            **TOO_MANY,
            **BAD_BODY,
        },
        auth=None,
        exclude_none=True,
        openapi_extra=WAITS,
        operation_id="answer_challenge",
        summary="Answer the challenge of a login",
    )(answer_challenge)
    router.post(
        "refresh/",
        response={
            200: TokenAnswer,
            400: error_schema("WrongTokenType", "invalid_token_type"),
            401: error_schema("RefreshRefusal", *BAD_TOKEN, "missing_token"),
            **NO_PROOF,
            **TOO_MANY,
            **BAD_BODY,
        },
        auth=None,
        exclude_none=True,
        openapi_extra=WAITS,
        operation_id="refresh",
        summary="Refresh the tokens",
    )(with_optional_body(refresh, RefreshTokenSchema))
    router.get(
        "sessions/",
        response={200: list[SessionSchema]},
        auth=gate,
        operation_id="list_sessions",
        summary="List the active sessions",
    )(list_sessions)
    router.delete(
        "sessions/{session_id}/",
        response={200: None, **NO_SESSION},
        auth=gate,
        operation_id="end_session",
        summary="End a session",
    )(end_session)
    router.post(
        "logout/",
        response={
            200: None,
            400: error_schema("WrongTokenType", "invalid_token_type"),
            401: error_schema(
                "LogoutRefusal",
                "expired_token",
                "invalid_token",
                "invalid_token_type",
                "missing_token",
            ),
            **NO_PROOF,
            **NO_SESSION,
            **BAD_BODY,
        },
        auth=None,
        operation_id="log_out",
        summary="Log out",
    )(with_optional_body(log_out, LogoutSchema))
    router.post(
        "logout/all/",
        response={200: None, **NO_SESSION},
        auth=gate,
        operation_id="log_out_all",
        summary="Log out everywhere",
    )(log_out_all)
    router.post(
        "logout/others/",
        response={200: None, **NO_SESSION},
        auth=gate,
        operation_id="log_out_others",
        summary="Log out everywhere else",
    )(log_out_others)
    router.post(
        "password/",
        response={
            200: None,
            403: error_schema("PasswordRefusal", "csrf_failed", "invalid_credentials"),
            **TOO_MANY,
            **BAD_BODY,
        },
        auth=gate,
        openapi_extra=WAITS,
        operation_id="change_password",
        summary="Change the password",
    )(change_password)
    router.post(
        "verify/",
        response={
            200: VerifiedSchema,
            401: error_schema("VerifyRefusal", *BAD_TOKEN),
            **BAD_BODY,
        },
        auth=None,
        operation_id="verify",
        summary="Verify a token",
    )(verify)
    router.post(
        "token/",
        response={200: OAuth2TokenSchema, 400: OAuth2ErrorSchema, 429: OAuth2RateLimitedSchema},
        auth=None,
        openapi_extra=WAITS,
        url_name=TOKEN_ROUTE,
        operation_id="token",
        summary="Log in by form (OAuth 2.0)",
    )(token)
    return router


router = create_router()


def mount(api: NinjaAPI, prefix: str = "auth/") -> None:
    """Adds the auth routes and the error handler to an API.

    Args:
        api: The API.
        prefix: The path under which the routes stand.
    """
    api.add_router(prefix, create_router())
    api.add_exception_handler(APIError, error_handler)
