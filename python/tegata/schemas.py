"""What goes over the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import AfterValidator, Field, create_model

from tegata._tegata import Refusal


def _without_nul(text: str) -> str:
    # PostgreSQL cannot hold it, so it would be an error of the database.
    if "\0" in text:
        raise ValueError("must not contain a NUL character")
    return text


def _without_lone_surrogate(text: str) -> str:
    # JSON can write one, and the engine takes only what UTF-8 can.
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("must not contain a lone surrogate") from None
    return text


Text = Annotated[str, AfterValidator(_without_nul)]
Token = Annotated[str, AfterValidator(_without_lone_surrogate)]


class LoginSchema(Schema):
    """The default body of `login/`."""

    username: Text = Field(min_length=1, max_length=1024)
    password: Text = Field(min_length=1, max_length=4096, repr=False)


class RefreshTokenSchema(Schema):
    """A body with a refresh token."""

    refresh_token: Token = Field(repr=False)


class LogoutSchema(Schema):
    """The body of `logout/`, which may be left out."""

    refresh_token: Token | None = Field(default=None, repr=False)


class PasswordSchema(Schema):
    """The body of `password/`."""

    current_password: Text = Field(min_length=1, max_length=4096, repr=False)
    new_password: Text = Field(min_length=1, max_length=4096, repr=False)


class VerifySchema(Schema):
    """A body with a token of either kind."""

    token: Token = Field(repr=False)


class TokenSchema(Schema):
    """What a login and a refresh hand out.

    Attributes:
        access_token: For the `Authorization: Bearer` header.
        refresh_token: For the next refresh; left out where rotation is off and the old one stays.
    """

    access_token: str = Field(repr=False)
    refresh_token: str | None = Field(default=None, repr=False)


class CookieSchema(Schema):
    """What a login and a refresh answer where the tokens are in cookies.

    Attributes:
        expires_in: Seconds that the access token lives.
        scope: What it covers; left out where that is nothing.
    """

    expires_in: int
    scope: str | None = None


class CSRFTokenSchema(Schema):
    """The answer of `csrf/`."""

    csrf_token: str = Field(repr=False)


class OAuth2TokenSchema(TokenSchema):
    """The answer of RFC 6749 section 5.1.

    Attributes:
        expires_in: Seconds that the access token lives.
        scope: What it covers; left out where that is nothing.
    """

    token_type: Literal["Bearer"]
    expires_in: int
    scope: str | None = None


class OAuth2ErrorSchema(Schema):
    """The error of RFC 6749 section 5.2."""

    error: Literal["invalid_grant", "invalid_request", "invalid_scope", "unsupported_grant_type"]
    error_description: str


class OAuth2RateLimitedSchema(Schema):
    """The throttle's refusal, in the shape of RFC 6749 section 5.2; that has no code for it."""

    error: Literal["rate_limited"]
    error_description: str


class SessionSchema(Schema):
    """One of the caller's active sessions."""

    id: str
    created_at: datetime
    last_activity_at: datetime = Field(validation_alias="updated_at")
    ip_address: str | None
    user_agent: str | None
    device: str | None = Field(examples=["Firefox on Linux"])
    location: dict[str, Any] | str | None
    is_current: bool

    @staticmethod
    def resolve_user_agent(obj: Any) -> str | None:
        """An unknown user agent is null."""
        return obj.user_agent or None

    @staticmethod
    def resolve_is_current(obj: Any, context: Any) -> bool:
        """Whether it is the session of this very request."""
        return bool(obj.id == context["request"].auth.claims.session_id)


class VerifiedSchema(Schema):
    """What a good token is, and until when."""

    type: Literal["access", "refresh"]
    user_id: int | str
    session_id: str
    issued_at: datetime
    expires_at: datetime


class SlidingTokenSchema(Schema):
    """What a login and a refresh hand out where tokens slide, and a body with such a token."""

    token: Token = Field(repr=False)


class AcceptedTokenSchema(Schema):
    """What a token that opens views is, and until when."""

    type: str
    user_id: int | str
    session_id: str
    issued_at: datetime
    expires_at: datetime


def error_schema(name: str, *codes: str) -> type[Schema]:
    """The error body with exactly these codes.

    Args:
        name: Its name in the OpenAPI document.
        codes: Entries of the closed list.
    """
    known = [Refusal(code).code for code in codes]
    error_code: Any = Literal[tuple(known)]
    return create_model(name, __base__=Schema, error_code=(error_code, ...), detail=(str, ...))
