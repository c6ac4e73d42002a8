"""A Django site and `tegata serve` on one database, with the keys and the policy of the site."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.blackbox.servers import GUNICORN_THREADS, manage, serve
from tests.postgres import Postgres
from tests.two_faces.faces import SETTINGS, Faces, with_policy


@pytest.fixture(scope="module")
def faces(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Faces]:
    """Both, running."""
    folder = tmp_path_factory.mktemp("faces")
    if os.environ["TEGATA_TEST_DATABASE"] == "postgres":
        postgres: Postgres = request.getfixturevalue("postgres")
        variables = {
            "TEGATA_BLACKBOX_POSTGRES_PORT": str(postgres.port),
            "TEGATA_BLACKBOX_POSTGRES_USER": postgres.user,
        }
    else:
        variables = {"TEGATA_DEMO_DATABASE": str(folder / "demo.sqlite3")}
    manage(SETTINGS, variables, "migrate", "--verbosity", "0")
    manage(SETTINGS, variables, "seed_demo")
    policy = folder / "policy.json"
    manage(SETTINGS, variables, "tegata_keys", "export", "--private", "--out", str(policy))
    with (
        serve(GUNICORN_THREADS, folder, SETTINGS, variables) as django,
        serve(with_policy(policy), folder, SETTINGS, variables) as axum,
    ):
        yield Faces(django.base_url, axum.base_url, variables, policy)
    for server in (django, axum):
        log = server.log.read_text()
        assert "Traceback" not in log, log
        assert "panicked" not in log, log
        assert "eyJ" not in log


@pytest.fixture(params=["from Django", "from axum"])
def first(request: pytest.FixtureRequest, faces: Faces) -> str:
    """The face on which a story begins."""
    return faces.django if request.param == "from Django" else faces.axum
