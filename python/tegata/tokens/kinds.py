"""The token classes that are there."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from tegata import conf
from tegata._tegata import TypedClaims, draft_token_from
from tegata.internal.claims_json import claims_json
from tegata.tokens.base import Token, TokenError, from_settings
from tegata.tokens.blacklist import BlacklistMixin


class AccessToken(Token):
    """A token that opens views (RFC 9068)."""

    token_type: ClassVar[str | None] = "access"  # noqa: S105
    _takes_custom_claims: ClassVar[bool] = True


class RefreshToken(BlacklistMixin, Token):
    """A token that gives the next pair.

    Attributes:
        access_token_class: What `access_token` makes.
        no_copy_claims: Names of claims that stay out of it.
    """

    token_type: ClassVar[str | None] = "refresh"  # noqa: S105
    lifetime: ClassVar[timedelta] = from_settings("REFRESH_TOKEN_LIFETIME")
    access_token_class: ClassVar[type[AccessToken]] = AccessToken
    no_copy_claims: ClassVar[tuple[str, ...]] = ()
    _takes_custom_claims: ClassVar[bool] = True

    @property
    def access_token(self) -> AccessToken:
        """A new access token of the same login, with the claims of this token.

        It ends no later than this one. No row is looked at and nothing is consumed: what a client
        presents is for `tegata.sessions.refresh`, which rotates, loads the user, and makes the
        claims anew.

        Raises:
            TokenError: `session_not_found`: another library made this token, and only a refresh
                gives tokens of ours for it.
        """
        if isinstance(self._source, TypedClaims) and self._source.is_legacy:
            raise TokenError.refuse("session_not_found", "endpoint")
        made = self.access_token_class
        claims = draft_token_from(
            conf.engine(),
            self.current_time,
            made._type(),
            made.lifetime,
            claims_json(self._payload),
            list(self.no_copy_claims),
        )
        return made._begun(claims)


class SlidingToken(BlacklistMixin, Token):
    """A token that opens views, and gives the next one of its kind until a deadline.

    Attributes:
        refresh_lifetime: How long after the login it can be refreshed.
    """

    token_type: ClassVar[str | None] = "sliding"  # noqa: S105
    lifetime: ClassVar[timedelta] = from_settings("SLIDING_TOKEN_LIFETIME")
    refresh_lifetime: ClassVar[timedelta] = from_settings("SLIDING_TOKEN_REFRESH_LIFETIME")
    _takes_custom_claims: ClassVar[bool] = True


class UntypedToken(Token):
    """A token of any type, for looking at what it says.

    A new one has a type of its own and opens nothing.
    """

    token_type: ClassVar[str | None] = "untyped"  # noqa: S105
    _any_type: ClassVar[bool] = True
