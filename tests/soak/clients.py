"""Honest clients: they keep the five rules of docs/guides/clients.md, and lose answers."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.soak import times
from tests.soak.callers import PLAIN, HangUp, How, NotSentError
from tests.soak.history import Event, Pair
from tests.soak.jar import Jar
from tests.soak.revocations import confirm_end
from tests.soak.world import Actor, World

# Where a server may be told to kill itself; the points of a refresh, and one that none has.
KILL_POINTS = ("arrived", "before 1", "after 1", "before 2", "after 2", "answered", "before 9")
PAUSE_POINTS = ("arrived", "before 1", "before 2", "after 2")


class Tab(Actor):
    """One tab of a browser, or all there is of a phone."""

    def __init__(self, world: World, name: str, jar: Jar) -> None:
        super().__init__(world, name)
        self._jar = jar
        self._caller = world.caller(name)
        # What it got last: other tabs may have newer ones.
        self._own: Pair | None = None

    def live(self) -> None:
        """Logs in, works, refreshes, and sometimes logs out."""
        while True:
            pair = self._jar.read()
            if pair is None:
                self._log_in()
            elif self.has(0.006):
                self._log_out(pair)
            elif self.has(0.12):
                self._refresh()
            else:
                self._work(pair)
            self.rest(0.02, 0.4)

    def _log_in(self) -> None:
        with self._jar.login:
            if self._jar.read() is not None:
                return
            event = self._try(lambda: self._caller.log_in(self._jar.user, self._fortune()))
            if event and event.pair:
                self._jar.open(event.pair)

    def _work(self, pair: Pair) -> None:
        # A page holds the access token that it got, until it is told that it has expired.
        if self._own and self._own.session == pair.session and self.has(0.3):
            pair = self._own
        event = self._try(lambda: self._caller.use(self._jar.user, pair, self._fortune()))
        if event is None:
            return
        if event.code == "expired_token":
            self._refresh()
        elif event.is_refused:
            self._jar.forget(pair.session)

    def _refresh(self) -> None:
        with self._jar.turn():
            if not self._jar.is_locked and self.has(0.15) and self._click_twice():
                return
            while not self._refresh_once(self._fortune()):
                # Soon, or when the grace of whatever happened meanwhile is over.
                if self.has(0.1):
                    self.rest(times.LONG_AFTER, times.LONG_AFTER * 1.2)
                else:
                    self.rest(0.02, 0.3)

    def _refresh_once(self, how: How) -> bool:
        """Asks once, with what the jar holds now; says whether that settles it."""
        taken = self._jar.take_off()
        if taken is None:
            return self._jar.read() is None
        pair, flight = taken
        try:
            event = self._caller.refresh(self._jar.user, pair, how)
        except NotSentError:
            self._jar.land(flight)
            return False
        if event.pair:
            self._jar.keep(event.pair)
            self._own = event.pair
        elif event.is_refused:
            self._jar.forget(pair.session)
        if event.answered is not None and event.status != 504:
            self._jar.land(flight)
        return event.pair is not None or event.is_refused

    def _click_twice(self) -> bool:
        """Two or three refreshes at the same moment; says whether one of them settles it."""
        pauses = self.random.choices(PAUSE_POINTS, k=self.random.choice([2, 3]))
        with ThreadPoolExecutor(len(pauses)) as clicks:
            settled = list(clicks.map(self._refresh_once, [How(pause=pause) for pause in pauses]))
        return any(settled)

    def _log_out(self, pair: Pair) -> None:
        is_everywhere = self.has(0.2)
        question = self._caller.log_out_everywhere if is_everywhere else self._caller.log_out
        self._jar.forget(pair.session)
        while True:
            event = self._try(lambda: question(self._jar.user, pair, self._fortune()))
            if event and event.is_good:
                confirm_end(self.world, self._caller, self._jar.user, pair)
            if event and (event.is_good or event.status == 401):
                # The access token that ends all sessions may have expired meanwhile.
                return
            self.rest(0.02, 0.3)

    def _fortune(self) -> How:
        """What happens to the next request."""
        if self.has(0.06):
            return How(hang_up=self.random.choice([HangUp.AT_ONCE, HangUp.UNREAD]))
        if self.has(0.01) and self.world.is_calm.is_set():
            return How(kill=self.random.choice(KILL_POINTS))
        return PLAIN

    def _try(self, question: Callable[[], Event]) -> Event | None:
        """The event of a request; `None` if it never left."""
        try:
            event = question()
        except NotSentError:
            self.rest(0.05, 0.2)
            return None
        if event.retry_after:
            self.rest(0.2, float(event.retry_after))
        return event
