"""What goes wrong around the clients: killed servers, a database that is away, cut connections."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from tests.soak import times
from tests.soak.callers import PATIENT
from tests.soak.history import Event, Pair
from tests.soak.middleware import SWAP
from tests.soak.prepare_site import user_name
from tests.soak.properties import Breach, Violation
from tests.soak.proxy import Moment, Proxy
from tests.soak.servers import Server
from tests.soak.world import Actor, World

OUTAGE_SECONDS = 0.5
RECOVERY_SECONDS = 15

# One trouble of these at a time: a database must be seen to come back to the same processes.
_trouble = threading.Lock()


class Killer(Actor):
    """Kills workers about every second, and now and then a whole server."""

    def __init__(self, world: World) -> None:
        super().__init__(world, "killer")

    def live(self) -> None:
        """Kills, until told to stop."""
        while True:
            self.rest(0.4, 1.2)
            with _trouble:
                if self.has(0.08):
                    self.world.fleet.restart_one(self.random)
                else:
                    self.world.fleet.kill_one(self.random)


class Cutter(Actor):
    """Loses the answers to swaps that PostgreSQL has committed."""

    def __init__(self, world: World, proxy: Proxy) -> None:
        super().__init__(world, "cutter")
        self._proxy = proxy

    def live(self) -> None:
        """Cuts, until told to stop."""
        try:
            while True:
                self.rest(0.2, 1.0)
                cut = self._proxy.arm(SWAP, Moment.AFTER)
                while not cut.done.is_set():
                    self.rest(0.01, 0.05)
                self.world.cuts += 1
        finally:
            self._proxy.disarm()


class Outages(Actor):
    """Takes the database away, and asks every server about it meanwhile and afterwards."""

    def __init__(self, world: World, every: float) -> None:
        super().__init__(world, "outages")
        self._caller = world.caller("probe")
        self._user = user_name(0)
        self._every = every

    def live(self) -> None:
        """One outage after another."""
        while True:
            self.rest(self._every * 0.5, self._every)
            with _trouble:
                self.world.is_calm.clear()
                try:
                    # Until the last server that was told to kill itself has done so.
                    time.sleep(times.FLIGHT)
                    self._go_through([self._log_in() for _ in self.world.fleet.servers])
                finally:
                    self.world.is_calm.set()
                self.world.outages += 1

    def _log_in(self) -> Pair:
        pair = self._until_good(lambda: self._caller.log_in(self._user, PATIENT)).pair
        assert pair, "a server without a trouble logs in"
        return pair

    def _go_through(self, pairs: list[Pair]) -> None:
        servers = self.world.fleet.servers
        with ThreadPoolExecutor(len(servers)) as pool:
            with self.world.database.outage():
                list(pool.map(self._ask_during, servers, pairs))
                time.sleep(OUTAGE_SECONDS)
            list(pool.map(self._ask_afterwards, servers, pairs))

    def _ask_during(self, server: Server, pair: Pair) -> None:
        how = replace(PATIENT, server=server)
        questions: list[Callable[[], Event]] = [
            partial(self._caller.use, self._user, pair, how),
            partial(self._caller.refresh, self._user, pair, how),
            partial(self._caller.verify, self._user, pair, how),
            partial(self._caller.log_in, self._user, how),
        ]
        for question in questions:
            event = question()
            if event.status != 503:
                self._complain(f"without a database a server does not say 503: {event}")

    def _ask_afterwards(self, server: Server, pair: Pair) -> None:
        """The same processes work again: nobody has started them anew."""
        how = replace(PATIENT, server=server)
        if newer := self._until_good(partial(self._caller.refresh, self._user, pair, how)).pair:
            self._until_good(partial(self._caller.use, self._user, newer, how))

    def _until_good(self, question: Callable[[], Event]) -> Event:
        deadline = time.monotonic() + RECOVERY_SECONDS
        while not (event := question()).is_good:
            if time.monotonic() > deadline:
                self._complain(f"no recovery within {RECOVERY_SECONDS} seconds: {event}")
                break
            time.sleep(0.05)
        return event

    def _complain(self, told: str) -> None:
        self.world.violations.append(Violation(Breach.UNEXPECTED, "", told))
