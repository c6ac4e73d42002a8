"""The databases of a soak: looked into past the site, and taken away from it for a while."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests.blackbox.servers import PATIENCE_SECONDS
from tests.postgres import Postgres, find_programs, run_postgres
from tests.soak.proxy import Proxy, run_proxy


@dataclass(frozen=True)
class Row:
    """What a session's row says."""

    session: str
    generation: int
    has_ended: bool
    end_reason: str


@dataclass(frozen=True)
class Change:
    """What one statement has changed of a row."""

    session: str
    old_generation: int
    new_generation: int
    was_minted: bool
    was_ended: bool
    has_moved_end: bool


_ROWS = "SELECT id, generation, expired_at IS NOT NULL, end_reason FROM tegata_session"
_CHANGES = """
SELECT session_id, old_generation, new_generation, was_minted, was_ended, has_moved_end
FROM soak_chronicle ORDER BY number
"""


class Database(ABC):
    """The database of one site.

    Attributes:
        name: As people write it.
        variables: How the site's processes find it.
        proxy: What can cut the connections to it, where there are any.
    """

    name: str
    variables: Mapping[str, str]
    proxy: Proxy | None = None

    @abstractmethod
    def ask(self, query: str, values: Sequence[str] = ()) -> Sequence[Sequence[Any]]:
        """Asks it directly; a `?` stands for a value."""

    @abstractmethod
    @contextmanager
    def outage(self) -> Iterator[None]:
        """Answers nobody for as long as the block lasts."""
        yield

    def rows(self) -> dict[str, Row]:
        """Every session."""
        return {values[0]: _row(values) for values in self.ask(_ROWS)}

    def row(self, session: str) -> Row:
        """One of them."""
        return _row(self.ask(f"{_ROWS} WHERE id = ?", [session])[0])

    def changes(self) -> list[Change]:
        """What has become of the sessions, statement by statement."""
        return [
            Change(session, old, new, *map(bool, flags))
            for session, old, new, *flags in self.ask(_CHANGES)
        ]


def _row(values: Sequence[Any]) -> Row:
    session, generation, has_ended, end_reason = values
    return Row(session, generation, bool(has_ended), end_reason)


class Sqlite(Database):
    """A file. Its outage is somebody else's long transaction."""

    name = "SQLite"

    def __init__(self, path: Path) -> None:
        self._path = path
        self.variables = {"SOAK_SQLITE": str(path)}

    def ask(self, query: str, values: Sequence[str] = ()) -> Sequence[Sequence[Any]]:
        with closing(sqlite3.connect(self._path, timeout=PATIENCE_SECONDS)) as connection:
            return connection.execute(query, values).fetchall()

    @contextmanager
    def outage(self) -> Iterator[None]:
        with closing(
            sqlite3.connect(self._path, timeout=PATIENCE_SECONDS, isolation_level=None)
        ) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            yield
            connection.execute("ROLLBACK")


class Postgresql(Database):
    """A server of the soak's own, behind a proxy. Its outage is a crash and a recovery."""

    name = "PostgreSQL"

    def __init__(self, server: Postgres, proxy: Proxy) -> None:
        self._server = server
        self.proxy = proxy
        self.variables = {"SOAK_POSTGRES_PORT": str(proxy.port), "SOAK_POSTGRES_USER": server.user}

    def ask(self, query: str, values: Sequence[str] = ()) -> Sequence[Sequence[Any]]:
        with psycopg.connect(
            host=self._server.host,
            port=self._server.port,
            user=self._server.user,
            dbname="postgres",
            autocommit=True,
        ) as connection:
            # What is asked is written here, and ends with its only `?`.
            return connection.execute(query.replace("?", "%s").encode(), values).fetchall()

    @contextmanager
    def outage(self) -> Iterator[None]:
        self._crash()
        try:
            yield
        finally:
            self._start()

    def _crash(self) -> None:
        lock_file = self._server.socket_folder / "data" / "postmaster.pid"
        # An immediate shutdown: nothing is written any more, and the start begins with a recovery.
        os.kill(int(lock_file.read_text().split()[0]), signal.SIGQUIT)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while lock_file.exists():
            assert time.monotonic() < deadline, "PostgreSQL does not end"
            time.sleep(0.02)

    def _start(self) -> None:
        folder = self._server.socket_folder
        owner = folder.stat()
        is_root = os.geteuid() == 0
        with (folder / "restart.log").open("ab") as output:
            subprocess.run(
                [find_programs() / "pg_ctl", "start", "--pgdata", folder / "data", "--wait"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                # As the account that owns its files.
                user=owner.st_uid if is_root else None,
                group=owner.st_gid if is_root else None,
                timeout=PATIENCE_SECONDS,
                check=True,
            )


@contextmanager
def run_sqlite(folder: Path) -> Iterator[Database]:
    """An empty file."""
    yield Sqlite(folder / "soak.sqlite3")


@contextmanager
def run_postgresql(folder: Path) -> Iterator[Database]:
    """An empty server, which may be stopped."""
    with run_postgres() as server, run_proxy(server.port) as proxy:
        yield Postgresql(server, proxy)


DATABASES = {"sqlite": run_sqlite, "postgres": run_postgresql}
