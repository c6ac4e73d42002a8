"""Turns: each call is made some times in one database, then in the other, and again."""

from __future__ import annotations

import gc
import time
from dataclasses import dataclass
from statistics import median

import calls
import places
from calls import Timed

# How long a turn lasts, and how many calls are at least made in it.
_SECONDS = 0.15
_AT_LEAST = 3


@dataclass(frozen=True)
class Column:
    """Where and for whom something is measured."""

    title: str
    username: str
    place: places.Parameters


def take(columns: list[Column], rounds: int) -> dict[str, list[list[float]]]:
    """Measures every call in every column.

    Returns:
        For each call and column the median of each round, in milliseconds.
    """
    asked: list[dict[str, Timed]] = []
    for column in columns:
        places.use(column.place)
        timed = [*calls.of_a_user(column.username), *calls.of_the_admin(**_searches(column))]
        asked.append({each.name: each for each in timed})
    found: dict[str, list[list[float]]] = {name: [[] for _ in columns] for name in asked[0]}
    for round_ in range(rounds):
        for name in found:
            for number in _turned(len(columns), round_):
                places.use(columns[number].place)
                found[name][number].append(_turn(asked[number][name]))
    return found


def _searches(column: Column) -> dict[str, str]:
    return {
        "user": column.username,
        "address": "198.51.7.7",
        "part of one": "198.51.7.",
        "agent": "firefox",
        "nothing": "no such thing",
    }


def _turned(count: int, by: int) -> list[int]:
    """The numbers of the columns, beginning with another one in each round."""
    return [(number + by) % count for number in range(count)]


def _turn(timed: Timed) -> float:
    spent = []
    with timed.around():
        # The connection is a new one, and the settings may be.
        timed.call()
        gc.collect()
        gc.disable()
        until = time.perf_counter() + _SECONDS
        while len(spent) < _AT_LEAST or time.perf_counter() < until:
            begun = time.perf_counter()
            timed.call()
            spent.append(time.perf_counter() - begun)
        gc.enable()
    return 1000 * median(spent)
