"""A throw-away Redis server, for as long as a ``with`` block lasts; it can be stopped meanwhile."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.ports import free_port

_PATIENCE_SECONDS = 30

# The guard outlives its parent, however that one ends: the pipe it reads from is then closed, and
# it kills the server that it started. No gentler signal would end one that is frozen.
_GUARD = """
: >log
"$@" >>log 2>&1 </dev/null & server=$!
echo "$server"
cat >/dev/null
kill -KILL "$server"
"""


class RedisNotFoundError(RuntimeError):
    """Redis' server program is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "Redis' program `redis-server` was not found\n"
            "hint: install the package `redis-server` (Debian, Ubuntu) or `redis` (Fedora, "
            "Homebrew), or put the folder of `redis-server` on PATH"
        )


class RedisStartError(RuntimeError):
    """The server is installed but did not start."""

    def __init__(self, output: str) -> None:
        super().__init__(f"a throw-away Redis server did not start\n{output.rstrip()}")


class Redis:
    """A server on a free port of 127.0.0.1, without a password and without anything on disk.

    Attributes:
        port: Its port, the same after every start.
        url: As clients take it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._guard: subprocess.Popen[bytes] | None = None
        self._pid = 0
        # Another program can take the port between the choice and the start.
        for _ in range(5):
            self.port = free_port()
            self.url = f"redis://127.0.0.1:{self.port}"
            try:
                self.start()
            except RedisStartError as error:
                if "Address already in use" not in str(error):
                    raise
            else:
                return
        raise RedisStartError("every port that was free was taken by the time it started")

    def start(self) -> None:
        """Starts it, empty, and waits until it answers."""
        command = [find_server(), "--port", str(self.port), "--bind", "127.0.0.1"]
        guard = subprocess.Popen(
            ["sh", "-c", _GUARD, "guard", *command, "--save", "", "--appendonly", "no"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self._folder,
            # An interrupt typed at the terminal must not end the guard before the server.
            start_new_session=True,
        )
        assert guard.stdout is not None
        self._guard, self._pid = guard, int(guard.stdout.readline())
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not self._answers():
            log = (self._folder / "log").read_text(errors="replace")
            if time.monotonic() > deadline or "Failed listening" in log:
                self.stop()
                raise RedisStartError(log)
            time.sleep(0.01)

    def stop(self) -> None:
        """Kills it; all that it held is gone."""
        if self._guard is not None:
            self._guard.communicate()
            self._guard = None

    def freeze(self) -> None:
        """Keeps it from answering, with its port and its connections open."""
        os.kill(self._pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Lets it go on where it was frozen."""
        os.kill(self._pid, signal.SIGCONT)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16) == b"+PONG\r\n"
        except OSError:
            return False


def find_server() -> str:
    """The server program."""
    found = shutil.which("redis-server")
    if found is None:
        raise RedisNotFoundError
    return found


@contextmanager
def run_redis() -> Iterator[Redis]:
    """Start a server and kill it when the block is left."""
    with tempfile.TemporaryDirectory(prefix="tegata-redis-") as folder:
        server = Redis(Path(folder))
        try:
            yield server
        finally:
            server.stop()
