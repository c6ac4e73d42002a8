"""Servers for the black-box tests.

What `base_url` leads to is a parameter: another host joins the suite by one more entry there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.blackbox.client import Person
from tests.blackbox.logs import has_token
from tests.blackbox.servers import HOSTS, Host, Server, manage, serve
from tests.postgres import Postgres

SETTINGS = "demo_site"


@pytest.fixture(scope="session")
def variables(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """The environment of a demo whose tables and users are there."""
    if os.environ["TEGATA_TEST_DATABASE"] == "postgres":
        postgres: Postgres = request.getfixturevalue("postgres")
        chosen = {
            "TEGATA_BLACKBOX_POSTGRES_PORT": str(postgres.port),
            "TEGATA_BLACKBOX_POSTGRES_USER": postgres.user,
        }
    else:
        folder = tmp_path_factory.mktemp("demo")
        chosen = {"TEGATA_DEMO_DATABASE": str(folder / "demo.sqlite3")}
    manage(SETTINGS, chosen, "migrate", "--verbosity", "0")
    manage(SETTINGS, chosen, "seed_demo")
    return chosen


@pytest.fixture(scope="module", params=HOSTS, ids=lambda host: host.name)
def server(
    request: pytest.FixtureRequest,
    variables: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    """Each host in turn, serving the demo."""
    host: Host = request.param
    with serve(host, tmp_path_factory.mktemp("server"), SETTINGS, variables) as running:
        yield running
    log = running.log.read_text()
    # Nothing that these tests send may be an error of the server, and no token may be in its log.
    assert "Traceback" not in log, log
    assert not has_token(log), log


@pytest.fixture
def base_url(server: Server) -> str:
    """Where the routes are."""
    return server.base_url


@pytest.fixture
def person(base_url: str) -> Iterator[Person]:
    """Somebody who has logged in."""
    visitor = Person(base_url).log_in()
    yield visitor
    visitor.http.close()


@pytest.fixture
def stranger(base_url: str) -> Iterator[Person]:
    """Somebody who has not."""
    visitor = Person(base_url)
    yield visitor
    visitor.http.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """For the logs of servers that a test starts itself."""
    return tmp_path
