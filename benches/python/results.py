"""What was measured, as far as the report needs it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from conversation import Described
from rounds import Series, Work

TEGATA = "tegata"
BARE = "bare"


@dataclass
class Results:
    """The results for the libraries of one language."""

    language: str
    peers: list[Described]
    absent: dict[str, str] = field(default_factory=dict)
    taken_flaws: dict[str, list[str]] = field(default_factory=dict)
    found: dict[Work, dict[int, dict[str, Series]]] = field(default_factory=dict)

    def series(self, work: Work, peer: str, threads: int = 1) -> Series | None:
        """The calls of a library; None where it was not measured."""
        return self.found.get(work, {}).get(threads, {}).get(peer)

    def ratio(self, work: Work, peer: str, to: str) -> float | None:
        """How many times as long as another a library takes."""
        one, other = self.series(work, peer), self.series(work, to)
        return one.over(other) if one and other else None

    def speed_up(self, work: Work, peer: str) -> float | None:
        """How much more work two threads do than one, in the same time."""
        one, two = self.series(work, peer), self.series(work, peer, threads=2)
        return 2 * one.over(two) if one and two else None

    def spreads(self, peer: str) -> list[float]:
        """How far apart the quartiles of a library's rounds are, for each piece of work."""
        found = (self.series(work, peer) for work in self.found)
        return [series.spread for series in found if series]

    def names(self) -> list[str]:
        """The libraries besides Tegata and the bare operation."""
        return [peer.name for peer in self.peers if peer.name not in (TEGATA, BARE)]

    def worst(self, works: Iterable[Work], peer: str, to: str) -> tuple[float, Work] | None:
        """The highest ratio among some pieces of work, and where it was."""
        ratios = [(ratio, work) for work in works if (ratio := self.ratio(work, peer, to))]
        return max(ratios, key=_ratio, default=None)

    def least(self, works: Iterable[Work], peer: str, to: str) -> tuple[float, Work] | None:
        """The lowest ratio among some pieces of work, and where it was."""
        ratios = [(ratio, work) for work in works if (ratio := self.ratio(work, peer, to))]
        return min(ratios, key=_ratio, default=None)


def _ratio(found: tuple[float, Work]) -> float:
    return found[0]
