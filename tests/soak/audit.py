"""When all is quiet: whatever was handed out is presented once more, so that nothing stays hidden.

A chain that had forked would have two live ends. So of each session that has not ended the newest
tokens must lead to one and the same next generation, and any older one must end the session; and of
each one that has ended no token may be good.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import compress

from tests.soak import times
from tests.soak.callers import Caller
from tests.soak.databases import Row
from tests.soak.history import Event, Pair, Session
from tests.soak.properties import ENDS, Breach, Violation
from tests.soak.world import World

_NAME = "audit"
_AT_ONCE = 8
# Of a session that has ended; each of them must be refused.
_MOST_PRESENTED = 4
# A note of a first use may fail to be written, and the request is let in.
_ATTEMPTS = 5


@dataclass
class _Live:
    """A session that has not ended, and what is asked with its tokens."""

    world: World
    name: str
    user: str
    pairs: list[Pair]

    def __post_init__(self) -> None:
        self.caller = self.world.caller(f"{_NAME} of {self.name[:6]}")
        self.random = self.world.random(f"audit of {self.name}")
        self.newest = max(pair.generation for pair in self.pairs)

    def ask(self, question: Callable[..., Event], pair: Pair) -> Event:
        return self.caller.persist(question, self.user, pair)

    def fail(self, breach: Breach, told: str) -> None:
        self.world.violations.append(Violation(breach, self.name, told))

    def lead_on(self, row: Row) -> bool:
        """The newest tokens all lead to the one next generation, which is then used.

        Returns:
            Whether they did.
        """
        if row.generation not in {self.newest, self.newest + 1}:
            told = f"the row is of {row.generation}, and {self.newest} was the last handed out"
            self.fail(Breach.FORK, told)
        ends = [pair for pair in self.pairs if pair.generation == self.newest]
        swaps = 0
        for end in (ends[0], ends[-1]):
            event = self.ask(self.caller.refresh, end)
            if event.pair is None:
                breach = Breach.LOGGED_OUT if event.status == 401 else Breach.UNEXPECTED
                self.fail(breach, f"the newest token does not lead on: {event}")
                return False
            self.pairs.append(event.pair)
            swaps += event.has_swapped
        expected = int(row.generation == self.newest)
        if swaps != expected:
            self.fail(Breach.FORK, f"{swaps} of its newest tokens have advanced it")
        return self._work(ends[0])

    def _work(self, before: Pair) -> bool:
        """Uses the newest access token until that is noted; `before` brings another one."""
        for _ in range(_ATTEMPTS):
            event = self.ask(self.caller.use, self.pairs[-1])
            if event.code == "expired_token":
                again = self.ask(self.caller.refresh, before)
                self.pairs += [again.pair] if again.pair else []
            elif not event.failed:
                break
        if not event.is_good:
            self.fail(Breach.LOGGED_OUT, f"its newest access token is refused: {event}")
        return event.is_good

    def replay(self) -> None:
        """Long after, any older token is a reuse, and then the newest one is refused as well."""
        self.world.history.rob(self.name)
        old = self.random.choice([pair for pair in self.pairs if pair.generation <= self.newest])
        event = self.ask(self.caller.refresh, old)
        if event.code != "token_reuse_detected":
            breach = Breach.MISSED if event.is_good else Breach.UNEXPECTED
            self.fail(breach, f"a used token is no reuse: {event}")
            return
        for question in (self.caller.refresh, self.caller.use):
            event = self.ask(question, self.pairs[-1])
            if event.is_good:
                self.fail(Breach.UNDONE, f"good after the end: {event}")


def audit(world: World) -> None:
    """Presents the tokens of every session. The load must be over."""
    time.sleep(times.FLIGHT)
    rows = world.database.rows()
    sessions = world.history.sessions()
    live = [
        _Live(world, name, session.user, pairs)
        for name, session in sessions.items()
        if name in rows and not rows[name].has_ended and (pairs := _pairs(session))
    ]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        led_on = list(pool.map(lambda each: each.lead_on(rows[each.name]), live))
        is_long_after = time.monotonic() + times.LONG_AFTER
        list(pool.map(partial(_present_ended, world), _ended(sessions, rows)))
        time.sleep(max(0, is_long_after - time.monotonic()))
        list(pool.map(_Live.replay, compress(live, led_on)))


def is_found_by_audit(event: Event) -> bool:
    """Whether it was the audit that presented a used token."""
    return event.actor.startswith(_NAME) and event.code == "token_reuse_detected"


def _pairs(session: Session) -> list[Pair]:
    return [event.pair for event in session.events if event.pair]


def _ended(
    sessions: Mapping[str, Session], rows: Mapping[str, Row]
) -> list[tuple[Session, list[Pair]]]:
    ended = [each for name, each in sessions.items() if name in rows and rows[name].has_ended]
    return [(session, _pairs(session)) for session in ended]


def _present_ended(world: World, ended: tuple[Session, list[Pair]]) -> None:
    session, pairs = ended
    caller: Caller = world.caller(_NAME)
    chosen = sorted(pairs, key=lambda pair: -pair.generation)[:_MOST_PRESENTED]
    for pair in chosen:
        event = caller.persist(caller.refresh, session.user, pair)
        if event.code not in ENDS:
            told = f"its row has an end, and its token is good: {event}"
            world.violations.append(Violation(Breach.UNDONE, pair.session, told))
