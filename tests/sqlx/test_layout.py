"""The tables that a store makes where no Django has, and what it says of a site's."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from tests.sqlx.rust import RustError, connected, database_url

TABLES = ("auth_user", "tegata_loginchallenge", "tegata_session")

# Of PostgreSQL: what a column, an index and a constraint is, by its name.
CATALOG = """
SELECT 'column', c.relname || '.' || a.attname,
    concat_ws(' ', format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
        pg_get_expr(d.adbin, d.adrelid))
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relname = ANY(%(tables)s) AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%(tables)s)
UNION ALL SELECT 'constraint', conname, pg_get_constraintdef(k.oid)
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
WHERE c.relname = ANY(%(tables)s) AND k.contype <> 'n'
ORDER BY 1, 2
"""


@pytest.fixture
def elsewhere(transactional_db: None, tmp_path: Path) -> Iterator[str]:
    """The address of another database, which is empty."""
    if connection.vendor == "sqlite":
        yield f"sqlite://{tmp_path / 'own.sqlite3'}"
        return
    with connection.cursor() as cursor:
        cursor.execute("DROP DATABASE IF EXISTS tegata_own")
        cursor.execute("CREATE DATABASE tegata_own")
    yield database_url().rsplit("/", 1)[0] + "/tegata_own"


def layout(url: str) -> Any:
    """The tables of a database, in its own words."""
    if url.startswith("sqlite"):
        path = url.removeprefix("sqlite://").partition("?")[0]
        marks = ", ".join("?" * len(TABLES))
        with closing(sqlite3.connect(path)) as file:
            return file.execute(
                f"SELECT name, sql FROM sqlite_master WHERE tbl_name IN ({marks}) ORDER BY name",
                TABLES,
            ).fetchall()
    with psycopg.connect(url) as server:
        return server.execute(CATALOG, {"tables": list(TABLES)}).fetchall()


def test_the_tables_are_those_of_django(elsewhere: str) -> None:
    with connected(url=elsewhere) as (_, found):
        assert found == {"owner": "Tegata", "hasher": found["hasher"]}
        assert "Argon2id" in found["hasher"]

    assert layout(elsewhere) == layout(database_url())


def test_django_s_tables_are_not_altered(transactional_db: None) -> None:
    before = layout(database_url())

    with connected() as (_, found):
        assert found["owner"] == "Django"

    assert layout(database_url()) == before
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode")
            assert cursor.fetchone() == ("delete",), "as Django has made the file"
    assert "tegata_schema" not in connection.introspection.table_names()


def test_a_migration_of_a_newer_version_is_refused(transactional_db: None) -> None:
    recorder = MigrationRecorder(connection)
    recorder.record_applied("tegata", "0099_from_tomorrow")
    try:
        with pytest.raises(RustError, match=r"tegata\.0099_from_tomorrow` is unknown"), connected():
            pass
    finally:
        recorder.record_unapplied("tegata", "0099_from_tomorrow")


def test_columns_of_the_stamp_must_be_there(transactional_db: None) -> None:
    columns = ["epoch"]
    with (
        pytest.raises(RustError, match=r"`auth_user\.epoch` is missing"),
        connected(stamp_columns=columns),
    ):
        pass
    with connected(stamp_columns=["email"]) as (_, found):
        assert found["owner"] == "Django"
