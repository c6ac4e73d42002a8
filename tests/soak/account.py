"""The account of a soak, for people to read and for a test to hold on to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.soak.history import Event, History, Kind
from tests.soak.properties import Breach, Violation

_MOST_TOLD = 10
_MOST_EVENTS = 60


@dataclass
class Account:
    """What happened on one database.

    Attributes:
        database: Its name.
        seed: What the chances were drawn from.
        seconds: How long it took.
        lines: What happened, and how often.
        violations: What must not have happened.
        trails: The last events of the sessions with a violation.
    """

    database: str
    seed: str
    seconds: float
    lines: dict[str, int]
    violations: list[Violation]
    trails: dict[str, list[str]] = field(default_factory=dict)

    @property
    def is_clean(self) -> bool:
        """Whether nothing happened that must not."""
        return not self.violations

    def breaches(self) -> dict[str, int]:
        """How many sessions each breach befell."""
        befallen = {(each.breach, each.session or each.told) for each in self.violations}
        counts = Counter(breach for breach, _ in befallen)
        return {breach.value: counts[breach] for breach in Breach}

    def __str__(self) -> str:
        """The account as it is printed."""
        return "\n".join(self._told())

    def _told(self) -> Iterator[str]:
        yield f"{self.database}, {self.seconds:.0f} seconds, seed {self.seed}"
        for name, number in (self.lines | self.breaches()).items():
            yield f"  {name:<28}{number:>10,}"
        for violation in self.violations[:_MOST_TOLD]:
            yield f"  ! {violation.breach}: session {violation.session[:6]}: {violation.told}"
        if (untold := len(self.violations) - _MOST_TOLD) > 0:
            yield f"  ! and {untold} more"
        for session, trail in self.trails.items():
            yield f"  session {session[:6]}, its last events:"
            yield from (f"    {line}" for line in trail)


def trails(history: History, violations: list[Violation]) -> dict[str, list[str]]:
    """What the first sessions with a violation have been through."""
    sessions = history.sessions()
    names = dict.fromkeys(each.session for each in violations if each.session in sessions)
    return {
        name: [str(event) for event in sessions[name].events[-_MOST_EVENTS:]]
        for name in list(names)[:2]
    }


def count_refreshes(history: History, advances: int) -> dict[str, int]:
    """How they went; `advances` is how many the database has committed."""
    refreshes = [event for event in history.events() if event.kind is Kind.REFRESH]
    good = [event for event in refreshes if event.is_good]
    told = sum(event.has_swapped for event in good)
    return {
        "refreshes made": len(good) + advances - told,
        "answers lost": sum(event.answered is None for event in refreshes),
        "  after the commit": advances - told,
        "repeats": len(good) - told,
        "races": count_races(refreshes),
    }


def count_races(refreshes: list[Event]) -> int:
    """How many generations had two of their tokens presented at once."""
    contested = set()
    until: dict[tuple[str | None, int | None], float] = {}
    for event in refreshes:
        generation = (event.session, event.generation)
        if event.sent < until.get(generation, 0):
            contested.add(generation)
        until[generation] = max(event.answered or event.sent, until.get(generation, 0))
    return len(contested)
