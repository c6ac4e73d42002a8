"""Tables on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def write_table(output: Any, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Writes aligned columns.

    Args:
        output: A command's `stdout`.
        head: The names of the columns.
        rows: As many texts each.
    """
    lines = [head, *([_printable(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        output.write("  ".join(cells).rstrip())


def _printable(text: str) -> str:
    # What a client has sent must not move a terminal's cursor.
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
