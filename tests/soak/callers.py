"""What everybody in a soak asks with: one request, one connection, and a line in the record."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from random import Random
from typing import Any

from tests.blackbox.servers import PATIENCE_SECONDS
from tests.soak import times
from tests.soak.history import Event, History, Kind, Pair
from tests.soak.prepare_site import PASSWORD
from tests.soak.servers import Fleet, Server


class HangUp(Enum):
    """When a client stops listening."""

    NEVER = ""
    AT_ONCE = "hung up at once"
    UNREAD = "hung up on the answer"


@dataclass(frozen=True)
class How:
    """What is to happen to a request.

    Attributes:
        hang_up: When the client stops listening.
        kill: The point at which the server is to kill itself.
        pause: The point at which it is to wait a little.
        gate: The point at which it is to wait until a file is removed, and that file.
        patience: How many seconds the client waits.
        is_dated: Whether the server drops the request once it is too old.
        server: Which server is asked; any, if `None`.
    """

    hang_up: HangUp = HangUp.NEVER
    kill: str = ""
    pause: str = ""
    gate: tuple[str, Path] | None = None
    patience: float = times.PATIENCE
    is_dated: bool = True
    server: Server | None = None

    def __str__(self) -> str:
        """For the record."""
        kill = f"killed {self.kill}" if self.kill else ""
        gate = f"held {self.gate[0]}" if self.gate else ""
        return " ".join(filter(None, [self.hang_up.value, kill, gate]))


PLAIN = How()
PATIENT = How(patience=10, is_dated=False)


class NotSentError(Exception):
    """There is no server at the other end."""


class Caller:
    """Asks servers on behalf of somebody."""

    def __init__(self, name: str, history: History, fleet: Fleet, random: Random) -> None:
        self.name = name
        self._history = history
        self._fleet = fleet
        self._random = random

    def log_in(self, user: str, how: How = PLAIN) -> Event:
        """Logs in."""
        body = {"username": user, "password": PASSWORD}
        return self._ask(Kind.LOG_IN, user, None, "POST auth/login/", body, how)

    def use(self, user: str, pair: Pair, how: How = PLAIN) -> Event:
        """Asks a guarded view."""
        return self._ask(Kind.USE, user, pair, "GET profile/", None, how)

    def refresh(self, user: str, pair: Pair, how: How = PLAIN) -> Event:
        """Refreshes."""
        body = {"refresh_token": pair.refresh}
        return self._ask(Kind.REFRESH, user, pair, "POST auth/refresh/", body, how)

    def verify(self, user: str, pair: Pair, how: How = PLAIN) -> Event:
        """Asks about the refresh token."""
        return self._ask(Kind.VERIFY, user, pair, "POST auth/verify/", {"token": pair.refresh}, how)

    def log_out(self, user: str, pair: Pair, how: How = PLAIN) -> Event:
        """Logs out by the refresh token."""
        body = {"refresh_token": pair.refresh}
        return self._ask(Kind.LOG_OUT, user, pair, "POST auth/logout/", body, how)

    def log_out_everywhere(self, user: str, pair: Pair, how: How = PLAIN) -> Event:
        """Logs out of all the user's sessions by the access token."""
        return self._ask(Kind.LOG_OUT_EVERYWHERE, user, pair, "POST auth/logout/all/", None, how)

    def persist(self, question: Callable[[str, Pair, How], Event], user: str, pair: Pair) -> Event:
        """Asks one of the above until there is an answer, and not a 503."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            with suppress(NotSentError):
                event = question(user, pair, PATIENT)
                if event.status not in {None, 503}:
                    return event
            time.sleep(0.05)
        raise AssertionError(f"no server answers {self.name} any more")

    def _ask(
        self, kind: Kind, user: str, pair: Pair | None, target: str, body: Any, how: How
    ) -> Event:
        """Sends one request.

        Raises:
            NotSentError: It never left, so it is not on record.
        """
        number, server = self._choose(how.server)
        method, path = target.split()
        headers = {"Connection": "close", "Content-Type": "application/json"}
        if kind in {Kind.USE, Kind.LOG_OUT_EVERYWHERE} and pair:
            headers["Authorization"] = f"Bearer {pair.access}"
        if how.is_dated:
            headers["Soak-Sent"] = repr(time.time())
        for name, point in (("Soak-Kill", how.kill), ("Soak-Pause", how.pause)):
            if point:
                headers[name] = point
        if how.gate:
            headers["Soak-Gate"] = " at ".join(map(str, how.gate))
        event = Event(self.name, kind, number, user, time.monotonic(), str(how))
        if pair:
            event.session, event.generation = pair.session, pair.generation
        data = None if body is None else json.dumps(body)
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=how.patience)
        try:
            connection.connect()
        except OSError:
            connection.close()
            raise NotSentError from None
        try:
            connection.request(method, f"/api/{path}", data, headers)
            _listen(connection, event, how)
        except (OSError, http.client.HTTPException):
            # No answer.
            pass
        finally:
            connection.close()
            self._history.add(event)
        return event

    def _choose(self, wanted: Server | None) -> tuple[int, Server]:
        choices = list(enumerate(self._fleet.servers))
        if wanted is not None:
            choices = [each for each in choices if each[1] is wanted]
        return self._random.choice(choices)


def _listen(connection: http.client.HTTPConnection, event: Event, how: How) -> None:
    if how.hang_up is HangUp.AT_ONCE:
        return
    if how.hang_up is HangUp.UNREAD:
        connection.sock.recv(1, socket.MSG_PEEK)
        return
    answer = connection.getresponse()
    text = answer.read()
    now = time.monotonic()
    if now - event.sent > how.patience:
        # The client has given up by now.
        return
    event.answered, event.status = now, answer.status
    event.has_swapped = answer.headers["Soak-Swapped"] == "1"
    event.failed = int(answer.headers["Soak-Failed"] or 0)
    event.retry_after = answer.headers["Retry-After"]
    is_json = text and answer.headers.get_content_type() == "application/json"
    body = json.loads(text) if is_json else None
    if isinstance(body, dict) and event.status != 200:
        event.code = body.get("error_code")
    elif isinstance(body, dict) and event.kind in {Kind.LOG_IN, Kind.REFRESH}:
        event.pair = Pair.of(body)
        event.session = event.pair.session
