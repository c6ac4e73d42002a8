"""Sliding tokens: one token that opens views and gives the next of its kind, until a deadline.

Where sessions are kept, a refresh replaces the token: the old one goes out of use as a refresh
token does, and to refresh it again later ends the session. Every function has an async twin with an
`a` in front.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.views.decorators.debug import sensitive_variables

from tegata import conf, events, logins, sessions
from tegata._tegata import Tokens, Unread, check_sliding, open_sliding, read_sliding, rotate_sliding
from tegata.challenge_schemas import ChallengeSchema
from tegata.exceptions import APIError
from tegata.internal import clock
from tegata.internal.tenants import tenant_of
from tegata.tokens import SlidingToken

if TYPE_CHECKING:
    from datetime import timedelta

    from django.contrib.auth.base_user import AbstractBaseUser
    from django.http import HttpRequest


@sensitive_variables()
def log_in(request: HttpRequest, user: AbstractBaseUser) -> str | ChallengeSchema:
    """`tegata.logins.log_in`, for a client that gets one sliding token.

    Args:
        request: The login request.
        user: Whose password was right. Check that it is active first.

    Returns:
        The token to hand out, or the challenge of the first step that asks, which `answer` takes
        the answer to.

    Raises:
        APIError: As `tegata.logins.log_in`.
    """
    return logins.log_in_by(open_session, request, user)


@sensitive_variables()
def answer(
    request: HttpRequest, challenge_token: str, answer: Mapping[str, Any]
) -> str | ChallengeSchema:
    """`tegata.logins.answer`, for a client that gets one sliding token.

    Args:
        request: The request that answers, from the client that was asked.
        challenge_token: As it was handed out.
        answer: As the step's `answer_schema` says.

    Returns:
        As `log_in`.

    Raises:
        APIError: As `tegata.logins.answer`.
        RuntimeError: As `tegata.logins.answer`.
    """
    return logins.answer_by(open_session, request, challenge_token, answer)


@sensitive_variables()
@events.told
def open_session(
    request: HttpRequest,
    user: AbstractBaseUser,
    *,
    data: dict[str, Any] | None = None,
    scopes: Iterable[str] | None = None,
) -> str:
    """`tegata.sessions.open_session`, for a client that gets one sliding token.

    No login step is asked; see `log_in`. What the site grants at the login is the most that the
    tokens of the session cover: each is the refresh token of the next, and says what it covers.

    Args:
        request: The login request; its address and user agent go into the row, its tenant into the
            token.
        user: The user. Check that it is active first.
        data: What `session.data` begins with.
        scopes: The most that the session is for, as `tegata.sessions.open_session` has it.

    Returns:
        The token to hand out.

    Raises:
        APIError: `service_unavailable` (503) if the database cannot answer; `insufficient_scope`
            (403) if none of `scopes` is given to the user.
        ImproperlyConfigured: As `tegata.sessions.open_session`.
    """
    return open_tokens(request, user, data=data, scopes=scopes).access_token


@sensitive_variables()
@events.told
def open_tokens(
    request: HttpRequest,
    user: AbstractBaseUser,
    *,
    data: dict[str, Any] | None = None,
    scopes: Iterable[str] | None = None,
) -> Tokens:
    """`open_session`, for `tegata.cookies.set_tokens`: the sliding token is its access token.

    Args:
        request: As `open_session`.
        user: As `open_session`.
        data: As `open_session`.
        scopes: As `open_session`.

    Raises:
        APIError: As `open_session`.
        ImproperlyConfigured: As `open_session`.
    """
    opening = partial(open_sliding, conf.engine(), _lifetimes())
    return sessions.open_by(opening, request, user, data, scopes)


@sensitive_variables()
@events.told
def refresh(request: HttpRequest, token: str) -> str:
    """Gives the next sliding token for one that may be past its `exp`, but not past its deadline.

    The deadline stays where it was at the login. Who asks again with the same token because an
    answer was lost gets another, as with `tegata.sessions.refresh`.

    Args:
        request: The refresh request; its tenant must be the token's, and the payload class sees it.
        token: The token as it was handed out.

    Raises:
        APIError: A refusal. `token_reuse_detected` has ended the session by then.
        ImproperlyConfigured: `PAYLOAD_CLASS.claims_for` gave claims that cannot go into a token.
        RuntimeError: It was called inside of a transaction, whose rollback would undo a revocation.
    """
    return refresh_tokens(request, token).access_token


@sensitive_variables()
@events.told
def refresh_tokens(request: HttpRequest, token: str) -> Tokens:
    """`refresh`, for `tegata.cookies.set_tokens`: the next sliding token is its access token.

    Args:
        request: As `refresh`.
        token: As `refresh`.

    Raises:
        APIError: As `refresh`.
        ImproperlyConfigured: As `refresh`.
        RuntimeError: As `refresh`.
    """
    now, engine = clock.now(), conf.engine()
    claims = read_sliding(engine, now, token, tenant_of(request, "endpoint"))
    if isinstance(claims, Unread):
        raise APIError.refuse(claims.refusal, "endpoint")
    checking = partial(check_sliding, engine)
    rotating = partial(rotate_sliding, engine, _lifetimes())
    return sessions.rotate_by(checking, rotating, request, now, claims, _lifetimes()[1])


def _lifetimes() -> tuple[timedelta, timedelta]:
    return SlidingToken.lifetime, SlidingToken.refresh_lifetime


alog_in = sync_to_async(log_in)
aanswer = sync_to_async(answer)
aopen_session = sync_to_async(open_session)
arefresh = sync_to_async(refresh)
