"""A way to PostgreSQL that can be cut between a statement and its answer."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum

# How PostgreSQL ends its answer to a statement that was committed by itself.
_READY = b"Z\x00\x00\x00\x05I"
_BUFFER = 65536


class Moment(Enum):
    """When a connection is cut."""

    BEFORE = "before the statement is passed on"
    AFTER = "when it was committed, and before its answer is passed on"


@dataclass
class Cut:
    """A cut that waits for its statement.

    Attributes:
        beginning: How the statement begins.
        moment: When to cut.
        done: Set once it has happened.
    """

    beginning: str
    moment: Moment
    done: threading.Event = field(default_factory=threading.Event)


class Proxy:
    """Passes bytes between servers and PostgreSQL, and cuts what it is told to."""

    def __init__(self, port: int) -> None:
        self._upstream = ("127.0.0.1", port)
        self._cut: Cut | None = None
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def arm(self, beginning: str, moment: Moment) -> Cut:
        """Cuts the next connection that brings a statement which begins like this."""
        with self._lock:
            self._cut = Cut(beginning, moment)
            return self._cut

    def disarm(self) -> None:
        """Forgets a cut that has not happened."""
        with self._lock:
            self._cut = None

    def close(self) -> None:
        """Takes no more connections; those that there are end with their ends."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self._upstream)
            except OSError:
                # PostgreSQL is down.
                client.close()
                continue
            _Connection(self, client, server).start()

    def take(self, statement: bytes) -> Moment | None:
        """Whether, and when, the connection with this statement is to be cut; at most one is."""
        with self._lock:
            cut = self._cut
            if cut is None or cut.beginning.encode() not in statement:
                return None
            self._cut = None
        cut.done.set()
        return cut.moment


class _Connection:
    """Two threads, one for each direction."""

    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy = proxy
        self._client = client
        self._server = server
        # Set before the statement is passed on, so the other thread knows before its answer comes.
        self._is_answer_lost = False
        for each in (client, server):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def start(self) -> None:
        for pump in (self._pass_statements, self._pass_answers):
            threading.Thread(target=pump, daemon=True).start()

    def _pass_statements(self) -> None:
        with suppress(OSError):
            while data := self._client.recv(_BUFFER):
                moment = self._proxy.take(data)
                if moment is Moment.BEFORE:
                    break
                self._is_answer_lost = moment is Moment.AFTER
                self._server.sendall(data)
                if self._is_answer_lost:
                    # The other thread has the rest of this connection.
                    return
        self._end()

    def _pass_answers(self) -> None:
        unsent = b""
        with suppress(OSError):
            while data := self._server.recv(_BUFFER):
                if not self._is_answer_lost:
                    self._client.sendall(data)
                    continue
                unsent += data
                if _READY in unsent:
                    break
        self._end()

    def _end(self) -> None:
        for each in (self._client, self._server):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


@contextmanager
def run_proxy(port: int) -> Iterator[Proxy]:
    """A proxy before the PostgreSQL at `port`, for as long as the block lasts."""
    proxy = Proxy(port)
    try:
        yield proxy
    finally:
        proxy.close()
