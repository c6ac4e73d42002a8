"""Faults inside of the server, where a request asks for them, and what its statements did."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse

from tests.soak import times

PAUSE_SECONDS = 0.03
# Nobody forgets to open a gate; should he have died, the request goes on all the same.
GATE_SECONDS = 10
SWAP = 'UPDATE "tegata_session" SET "generation"'
"""How the statement begins that advances a session."""


class Faults:
    """Kills, pauses or waits where a request says so, and ends requests that are too old.

    The points are `arrived`, `before 1`, `after 1`, `before 2` and so on for its statements, and
    `answered`, when the answer is made and not yet sent. Each statement commits by itself, so
    after a statement is after its commit.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answers, and says whether a swap hit its row and how many statements failed."""
        steps = _Steps(request)
        if steps.is_late():
            # As a proxy does with what has waited too long.
            return HttpResponse(status=504)
        steps.reach("arrived")
        with connection.execute_wrapper(steps):
            response = self._get_response(request)
        steps.reach("answered")
        response["Soak-Swapped"] = str(int(steps.has_swapped))
        response["Soak-Failed"] = str(steps.failed)
        return response


class _Steps:
    """The statements of one request."""

    def __init__(self, request: HttpRequest) -> None:
        self._kill = request.headers.get("Soak-Kill")
        self._pause = request.headers.get("Soak-Pause")
        # A point, and the file whose disappearance opens the gate.
        self._gate, _, path = request.headers.get("Soak-Gate", "").partition(" at ")
        self._gate_file = Path(path)
        self._sent = float(request.headers.get("Soak-Sent", "inf"))
        self._number = 0
        self.has_swapped = False
        self.failed = 0

    def is_late(self) -> bool:
        return time.time() - self._sent > times.DEADLINE

    def reach(self, point: str) -> None:
        if point == self._pause:
            time.sleep(PAUSE_SECONDS)
        if point == self._gate:
            self._gate_file.touch()
            deadline = time.monotonic() + GATE_SECONDS
            while self._gate_file.exists() and time.monotonic() < deadline:
                time.sleep(0.002)
        if point == self._kill:
            with Path(os.environ["SOAK_FOLDER"], "deaths").open("a") as deaths:
                deaths.write(f"{point}\n")
            os.kill(os.getpid(), signal.SIGKILL)

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        """What Django calls in place of each statement."""
        self._number += 1
        try:
            if self.is_late():
                raise OperationalError("the request is too old")
            self.reach(f"before {self._number}")
            result = execute(sql, params, many, context)
        except Exception:
            self.failed += 1
            raise
        if sql.startswith(SWAP) and context["cursor"].rowcount:
            self.has_swapped = True
        self.reach(f"after {self._number}")
        return result
