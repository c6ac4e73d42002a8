"""What everybody in a soak shares, and the threads that they live on."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from random import Random

from tests.soak.callers import Caller
from tests.soak.databases import Database
from tests.soak.history import History
from tests.soak.properties import Violation
from tests.soak.servers import Fleet


class StoppedError(Exception):
    """The load is over."""


@dataclass
class World:
    """One site under load.

    Attributes:
        seed: What all chances are drawn from.
        database: The site's.
        fleet: The site's servers.
        history: The record.
        stopping: Set when the load is over.
        is_calm: Clear while the database is away and the servers are to recover by themselves.
        violations: What was noticed on the way, ahead of the judgement.
        failures: Threads that ended before their time.
        outages: How often the database was away.
        cuts: How many connections to the database were cut.
    """

    seed: str
    database: Database
    fleet: Fleet
    history: History = field(default_factory=History)
    stopping: threading.Event = field(default_factory=threading.Event)
    is_calm: threading.Event = field(default_factory=threading.Event)
    violations: list[Violation] = field(default_factory=list)
    failures: list[BaseException] = field(default_factory=list)
    outages: int = 0
    cuts: int = 0

    def __post_init__(self) -> None:
        self.is_calm.set()

    def random(self, name: str) -> Random:
        """Chances of somebody's own, so that the order of threads does not change them."""
        return Random(f"{self.seed}/{name}")

    def caller(self, name: str) -> Caller:
        """Somebody who asks."""
        return Caller(name, self.history, self.fleet, self.random(f"{name}'s servers"))


class Actor(threading.Thread, ABC):
    """Somebody who lives until the load is over."""

    def __init__(self, world: World, name: str) -> None:
        super().__init__(name=name, daemon=True)
        self.world = world
        self.random = world.random(name)

    @abstractmethod
    def live(self) -> None:
        """What it does; ended by a `StoppedError` from `rest`."""

    def run(self) -> None:
        """Keeps what goes wrong."""
        try:
            self.live()
        except StoppedError:
            pass
        except BaseException as error:
            self.world.failures.append(error)

    def rest(self, least: float, most: float) -> None:
        """Does nothing for some seconds.

        Raises:
            StoppedError: The load is over.
        """
        if self.world.stopping.wait(self.random.uniform(least, most)):
            raise StoppedError

    def has(self, chance: float) -> bool:
        """Whether something of this probability happens."""
        return self.random.random() < chance
