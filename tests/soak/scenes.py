"""A session of its own for one try of something, while nothing else goes on."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from tests.soak.callers import PATIENT, Caller, How
from tests.soak.history import Event, Pair
from tests.soak.prepare_site import user_name
from tests.soak.properties import Breach, Violation
from tests.soak.world import World

_ATTEMPTS = 5

ResultT = TypeVar("ResultT")


class SpoiltError(Exception):
    """What should have been ready for a try was refused."""


class SlowError(Exception):
    """The machine was too slow for a try to show anything."""


def in_time(attempt: Callable[[], ResultT]) -> ResultT:
    """What a try shows; one for which the machine was too slow is made again.

    Raises:
        SpoiltError: It was too slow each time.
    """
    for _ in range(_ATTEMPTS):
        try:
            return attempt()
        except SlowError as error:
            told = str(error)
    raise SpoiltError(told)


@dataclass
class Scene:
    """Somebody with tokens.

    Attributes:
        caller: Who asks.
        user: Whose session it is.
        pairs: The tokens, one pair of each generation, in their order.
    """

    world: World
    caller: Caller
    user: str = user_name(0)
    pairs: list[Pair] = field(default_factory=list)
    _began: float = field(default_factory=time.monotonic)

    @property
    def age(self) -> float:
        """How many seconds ago it was made."""
        return time.monotonic() - self._began

    @property
    def session(self) -> str:
        """Its id, or nothing before the login."""
        return self.pairs[0].session if self.pairs else ""

    def pair(self, generation: int) -> Pair:
        """The tokens of a generation; the first is 1."""
        return self.pairs[generation - 1]

    def grow(self, generation: int) -> Scene:
        """Logs in, and refreshes up to this generation.

        Raises:
            SpoiltError: It was refused.
        """
        while len(self.pairs) < generation:
            event = self._refresh() if self.pairs else self._log_in()
            if event.pair is None:
                raise SpoiltError(str(event))
            self.pairs.append(event.pair)
        return self

    def rob(self) -> None:
        """What is done to the session would not be done by an honest client."""
        self.world.history.rob(self.session)

    def retry(self, question: Callable[[str, Pair, How], Event], pair: Pair) -> Event:
        """Asks until there is an answer."""
        return self.caller.persist(question, self.user, pair)

    def expect(self, is_right: bool, told: str) -> None:
        """Takes down what is not right."""
        if not is_right:
            violation = Violation(Breach.UNEXPECTED, self.session, told)
            self.world.violations.append(violation)

    def _log_in(self) -> Event:
        for _ in range(_ATTEMPTS):
            event = self.caller.log_in(self.user, PATIENT)
            if event.status not in {None, 503}:
                break
        return event

    def _refresh(self) -> Event:
        return self.retry(self.caller.refresh, self.pairs[-1])
