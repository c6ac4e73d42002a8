"""Where the tabs of one browser, or one phone, keep their tokens."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

from tests.soak import times
from tests.soak.history import Pair


@dataclass(eq=False)
class Flight:
    """A refresh that is under way, or was given up and may be."""

    generation: int
    sent: float


class Jar:
    """The shared store of docs/guides/clients.md, with or without a lock around the refresh.

    A tab that refreshes while an older token is still under way could overtake its own client by
    two generations, which is a reuse by the table. Who keeps the rules waits for that one.
    """

    def __init__(self, user: str, *, is_locked: bool) -> None:
        self.user = user
        self.is_locked = is_locked
        self._pair: Pair | None = None
        self._flights: list[Flight] = []
        self._mutex = threading.Lock()
        self._turn = threading.Lock()
        self.login = threading.Lock()

    def read(self) -> Pair | None:
        """The tokens, if anybody is logged in."""
        with self._mutex:
            return self._pair

    def open(self, pair: Pair) -> None:
        """Keeps the tokens of a login."""
        with self._mutex:
            self._pair = pair
            self._flights = []

    def keep(self, pair: Pair) -> None:
        """Keeps the tokens of a refresh, unless its session is no longer the jar's."""
        with self._mutex:
            if self._pair is not None and self._pair.session == pair.session:
                self._pair = pair

    def forget(self, session: str) -> None:
        """Logged out, by whomever."""
        with self._mutex:
            if self._pair is not None and self._pair.session == session:
                self._pair = None

    @contextmanager
    def turn(self) -> Iterator[None]:
        """One tab at a time, where there is a lock."""
        with self._turn if self.is_locked else nullcontext():
            yield

    def take_off(self) -> tuple[Pair, Flight] | None:
        """The tokens to refresh with; `None` while an older one is under way."""
        with self._mutex:
            if self._pair is None:
                return None
            now = time.monotonic()
            self._flights = [each for each in self._flights if now - each.sent < times.FLIGHT]
            if any(each.generation < self._pair.generation for each in self._flights):
                return None
            flight = Flight(self._pair.generation, now)
            self._flights.append(flight)
            return self._pair, flight

    def land(self, flight: Flight) -> None:
        """A refresh is done, and its tokens are kept."""
        with self._mutex:
            if flight in self._flights:
                self._flights.remove(flight)
