"""How far a command has come, for whoever watches it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec

from django.core.management.base import BaseCommand

# Where nobody watches, a log gets a line at times.
_SECONDS_BETWEEN_LINES = 10


def is_terminal(command: BaseCommand) -> bool:
    """Whether a person watches."""
    return bool(command.stderr.isatty())


@contextmanager
def progress(
    command: BaseCommand, verb: str, total: int | None
) -> Iterator[Callable[[int], object]]:
    """Shows progress on stderr: a bar on a terminal, lines of text elsewhere.

    Args:
        command: Whose it is.
        verb: What happens to each.
        total: How many there are, if that is known.

    Returns:
        What to call with how many more are done.
    """
    if is_terminal(command) and find_spec("tqdm") is not None:
        # The command's own `stderr` ends each write with a new line.
        with import_module("tqdm").tqdm(total=total, desc=verb, unit="", file=sys.stderr) as bar:
            yield bar.update
        return
    done, last = 0, time.monotonic()

    def advance(more: int) -> None:
        nonlocal done, last
        done += more
        if time.monotonic() - last >= _SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            command.stderr.write(f"{done} {verb} …")

    yield advance
