"""Tokens as objects; see `tegata.tokens` for what they can besides."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self

from asgiref.sync import sync_to_async
from django.apps import apps
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

import tegata.compat.ninja_jwt.installed  # noqa: F401 (ahead of what needs the tables)
from tegata import conf
from tegata.compat.ninja_jwt import peers
from tegata.compat.ninja_jwt.exceptions import TokenError, message_of
from tegata.exceptions import APIError
from tegata.internal.scopes import granted_scopes
from tegata.tokens import base, blacklist, kinds

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.http import HttpRequest

    from tegata._tegata import TypedClaims
    from tegata.compat.ninja_jwt.backends import TokenBackend
    from tegata.compat.ninja_jwt.token_blacklist.models import BlacklistedToken

__all__ = ["AccessToken", "BlacklistMixin", "RefreshToken", "SlidingToken", "Token", "UntypedToken"]

# Of the login that is going on, whose address and user agent go into the row.
request_of_login: ContextVar[HttpRequest | None] = ContextVar("ninja_jwt_login", default=None)


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except TokenError:
        raise
    except APIError as error:
        raise TokenError(message_of(error)) from None


class Token(base.Token):
    """A token of one type.

    Args:
        token: The token to read; without it a new one is begun.
        verify: Whether a token past its times is refused, and `verify()` asked. Its signature is
            checked in any case.
        tenant: As `tegata.tokens.Token` has it.

    Raises:
        TokenError: The token is not good.
    """

    @sensitive_variables()
    def __init__(
        self, token: Any = None, verify: bool = True, *, tenant: str | None = None
    ) -> None:
        if self.token_type is None or self.lifetime is None:
            raise TokenError(_("Cannot create token with no type or lifetime"))
        try:
            text = token.decode() if isinstance(token, bytes) else token
        except UnicodeDecodeError:
            text = ""
        if text is not None and not isinstance(text, str):
            text = ""
        with _errors():
            super().__init__(text, allow_expired=not verify, tenant=tenant)
        if text is not None and verify:
            self.verify()

    @classmethod
    def for_user(
        cls,
        user: AbstractBaseUser,
        *,
        session: bool | None = None,
        request: HttpRequest | None = None,
        tenant: str | None = None,
        data: dict[str, Any] | None = None,
    ) -> Self:
        """A new token for a user whose credentials were accepted.

        Args:
            user: Whose token it is.
            session: As `tegata.tokens.Token.for_user` has it. Unless it is said, refresh and
                sliding tokens get a row.
            request: Of the login, unless it is the one that this library is answering.
            tenant: As `tegata.tokens.Token.for_user` has it.
            data: What `session.data` begins with.

        Raises:
            TokenError: The user may not log in.
        """
        if session is None:
            session = issubclass(cls, blacklist.BlacklistMixin)
        if request is None:
            request = request_of_login.get()
        with _errors():
            token = super().for_user(
                user, session=session, request=request, tenant=tenant, data=data
            )
            if request is not None and request is request_of_login.get():
                token._grant(granted_scopes(user, request, None))
        return token

    @classmethod
    async def afor_user(
        cls,
        user: AbstractBaseUser,
        *,
        session: bool | None = None,
        request: HttpRequest | None = None,
        tenant: str | None = None,
        data: dict[str, Any] | None = None,
    ) -> Self:
        """`for_user`, for async code."""
        make = sync_to_async(cls.for_user)
        return await make(user, session=session, request=request, tenant=tenant, data=data)

    @classmethod
    def _read(cls, token: str, tenant: str | None, *, allow_expired: bool) -> Any:
        try:
            return super()._read(token, tenant, allow_expired=allow_expired)
        except base.TokenError:
            types = None if cls._any_type else {cls._type()}
            of_peer = peers.read(token, types, tenant, allow_expired=allow_expired)
            if of_peer is None:
                raise
            return of_peer

    def _grant(self, scopes: list[str] | None) -> None:
        """Has the token cover what the site grants at a login."""
        if scopes:
            self["scope"] = " ".join(scopes)

    def _claims(self) -> TypedClaims:
        if isinstance(self._source, peers.PeerClaims):
            raise TokenError(_("Token is blacklisted"))
        return super()._claims()

    @property
    def token(self) -> str | None:
        """What it was read from; `None` for a new one."""
        return self._text

    @property
    def token_backend(self) -> TokenBackend:
        """The backend of the settings."""
        from tegata.compat.ninja_jwt.state import token_backend

        return token_backend

    def get_token_backend(self) -> TokenBackend:
        """As `token_backend`."""
        return self.token_backend

    def verify(self) -> None:
        """What is checked besides when a token is read; override it to check more.

        Raises:
            TokenError: The token is not good.
        """
        self.check_exp()
        self.verify_token_type()

    def verify_token_type(self) -> None:
        """Makes sure of the type claim.

        Raises:
            TokenError: It is missing, or of another type.
        """
        claim = conf.current().TOKEN_TYPE_CLAIM
        if claim not in self:
            raise TokenError(_("Token has no type"))
        if self[claim] != self.token_type:
            raise TokenError(_("Token has wrong type"))

    def check_exp(self, claim: str = "exp", current_time: datetime | None = None) -> None:
        """Makes sure that the time of a claim is not over, LEEWAY granted.

        Raises:
            TokenError: It is over, is missing, or is no time.
        """
        if claim not in self:
            raise TokenError(_("Token has no '{}' claim").format(claim))
        try:
            super().check_exp(claim, current_time)
        except base.TokenError:
            raise TokenError(_("Token '{}' claim has expired").format(claim)) from None


class BlacklistMixin(blacklist.BlacklistMixin):
    """For tokens whose session can be ended by them."""

    def verify(self) -> None:
        """As `Token.verify`; with `"ninja_jwt.token_blacklist"` installed, the row is asked too."""
        if apps.is_installed("ninja_jwt.token_blacklist") and _keeps_sessions():
            self.check_blacklist()
        super().verify()

    def check_blacklist(self) -> None:
        """Makes sure that the session of the token has not ended.

        Raises:
            TokenError: It has, or the token was replaced.
        """
        with _errors():
            super().check_blacklist()

    def blacklist(  # type: ignore[override]
        self, request: HttpRequest | None = None
    ) -> tuple[BlacklistedToken, bool]:
        """Ends the session of the token, and sends `user_logged_out` if it was live.

        Returns:
            The row, and whether the session was live until now.

        Raises:
            TokenError: There is no row.
        """
        from tegata.compat.ninja_jwt.token_blacklist.models import BlacklistedToken

        with _errors():
            claims = self._claims()
            created = blacklist.end(claims, request)
        row: Any = BlacklistedToken.objects.filter(pk=claims.session_id).first()
        if row is None:
            raise TokenError(_("Token is blacklisted"))
        return row, created

    async def ablacklist(  # type: ignore[override]
        self, request: HttpRequest | None = None
    ) -> tuple[BlacklistedToken, bool]:
        """`blacklist`, for async code."""
        return await sync_to_async(self.blacklist)(request)


def _keeps_sessions() -> bool:
    return conf.current().SESSION_CHECK != "off"


class AccessToken(Token, kinds.AccessToken):
    """A token that opens views."""


class RefreshToken(  # pyright: ignore[reportIncompatibleMethodOverride]
    BlacklistMixin, Token, kinds.RefreshToken
):
    """A token that gives the next pair."""

    access_token_class: ClassVar[type[kinds.AccessToken]] = AccessToken
    _granted: list[str] | None = None

    @property
    def access_token(self) -> kinds.AccessToken:
        """As `tegata.tokens.RefreshToken` has it; at a login it covers what the site grants.

        Raises:
            TokenError: The other library made this token, which has no session here.
        """
        if isinstance(self._source, peers.PeerClaims):
            raise TokenError(_("Token is blacklisted"))
        token = super().access_token
        if isinstance(token, Token) and "scope" not in token:
            token._grant(self._granted)
        return token

    def _grant(self, scopes: list[str] | None) -> None:
        # On the token itself they would be a bound for every refresh.
        self._granted = scopes


class SlidingToken(  # pyright: ignore[reportIncompatibleMethodOverride]
    BlacklistMixin, Token, kinds.SlidingToken
):
    """A token that opens views, and gives the next one of its kind until a deadline."""


class UntypedToken(Token, kinds.UntypedToken):
    """A token of any type, for looking at what it says."""

    def verify_token_type(self) -> None:
        """Any will do."""
