"""The record of a soak: everything that was asked and what came back."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from tests.blackbox.client import claims_of


class Kind(StrEnum):
    """What was asked."""

    LOG_IN = "log in"
    USE = "use"
    REFRESH = "refresh"
    VERIFY = "verify"
    LOG_OUT = "log out"
    LOG_OUT_EVERYWHERE = "log out everywhere"


@dataclass(frozen=True, slots=True)
class Pair:
    """The tokens of one answer, and what they say of themselves."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    session: str
    generation: int
    refresh_expires_at: int

    @classmethod
    def of(cls, body: dict[str, str]) -> Pair:
        """Reads the body of an answer."""
        access, refresh = body["access_token"], body["refresh_token"]
        claims = claims_of(refresh)
        of_access = claims_of(access)
        for name in ("session_id", "generation"):
            assert claims[name] == of_access[name], "the tokens of one answer belong together"
        return cls(access, refresh, claims["session_id"], claims["generation"], claims["exp"])


@dataclass(slots=True)
class Event:
    """One question and, unless it was lost, its answer.

    Attributes:
        actor: Who asked.
        kind: What was asked.
        server: The number of the server that was asked.
        user: Whose login it is about.
        sent: When, by the monotonic clock.
        fault: What was done to it.
        session: That of the token that was presented, or that a login has opened.
        generation: That of the token that was presented.
        answered: When the answer was there; `None` if it was lost.
        status: The answer's.
        code: The `error_code` of a refusal.
        retry_after: What the answer says about that.
        pair: The tokens of the answer.
        has_swapped: Whether the server says that this request has advanced the session.
        failed: How many of the request's statements have failed.
    """

    actor: str
    kind: Kind
    server: int
    user: str
    sent: float
    fault: str = ""
    session: str | None = None
    generation: int | None = None
    answered: float | None = None
    status: int | None = None
    code: str | None = None
    retry_after: str | None = None
    pair: Pair | None = None
    has_swapped: bool = False
    failed: int = 0

    @property
    def is_good(self) -> bool:
        """Whether it was answered as wished."""
        return self.status == 200

    @property
    def is_refused(self) -> bool:
        """Whether the answer was a no for good."""
        return self.status == 401 and self.code != "expired_token"

    def __str__(self) -> str:
        """One line of an account, in seconds since the start of the machine."""
        came = "no answer" if self.answered is None else f"{self.answered:.3f} {self.status}"
        told = [came, self.code or "", f"-> {self.pair.generation}" if self.pair else ""]
        told += ["swapped" if self.has_swapped else "", self.fault]
        asked = f"{self.sent:.3f} {self.actor}, server {self.server}: {self.kind}"
        return " ".join([asked, str(self.generation or ""), *filter(None, told)])


@dataclass
class Session:
    """What is on record of one session.

    Attributes:
        user: Whose it is.
        was_robbed: Whether somebody else has had a token of it, so that its end is no surprise.
        events: In the order in which they were sent.
    """

    user: str = ""
    was_robbed: bool = False
    events: list[Event] = field(default_factory=list)


class History:
    """The record, written by many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._events: list[Event] = []
        self._robbed: set[str] = set()
        self.began = time.monotonic()

    def add(self, event: Event) -> None:
        """Takes down an event, answered or lost."""
        with self._lock:
            self._events.append(event)

    def rob(self, session: str) -> None:
        """Takes down that somebody is about to use a copied token."""
        with self._lock:
            self._robbed.add(session)

    def events(self) -> list[Event]:
        """All of them, in the order in which they were sent."""
        with self._lock:
            return sorted(self._events, key=lambda event: event.sent)

    def sessions(self) -> dict[str, Session]:
        """The sessions whose login was answered; logouts everywhere are with each that they end."""
        sessions: dict[str, Session] = defaultdict(Session)
        events = self.events()
        for event in events:
            if event.session is not None:
                session = sessions[event.session]
                session.user = event.user
                session.events.append(event)
        for event in events:
            if event.kind is Kind.LOG_OUT_EVERYWHERE:
                for name, session in sessions.items():
                    if session.user == event.user and name != event.session:
                        session.events.append(event)
        with self._lock:
            for name, session in sessions.items():
                session.was_robbed = name in self._robbed
                session.events.sort(key=lambda event: event.sent)
        return dict(sessions)

    def answered(self, kind: Kind) -> Iterator[Event]:
        """The events of a kind that went well."""
        return (event for event in self.events() if event.kind is kind and event.is_good)
