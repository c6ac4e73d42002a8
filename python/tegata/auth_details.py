"""What a view knows of the caller once the gate has let a request in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic

from django.http import HttpRequest
from typing_extensions import TypeVar

from tegata.internal.later import Later, anow, now
from tegata.payload import JWTPayload

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AbstractUser

    from tegata._tegata import AccessClaims
    from tegata.issuers import IssuerClaims
    from tegata.models import Session
    from tegata.token_user import TokenUser

UserT = TypeVar("UserT", bound="AbstractBaseUser | TokenUser", default="AbstractUser")
ClaimsT = TypeVar("ClaimsT", bound="JWTPayload | IssuerClaims", default=JWTPayload)


class AuthDetails(Generic[UserT, ClaimsT]):
    """What `request.auth` holds once `JWTAuth` has let a request in.

    What the check did not have to look at is loaded when it is asked for: user and session where
    SESSION_CHECK is `"cache"`, `"refresh"` or `"off"`, the session where it is `"user"`. In an
    async view, `await request.auth.aget_user()` does so.
    """

    __slots__ = ("_claims", "_session", "_token", "_user")

    def __init__(
        self,
        user: UserT | Later[UserT],
        session: Session | Later[Session],
        claims: ClaimsT | Later[ClaimsT],
        token: AccessClaims | None = None,
    ) -> None:
        """From the objects themselves, or from what makes them later; `token` is what was read."""
        self._user = user
        self._session = session
        self._claims = claims
        self._token = token

    @property
    def user(self) -> UserT:
        """The user; `request.user` is the same.

        Raises:
            APIError: `invalid_user`, if there is none any more.
            RuntimeError: It would have to be loaded, in an async view.
        """
        return now(self._user, "request.auth.user", "request.auth.aget_user")

    @property
    def session(self) -> Session:
        """The `Session` of the token.

        Raises:
            APIError: `session_not_found`, if there is none: it was purged, or SESSION_CHECK is
                `"off"`.
            RuntimeError: It would have to be loaded, in an async view.
        """
        return now(self._session, "request.auth.session", "request.auth.aget_session")

    @property
    def claims(self) -> ClaimsT:
        """The token's claims, an instance of `TEGATA["PAYLOAD_CLASS"]`."""
        return now(self._claims)

    @property
    def scopes(self) -> frozenset[str]:
        """What the token covers, for views that let more or less be done."""
        return frozenset() if self._token is None else frozenset(self._token.scopes)

    @property
    def tenant(self) -> str | None:
        """The tenant of the token, which is that of the request."""
        return None if self._token is None else self._token.tenant

    def __str__(self) -> str:
        """The user's primary key, by which Django Ninja's `AuthRateThrottle` counts."""
        claims: Any = self.claims
        return str(claims.user_id)

    async def aget_user(self) -> UserT:
        """`user`, for async views that would rather not know what is loaded."""
        return await anow(self._user)

    async def aget_session(self) -> Session:
        """`session`, as `aget_user`."""
        return await anow(self._session)


class AuthedRequest(HttpRequest, Generic[UserT, ClaimsT]):
    """The type of a request that `JWTAuth` has let in, for annotations.

    `AuthedRequest[MyUser, MyPayload]` says which user model and payload class the site has.
    """

    auth: AuthDetails[UserT, ClaimsT]
