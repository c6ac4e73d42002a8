"""What is measured, and the tables of it."""

from __future__ import annotations

import time
from argparse import Namespace
from statistics import median

import places
import purging
import turns

from tests.scale import rows

_SMALL = 1_000
_ENDED_OF_BUSY = 20_000


def measure(arguments: Namespace) -> None:
    """Fills the databases, measures in them, and prints what was found."""
    if arguments.database == "postgres":
        where = places.postgres()
    else:
        where = places.sqlite(arguments.folder, arguments.journal)
    with where as create:
        small = _filled(create("small"), _SMALL, ended_of_busy=0)
        large = _filled(create("large"), arguments.rows, ended_of_busy=_ENDED_OF_BUSY)
        if arguments.only != "purge":
            _print_requests(arguments, small, large)
        if arguments.only != "requests":
            _print_purge(arguments, large)


def _filled(place: places.Parameters, count: int, ended_of_busy: int) -> places.Parameters:
    begun = time.perf_counter()
    places.migrate()
    rows.fill(count, ended_of_busy=ended_of_busy)
    places.gather_statistics()
    print(f"{count:,} sessions written in {time.perf_counter() - begun:.0f} s", flush=True)
    return place


def _print_requests(
    arguments: Namespace, small: places.Parameters, large: places.Parameters
) -> None:
    columns = [
        turns.Column(f"{_SMALL:,}", rows.NEW, small),
        turns.Column(f"{arguments.rows:,}", rows.NEW, large),
        turns.Column(f"{_ENDED_OF_BUSY:,} ended", rows.BUSY, large),
    ]
    found = turns.take(columns, rounds=3 if arguments.quick else 9)
    print(f"\n{arguments.database}: milliseconds, and how many times those of {_SMALL:,}")
    print(f"{'':32}" + "".join(f"{column.title:>24}" for column in columns))
    for name, series in found.items():
        line = f"{name:32}{median(series[0]):24.2f}"
        for each in series[1:]:
            ratio = median(a / b for a, b in zip(each, series[0], strict=True))
            line += f"{median(each):16.2f}{ratio:8.2f}"
        print(line, flush=True)


def _print_purge(arguments: Namespace, large: places.Parameters) -> None:
    done = purging.purge(large, arguments.seconds)
    print(f"\n{arguments.database}: {done.rows:,} rows purged in {done.seconds:.0f} s")
    print(f"{'refreshes':32}{'number':>12}{'p50 ms':>12}{'p99 ms':>12}{'longest ms':>12}")
    for name, waits in (("before", done.before), ("meanwhile", done.meanwhile)):
        parts = f"{waits.part(50):12.2f}{waits.part(99):12.2f}{waits.longest:12.2f}"
        print(f"{name:32}{len(waits.values):12}{parts}")
    print(f"{'ratio of p99':32}{done.meanwhile.part(99) / done.before.part(99):36.2f}", flush=True)
