"""From a correct password to the tokens, by way of `TEGATA["LOGIN_STEPS"]`.

What `login/` and `login/challenge/` do, for views of your own. Every function has an async twin
with an `a` in front. They answer with values or raise `APIError`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from asgiref.sync import sync_to_async
from django.db import IntegrityError
from django.views.decorators.debug import sensitive_variables

from tegata import conf, events, sessions, throttling
from tegata._tegata import Refusal, Tokens
from tegata.authenticators import send_login_failed
from tegata.challenge_schemas import ChallengeSchema
from tegata.exceptions import APIError
from tegata.internal import challenges, clock, loading, login_steps, store
from tegata.internal.tenants import tenant_of
from tegata.login_challenge import LoginChallenge
from tegata.steps import Verdict

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.http import HttpRequest

OpenedT = TypeVar("OpenedT")
# What opens the session after the last step, and so says what a login gives.
Opening: TypeAlias = "Callable[[HttpRequest, AbstractBaseUser], OpenedT]"


@sensitive_variables()
@events.told
def log_in(request: HttpRequest, user: AbstractBaseUser) -> Tokens | ChallengeSchema:
    """Goes through the login steps, and opens a session after the last one.

    Args:
        request: The login request.
        user: Whose password was right. Check that it is active first.

    Returns:
        The tokens to hand out, or the challenge of the first step that asks; its `response()` is
        the answer of a view.

    Raises:
        APIError: `invalid_credentials` if a step refuses, `service_unavailable` (503) if one fails
            or the database cannot answer; or what a step raises itself.
    """
    return log_in_by(sessions.open_session, request, user)


@sensitive_variables()
@events.told
def log_in_by(
    opening: Opening[OpenedT], request: HttpRequest, user: AbstractBaseUser
) -> OpenedT | ChallengeSchema:
    """`log_in`, for a login that gives something else than a pair of tokens."""
    return _go_on(opening, request, user, [])


@sensitive_variables()
@events.told
def log_in_at_once(
    request: HttpRequest, user: AbstractBaseUser, *, scopes: Iterable[str] | None = None
) -> Tokens | None:
    """As `log_in`, for a client that cannot be asked: `None` if a step would.

    Args:
        request: As `log_in`.
        user: As `log_in`.
        scopes: The most that the session is for; see `sessions.open_session`.

    Raises:
        APIError: As `log_in`; `insufficient_scope` as `sessions.open_session`.
    """
    return log_in_at_once_by(partial(sessions.open_session, scopes=scopes), request, user)


@sensitive_variables()
@events.told
def log_in_at_once_by(
    opening: Opening[OpenedT], request: HttpRequest, user: AbstractBaseUser
) -> OpenedT | None:
    """`log_in_at_once`, for a login that gives something else than a pair of tokens."""
    if _first_that_asks(request, user, []) is not None:
        return None
    return opening(request, user)


@sensitive_variables()
@events.told
def answer(
    request: HttpRequest, challenge_token: str, answer: Mapping[str, Any]
) -> Tokens | ChallengeSchema:
    """Takes the answer to a challenge, and goes on with the login.

    Args:
        request: The request that answers, from the client that was asked.
        challenge_token: As it was handed out.
        answer: As the step's `answer_schema` says.

    Returns:
        As `log_in`.

    Raises:
        APIError: `invalid_challenge` if there is nothing to be answered, `invalid_request` (422) if
            the answer is not of the step's schema, which costs no attempt, `invalid_credentials`
            if it is wrong, `rate_limited` (429) for too many wrong ones, counted by
            `TEGATA["LOGIN_THROTTLE"]`; else as `log_in`.
        RuntimeError: It was called inside of a transaction, whose rollback would undo the count.
    """
    return answer_by(sessions.open_session, request, challenge_token, answer)


@sensitive_variables()
@events.told
def answer_by(
    opening: Opening[OpenedT],
    request: HttpRequest,
    challenge_token: str,
    answer: Mapping[str, Any],
) -> OpenedT | ChallengeSchema:
    """`answer`, for a login that gives something else than a pair of tokens."""
    store.refuse_transaction(LoginChallenge, "tegata.logins cannot take an answer")
    steps = {each.name: each for each in conf.current().LOGIN_STEPS if each.answer_schema}
    tenant = tenant_of(request, "endpoint")
    with store.database_errors("endpoint"):
        challenge = challenges.load(challenge_token)
        attempt = conf.engine().try_challenge(
            clock.now(),
            challenge_token,
            None if challenge is None else challenges.row_of(challenge),
            None if challenge is None else loading.user_row(challenge.user),
            request.headers.get("User-Agent", ""),
            tenant,
            list(steps),
        )
        if challenge is None or isinstance(attempt, Refusal):
            raise APIError.refuse("invalid_challenge", "endpoint")
        user, step = challenge.user, steps[challenge.step]
        given = login_steps.read_answer(step, answer)
        # A new challenge costs a password that is known already, so the challenge's own attempts
        # do not bound the guesses.
        with throttling.attempt(request, user.get_username(), scope="step") as guess:
            refusal = attempt.carry_out(
                lambda: challenges.count(attempt),
                lambda: login_steps.complete(step, request, user, challenge.state, given),
                lambda: challenges.consume(attempt),
            )
            if refusal is None:
                guess.succeeded()
        if refusal == Refusal("invalid_credentials"):
            raise _failed(request, user)
        if refusal is not None:
            raise APIError.refuse(refusal, "endpoint")
        return _go_on(opening, request, user, [*challenge.passed.split(), step.name])


def _go_on(
    opening: Opening[OpenedT], request: HttpRequest, user: AbstractBaseUser, passed: list[str]
) -> OpenedT | ChallengeSchema:
    asked = _first_that_asks(request, user, passed)
    if asked is None:
        return opening(request, user)
    opened = conf.engine().open_challenge(
        clock.now(),
        loading.user_row(user),
        asked.step.name,
        request.headers.get("User-Agent", ""),
        tenant_of(request, "endpoint"),
    )
    with store.database_errors("endpoint"):
        try:
            challenges.insert(opened, user, asked.step.name, passed, asked.state)
        except IntegrityError:
            # The user was deleted since the login was accepted.
            raise APIError.refuse("invalid_credentials", "endpoint") from None
        events.challenged(user, asked.step.name)
    return asked.schema(opened)


def _first_that_asks(
    request: HttpRequest, user: AbstractBaseUser, passed: list[str]
) -> login_steps.Asked | None:
    """The next step that asks, if any; `passed` gets the names of those before it."""
    for step in conf.current().LOGIN_STEPS:
        if step.name in passed:
            continue
        outcome = login_steps.begin(step, request, user)
        if isinstance(outcome, login_steps.Asked):
            return outcome
        if outcome is not Verdict.PASS:
            raise _failed(request, user)
        passed.append(step.name)
    return None


def _failed(request: HttpRequest, user: AbstractBaseUser) -> APIError:
    """The refusal of a step, after lockout tools have heard of it."""
    send_login_failed(request, user.get_username())
    return APIError.refuse("invalid_credentials", "endpoint")


alog_in = sync_to_async(log_in)
alog_in_at_once = sync_to_async(log_in_at_once)
aanswer = sync_to_async(answer)
