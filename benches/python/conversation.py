"""Talking to the programs that measure: one line of JSON for one line of JSON."""

from __future__ import annotations

import json
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from environment import fail


@dataclass(frozen=True)
class Case:
    """One library's share of a piece of work."""

    peer: str
    operation: str
    algorithm: str
    size: str


@dataclass(frozen=True)
class Described:
    """A library, as its side describes it."""

    name: str
    package: str
    note: str


class Side:
    """A program that measures the libraries of one language, one request at a time.

    It waits for requests, so that several of them can take turns within one second.
    """

    def __init__(self, *command: str | Path) -> None:
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._process.communicate()

    def ask(self, what: str, **about: object) -> Any:
        """The answer to a request."""
        requests, answers = self._process.stdin, self._process.stdout
        if requests is None or answers is None:
            raise TypeError("the process was started without pipes")
        try:
            print(json.dumps({"ask": what, **about}), file=requests, flush=True)
            answer = answers.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            fail("a program that measures has ended", "what it printed above says why")
        return json.loads(answer)

    def time(self, case: Case, threads: int, times: int) -> int | None:
        """The wall time, in nanoseconds, of ``times`` calls in each thread.

        None where the library lacks the algorithm.
        """
        taken: int | None = self.ask("time", case=asdict(case), threads=threads, times=times)
        return taken

    def takes(self, peer: str, tokens: list[str]) -> list[str]:
        """Which of these tokens a library takes for good."""
        taken: list[str] = self.ask("takes", peer=peer, tokens=tokens)
        return taken
