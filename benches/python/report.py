"""The tables that are printed."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Iterator, Sequence
from statistics import median
from typing import Any

from material import FLAWS
from results import BARE, TEGATA, Results
from tables import ABSENT, aligned, note, rounded
from targets import Target


def ratios(results: Results, *, bare_for_secrets: bool) -> Iterator[str]:
    """Tegata's time for each piece of work, and what it is for the others."""
    names = results.names()
    yield f"From {results.language}: each library's time / tegata's (above 1, tegata is faster)"
    rows = [["", "tegata µs", "/bare", *names]]
    for work in results.found:
        tegata = results.series(work, TEGATA)
        over_bare = results.ratio(work, TEGATA, BARE)
        if work.algorithm.startswith("HS") and not bare_for_secrets:
            over_bare = None
        own = f"{tegata.typical:.2f}" if tegata else ABSENT
        others = [rounded(results.ratio(work, name, TEGATA)) for name in names]
        rows.append([str(work), own, rounded(over_bare), *others])
    yield from aligned(rows)


def threads(results: Results) -> Iterator[str]:
    """What two threads do."""
    names = results.names()
    works = [work for work, found in results.found.items() if 2 in found]
    yield f"From {results.language}: two threads' throughput / one's (2 is perfect)"
    rows = [["", TEGATA, BARE, *names]]
    for work in works:
        speed_ups = [results.speed_up(work, name) for name in (TEGATA, BARE, *names)]
        rows.append([str(work), *map(rounded, speed_ups)])
    yield from aligned(rows)


def allocations(found: Sequence[dict[str, Any]]) -> Iterator[str]:
    """How often reading a token allocates, and how much."""
    works = list(dict.fromkeys((entry["algorithm"], entry["size"]) for entry in found))
    yield "From Rust: allocations of one decode, and their bytes"
    rows = [["", *(f"{algorithm} {size}" for algorithm, size in works)]]
    for what in dict.fromkeys(entry["what"] for entry in found):
        entries = [entry for entry in found if entry["what"] == what]
        rows.append([what, *(f"{entry['calls']} ({entry['bytes']})" for entry in entries)])
    yield from aligned(rows)


def targets(found: Iterable[Target]) -> Iterator[str]:
    """What was to be reached, and whether it was."""
    yield "What the design wants; of tokens, by the small ones"
    rows = [["", "to reach", "aim", "found", ""]]
    for target in found:
        relation = "<=" if target.at_most else ">="
        aim = f"{relation} {target.aim:g}" if target.aim is not None else ABSENT
        where = f" ({target.where})" if target.where else ""
        rows.append(
            [
                target.what,
                f"{relation} {target.to_reach:g}",
                aim,
                rounded(target.found),
                f"{target.verdict}{where}",
            ]
        )
    yield from aligned(rows, left=(0, 4))


def notes(results: Results) -> Iterator[str]:
    """What the numbers must be read with."""
    yield f"The libraries of {results.language}"
    for peer in results.peers:
        yield from note(
            f"{peer.name}: {peer.package}. {peer.note}.{_unchecked(results, peer.name)}"
        )
    for module, why in results.absent.items():
        yield from note(f"{module}: not installed on this Python ({why})")


def machine(spreads: Sequence[float]) -> str:
    """On what, and how steadily, by the spreads of tegata's rounds."""
    about = f"{os.cpu_count()} CPUs, {platform.system()} {platform.machine()}"
    if not spreads:
        return about
    return (
        f"{about}; the quartiles of tegata's rounds lie apart by {median(spreads):.0%} in the "
        f"middle, {max(spreads):.0%} at worst"
    )


def _unchecked(results: Results, peer: str) -> str:
    taken = results.taken_flaws.get(peer, [])
    if not taken:
        return ""
    return f" It does not check {', '.join(FLAWS[flaw] for flaw in taken)}."
