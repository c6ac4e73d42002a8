"""The databases that sites are measured on, one for each site."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import environment  # noqa: F401 - makes the helpers of the repository importable

from tests.postgres import PostgresNotFoundError, find_programs, run_postgres

# Makes the database of a name, and gives its entry in `DATABASES`.
Maker = Callable[[str, bool], dict[str, Any]]

SQLITE = "SQLite"
POSTGRES = "PostgreSQL"


def available(folder: Path) -> dict[str, AbstractContextManager[Maker]]:
    """The databases of this machine, each for as long as a block lasts."""
    found: dict[str, AbstractContextManager[Maker]] = {SQLITE: _sqlite(folder)}
    try:
        find_programs()
    except PostgresNotFoundError as error:
        print(f"bench: nothing is measured on PostgreSQL: {error}", file=sys.stderr)
    else:
        found[POSTGRES] = _postgres()
    return found


@contextmanager
def _sqlite(folder: Path) -> Iterator[Maker]:
    with ExitStack() as held:

        def make(name: str, is_async: bool) -> dict[str, Any]:
            path = folder / f"{name}.sqlite3"
            # As another process of the site would, this keeps the file open: the last one to close
            # it clears its log away, which takes longer than a request.
            connection = held.enter_context(closing(sqlite3.connect(path)))
            connection.execute("PRAGMA journal_mode = WAL")
            return {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": str(path),
                "OPTIONS": {"init_command": "PRAGMA synchronous = OFF", "timeout": 20},
                **_kept(is_async),
            }

        yield make


@contextmanager
def _postgres() -> Iterator[Maker]:
    programs = find_programs()
    with run_postgres() as server:

        def make(name: str, is_async: bool) -> dict[str, Any]:
            where = ("--host", server.host, "--port", str(server.port), "--username", server.user)
            subprocess.run([programs / "createdb", *where, name], check=True)
            return {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": name,
                "HOST": server.host,
                "PORT": server.port,
                "USER": server.user,
                "OPTIONS": {"pool": {"min_size": 1, "max_size": 4}} if is_async else {},
                **_kept(is_async),
            }

        yield make


def _kept(is_async: bool) -> dict[str, Any]:
    # Under ASGI a connection cannot outlive its request.
    return {"CONN_MAX_AGE": 0 if is_async else None}
