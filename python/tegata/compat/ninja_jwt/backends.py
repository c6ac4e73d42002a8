"""Claims to text and back, by a key: for what is no token of this site's own."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from tegata.compat import jwt
from tegata.compat.ninja_jwt.exceptions import TokenBackendError

_ALGORITHMS = frozenset(
    f"{family}{bits}" for family in ("HS", "RS", "ES") for bits in (256, 384, 512)
)


class TokenBackend:
    """Signs and verifies with keys of the caller's. Nothing is looked up in a table.

    Args:
        algorithm: HS, RS or ES with 256, 384 or 512.
        signing_key: The secret or the private key as PEM.
        verifying_key: The public key as PEM.
        audience: What `aud` must hold, if anything.
        issuer: What `iss` must be, if anything.
        jwk_url: Where the public keys are published instead.
        leeway: How far clocks may disagree, in seconds or as a `timedelta`.
        json_encoder: For claims that JSON has no form for.

    Raises:
        TokenBackendError: There is no such algorithm.
    """

    def __init__(
        self,
        algorithm: str,
        signing_key: Any = None,
        verifying_key: Any = "",
        audience: str | list[str] | None = None,
        issuer: str | None = None,
        jwk_url: str | None = None,
        leeway: float | timedelta | None = None,
        json_encoder: type[json.JSONEncoder] | None = None,
    ) -> None:
        if algorithm not in _ALGORITHMS:
            raise TokenBackendError(_("Unrecognized algorithm type '{}'").format(algorithm))
        self.algorithm = algorithm
        self.signing_key = signing_key
        self.verifying_key = verifying_key
        self.audience = audience
        self.issuer = issuer
        self.jwks_client = jwt.PyJWKClient(str(jwk_url)) if jwk_url else None
        self.leeway = leeway
        self.json_encoder = json_encoder

    def __repr__(self) -> str:
        return f"<TokenBackend {self.algorithm}>"

    def get_leeway(self) -> timedelta:
        """The leeway.

        Raises:
            TokenBackendError: It is neither a number nor a `timedelta`.
        """
        if self.leeway is None:
            return timedelta(0)
        if isinstance(self.leeway, timedelta):
            return self.leeway
        if isinstance(self.leeway, int | float):
            return timedelta(seconds=self.leeway)
        raise TokenBackendError(
            _("Unrecognized type '{}', 'leeway' must be of type int, float or timedelta.").format(
                type(self.leeway)
            )
        )

    @sensitive_variables()
    def encode(self, payload: dict[str, Any]) -> str:
        """Signs claims, `aud` and `iss` of this backend among them."""
        claims = dict(payload)
        if self.audience is not None:
            claims["aud"] = self.audience
        if self.issuer is not None:
            claims["iss"] = self.issuer
        return jwt.encode(
            claims, self.signing_key, algorithm=self.algorithm, json_encoder=self.json_encoder
        )

    @sensitive_variables()
    def decode(self, token: str | bytes, verify: bool = True) -> dict[str, Any]:
        """The claims of a token.

        Args:
            token: As it came.
            verify: With `False` nothing is checked, the signature included: what it says is
                hearsay.

        Raises:
            TokenBackendError: It is not good.
        """
        options: Any = {"verify_aud": self.audience is not None, "verify_signature": verify}
        try:
            key = self._verifying_key(token) if verify else ""
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[self.algorithm],
                audience=self.audience if verify else None,
                issuer=self.issuer if verify else None,
                leeway=self.get_leeway(),
                options=options,
            )
        except jwt.InvalidAlgorithmError as error:
            raise TokenBackendError(_("Invalid algorithm specified")) from error
        except (jwt.PyJWTError, TypeError, ValueError) as error:
            raise TokenBackendError(_("Token is invalid or expired")) from error
        return claims

    def _verifying_key(self, token: str | bytes) -> Any:
        if self.algorithm.startswith("HS"):
            return self.signing_key
        if self.jwks_client is not None:
            return self.jwks_client.get_signing_key_from_jwt(token).key
        return self.verifying_key
