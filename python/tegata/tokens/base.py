"""What every token class has in common."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self

from asgiref.sync import sync_to_async
from django.views.decorators.debug import sensitive_variables

from tegata import conf
from tegata._tegata import (
    TypedClaims,
    Unread,
    check_claims,
    draft_token,
    is_token_type,
    read_token,
    sign_token,
)
from tegata.exceptions import APIError
from tegata.internal import clock
from tegata.internal.claims_json import claims_json
from tegata.jose import ExpiredTokenError, InvalidTokenError

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.http import HttpRequest

    from tegata._tegata import Place


class TokenError(APIError):
    """A token that is not good, on its way to the client; where nobody catches it, a 401."""


class _HasClaims(Protocol):
    def to_dict(self) -> dict[str, Any]: ...


class _FromSettings:
    """A duration of `TEGATA`, as it is at the time when somebody asks."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type[object]) -> timedelta:
        duration: timedelta = getattr(conf.current(), self._name)
        return duration


def from_settings(name: str) -> Any:
    """A class attribute that follows a setting, until a subclass puts a `timedelta` there.

    Args:
        name: A key of `TEGATA` that is a duration.
    """
    return _FromSettings(name)


class Token(MutableMapping[str, Any]):
    """A token of one type: a mapping of its claims, and as `str()` the token itself.

    Subclass it, or one of the classes that are there, for a type of your own: say `token_type`, and
    `lifetime` unless the one of ACCESS_TOKEN_LIFETIME will do. A type is 1 to 64 letters, digits,
    `-`, `_` or `.`. Its `repr` shows no token and no claim.

    Args:
        token: The token to read; without it a new one is begun, which is nobody's yet.
        allow_expired: Whether a token past its `exp` is read all the same, for looking at it or
            for ending its session. Everything else is checked as ever.
        tenant: What a token to be read must be bound to, and a new one is: `None` for no tenant.

    Attributes:
        token_type: What the token is for, in its type claim and its JOSE `typ`.
        lifetime: How long a new token is good.
        current_time: When this object was made; its times count from then.

    Raises:
        TokenError: The token is none of ours, of another type or tenant, or expired.
        TypeError: The class has no `token_type`.
    """

    token_type: ClassVar[str | None] = None
    lifetime: ClassVar[timedelta] = from_settings("ACCESS_TOKEN_LIFETIME")
    _any_type: ClassVar[bool] = False
    # Whether `for_user` puts the claims of PAYLOAD_CLASS into it.
    _takes_custom_claims: ClassVar[bool] = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Refuses a type that no token can have.

        Raises:
            TypeError: `token_type` is not a name that can stand in a token.
        """
        super().__init_subclass__(**kwargs)
        if cls.token_type is not None and not is_token_type(cls.token_type):
            raise TypeError(
                f"{cls.__name__}.token_type must be 1 to 64 letters, digits, `-`, `_` or `.`"
            )

    @sensitive_variables()
    def __init__(
        self,
        token: str | None = None,
        *,
        allow_expired: bool = False,
        tenant: str | None = None,
    ) -> None:
        self.current_time = clock.now()
        self._text: str | None = None
        # What the text says, to find out whether the claims are still those.
        self._source: _HasClaims | None = None
        self._signed: tuple[str, str] | None = None
        if token is None:
            self._payload: dict[str, Any] = self._drafted(None, tenant=tenant).to_dict()
            return
        read = self._read(token, tenant, allow_expired=allow_expired)
        self._text, self._source, self._payload = token, read, read.to_dict()

    @classmethod
    @sensitive_variables()
    def for_user(
        cls,
        user: AbstractBaseUser,
        *,
        session: bool = False,
        request: HttpRequest | None = None,
        tenant: str | None = None,
        data: dict[str, Any] | None = None,
    ) -> Self:
        """A new token for a user whose credentials were accepted.

        Without a session it is good only where the check looks at none: with SESSION_CHECK
        `"user"`, `"refresh"` or `"off"`, and a refresh token only with `"off"`. It covers no scopes
        until its claim `scope` is set.

        Args:
            user: Whose token it is.
            session: Whether it gets a row in the table of sessions, and so can be refreshed and
                ended. Where SESSION_CHECK is `"off"` there are none.
            request: The request, whose address and user agent go into the row, and whose tenant
                goes into the token; the payload class sees it too.
            tenant: What the token is bound to, if not the tenant of `request`.
            data: What `session.data` begins with.

        Raises:
            TokenError: `invalid_user`: the user may not log in, or is deleted.
            ValueError: The user was never saved, or no tenant can be called so.
            ImproperlyConfigured: `PAYLOAD_CLASS.claims_for` gave claims that its own fields refuse.
        """
        from tegata.internal import handmade

        claims = handmade.begin(
            cls, user, session=session, request=request, tenant=tenant, data=data
        )
        return cls._begun(claims)

    @classmethod
    async def afor_user(
        cls,
        user: AbstractBaseUser,
        *,
        session: bool = False,
        request: HttpRequest | None = None,
        tenant: str | None = None,
        data: dict[str, Any] | None = None,
    ) -> Self:
        """`for_user`, for async code."""
        make = sync_to_async(cls.for_user)
        return await make(user, session=session, request=request, tenant=tenant, data=data)

    @sensitive_variables()
    def __str__(self) -> str:
        """The token. It is signed when it is asked for, unless nothing was changed since.

        Raises:
            ValueError: No token can have these claims; the message says why.
        """
        source, text = self._source, self._text
        if text is not None and source is not None and source.to_dict() == self._payload:
            return text
        claims = claims_json(self._payload)
        if self._signed is None or self._signed[0] != claims:
            self._signed = claims, sign_token(conf.engine(), clock.now(), self._type(), claims)
        return self._signed[1]

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __getitem__(self, claim: str) -> Any:
        return self._payload[claim]

    def __setitem__(self, claim: str, value: Any) -> None:
        self._payload[claim] = value

    def __delitem__(self, claim: str) -> None:
        del self._payload[claim]

    def __iter__(self) -> Iterator[str]:
        return iter(self._payload)

    def __len__(self) -> int:
        return len(self._payload)

    @property
    def payload(self) -> dict[str, Any]:
        """The claims. To change the dict is to change the token."""
        return self._payload

    def set_exp(
        self,
        claim: str = "exp",
        from_time: datetime | None = None,
        lifetime: timedelta | None = None,
    ) -> None:
        """Sets when the token ends.

        Args:
            claim: The claim to set, if not `exp`.
            from_time: If not when this object was made.
            lifetime: If not that of the class.
        """
        end = (from_time or self.current_time) + (self.lifetime if lifetime is None else lifetime)
        self._payload[claim] = int(end.timestamp())

    def set_iat(self, claim: str = "iat", at_time: datetime | None = None) -> None:
        """Sets when the token was issued: at `at_time`, or when this object was made."""
        self._payload[claim] = int((at_time or self.current_time).timestamp())

    def set_jti(self) -> None:
        """Gives the token another identifier (RFC 7519 section 4.1.7)."""
        self._payload["jti"] = token_urlsafe(16)

    def check_exp(self, claim: str = "exp", current_time: datetime | None = None) -> None:
        """Makes sure that the time of a claim is not over, LEEWAY granted.

        Args:
            claim: The claim, a NumericDate.
            current_time: If not when this object was made.

        Raises:
            TokenError: It is over, is missing, or is no time.
        """
        if claim not in self._payload:
            raise TokenError.refuse("invalid_token", "gate", detail=f"The token has no `{claim}`.")
        try:
            check_claims(
                {"exp": self._payload[claim]},
                leeway=conf.current().LEEWAY,
                now=current_time or self.current_time,
            )
        except ExpiredTokenError:
            raise TokenError.refuse("expired_token", "gate") from None
        except InvalidTokenError:
            raise TokenError.refuse("invalid_token", "gate") from None

    def verify(self) -> None:
        """Makes sure that the token as it is now would be read, of its tenant; no row is looked at.

        Raises:
            TokenError: It would not.
        """
        self._read(str(self), self._tenant(), allow_expired=False)

    @classmethod
    def _type(cls) -> str:
        if cls.token_type is None:
            raise TypeError(f"{cls.__name__} has no token_type; use a subclass that has one")
        return cls.token_type

    @classmethod
    def _read(cls, token: str, tenant: str | None, *, allow_expired: bool) -> TypedClaims:
        if not isinstance(token, str):
            raise TypeError(f"a token is read from a str, not from {type(token).__name__}")
        accepted = None if cls._any_type else [cls._type()]
        return read(token, accepted, tenant, allow_expired=allow_expired)

    @classmethod
    def _begun(cls, claims: dict[str, Any]) -> Self:
        """A new token of these claims."""
        return cls._restored(claims, None, None)

    @classmethod
    def _restored(cls, claims: dict[str, Any], text: str | None, source: _HasClaims | None) -> Self:
        token = cls.__new__(cls)
        token.current_time = clock.now()
        token._text, token._source, token._signed = text, source, None
        token._payload = claims
        return token

    @classmethod
    def _drafted(
        cls,
        user: Any,
        ip_address: str | None = None,
        user_agent: str = "",
        tenant: str | None = None,
    ) -> Any:
        lifetime = cls.lifetime
        refresh_lifetime: timedelta = getattr(cls, "refresh_lifetime", lifetime)
        return draft_token(
            conf.engine(),
            clock.now(),
            cls._type(),
            lifetime,
            refresh_lifetime,
            user,
            ip_address,
            user_agent,
            tenant,
        )

    def _claims(self) -> TypedClaims:
        """The claims as the engine knows them, past `exp` or not."""
        if isinstance(self._source, TypedClaims) and self._source.to_dict() == self._payload:
            return self._source
        return self._read(str(self), self._tenant(), allow_expired=True)

    def _tenant(self) -> str | None:
        # What it was read for, or is made for.
        tenant = self._payload.get(conf.current().TENANT_CLAIM)
        return tenant if isinstance(tenant, str) else None


def read(
    token: str,
    token_types: list[str] | None,
    tenant: str | None,
    *,
    allow_expired: bool = False,
    place: Place = "gate",
) -> TypedClaims:
    """Reads a token of one of these types, or of any.

    Args:
        token: As it came.
        token_types: The types, or `None`.
        tenant: What the token must be bound to; `None` for no tenant.
        allow_expired: Whether its times are left alone.
        place: Where a refusal is answered.

    Raises:
        TokenError: It is not good.
    """
    try:
        now, engine = clock.now(), conf.engine()
        claims = read_token(engine, now, token, token_types, allow_expired, tenant)
    except UnicodeEncodeError:
        # A lone surrogate, which JSON can write.
        raise TokenError.refuse("invalid_token", place) from None
    if isinstance(claims, Unread):
        raise TokenError.refuse(claims.refusal, place)
    return claims
