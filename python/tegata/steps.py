"""What a login asks for besides the password: `TEGATA["LOGIN_STEPS"]`.

A step passes, refuses, or asks; see the guide «Second factor».
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import BaseModel

if TYPE_CHECKING:
    from django.http import HttpRequest


class Verdict(Enum):
    """What a step says that does not ask: `PASS`, or `REFUSE`, answered as a wrong password is."""

    PASS = "pass"  # noqa: S105 (no password)
    REFUSE = "refuse"


PASS = Verdict.PASS
REFUSE = Verdict.REFUSE


@dataclass(frozen=True)
class Challenge:
    """What a step asks.

    Attributes:
        shown: What the client is shown besides the name of the step; an object of the step's
            `shown_schema`.
        state: What the step itself has to know when the answer comes, as JSON. It stays on the
            server. Of a code that was sent, keep a digest.
    """

    shown: BaseModel | None = None
    state: Mapping[str, Any] = field(default_factory=dict, repr=False)


Outcome = Verdict | Challenge

AnswerT = TypeVar("AnswerT", bound=BaseModel)


class LoginStep(Generic[AnswerT]):
    """One step between a correct password and the tokens.

    Both methods may be `async def`. One object serves all requests, so keep nothing of a request
    on it. What a method raises ends the login with 503, and what it gives that is none of the
    outcomes does too: a step that is broken lets nobody in. An `APIError` is the site's own
    refusal and goes out as it is.

    Attributes:
        name: What the client is told of the step, such as `totp`; letters, digits, `-` and `_`.
        answer_schema: What an answer must look like. It is looked at before the attempt is counted,
            so it must not tell a right answer from a wrong one. A step without one cannot ask.
        shown_schema: What the client is shown besides, for the OpenAPI document; `None` if nothing.
    """

    name: str
    answer_schema: type[AnswerT] | None = None
    shown_schema: type[BaseModel] | None = None

    def begin(self, request: HttpRequest, user: Any) -> Outcome | Awaitable[Outcome]:
        """Says whether a login passes this step.

        Args:
            request: The login request, or the one that has answered the step before.
            user: Whose password was right.

        Returns:
            `PASS`, `REFUSE`, or a `Challenge` that a second request completes.
        """
        raise NotImplementedError

    def complete(
        self, request: HttpRequest, user: Any, challenge: Challenge, answer: AnswerT
    ) -> bool | Awaitable[bool]:
        """Says whether an answer is right.

        It is called for a few answers only, however many requests come at once. A right answer
        may still come to nothing, if another one was faster.

        Args:
            request: The request that answers.
            user: The user, as loaded now.
            challenge: What `begin` gave, its `state` as JSON gives it back, without `shown`.
            answer: The answer.
        """
        raise NotImplementedError
