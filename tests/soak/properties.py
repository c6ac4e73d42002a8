"""What must hold of every history, whatever was killed in it.

The first half goes by the answers alone, as a client could; the second half compares them with what
the database says. The rules are the table of docs/concepts/sessions-and-generations.md.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf

from tests.soak import times
from tests.soak.databases import Change, Row
from tests.soak.history import Event, Kind, Session

ENDS = {"session_expired", "token_reuse_detected"}
"""The refusals that say that a session is over."""

_TAKES_A_TOKEN = {Kind.USE, Kind.REFRESH, Kind.VERIFY}
_REFUSALS = {
    Kind.LOG_IN: set[str](),
    Kind.USE: {"expired_token", "session_expired"},
    Kind.REFRESH: ENDS,
    Kind.VERIFY: ENDS,
    Kind.LOG_OUT: set[str](),
    Kind.LOG_OUT_EVERYWHERE: {"expired_token", "session_expired"},
}


class Breach(StrEnum):
    """What must not happen."""

    FORK = "forks"
    UNDONE = "revocations undone"
    MISSED = "reuses missed"
    LOGGED_OUT = "honest clients logged out"
    UNEXPECTED = "unexpected answers"


@dataclass(frozen=True)
class Violation:
    """One time that it did.

    Attributes:
        breach: What happened.
        session: In which session, if in one.
        told: A sentence.
    """

    breach: Breach
    session: str
    told: str


def judge_answers(sessions: Mapping[str, Session], events: Sequence[Event]) -> Iterator[Violation]:
    """What is wrong by the answers alone."""
    for event in events:
        if told := _unexpected(event):
            yield Violation(Breach.UNEXPECTED, event.session or "", f"{told}: {event}")
    for name, session in sessions.items():
        trail = _Trail(name, session)
        yield from trail.forks()
        yield from trail.missed_reuses()
        yield from trail.undone_ends()
        yield from trail.refusals_without_cause()


def judge_rows(
    sessions: Mapping[str, Session], rows: Mapping[str, Row], changes: Sequence[Change]
) -> Iterator[Violation]:
    """What is wrong by the database and its chronicle."""
    advances: dict[str, list[int]] = defaultdict(list)
    for change in changes:
        name = change.session
        if change.was_ended:
            yield Violation(Breach.UNDONE, name, f"its row was changed after its end: {change}")
        if change.was_minted or change.new_generation != change.old_generation:
            advances[name].append(change.new_generation)
            if change.new_generation != change.old_generation + 1 or not change.was_minted:
                yield Violation(Breach.FORK, name, f"a swap hit another generation: {change}")
    for name, row in rows.items():
        if row.generation != 1 + len(advances[name]):
            told = f"{len(advances[name])} advances have led to generation {row.generation}"
            yield Violation(Breach.FORK, name, told)
    for name, session in sessions.items():
        yield from _judge_row(name, session, rows.get(name), set(advances[name]))


def _judge_row(
    name: str, session: Session, row: Row | None, advances: set[int]
) -> Iterator[Violation]:
    if row is None:
        yield Violation(Breach.UNDONE, name, "its row is gone")
        return
    handed_out = {event.pair.generation for event in session.events if event.pair}
    if lost := handed_out - advances - {1}:
        told = f"generations {sorted(lost)} were handed out, and the row was never of them"
        yield Violation(Breach.FORK, name, told)
    if not row.has_ended and _known_end(name, session) < inf:
        yield Violation(Breach.UNDONE, name, "it was said to be over, and its row has no end")


def _unexpected(event: Event) -> str | None:
    """What is wrong with an answer, whatever happened before."""
    if event.status in {None, 200}:
        return None
    if event.status == 504:
        # The soak's own middleware, and none of ours.
        return None
    if event.status == 503:
        is_ours = event.code == "service_unavailable" and event.retry_after == "1"
        return None if is_ours else "a 503 that does not say when to ask again"
    if event.status == 401 and event.code in _REFUSALS[event.kind]:
        return None
    return "an answer that nobody should get"


def _known_end(name: str, session: Session) -> float:
    """When somebody was first told that the session is over."""
    opened = [e.answered for e in session.events if e.kind is Kind.LOG_IN and e.answered]
    ends = [inf]
    for event in session.events:
        if event.answered is None:
            continue
        # Asking about a used token ends nothing.
        is_told = event.code in ENDS and event.kind is not Kind.VERIFY and event.session == name
        if event.kind is Kind.LOG_OUT_EVERYWHERE and event.session != name:
            is_done = event.is_good and any(at < event.sent for at in opened)
        else:
            is_done = event.is_good and event.kind in {Kind.LOG_OUT, Kind.LOG_OUT_EVERYWHERE}
        if is_told or is_done:
            ends.append(event.answered)
    return min(ends)


class _Trail:
    """The events of one session."""

    def __init__(self, name: str, session: Session) -> None:
        self._name = name
        self._session = session
        self._own = [event for event in session.events if event.session == name]
        self._refreshes = [event for event in self._own if event.kind is Kind.REFRESH]
        # When somebody first had a token of a generation or of a later one.
        self._handed_out = _Earliest(
            (event.pair.generation, event.answered)
            for event in self._own
            if event.pair and event.answered
        )
        # When such an access token was first let in, with its note written.
        self._used = _Earliest(
            (event.generation, event.answered)
            for event in self._own
            if event.kind is Kind.USE and event.is_good and not event.failed
            if event.generation and event.answered
        )

    def forks(self) -> Iterator[Violation]:
        """A chain with two ends, or answers that cannot all be of one chain."""
        expiries: dict[int, set[int]] = defaultdict(set)
        swaps: Counter[int] = Counter()
        for event in self._own:
            if event.pair is None:
                continue
            presented = event.generation or 0
            if event.pair.generation != presented + 1:
                yield self._breach(Breach.FORK, f"the next generation is another one: {event}")
            expiries[event.pair.generation].add(event.pair.refresh_expires_at)
            swaps[presented] += event.has_swapped
            if event.sent > self._handed_out.since(presented + 2):
                yield self._breach(Breach.FORK, f"two generations behind, and good: {event}")
        for generation, times_of in expiries.items():
            # A repeat expires when the first answer does.
            if len(times_of) > 1:
                yield self._breach(Breach.FORK, f"generation {generation} was minted twice")
        for generation, number in swaps.items():
            if number > 1:
                yield self._breach(Breach.FORK, f"{number} advances from generation {generation}")

    def missed_reuses(self) -> Iterator[Violation]:
        """A used token that was taken when the grace was over."""
        for event in self._refreshes:
            if event.is_good:
                used = self._used.since((event.generation or 0) + 1)
                if event.sent > used + times.REFRESH_GRACE + times.CLOCK_TOLERANCE:
                    late = event.sent - used
                    told = f"good, {late:.2f} s after the first use of a later one: {event}"
                    yield self._breach(Breach.MISSED, told)

    def undone_ends(self) -> Iterator[Violation]:
        """A yes, asked for after somebody was told that the session is over."""
        end = _known_end(self._name, self._session)
        for event in self._own:
            if event.kind in _TAKES_A_TOKEN and event.is_good and event.sent > end:
                told = f"good, {event.sent - end:.2f} s after its end was told: {event}"
                yield self._breach(Breach.UNDONE, told)

    def refusals_without_cause(self) -> Iterator[Violation]:
        """A no to somebody whom the table lets go on."""
        for event in self._own:
            if event.code not in ENDS or event.answered is None:
                continue
            if event.code == "session_expired":
                has_cause = self._may_have_ended(event.answered)
            else:
                has_cause = self._may_be_reuse(event, event.answered)
            if has_cause and (self._session.was_robbed or event.code == "session_expired"):
                continue
            breach = Breach.UNEXPECTED if self._session.was_robbed else Breach.LOGGED_OUT
            yield self._breach(breach, f"refused without a cause: {event}")
            # What follows from it is no news.
            return

    def _may_have_ended(self, by: float) -> bool:
        """Whether a logout or a reuse could have ended it."""
        logouts = {Kind.LOG_OUT, Kind.LOG_OUT_EVERYWHERE}
        if any(each.kind in logouts and each.sent < by for each in self._session.events):
            return True
        return self._session.was_robbed and any(
            each.sent < by and self._may_be_reuse(each, by) for each in self._refreshes
        )

    def _may_be_reuse(self, event: Event, by: float) -> bool:
        """Whether the table could have called the token used, at some moment before `by`."""
        generation = event.generation or 0
        for other in self._own:
            if other is event or (other.generation or 0) <= generation:
                continue
            # The lost answers count too: what they did was done.
            if other.kind is Kind.REFRESH and other.sent < by:
                return True
            if other.kind is Kind.USE and other.sent < by - times.REFRESH_GRACE:
                return True
        return False

    def _breach(self, breach: Breach, told: str) -> Violation:
        return Violation(breach, self._name, told)


class _Earliest:
    """The first moment of a generation or of any later one."""

    def __init__(self, moments: Iterable[tuple[int, float]]) -> None:
        firsts: dict[int, float] = {}
        for generation, moment in moments:
            firsts[generation] = min(moment, firsts.get(generation, inf))
        # By generation; what lies between two that have a moment has that of the later one.
        self._since = [inf] * (max(firsts, default=0) + 2)
        for generation in reversed(range(len(self._since) - 1)):
            self._since[generation] = min(self._since[generation + 1], firsts.get(generation, inf))

    def since(self, generation: int) -> float:
        """Infinity if there was none."""
        return self._since[min(generation, len(self._since) - 1)]
