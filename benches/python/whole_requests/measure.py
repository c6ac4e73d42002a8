"""Interleaved measuring of sites: in each round every one of them has its turn."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from conversation import Side
from environment import fail
from rounds import Pace
from sites import Site

from whole_requests.databases import Maker, available
from whole_requests.phases import PHASES, Phase, Variant
from whole_requests.results import Measured, Results

# What lets one of these in does not authenticate at all.
_FATAL = {"missing", "forged", "expired"}
_LEAST, _MOST = 2, 500

QUICK = Pace(rounds=9, turn=0.03)
FULL = Pace(rounds=21, turn=0.06)

Sides = dict[Variant, Side]


def measure(python: Path, folder: Path, material: Path, pace: Pace) -> Results:
    """What every variant takes, in the environment of an interpreter.

    Args:
        python: The interpreter of the environment.
        folder: Where the databases go.
        material: The folder of the keys.
        pace: How thoroughly.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    results = Results()
    for name, database in available(folder).items():
        with database as make:
            for phase in PHASES:
                if phase.database == name:
                    print(f"bench: requests, {phase}", file=sys.stderr)
                    with _standing(phase, make, python, material, results) as sides:
                        _look_for_flaws(sides, results)
                        _measure(phase, sides, pace, results)
    return results


@contextmanager
def _standing(
    phase: Phase, make: Maker, python: Path, material: Path, results: Results
) -> Iterator[Sides]:
    """The sites of a phase, as far as they can stand."""
    program = Path(__file__).resolve().parents[1] / "site_worker.py"
    with ExitStack() as started:
        sides: Sides = {}
        for number, variant in enumerate(phase.variants):
            kind = "async" if phase.is_async else "sync"
            database = make(f"{kind}_{phase.algorithm}_{number}".lower(), phase.is_async)
            site = Site(variant.library, variant.mode, phase.is_async, phase.algorithm, database)
            side = Side(python, program, material, json.dumps(asdict(site)))
            sides[variant] = started.enter_context(side)
        yield {variant: side for variant, side in sides.items() if _stands(variant, side, results)}


def _stands(variant: Variant, side: Side, results: Results) -> bool:
    about: dict[str, Any] = side.ask("about")
    if "absent" in about:
        results.absent[variant] = about["absent"]
        return False
    results.ground = about["ground"]
    results.packages[variant] = about["package"]
    return True


def _look_for_flaws(sides: Sides, results: Results) -> None:
    """Show each site what it must not let in, and keep what it lets in."""
    for variant, side in sides.items():
        taken = set(side.ask("taken-flaws"))
        if fatal := sorted(taken & _FATAL):
            fail(
                f"{variant.name} lets in a request whose token is {' and '.join(fatal)}",
                "its site is set up wrongly: look at benches/python/sites",
            )
        results.taken_flaws.setdefault(variant, set()).update(taken)


def _measure(phase: Phase, sides: Sides, pace: Pace, results: Results) -> None:
    for work in phase.works:
        found: dict[Variant, Measured] = {}
        turns: list[tuple[Measured, Side, int]] = []
        for variant, side in sides.items():
            counts = side.ask("counts", work=work) if work in variant.works else None
            if counts is not None:
                found[variant] = Measured(**counts)
                turns.append((found[variant], side, _times(side, work, pace.turn)))
        for number in range(pace.rounds):
            # Nobody is always the one who runs after the slowest.
            first = number % len(turns)
            for measured, side, times in turns[first:] + turns[:first]:
                taken: dict[str, int] = side.ask("turn", work=work, times=times)
                measured.whole.values.append(taken["whole"])
                if "bare" in taken:
                    measured.bare.values.append(taken["bare"])
        results.found[phase, work] = found


def _times(side: Side, work: str, turn: float) -> int:
    """How many steps fill a turn."""
    taken: dict[str, int] = side.ask("turn", work=work, times=_LEAST)
    return min(_MOST, max(_LEAST, round(turn * 1e9 / sum(taken.values()))))
