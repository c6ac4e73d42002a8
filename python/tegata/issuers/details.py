"""What a view knows of the caller behind a gate for another issuer's tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from tegata.auth_details import AuthDetails, ClaimsT, UserT
from tegata.exceptions import APIError
from tegata.internal.later import Later
from tegata.token_user import TokenUser

if TYPE_CHECKING:
    from tegata._tegata import ExternalClaims
    from tegata.models import Session


class RemoteUser(TokenUser):
    """A user of another issuer, by what its token says; never staff and never a superuser here.

    Its `pk` is the issuer's, and no key of a row of yours. Two of them are equal if both the issuer
    and the `pk` are.
    """

    @property
    def is_staff(self) -> bool:
        """Never."""
        return False

    @property
    def is_superuser(self) -> bool:
        """Never."""
        return False

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RemoteUser):
            return NotImplemented
        return (_issuer(self.token), self.id) == (_issuer(other.token), other.id)

    def __hash__(self) -> int:
        return hash((_issuer(self.token), self.id))


class IssuerAuthDetails(AuthDetails[UserT, ClaimsT]):
    """What `request.auth` holds once `IssuerAuth` has let a request in. There is no session."""

    __slots__ = ("_read",)

    def __init__(
        self, user: UserT | Later[UserT], claims: ClaimsT | Later[ClaimsT], read: ExternalClaims
    ) -> None:
        """From the user and the claims, and from what was read of the token."""
        super().__init__(user=user, session=Later(_no_session), claims=claims)
        self._read = read

    @property
    def issuer(self) -> str:
        """Whose token it is, as its `iss` says."""
        return self._read.issuer

    @property
    def subject(self) -> str:
        """Who it is, among all that this issuer knows."""
        return self._read.subject

    @property
    def scopes(self) -> frozenset[str]:
        """What the token covers, from wherever the issuer says so."""
        return frozenset(self._read.scopes)

    def __str__(self) -> str:
        """Issuer and subject, by which Django Ninja's `AuthRateThrottle` counts."""
        return f"{self.issuer} {self.subject}"


def _issuer(token: Mapping[str, Any]) -> object:
    return token.get("iss")


def _no_session() -> Session:
    raise cast("Exception", APIError.refuse("session_not_found", "gate"))
