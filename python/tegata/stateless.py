"""The gate for views that need no user row: no query at all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tegata import conf
from tegata.auth import JWTAuth
from tegata.auth_details import AuthDetails
from tegata.internal.later import Later

if TYPE_CHECKING:
    from tegata._tegata import AccessClaims
    from tegata.tokens import Token


class StatelessJWTAuth(JWTAuth):
    """`JWTAuth` by signature and times alone, with a user made of the token's claims.

    `request.user` and `request.auth.user` are a `TEGATA["TOKEN_USER_CLASS"]`. A logout, a change of
    password and a deactivation act at the next refresh, so keep ACCESS_TOKEN_LIFETIME short.
    `request.auth.session` is still there for those who ask, at the price of a query.

    Args:
        scopes: As `JWTAuth` has it.
        fresh: As `JWTAuth` has it.
        token_classes: As `JWTAuth` has it.
        transport: As `JWTAuth` has it.
        token_user_class: What is made of a token, if not `TEGATA["TOKEN_USER_CLASS"]`.

    Raises:
        ImproperlyConfigured: As `JWTAuth`.
        APIError: One of `missing_token`, `invalid_token`, `invalid_token_type`, `expired_token` and
            `login_required` (401), or `insufficient_scope` (403).
    """

    def __init__(
        self,
        *,
        scopes: list[str] | tuple[str, ...] | set[str] | frozenset[str] | None = None,
        fresh: timedelta | float | None = None,
        token_classes: Sequence[type[Token]] | None = None,
        transport: str | None = None,
        token_user_class: type[Any] | None = None,
    ) -> None:
        super().__init__(
            scopes=scopes,
            fresh=fresh,
            session_check="refresh",
            token_classes=token_classes,
            transport=transport,
        )
        self.token_user_class = token_user_class

    def _let_in(self, claims: AccessClaims) -> AuthDetails[Any, Any]:
        return self._with_token_user(claims, super()._let_in(claims))

    def _let_in_at_once(self, claims: AccessClaims) -> AuthDetails[Any, Any] | None:
        admitted = super()._let_in_at_once(claims)
        return None if admitted is None else self._with_token_user(claims, admitted)

    def _with_token_user(
        self, claims: AccessClaims, admitted: AuthDetails[Any, Any]
    ) -> AuthDetails[Any, Any]:
        user_class = self.token_user_class or conf.current().TOKEN_USER_CLASS
        accepted = self.token_classes or conf.current().AUTH_TOKEN_CLASSES
        return AuthDetails(
            user=Later(lambda: user_class(_token(claims, accepted))),
            session=Later(lambda: admitted.session, reads=True),
            claims=Later(lambda: admitted.claims),
            token=claims,
        )


def _token(claims: AccessClaims, accepted: Sequence[type[Token]]) -> Token:
    payload = claims.to_dict()
    token_type = payload.get(conf.current().TOKEN_TYPE_CLAIM)
    token_class = next((each for each in accepted if each.token_type == token_type), accepted[0])
    return token_class._begun(payload)
