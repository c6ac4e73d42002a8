"""What a purge does to those who refresh meanwhile."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryFile

import places

from tegata.internal import retention
from tests.scale.rows import NEW

_REFRESHERS = 2
_SECONDS_BEFORE = 35.0
# The processes begin late, and slowly.
_COUNTED_BEFORE = 30.0


@dataclass(frozen=True)
class Waits:
    """How long refreshes took, in seconds."""

    values: list[float]

    def part(self, of_a_hundred: int) -> float:
        """A percentile, in milliseconds."""
        return 1000 * quantiles(self.values, n=100)[of_a_hundred - 1]

    @property
    def longest(self) -> float:
        """In milliseconds."""
        return 1000 * max(self.values)


@dataclass(frozen=True)
class Purge:
    """What a purge came to."""

    rows: int
    seconds: float
    before: Waits
    meanwhile: Waits


class _TimeIsUpError(Exception):
    """Raised in the middle of a purge."""


def purge(place: places.Parameters, seconds: float) -> Purge:
    """Removes what is ended for at most so long, while other processes refresh."""
    places.use(place)
    rows: list[int] = []

    def count(removed: int) -> None:
        rows.append(removed)
        if time.time() > begun + seconds:
            raise _TimeIsUpError

    with _refreshing(place) as waits:
        time.sleep(_SECONDS_BEFORE)
        begun = time.time()
        with suppress(_TimeIsUpError):
            retention.remove_all(timedelta(0), on_batch=count)
        ended = time.time()
    return Purge(
        sum(rows),
        ended - begun,
        Waits([wait for when, wait in waits if begun - _COUNTED_BEFORE < when < begun]),
        Waits([wait for when, wait in waits if begun < when < ended]),
    )


@contextmanager
def _refreshing(place: places.Parameters) -> Iterator[list[tuple[float, float]]]:
    """Within it other processes refresh; after it, when each refresh began and what it took."""
    program = Path(__file__).with_name("refresher.py")
    waits: list[tuple[float, float]] = []
    with ExitStack() as stack:
        outputs = [stack.enter_context(TemporaryFile("w+")) for _ in range(_REFRESHERS)]
        running = [
            subprocess.Popen(
                [sys.executable, program, NEW, json.dumps(place)],
                stdin=subprocess.PIPE,
                stdout=output,
                text=True,
            )
            for output in outputs
        ]
        try:
            yield waits
        finally:
            for each in running:
                each.communicate()
        if any(each.returncode for each in running):
            raise RuntimeError("a process that refreshes has failed")
        for output in outputs:
            output.seek(0)
            waits += [(float(when), float(wait)) for when, wait in map(str.split, output)]
