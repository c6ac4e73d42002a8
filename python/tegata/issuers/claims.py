"""The claims of another issuer's token as a typed object."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class IssuerClaims(BaseModel):
    """The claims that a token of any issuer has; the others are attributes too.

    Subclass it to say which claims you count on, and name the subclass in
    `IssuerAuth(claims_class=…)`: a token whose claims are not of these types is refused.

    Attributes:
        iss: Issuer.
        sub: Who it is, among all that this issuer knows and nobody else.
        exp: Expires at, seconds since 1970.
        aud: Audience, one or several.
        iat: Issued at, seconds since 1970.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    iss: str
    sub: str
    exp: int | float
    aud: str | list[str] | None = None
    iat: int | float | None = None
