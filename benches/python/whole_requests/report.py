"""The tables of whole requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tables import ABSENT, aligned, note, rounded

from whole_requests.phases import DEFAULT, LOGIN, PHASES, REQUEST, VARIANTS, WHO, Phase, Variant
from whole_requests.results import Results

_RATIO = f"x: the same / that of {DEFAULT.name}"
# What a variant that lets a flawed request in does not check.
_UNCHECKED = {
    "refresh": "that the token is an access token",
    "logged-out": "whether the session has ended",
    "inactive": "whether the user is active",
    "password": "whether the password has changed",
}


@dataclass(frozen=True)
class _Column:
    title: str
    cell: Callable[[Variant], str]


def tables(results: Results) -> Iterator[Iterator[str]]:
    """For each database one of the views, and for each algorithm one of the routes."""
    measured = [phase for phase in PHASES if any(phase == found for found, _ in results.found)]
    for database in dict.fromkeys(phase.database for phase in measured):
        phases = [phase for phase in measured if phase.database == database]
        yield _views([phase for phase in phases if REQUEST in phase.works], results)
        yield from (_routes(phase, results) for phase in phases if LOGIN in phase.works)


def notes(results: Results) -> Iterator[str]:
    """What the numbers must be read with."""
    yield "The sites"
    yield from note(f"all: {', '.join(results.ground)}")
    for variant, package in results.packages.items():
        unchecked = _unchecked(results, variant)
        yield from note(f"{variant.name}: {package}. {variant.note}.{unchecked}")
    for variant, why in results.absent.items():
        yield from note(f"{variant.name}: not measured ({why})")


def _unchecked(results: Results, variant: Variant) -> str:
    taken = results.taken_flaws.get(variant, set())
    if not taken:
        return ""
    return f" It does not check {', '.join(_UNCHECKED[flaw] for flaw in sorted(taken))}."


def _views(phases: Sequence[Phase], results: Results) -> Iterator[str]:
    yield f"On {phases[0].database}: what authentication adds to a bare view; {_RATIO}"
    columns = []
    bare = ["a bare view takes"]
    for phase in phases:
        interface = "async" if phase.is_async else "sync"
        found = _columns(phase, REQUEST, interface, results)
        if phase.is_async:
            found.append(_counted(phase, REQUEST, "hops", results))
        found.append(_time(phase, WHO, "by name", results))
        columns += found
        measured = results.measured(phase, REQUEST, DEFAULT)
        bare += [f"{measured.bare.typical:.0f}" if measured else ABSENT, *[""] * (len(found) - 1)]
    yield from aligned([*_rows(columns), bare])


def _routes(phase: Phase, results: Results) -> Iterator[str]:
    yield f"On {phase}: whole requests; {_RATIO}"
    columns = []
    for work in phase.works:
        if work not in (REQUEST, WHO):
            columns += _columns(phase, work, work, results)
    yield from aligned(list(_rows(columns)))


def _rows(columns: Sequence[_Column]) -> Iterator[list[str]]:
    yield ["", *(column.title for column in columns)]
    for variant in VARIANTS:
        cells = [column.cell(variant) for column in columns]
        if any(cell != ABSENT for cell in cells):
            yield [variant.name, *cells]


def _columns(phase: Phase, work: str, title: str, results: Results) -> list[_Column]:
    def over_default(variant: Variant) -> str:
        return rounded(results.ratio(phase, work, variant, DEFAULT))

    return [
        _time(phase, work, title, results),
        _Column("x", over_default),
        _counted(phase, work, "statements", results),
    ]


def _time(phase: Phase, work: str, title: str, results: Results) -> _Column:
    def cell(variant: Variant) -> str:
        measured = results.measured(phase, work, variant)
        return f"{measured.added.typical:.0f}" if measured else ABSENT

    return _Column(f"{title} µs", cell)


def _counted(phase: Phase, work: str, what: str, results: Results) -> _Column:
    def cell(variant: Variant) -> str:
        measured = results.measured(phase, work, variant)
        return str(getattr(measured, what)) if measured else ABSENT

    return _Column({"statements": "queries"}.get(what, what), cell)
