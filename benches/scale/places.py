"""The databases that are measured: files of SQLite, and a PostgreSQL server of this run's own."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection, connections

from tests.postgres import run_postgres

Parameters = dict[str, str]

# Here durability is part of what a refresh costs, and of what it waits for.
_DURABLE = ("fsync", "full_page_writes", "synchronous_commit")


@contextmanager
def sqlite(folder: Path | None, journal: str) -> Iterator[Callable[[str], Parameters]]:
    """A place for files; the function that is given makes a database in it."""
    with tempfile.TemporaryDirectory(prefix="tegata-scale-", dir=folder) as made:

        def create(name: str) -> Parameters:
            parameters = {"NAME": str(Path(made, f"{name}.sqlite3"))}
            use(parameters)
            with connection.cursor() as cursor:
                # It stays with the file.
                cursor.execute(f"PRAGMA journal_mode = {journal}")
            return parameters

        yield create
        connections.close_all()


@contextmanager
def postgres() -> Iterator[Callable[[str], Parameters]]:
    """A server that syncs as one in service does; the function makes a database in it."""
    with run_postgres() as server:
        where = {"HOST": server.host, "PORT": str(server.port), "USER": server.user}
        use({**where, "NAME": "postgres"})
        with connection.cursor() as cursor:
            for name in _DURABLE:
                cursor.execute(f"ALTER SYSTEM SET {name} = on")
            cursor.execute("SELECT pg_reload_conf()")

        def create(name: str) -> Parameters:
            use({**where, "NAME": "postgres"})
            with connection.cursor() as cursor:
                cursor.execute(f"CREATE DATABASE {name}")
            parameters = {**where, "NAME": name}
            use(parameters)
            return parameters

        yield create
        connections.close_all()


def use(parameters: Parameters) -> None:
    """Turns this process to a database."""
    connection.close()
    settings: dict[str, Any] = connection.settings_dict
    settings.update(parameters)


def migrate() -> None:
    """Makes the tables."""
    call_command("migrate", verbosity=0)


def gather_statistics() -> None:
    """Lets the database look at what it holds, as autovacuum does in service."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
