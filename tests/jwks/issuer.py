"""An issuer on 127.0.0.1: an HTTP server that counts what it is asked, and does as it is told."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self, cast

from tegata import jose

REALM = "/realms/shop"
CERTS = f"{REALM}/protocol/openid-connect/certs"

Behaviour = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Writes the request down, then does what the issuer is told."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        issuer = cast(Server, self.server).issuer
        with issuer.lock:
            issuer.requests.append((self.path, dict(self.headers)))
        behave = issuer.behaviours.get(self.path, issuer.behaviour)
        try:
            behave(self)
        except OSError:
            # The client has seen enough.
            self.close_connection = True

    def answer(
        self, body: bytes, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        """A whole answer."""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Says nothing."""


class Server(ThreadingHTTPServer):
    """As many threads as there are requests."""

    daemon_threads = True
    # Fifty at once is part of the tests.
    request_queue_size = 128
    issuer: Issuer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Says nothing of those who hang up in a handshake."""


@dataclass
class Issuer:
    """Serves the metadata and keys of a realm. Use it as a context manager.

    Attributes:
        keys: What signs, and its public halves are published; replace it to rotate.
        headers: What the answer with the keys says besides.
        behaviour: How requests are answered, unless `behaviours` has their path.
        requests: The path and headers of each, in their order.
    """

    context: ssl.SSLContext | None = None
    keys: jose.KeySet = field(default_factory=lambda: jose.KeySet([jose.Key.generate("ES256")]))
    headers: dict[str, str] = field(default_factory=dict)
    behaviours: dict[str, Behaviour] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.behaviour: Behaviour = self.as_it_should

    def __enter__(self) -> Self:
        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.issuer = self
        if self.context:
            # The handshake belongs to the thread of the request.
            self._server.socket = self.context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        host, port = self._server.server_address[:2]
        return f"{'https' if self.context else 'http'}://{host!s}:{port}"

    @property
    def name(self) -> str:
        """What its tokens have for `iss`."""
        return f"{self.origin}{REALM}"

    @property
    def certs(self) -> str:
        """Where its keys are."""
        return f"{self.origin}{CERTS}"

    def asked(self, path: str = CERTS) -> int:
        """How often a path was asked for."""
        with self.lock:
            return sum(asked == path for asked, _ in self.requests)

    def until_asked(self, times: int) -> None:
        """Waits until it was asked for its keys so often, however slow the machine is."""
        deadline = time.monotonic() + 30
        while self.asked() < times:
            assert time.monotonic() < deadline, f"asked {self.asked()} times, and not {times}"
            time.sleep(0.01)

    def token(self, **claims: Any) -> str:
        """A token of its own, good for five minutes."""
        claims = {"iss": self.name, "sub": "alice", "exp": int(time.time()) + 300, **claims}
        return jose.encode(claims, self.keys)

    def as_it_should(self, handler: Handler) -> None:
        """Answers with the keys, or with what says where they are."""
        if handler.path == CERTS:
            body = json.dumps(self.keys.to_jwks()).encode()
            handler.answer(body, headers=self.headers)
        elif handler.path in {
            f"{REALM}/.well-known/openid-configuration",
            f"/.well-known/oauth-authorization-server{REALM}",
        }:
            handler.answer(json.dumps({"issuer": self.name, "jwks_uri": self.certs}).encode())
        else:
            handler.answer(b"", 404)


def answers(
    body: bytes = b"", status: int = 200, headers: Mapping[str, str] | None = None
) -> Behaviour:
    """Always the same."""
    return lambda handler: handler.answer(body, status, headers)


def drips(raw: bytes, *, every: float = 0.05) -> Behaviour:
    """Byte by byte, without an end."""

    def behave(handler: Handler) -> None:
        handler.wfile.write(raw)
        while True:
            handler.wfile.write(b"x")
            time.sleep(every)

    return behave


def held_by(gate: threading.Event, behave: Behaviour) -> Behaviour:
    """Not before the gate is opened."""

    def wait(handler: Handler) -> None:
        gate.wait(10)
        behave(handler)

    return wait


@contextmanager
def nobody_at() -> Iterator[str]:
    """An origin where nobody listens; it is held, so that nobody else begins to."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def pass_by(self, seconds: float) -> None:
        """Moves it."""
        self.now += seconds
