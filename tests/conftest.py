"""Fixtures that every test may use."""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from tests.postgres import Postgres, PostgresNotFoundError, find_programs, run_postgres
from tests.redis import Redis, RedisNotFoundError, find_server, run_redis

pytest_plugins = ["tegata.testing.pytest"]


@pytest.fixture(autouse=True)
def removal_is_quick_and_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows go along with one login in so many: not hanging on the logins of earlier tests. And on
    SQLite, too, a purge pauses briefly: nobody waits for a test's."""
    if apps.is_installed("tegata"):
        monkeypatch.setattr("tegata.internal.retention._logins", itertools.count(1))
        monkeypatch.setattr("tegata.internal.retention._PAUSE_OF_ONE_WRITER", 1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server of this run's own."""
    try:
        find_programs()
    except PostgresNotFoundError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error), pytrace=False)
        pytest.skip(str(error))
    with run_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def redis() -> Iterator[Redis]:
    """A Redis server of this run's own, for tests that leave it running."""
    try:
        find_server()
    except RedisNotFoundError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error), pytrace=False)
        pytest.skip(str(error))
    with run_redis() as server:
        yield server


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Leave the test database alone at the end: its server or folder goes as a whole.

    Dropping it would fail besides where a thread of an asynchronous test is still connected.
    """
    return True


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    request: pytest.FixtureRequest,
    django_db_modify_db_settings_parallel_suffix: None,
) -> Iterator[None]:
    """Say where the database is before pytest-django creates it, and prepare that place."""
    if os.environ["TEGATA_TEST_DATABASE"] == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
        locate_database(HOST=server.host, PORT=str(server.port), USER=server.user)
        yield
        return
    with tempfile.TemporaryDirectory(prefix="tegata-tests-") as folder:
        locate_database(NAME=str(Path(folder, "tegata.sqlite3")))
        yield


def locate_database(**parameters: str) -> None:
    """Tell this process and the ones that it will start."""
    database = settings.DATABASES["default"]
    database.update(parameters)
    database["TEST"]["NAME"] = database["NAME"]
    for name, value in parameters.items():
        os.environ[f"TEGATA_TEST_{name}"] = value


def pytest_report_header() -> str:
    """Say which corner of the supported versions the run is in."""
    packages = ("django-ninja", "pydantic")
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    return f"tegata: {versions}, database {os.environ['TEGATA_TEST_DATABASE']}"
