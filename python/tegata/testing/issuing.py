"""Tokens for a user without a login, of any time, issuer and key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypedDict

from asgiref.sync import sync_to_async
from django.test import RequestFactory
from django.views.decorators.debug import sensitive_variables

from tegata import conf, jose, sessions
from tegata.internal import clock, store
from tegata.testing.frozen_clock import as_of, moment_of

if TYPE_CHECKING:
    from typing import Unpack

    from django.contrib.auth.base_user import AbstractBaseUser
    from django.http import HttpRequest

    from tegata.models import Session
    from tegata.testing.frozen_clock import Moment


class TokenOptions(TypedDict, total=False):
    """What `tokens` takes besides the user, all by name and all optional.

    Attributes:
        issued_at: When the session was opened and both tokens were issued. Now, or as long before
            a chosen end as the settings let a token live.
        expires_at: The `exp` of the access token, if not `ACCESS_TOKEN_LIFETIME` later.
        refresh_expires_at: The `exp` of the refresh token, if not `REFRESH_TOKEN_LIFETIME` later.
        not_before: The `nbf` of both, which they do not have otherwise.
        claims: Claims that the access token has besides or instead of its own.
        issuer: The `iss` of both, if not that of the settings.
        audience: The `aud` of both, if not that of the settings.
        key: What signs both, if not the site's own key.
        request: The login request, for `PAYLOAD_CLASS.claims_for` and the columns of the row.
        data: What `session.data` begins with.
    """

    issued_at: Moment
    expires_at: Moment
    refresh_expires_at: Moment
    not_before: Moment
    claims: Mapping[str, Any]
    issuer: str
    audience: str | list[str]
    key: jose.Key
    request: HttpRequest
    data: dict[str, Any]


@dataclass(frozen=True, slots=True, repr=False)
class IssuedTokens:
    """A session and its tokens; the `repr` shows neither.

    Attributes:
        access_token: For the `Authorization` header.
        refresh_token: For `refresh/`.
        session_id: The primary key of the `Session`.
    """

    access_token: str
    refresh_token: str
    session_id: str

    @property
    def headers(self) -> dict[str, str]:
        """The header of a signed-in client, for any client there is."""
        return bearer(self.access_token)

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies of a signed-in browser, by their names."""
        named = conf.cookies()
        # The name hangs on no path.
        return {
            named.access().name: self.access_token,
            named.refresh("/").name: self.refresh_token,
        }

    @property
    def session(self) -> Session:
        """The row, as it is now.

        Raises:
            Session.DoesNotExist: There is none, as with the SESSION_CHECK `"off"`.
        """
        return store.sessions().get(pk=self.session_id)

    async def asession(self) -> Session:
        """`session`, for async code."""
        return await store.sessions().aget(pk=self.session_id)

    def __repr__(self) -> str:
        return "<IssuedTokens>"


def bearer(token: str) -> dict[str, str]:
    """The header that carries an access token, by the first scheme that the site takes
    (RFC 6750 section 2.1)."""
    return {"Authorization": f"{conf.current().AUTH_HEADER_TYPES[0]} {token}"}


@sensitive_variables()
def tokens(user: AbstractBaseUser, **options: Unpack[TokenOptions]) -> IssuedTokens:
    """Opens a session for a user, as a login does once the password was right.

    The row is a real one and `user_logged_in` is sent, so the tokens are refused and let in as
    those of a login are, whatever SESSION_CHECK says.

    Args:
        user: The user, saved. Whether it is active is not asked.
        options: See `TokenOptions`.

    Raises:
        APIError: As `tegata.sessions.open_session`.
        ValueError: A point in time without a timezone, or claims that cannot be written.
    """
    ends = (
        _moment(options.get("expires_at")),
        _moment(options.get("refresh_expires_at")),
    )
    request = options.get("request") or RequestFactory().post("/")
    with as_of(_moment(options.get("issued_at")) or _issued_before(*ends)):
        opened = sessions.open_session(request, user, data=options.get("data"))
    both = {
        "iss": options.get("issuer"),
        "aud": options.get("audience"),
        "nbf": _seconds(_moment(options.get("not_before"))),
    }
    key = options.get("key")
    custom = dict(options.get("claims", {}))
    refresh_token = opened.refresh_token or ""
    session_id = jose.decode_unverified(refresh_token, **limits()).claims[
        conf.current().SESSION_ID_CLAIM
    ]
    return IssuedTokens(
        _changed(opened.access_token, {**both, "exp": _seconds(ends[0])}, custom, key),
        _changed(refresh_token, {**both, "exp": _seconds(ends[1])}, {}, key),
        str(session_id),
    )


def site_key() -> jose.Key:
    """The key that the site signs with."""
    return conf.engine().signing_key(clock.now())


def limits() -> dict[str, int]:
    """How long a token may be that the site made."""
    return {"max_token_length": conf.current().MAX_TOKEN_LENGTH}


def _changed(
    token: str, changes: Mapping[str, Any], custom: dict[str, Any], key: jose.Key | None
) -> str:
    given = {name: value for name, value in changes.items() if value is not None} | custom
    if not given and key is None:
        return token
    read = jose.decode_unverified(token, **limits())
    return jose.encode(read.claims | given, key or site_key(), headers={"typ": read.header["typ"]})


def _issued_before(access_end: datetime | None, refresh_end: datetime | None) -> datetime:
    """Now, or so early that no token ends before its time."""
    rules, moments = conf.current(), [clock.now()]
    if access_end is not None:
        moments.append(access_end - rules.ACCESS_TOKEN_LIFETIME)
    if refresh_end is not None:
        moments.append(refresh_end - rules.REFRESH_TOKEN_LIFETIME)
    return min(moments)


def _moment(at: Moment | None) -> datetime | None:
    return None if at is None else moment_of(at)


def _seconds(moment: datetime | None) -> float | None:
    """A NumericDate (RFC 7519 section 2), as exact as the moment is."""
    return None if moment is None else moment.timestamp()


atokens = sync_to_async(tokens)
