"""Asking the steps of a site: whatever they do, a login goes on only where one says so."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.views.decorators.debug import sensitive_variables
from pydantic import BaseModel, ValidationError

from tegata.challenge_schemas import ChallengeSchema
from tegata.exceptions import APIError
from tegata.internal.calling import call
from tegata.steps import Challenge, LoginStep, Verdict

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.http import HttpRequest

    from tegata._tegata import OpenedChallenge

logger = logging.getLogger("tegata")

_BROKEN = "A step of the login cannot be taken now; try again later."

Step = LoginStep[Any]


class Asked:
    """A step that asks, its challenge in the forms in which it is kept and shown.

    Attributes:
        step: The step.
        state: The text of a JSON object.
    """

    def __init__(self, step: Step, challenge: Challenge) -> None:
        if step.answer_schema is None:
            raise TypeError("it has no answer_schema, so it cannot ask")
        self.step = step
        self.state = json.dumps(dict(challenge.state), cls=DjangoJSONEncoder)
        shown = challenge.shown
        if shown is not None and not isinstance(shown, step.shown_schema or ()):
            raise TypeError("what it shows is not of its shown_schema")
        self._shown = {} if shown is None else shown.model_dump(mode="json")

    def schema(self, opened: OpenedChallenge) -> ChallengeSchema:
        """What the client is told."""
        seconds = int(opened.expires_in.total_seconds())
        members = {"challenge_token": opened.token, "step": self.step.name, "expires_in": seconds}
        return ChallengeSchema.model_validate(self._shown | members)


@sensitive_variables()
def begin(step: Step, request: HttpRequest, user: AbstractBaseUser) -> Verdict | Asked:
    """What a step says to a login.

    Raises:
        APIError: The site's own, or `service_unavailable` for a step that failed.
    """
    with _failing_closed(step, "begin"):
        outcome = _call(step, step.begin, request, user)
        if isinstance(outcome, Verdict):
            return outcome
        if isinstance(outcome, Challenge):
            return Asked(step, outcome)
        raise TypeError(f"it gave a {type(outcome).__name__}")


@sensitive_variables()
def read_answer(step: Step, given: Mapping[str, Any]) -> BaseModel:
    """An answer by the step's schema.

    Raises:
        APIError: `invalid_request` (422), naming the field; or as `begin`.
    """
    with _failing_closed(step, "answer_schema"):
        try:
            answer: BaseModel = step.answer_schema.model_validate(given)  # type: ignore[union-attr]
        except ValidationError as error:
            problems = error.errors(include_input=False, include_url=False, include_context=False)
            detail = "; ".join(
                f"{'.'.join(map(str, ('answer', *each['loc'])))}: {each['msg']}"
                for each in problems
            )
            raise APIError.refuse("invalid_request", "endpoint", detail=detail) from None
        return answer


@sensitive_variables()
def complete(
    step: Step, request: HttpRequest, user: AbstractBaseUser, state: str, answer: BaseModel
) -> bool:
    """Whether a step takes an answer.

    Raises:
        APIError: As `begin`.
    """
    with _failing_closed(step, "complete"):
        challenge = Challenge(state=json.loads(state))
        is_right = _call(step, step.complete, request, user, challenge, answer)
        # Not what is merely true, such as an object that says no by other means.
        if not isinstance(is_right, bool):
            raise TypeError(f"it gave a {type(is_right).__name__}")
        return is_right


def _call(step: Step, method: Callable[..., Any], *arguments: Any) -> Any:
    return call(f"{step.name}.{method.__name__}", method, *arguments)


@contextmanager
def _failing_closed(step: Step, what: str) -> Iterator[None]:
    """Ends the login where the site's code fails, without a word of what it was called with."""
    try:
        yield
    except APIError:
        raise
    # Whatever a site's code raises.
    except Exception as error:
        # Neither the message nor the locals: there may be a code in them.
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{last.filename}:{last.lineno}"
        kind = type(error).__name__
        logger.error("the login step %s failed in %s: %s at %s", step.name, what, kind, where)
        raise APIError.refuse("service_unavailable", "endpoint", detail=_BROKEN) from None
