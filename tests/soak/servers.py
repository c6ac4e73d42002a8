"""The servers of a soak: gunicorn processes that can be killed one by one."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random

from tests.blackbox.servers import PATIENCE_SECONDS, ROOT

_COMMAND = (
    *(sys.executable, "-m", "gunicorn", "--config", "python:tests.soak.gunicorn_site"),
    "tests.soak.wsgi",
)


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """What a process of the site needs; it imports what this one would."""
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONUNBUFFERED": "1",
        "DJANGO_SETTINGS_MODULE": "tests.soak.settings",
        **variables,
    }


def prepare_site(variables: Mapping[str, str], users: int) -> None:
    """Makes the tables and the users."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.soak.prepare_site", str(users)],
        cwd=ROOT,
        env=environment(variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout


class Server:
    """A gunicorn and its workers; after a kill it can be started again."""

    def __init__(self, folder: Path, variables: Mapping[str, str]) -> None:
        self.folder = folder
        self.log = folder / "log"
        self.port = 0
        self._variables = {**variables, "SOAK_FOLDER": str(folder)}
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir()

    def start(self) -> None:
        """Starts it and waits until it listens."""
        (self.folder / "port").unlink(missing_ok=True)
        (self.folder / "workers").mkdir()
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                _COMMAND,
                cwd=ROOT,
                env=environment(self._variables),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (self.folder / "port").exists() or not self._workers():
            is_starting = self._process.poll() is None and time.monotonic() < deadline
            assert is_starting, f"a server did not start:\n{self.log.read_text()}"
            time.sleep(0.02)
        self.port = int((self.folder / "port").read_text())

    def kill_worker(self, random: Random) -> bool:
        """Kills one of its workers, in the middle of whatever it does; says whether there was one.

        Gunicorn forks another one.
        """
        workers = self._workers()
        if not workers:
            return False
        _kill(random.choice(workers))
        return True

    def kill(self) -> None:
        """Kills all of its processes."""
        if self._process is None:
            return
        # Until it listens again, nobody is to ask whoever is given its port.
        self.port = 0
        self._process.kill()
        self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()
        self._process = None
        for worker in self._workers():
            _kill(worker)
        shutil.rmtree(self.folder / "workers")

    def deaths(self) -> int:
        """How many workers killed themselves at the point that a request named."""
        deaths = self.folder / "deaths"
        return len(deaths.read_text().splitlines()) if deaths.exists() else 0

    def _workers(self) -> list[int]:
        return sorted(int(each.name) for each in (self.folder / "workers").iterdir())


class Fleet:
    """The servers of one site.

    Attributes:
        servers: All of them.
        kills: How many processes were killed from outside.
    """

    def __init__(self, servers: list[Server]) -> None:
        self.servers = servers
        self.kills = 0
        self._lock = threading.Lock()

    def kill_one(self, random: Random) -> None:
        """Kills a worker."""
        with self._lock:
            self.kills += random.choice(self.servers).kill_worker(random)

    def restart_one(self, random: Random) -> None:
        """Kills a whole server and starts it anew, on another port."""
        with self._lock:
            server = random.choice(self.servers)
            server.kill()
            self.kills += 1
            server.start()

    def deaths(self) -> int:
        """How many processes have died by SIGKILL."""
        return self.kills + sum(server.deaths() for server in self.servers)


@contextmanager
def run_fleet(folder: Path, variables: Mapping[str, str]) -> Iterator[Fleet]:
    """Two servers for as long as the block lasts: one connects for each request, one rarely."""
    ages = ("0", "60")
    servers = [
        Server(folder / f"server-{age}", {**variables, "SOAK_CONNECTION_AGE": age}) for age in ages
    ]
    try:
        for server in servers:
            server.start()
        yield Fleet(servers)
    finally:
        for server in servers:
            server.kill()


def _kill(pid: int) -> None:
    # One that was killed at a point of its own is gone already.
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
