"""The claims of an access token as a typed object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.http import HttpRequest

    from tegata.models import Session


class JWTPayload(BaseModel):
    """The claims of an access token (RFC 9068 section 2.2, and Tegata's own four).

    Subclass it to add claims, and name the subclass in `TEGATA["PAYLOAD_CLASS"]`. A field that
    the user model has too is filled from there; override `claims_for` for the others.

    The private claims stand under these names whatever they are called in the token.

    Attributes:
        iss: Issuer.
        aud: Audience, one or several.
        sub: The user's primary key as text.
        client_id: The client that the token was issued to.
        iat: Issued at, seconds since 1970.
        exp: Expires at, seconds since 1970.
        jti: The token's own identifier.
        auth_time: When the user logged in, seconds since 1970.
        type: `access`, or that of another class in AUTH_TOKEN_CLASSES: a refresh token never gets
            this far.
        user_id: The user's primary key. A subclass may declare it as the type of its user model.
        session_id: The primary key of the `Session`.
        generation: The place of the token in its session's chain.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    iss: str
    aud: str | list[str]
    sub: str
    client_id: str
    iat: int | float
    exp: int | float
    jti: str
    auth_time: int | float | None = None
    type: str
    # Any, so that a subclass may narrow it for every type checker.
    user_id: Any
    session_id: str
    generation: int

    @classmethod
    def claims_for(
        cls, user: AbstractBaseUser, request: HttpRequest, session: Session | None
    ) -> dict[str, Any]:
        """The custom claims of a token about to be minted, at login and at every refresh.

        By default each field that a subclass adds is taken from the attribute of that name of
        the user. datetime, UUID and Decimal values are fine.

        Args:
            user: Whose token it is, as the database has it now.
            request: The login or refresh request.
            session: The session that is refreshed; `None` at login, where it is yet to be made.
        """
        return {name: getattr(user, name) for name in custom_fields(cls) if hasattr(user, name)}


def custom_fields(payload_class: type[JWTPayload]) -> list[str]:
    """The names of the fields that a payload class adds to `JWTPayload`."""
    return [name for name in payload_class.model_fields if name not in JWTPayload.model_fields]
