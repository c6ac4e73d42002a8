"""What goes over the wire and into tokens."""

from __future__ import annotations

from typing import Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from tegata import payload
from tegata.schemas import LoginSchema, RefreshTokenSchema, TokenSchema
from tegata.schemas import SessionSchema as SessionResponse

__all__ = [
    "AccessTokenSchema",
    "ErrorResponseType",
    "GeoLocation",
    "JWTPayload",
    "LoginSchema",
    "RefreshTokenSchema",
    "SessionResponse",
    "TokenSchema",
]

E = TypeVar("E", bound=str)


class JWTPayload(payload.JWTPayload):
    """The claims of a token; subclass it to add some.

    As `tegata.JWTPayload`, but only these are required: `type`, `exp`, `user_id`, `session_id`. The
    others are filled in when a token is made. `user_id` may be of any type here.
    """

    model_config = ConfigDict(frozen=False, extra="ignore")

    iss: str | None = None  # type: ignore[assignment]
    aud: str | list[str] | None = None  # type: ignore[assignment]
    sub: str | None = None  # type: ignore[assignment]
    client_id: str | None = None  # type: ignore[assignment]
    iat: int | float | None = None  # type: ignore[assignment]
    nbf: int | float | None = None
    jti: str | None = None  # type: ignore[assignment]
    generation: int | None = None  # type: ignore[assignment]
    type: Literal["access", "refresh"]  # pyright: ignore[reportIncompatibleVariableOverride]


class AccessTokenSchema(BaseModel):
    """What a refresh answers with where rotation is off."""

    access_token: str


class ErrorResponseType(BaseModel, Generic[E]):
    """The body of every refusal."""

    error_code: E


class GeoLocation(BaseModel):
    """Where an address appears to be.

    Attributes:
        city: Its name.
        region: Its name.
        country: Its name.
        country_code: Two letters (ISO 3166-1).
        latitude: In degrees.
        longitude: In degrees.
    """

    city: str | None = Field(default=None, max_length=128)
    region: str | None = Field(default=None, max_length=128)
    country: str | None = Field(default=None, max_length=128)
    country_code: str | None = Field(default=None, min_length=2, max_length=2)
    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)
