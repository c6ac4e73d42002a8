"""Rows and notes as text for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

ABSENT = "-"


def rounded(value: float | None) -> str:
    """A number with the digits that mean something."""
    if value is None:
        return ABSENT
    if isinstance(value, int):
        return str(value)
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def aligned(rows: Sequence[Sequence[str]], left: tuple[int, ...] = (0,)) -> Iterator[str]:
    """Rows as lines; all columns but some stand to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell.ljust(width) if column in left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  " + "  ".join(cells).rstrip()


def note(text: str) -> Iterator[str]:
    """A paragraph."""
    yield from textwrap.wrap(text, 98, initial_indent="  ", subsequent_indent="    ")
