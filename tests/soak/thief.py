"""Thieves: they copy tokens, and try whatever a copy might be good for."""

from __future__ import annotations

from tests.soak import times
from tests.soak.callers import PLAIN, How, NotSentError
from tests.soak.clients import PAUSE_POINTS
from tests.soak.history import Event, Kind, Pair
from tests.soak.jar import Jar
from tests.soak.revocations import confirm_end
from tests.soak.world import Actor, World

# An honest table allows many repeats; a thief who asks for more of them learns nothing new.
MOST_REPEATS = 8


class Thief(Actor):
    """Has a way into one jar, and a bag of everything that he ever found or was given."""

    def __init__(self, world: World, name: str, jar: Jar) -> None:
        super().__init__(world, name)
        self._jar = jar
        self._caller = world.caller(name)
        self._bag: list[Pair] = []
        self._uses: dict[str, int] = {}

    def live(self) -> None:
        """Steals, waits for a good moment, and tries something."""
        while True:
            if not self._bag or self.has(0.4):
                self._steal()
            self._wait()
            if self._bag:
                self._try()

    def _steal(self) -> None:
        pair = self._jar.read()
        if pair is None:
            return
        self.world.history.rob(pair.session)
        if self._bag and self._bag[-1].session != pair.session:
            self._bag.clear()
        self._bag.append(pair)

    def _wait(self) -> None:
        """For nothing, within the grace, or until it is over."""
        least, most = self.random.choice(
            [(0.0, 0.05), (0.1, times.REFRESH_GRACE), (times.LONG_AFTER, 2 * times.LONG_AFTER)]
        )
        self.rest(least, most)

    def _try(self) -> None:
        newest = max(self._bag, key=lambda pair: pair.generation)
        pair = newest if self.has(0.4) else self.random.choice(self._bag)
        try:
            event = self._do(pair)
        except NotSentError:
            return
        if event.pair:
            self._bag.append(event.pair)
            # The chain is his if he works with it first.
            if self.has(0.5):
                self._ask(event.pair)
        if event.is_refused and event.code != "token_reuse_detected":
            self._bag.clear()
        elif event.is_refused and event.kind is not Kind.VERIFY:
            confirm_end(self.world, self._caller, self._jar.user, newest)
            self._bag.clear()

    def _do(self, pair: Pair) -> Event:
        user = self._jar.user
        repeats = self._uses[pair.refresh] = self._uses.get(pair.refresh, 0) + 1
        if self.has(0.3) or repeats > MOST_REPEATS:
            return self._caller.use(user, pair)
        if self.has(0.15):
            return self._caller.verify(user, pair)
        how = How(pause=self.random.choice(PAUSE_POINTS)) if self.has(0.3) else PLAIN
        return self._caller.refresh(user, pair, how)

    def _ask(self, pair: Pair) -> None:
        try:
            self._caller.use(self._jar.user, pair)
        except NotSentError:
            return
