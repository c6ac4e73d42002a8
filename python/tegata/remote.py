"""`IssuerAuth` for one issuer whose keys are at hand."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured

from tegata import conf
from tegata.auth_details import AuthDetails
from tegata.exceptions import APIError
from tegata.internal.later import Later
from tegata.issuers import Issuer, IssuerAuth, IssuerAuthDetails, RemoteUser
from tegata.jose import InvalidArgumentError

if TYPE_CHECKING:
    from tegata._tegata import ExternalClaims
    from tegata.jwks import JWKS

__all__ = ["RemoteAuthDetails", "RemoteJWTAuth", "RemoteUser"]


class RemoteAuthDetails(IssuerAuthDetails[Any, Any]):
    """What `request.auth` holds behind a `RemoteJWTAuth`; its `claims` are a dict."""

    __slots__ = ()

    def __str__(self) -> str:
        """The user's id, by which Django Ninja's `AuthRateThrottle` counts."""
        return str(self.user.pk)


class RemoteJWTAuth(IssuerAuth):
    """`tegata.issuers.IssuerAuth` for one issuer whose `JWKS` is there already.

    `request.user` is a `RemoteUser`, and `request.auth.claims` the dict of the claims. Override
    `user_for` to take users from your own table.

    Args:
        keys: The issuer's keys; without them, those at `TEGATA["JWK_URL"]`.
        audience: What the token must name in `aud`: one of these.
        issuer: What it must say in `iss`; may be left out with `JWKS.for_issuer`.
        user_id_claim: The claim that names the user.

    Raises:
        ImproperlyConfigured: There are no keys, or no issuer or audience is named.
        APIError: As `IssuerAuth`.
    """

    def __init__(
        self,
        keys: JWKS | None = None,
        *,
        audience: str | Collection[str],
        issuer: str | None = None,
        user_id_claim: str = "sub",
    ) -> None:
        self.keys = keys or _keys_at(conf.current().JWK_URL)
        name = issuer or self.keys.issuer
        if not name or not audience:
            raise ImproperlyConfigured(
                "RemoteJWTAuth needs an issuer and an audience: without them, it would take every "
                "token that these keys have ever signed."
            )
        require = [user_id_claim]
        super().__init__(Issuer(name, audience=audience, keys=self.keys, require=require))
        self.issuer = name
        self.audience = audience
        self.user_id_claim = user_id_claim

    def user_for(self, claims: Mapping[str, Any]) -> Any:
        """The user of a token that was verified; asked when a view looks at it.

        Args:
            claims: Those of the token, the user's id under USER_ID_CLAIM too.
        """
        return RemoteUser(claims)

    def _claims(self, read: ExternalClaims) -> Any:
        return read.to_dict()

    def _remote_user(self, read: ExternalClaims) -> Any:
        claims = read.to_dict()
        user_id = claims[self.user_id_claim]
        if not isinstance(user_id, str | int) or isinstance(user_id, bool):
            raise APIError.refuse("invalid_token", "gate")
        named = {**claims, conf.current().USER_ID_CLAIM: user_id}
        return Later(lambda: self.user_for(named), reads=True)

    def _details(self, read: ExternalClaims, claims: Any, user: Any) -> AuthDetails[Any, Any]:
        return RemoteAuthDetails(user=user, claims=claims, read=read)


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
