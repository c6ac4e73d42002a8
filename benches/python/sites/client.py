"""Whole requests without sockets: what a server would hand to Django, and the time it takes."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Protocol, TypeVar, TypeVarTuple

from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler

_Arguments = TypeVarTuple("_Arguments")
_Result = TypeVar("_Result")

_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
_HOST = "api.example"


@dataclass(frozen=True)
class Asked:
    """A request."""

    method: str
    path: str
    token: str | None = None
    body: dict[str, str] | None = None

    @property
    def content(self) -> bytes:
        """The body as it is sent."""
        return b"" if self.body is None else json.dumps(self.body).encode()


@dataclass(frozen=True)
class Answer:
    """What came back, after how many nanoseconds and how many hops to another thread."""

    status: int
    content: bytes
    taken: int
    hops: int = 0

    @property
    def members(self) -> dict[str, Any]:
        """The members of the JSON object that came back."""
        found: dict[str, Any] = json.loads(self.content)
        return found


class Client(Protocol):
    """Something that a site can be asked through."""

    def ask(self, asked: Asked) -> Answer:
        """The answer; making the request is not part of its time, taking it apart is."""


class SyncClient:
    """Asks Django as a WSGI server does."""

    def __init__(self) -> None:
        self._handler = WSGIHandler()

    def ask(self, asked: Asked) -> Answer:
        environ = _environ(asked)
        statuses: list[str] = []

        def start_response(status: str, headers: object, *_: object) -> Callable[..., None]:
            statuses.append(status)
            return statuses.clear

        start = time.perf_counter_ns()
        response = self._handler(environ, start_response)
        content = b"".join(response)
        response.close()
        taken = time.perf_counter_ns() - start
        return Answer(int(statuses[0].partition(" ")[0]), content, taken)


class _HopsCountingLoop(asyncio.SelectorEventLoop):
    """An event loop that knows how often something was handed to a thread."""

    hops = 0

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*_Arguments], _Result], *args: *_Arguments
    ) -> asyncio.Future[_Result]:
        self.hops += 1
        return super().run_in_executor(executor, func, *args)


class AsyncClient:
    """Asks Django as an ASGI server does, in one event loop."""

    def __init__(self) -> None:
        self._loop = _HopsCountingLoop()
        self._handler = ASGIHandler()

    def ask(self, asked: Asked) -> Answer:
        return self._loop.run_until_complete(self._ask(asked))

    async def _ask(self, asked: Asked) -> Answer:
        scope = _scope(asked)
        arriving = [{"type": "http.request", "body": asked.content, "more_body": False}]
        sent: list[Mapping[str, Any]] = []

        async def receive() -> dict[str, Any]:
            if arriving:
                return arriving.pop()
            # The client stays connected.
            await asyncio.get_running_loop().create_future()
            raise ConnectionError

        async def send(message: Mapping[str, Any]) -> None:
            sent.append(message)

        hops = self._loop.hops
        start = time.perf_counter_ns()
        await self._handler(scope, receive, send)
        taken = time.perf_counter_ns() - start
        content = b"".join(message.get("body", b"") for message in sent)
        return Answer(sent[0]["status"], content, taken, self._loop.hops - hops)


def _environ(asked: Asked) -> dict[str, Any]:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": asked.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": asked.path,
        "QUERY_STRING": "",
        "SERVER_NAME": _HOST,
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": _HOST,
        "HTTP_ACCEPT": "application/json",
        "HTTP_USER_AGENT": _AGENT,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.input": BytesIO(asked.content),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if asked.token is not None:
        environ["HTTP_AUTHORIZATION"] = f"Bearer {asked.token}"
    if asked.body is not None:
        environ["CONTENT_TYPE"] = "application/json"
        environ["CONTENT_LENGTH"] = str(len(asked.content))
    return environ


def _scope(asked: Asked) -> dict[str, Any]:
    headers = [
        (b"host", _HOST.encode()),
        (b"accept", b"application/json"),
        (b"user-agent", _AGENT.encode()),
    ]
    if asked.token is not None:
        headers.append((b"authorization", f"Bearer {asked.token}".encode()))
    if asked.body is not None:
        headers.append((b"content-type", b"application/json"))
        headers.append((b"content-length", str(len(asked.content)).encode()))
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": asked.method,
        "scheme": "https",
        "path": asked.path,
        "raw_path": asked.path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 50_000),
        "server": (_HOST, 443),
    }
