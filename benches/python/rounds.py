"""Interleaved measuring: in each round every library has its turn, within one second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles

from conversation import Case, Side


@dataclass(frozen=True)
class Pace:
    """How thoroughly to measure."""

    rounds: int
    turn: float  # seconds


QUICK = Pace(rounds=9, turn=0.01)
FULL = Pace(rounds=21, turn=0.03)


@dataclass
class Series:
    """Nanoseconds per call, one value for each round."""

    values: list[float] = field(default_factory=list)

    @property
    def typical(self) -> float:
        """The median, in microseconds."""
        return median(self.values) / 1_000

    @property
    def spread(self) -> float:
        """How far apart the quartiles are, relative to the median."""
        low, _, high = quantiles(self.values, n=4)
        return (high - low) / median(self.values)

    def over(self, other: Series) -> float:
        """How many times as long as the other's these calls take.

        The median of the rounds' ratios, so that what slows down a whole round counts for nothing.
        """
        return median(a / b for a, b in zip(self.values, other.values, strict=True))


@dataclass(frozen=True)
class Work:
    """A piece of work that every library of a table is asked for."""

    operation: str
    algorithm: str
    size: str

    def __str__(self) -> str:
        return f"{self.operation} {self.algorithm} {self.size}"


Runner = tuple[Side, str]


def measure(
    work: Work, runners: Sequence[Runner], pace: Pace, threads: Sequence[int] = (1,)
) -> dict[int, dict[str, Series]]:
    """What each library needs for a piece of work, in each number of threads.

    Libraries that lack the algorithm are left out.
    """
    turns: list[tuple[Side, Case, int]] = []
    for side, peer in runners:
        case = Case(peer, work.operation, work.algorithm, work.size)
        times = _times(side, case, pace.turn)
        if times:
            turns.append((side, case, times))
    found = {count: {case.peer: Series() for _, case, _ in turns} for count in threads}
    for number in range(pace.rounds):
        # Nobody is always the one who runs after the slowest.
        first = number % len(turns)
        for side, case, times in turns[first:] + turns[:first]:
            for count in threads:
                taken = side.time(case, count, times)
                if taken is not None:
                    found[count][case.peer].values.append(taken / times)
    return found


def _times(side: Side, case: Case, turn: float) -> int:
    """How many calls fill a turn; none where the library lacks the algorithm."""
    times = 1
    while (taken := side.time(case, 1, times)) is not None:
        if taken >= turn * 1e9 / 4:
            return max(1, round(times * turn * 1e9 / taken))
        times *= 4
    return 0
