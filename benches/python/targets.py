"""The yardsticks of the design, and how far this run is from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from results import BARE, TEGATA, Results
from rounds import Work

# What runs within a twentieth of another is level with it: no run tells less apart.
LEVEL = 0.95


@dataclass(frozen=True)
class Target:
    """One yardstick: a ratio, what it has to be, and what it is."""

    what: str
    to_reach: float
    aim: float | None
    found: float | None
    at_most: bool = False
    where: str = ""

    @property
    def verdict(self) -> str:
        """Whether it was reached."""
        if self.found is None:
            return "not measured"
        if self.aim is not None and self._meets(self.aim):
            return "reached, and the aim"
        return "reached" if self._meets(self.to_reach) else "NOT reached"

    def _meets(self, bound: float) -> bool:
        found = self.found or 0
        return found <= bound if self.at_most else found >= bound


def of_python(results: Results) -> Iterator[Target]:
    """What is to be reached from Python."""
    decode, encode = Work("decode", "HS256", "small"), Work("encode", "HS256", "small")
    yield Target(
        "Python, HS256 decode: PyJWT's time / tegata's",
        26,
        40,
        results.ratio(decode, "PyJWT", TEGATA),
    )
    yield Target(
        "Python, HS256 decode: ryjwt+'s time / tegata's",
        LEVEL,
        1.6,
        results.ratio(decode, "ryjwt+", TEGATA),
    )
    yield Target(
        "Python, HS256 encode: ryjwt's time / tegata's",
        LEVEL,
        1.47,
        results.ratio(encode, "ryjwt", TEGATA),
    )
    for algorithm in ("RS256", "ES256", "EdDSA"):
        yield _over_bare(results, algorithm, 1.1, 1.05)
    yield Target(
        "Python, RS256 decode: two threads' throughput / one's",
        1.7,
        1.9,
        results.speed_up(Work("decode", "RS256", "small"), TEGATA),
    )


def of_rust(results: Results) -> Iterator[Target]:
    """What is to be reached from Rust."""
    for algorithm in ("HS256", "RS256", "ES256", "EdDSA"):
        yield _over_bare(results, algorithm, 1.3, 1.1)
    for peer in results.names():
        found = results.least(results.found, peer, TEGATA)
        yield Target(
            f"Rust, everything: {peer}'s time / tegata's",
            1,
            None,
            found and found[0],
            where=str(found[1]) if found else "",
        )


def _over_bare(results: Results, algorithm: str, to_reach: float, aim: float) -> Target:
    works = [Work(operation, algorithm, "small") for operation in ("decode", "encode")]
    found = results.worst(works, TEGATA, BARE)
    language = results.language.partition(" ")[0]
    return Target(
        f"{language}, {algorithm}: tegata's time / the bare operation's",
        to_reach,
        aim,
        found and found[0],
        at_most=True,
        where=str(found[1]) if found else "",
    )
