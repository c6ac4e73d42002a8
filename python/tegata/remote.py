"""The gate for tokens of another issuer, verified with the keys that it publishes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.core.exceptions import ImproperlyConfigured
from ninja.security.base import SecuritySchema

from tegata import conf
from tegata.auth import ForeignTokenError, JWTAuth
from tegata.auth_details import AuthDetails
from tegata.exceptions import APIError
from tegata.internal.asking import asking_document
from tegata.internal.gate_document import document_gate
from tegata.internal.later import Later
from tegata.jose import ExpiredTokenError, InvalidArgumentError, InvalidTokenError
from tegata.token_user import TokenUser

if TYPE_CHECKING:
    from django.http import HttpRequest

    from tegata.jwks import JWKS
    from tegata.models import Session

_RETRY_AFTER_SECONDS = 1


class RemoteUser(TokenUser):
    """A user of another issuer, by what its token says; never staff and never a superuser here."""

    @property
    def is_staff(self) -> bool:
        """Never."""
        return False

    @property
    def is_superuser(self) -> bool:
        """Never."""
        return False


class RemoteAuthDetails(AuthDetails[Any, Any]):
    """What `request.auth` holds behind a `RemoteJWTAuth`; its `claims` are a dict."""

    __slots__ = ()

    def __str__(self) -> str:
        """The user's id, by which Django Ninja's `AuthRateThrottle` counts."""
        return str(self.user.pk)


class RemoteJWTAuth(JWTAuth):
    """Lets a request in by a token of another issuer; needs `tegata[jwks]`.

    The token must have `exp` and name this issuer and this audience. No row is looked at:
    `request.user` is a `RemoteUser`, and `request.auth.claims` the dict of the claims. In a list it
    passes on what is not of the issuer, as `JWTAuth` does. Override `user_for` to take users from
    your own table.

    Args:
        keys: The issuer's keys; without them, those at `TEGATA["JWK_URL"]`.
        audience: What the token must name in `aud`: one of these.
        issuer: What it must say in `iss`; may be left out with `JWKS.for_issuer`.
        user_id_claim: The claim that names the user.

    Raises:
        ImproperlyConfigured: There are no keys, or no issuer or audience is named.
        APIError: `missing_token`, `invalid_token` or `expired_token` (401), or
            `service_unavailable` (503) while there are no keys to verify with.
    """

    def __init__(
        self,
        keys: JWKS | None = None,
        *,
        audience: str | Collection[str],
        issuer: str | None = None,
        user_id_claim: str = "sub",
    ) -> None:
        super().__init__(session_check="refresh")
        self.keys = keys or _keys_at(conf.current().JWK_URL)
        self.issuer = issuer or self.keys.issuer
        if not self.issuer or not audience:
            raise ImproperlyConfigured(
                "RemoteJWTAuth needs an issuer and an audience: without them, it would take every "
                "token that these keys have ever signed."
            )
        self.audience = audience
        self.user_id_claim = user_id_claim

    def authenticate(self, request: HttpRequest, token: str) -> AuthDetails[Any, Any]:
        """Lets a request in by `token`.

        Raises:
            ForeignTokenError: It is not of this issuer for this audience.
            APIError: As the class.
        """
        from tegata.jwks import JWKSUnavailableError

        try:
            claims = self.keys.decode(token, **self._checks()).claims
        except InvalidTokenError as error:
            raise _refused(error) from None
        except JWKSUnavailableError:
            raise _unavailable() from None
        return self._details(claims)

    async def aauthenticate(self, request: HttpRequest, token: str) -> AuthDetails[Any, Any]:
        """`authenticate` for async operations."""
        from tegata.jwks import JWKSUnavailableError

        if type(self).authenticate is not RemoteJWTAuth.authenticate:
            # A subclass asks for more, and may wait for it.
            return await sync_to_async(self.authenticate)(request, token)
        try:
            claims = (await self.keys.adecode(token, **self._checks())).claims
        except InvalidTokenError as error:
            raise _refused(error) from None
        except JWKSUnavailableError:
            raise _unavailable() from None
        return self._details(claims)

    @property
    def openapi_security_schema(self) -> SecuritySchema:  # type: ignore[override]
        """How to authenticate, for the OpenAPI document; adds the 401 to the operation."""
        if (asked := asking_document()) is not None:
            document_gate(*asked)
        scheme = conf.current().AUTH_HEADER_TYPES[0].lower()
        return SecuritySchema("http", scheme=scheme, bearerFormat="JWT")

    def user_for(self, claims: Mapping[str, Any]) -> Any:
        """The user of a token that was verified; asked when a view looks at it.

        Args:
            claims: Those of the token, the user's id under USER_ID_CLAIM too.
        """
        return RemoteUser(claims)

    def _checks(self) -> Any:
        return {
            "issuer": self.issuer,
            "audience": self.audience,
            "leeway": conf.current().LEEWAY,
            "require": ["exp", self.user_id_claim],
        }

    def _details(self, claims: dict[str, Any]) -> AuthDetails[Any, Any]:
        user_id = claims[self.user_id_claim]
        if not isinstance(user_id, str | int) or isinstance(user_id, bool):
            raise APIError.refuse("invalid_token", "gate")
        named = {**claims, conf.current().USER_ID_CLAIM: user_id}
        return RemoteAuthDetails(
            user=Later(lambda: self.user_for(named), reads=True),
            session=Later(_no_session),
            claims=claims,
        )


def _refused(error: InvalidTokenError) -> APIError:
    if isinstance(error, ExpiredTokenError):
        return APIError.refuse("expired_token", "gate")
    return ForeignTokenError.refuse("invalid_token", "gate")


def _unavailable() -> APIError:
    return APIError.refuse(
        "service_unavailable",
        "gate",
        detail="The keys to verify the token with cannot be had now; try again.",
        retry_after=_RETRY_AFTER_SECONDS,
    )


def _no_session() -> Session:
    raise APIError.refuse("session_not_found", "gate")


@cache
def _keys_at(url: str | None) -> JWKS:
    """One set of keys for each URL, however many gates ask for it."""
    if url is None:
        raise ImproperlyConfigured("RemoteJWTAuth needs keys, or TEGATA['JWK_URL'].")
    try:
        from tegata.jwks import JWKS
    except ImportError as error:
        raise ImproperlyConfigured(
            "TEGATA['JWK_URL'] needs httpx2: pip install 'tegata[jwks]'."
        ) from error
    try:
        return JWKS(url)
    except InvalidArgumentError as error:
        raise ImproperlyConfigured(f"TEGATA['JWK_URL']: {error}") from error
