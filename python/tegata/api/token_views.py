"""What the routes of `create_token_router` do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse

from tegata import conf, logins, sessions, sliding
from tegata._tegata import Tokens, Unread, decode_unverified, read_sliding
from tegata.api.challenge import answer_challenge
from tegata.api.login import log_in
from tegata.api.refresh import count
from tegata.api.refresh import refresh as refresh_tokens
from tegata.authenticators import authenticate_login
from tegata.challenge_schemas import ChallengeSchema
from tegata.exceptions import APIError
from tegata.internal import (
    checking,
    cookie_answers,
    loading,
    store,
    token_types,
    transport,
)
from tegata.internal.tenants import tenant_of
from tegata.tokens.base import read
from tegata.tokens.blacklist import end


@dataclass(frozen=True, slots=True)
class IssuedTokens:
    """What `pair` and `refresh` answer from: an output schema takes what it wants of it."""

    tokens: Tokens

    @property
    def access_token(self) -> str:
        """The access token."""
        return self.tokens.access_token

    @property
    def refresh_token(self) -> str | None:
        """The refresh token; `None` where rotation is off and the old one stays."""
        return self.tokens.refresh_token

    @property
    def user(self) -> Any:
        """Whose tokens they are, loaded for those who ask."""
        # It was signed a moment ago.
        claims = decode_unverified(self.tokens.access_token).claims
        loaded = loading.load_user(claims[conf.current().USER_ID_CLAIM])
        return None if loaded is None else loaded.user

    @property
    def expires_in(self) -> int:
        """Seconds that the access token lives from now."""
        return self.tokens.expires_in

    @property
    def scope(self) -> str | None:
        """What the access token covers; `None` where that is nothing."""
        return self.tokens.scope


@dataclass(frozen=True, slots=True)
class IssuedSlidingToken:
    """What `sliding` and `sliding/refresh` answer from.

    Attributes:
        token: The sliding token.
        user: Who has logged in; `None` at a refresh.
    """

    token: str
    user: Any = None

    def __repr__(self) -> str:
        return "<IssuedSlidingToken>"


@dataclass(frozen=True, slots=True)
class AcceptedToken:
    """What `verify` answers from.

    Attributes:
        type: The type of the token.
        user_id: Whose it is.
        session_id: The session that it hangs on.
        issued_at: `iat`.
        expires_at: `exp`.
    """

    type: str
    user_id: int | str
    session_id: str
    issued_at: datetime
    expires_at: datetime


def pair(request: HttpRequest, payload: Any) -> IssuedTokens | HttpResponse:
    """Opens a session and gives its first pair of tokens, or the challenge of a login step."""
    return _issued(log_in(request, payload))


def challenge(request: HttpRequest, payload: Any) -> IssuedTokens | HttpResponse:
    """Takes the answer to a login's challenge: gives the tokens, or the next challenge."""
    return _issued(answer_challenge(request, payload))


def refresh(request: HttpRequest, payload: Any) -> IssuedTokens | HttpResponse:
    """Gives the next tokens. The answer may be asked for again if it was lost."""
    return _issued(refresh_tokens(request, payload))


def verify(request: HttpRequest, payload: Any) -> AcceptedToken:
    """Says yes to a token that a view would take, and to no other."""
    claims = token_types.read(payload.token, None, tenant_of(request, "endpoint"))
    if isinstance(claims, Unread):
        raise APIError.refuse(claims.refusal, "endpoint")
    store.refuse_transaction()
    checking.check_access(claims)
    return AcceptedToken(
        type=str(claims.to_dict()[conf.current().TOKEN_TYPE_CLAIM]),
        user_id=claims.user_id,
        session_id=claims.session_id,
        issued_at=claims.issued_at,
        expires_at=claims.expires_at,
    )


def blacklist(request: HttpRequest, payload: Any) -> None:
    """Ends the session of a refresh token, or of a sliding one.

    An expired token will do, and doing it twice is no mistake.
    """
    sessions.require_sessions()
    tenant, types = tenant_of(request, "endpoint"), ["refresh", "sliding"]
    given = None if payload is None else payload.refresh_token
    token, by_cookie = transport.refresh_credential(request, given)
    with cookie_answers.taken_back_if_over(request, by_cookie):
        claims = read(token, types, tenant, allow_expired=True, place="endpoint")
        store.refuse_transaction()
        end(claims, request)
    if by_cookie:
        cookie_answers.take_back(request)


def sliding_token(request: HttpRequest, payload: Any) -> IssuedSlidingToken | HttpResponse:
    """Opens a session and gives its first sliding token, or the challenge of a login step."""
    by_cookie = transport.login_uses_cookies(request, is_sliding=True)
    user = authenticate_login(request, payload)
    if user is None:
        raise APIError.refuse("invalid_credentials", "endpoint")
    return _answer_of(request, logins.log_in_by(_open_sliding, request, user), by_cookie)


def sliding_challenge(request: HttpRequest, payload: Any) -> IssuedSlidingToken | HttpResponse:
    """Takes the answer to a login's challenge: gives the token, or the next challenge."""
    by_cookie = transport.login_uses_cookies(request, is_sliding=True)
    given = payload.answer
    outcome = logins.answer_by(_open_sliding, request, payload.challenge_token, given)
    return _answer_of(request, outcome, by_cookie)


def sliding_refresh(request: HttpRequest, payload: Any) -> IssuedSlidingToken | HttpResponse:
    """Gives the next sliding token, until the deadline."""
    given = None if payload is None else payload.token
    token, by_cookie = transport.refresh_credential(request, given, is_sliding=True)
    with cookie_answers.taken_back_if_over(request, by_cookie):
        count(request, token, partial(read_sliding, conf.engine()))
        tokens = sliding.refresh_tokens(request, token)
    return _give_sliding(request, tokens, None, by_cookie)


def _open_sliding(request: HttpRequest, user: Any) -> tuple[Tokens, Any]:
    return sliding.open_tokens(request, user), user


def _answer_of(
    request: HttpRequest, outcome: tuple[Tokens, Any] | ChallengeSchema, by_cookie: bool
) -> IssuedSlidingToken | HttpResponse:
    if isinstance(outcome, ChallengeSchema):
        return outcome.response()
    return _give_sliding(request, *outcome, by_cookie)


def _give_sliding(
    request: HttpRequest, tokens: Tokens, user: Any, by_cookie: bool
) -> IssuedSlidingToken | HttpResponse:
    answer = cookie_answers.give(request, tokens, by_cookie)
    return (
        answer
        if isinstance(answer, HttpResponse)
        else IssuedSlidingToken(answer.access_token, user)
    )


def _issued(outcome: Tokens | HttpResponse) -> IssuedTokens | HttpResponse:
    return IssuedTokens(outcome) if isinstance(outcome, Tokens) else outcome
