"""A PostgreSQL that stops and starts again behind a running server."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.blackbox.client import PASSWORD, USER, Person, claims_of, code
from tests.blackbox.servers import AXUM, GUNICORN_THREADS, UVICORN, Host, manage, serve
from tests.postgres import Postgres, find_programs, run_postgres

UNAVAILABLE = (503, "service_unavailable")


@pytest.fixture
def own_postgres(postgres: Postgres) -> Iterator[Postgres]:
    """A server that may be stopped: the one that all tests share may not."""
    with run_postgres() as server:
        yield server


def stop(postgres: Postgres) -> None:
    """Ends the server and all its connections."""
    lock_file = postgres.socket_folder / "data" / "postmaster.pid"
    os.kill(int(lock_file.read_text().split()[0]), signal.SIGINT)
    deadline = time.monotonic() + 30
    while lock_file.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def start(postgres: Postgres) -> None:
    """Starts it again, as the account that owns its files."""
    owner = postgres.socket_folder.stat()
    command = [find_programs() / "pg_ctl", "start", "--pgdata", postgres.socket_folder / "data"]
    with (postgres.socket_folder / "restart.log").open("wb") as output:
        subprocess.run(
            [*command, "--wait"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=postgres.socket_folder,
            user=owner.st_uid if os.geteuid() == 0 else None,
            group=owner.st_gid if os.geteuid() == 0 else None,
            timeout=60,
            check=True,
        )


@pytest.mark.parametrize("host", [GUNICORN_THREADS, UVICORN, AXUM], ids=lambda host: host.name)
def test_a_stopped_database_is_a_503_until_it_is_back(
    own_postgres: Postgres, host: Host, folder: Path
) -> None:
    variables = {
        "TEGATA_BLACKBOX_POSTGRES_PORT": str(own_postgres.port),
        "TEGATA_BLACKBOX_POSTGRES_USER": own_postgres.user,
    }
    manage("demo_site", variables, "migrate", "--verbosity", "0")
    manage("demo_site", variables, "seed_demo")
    with serve(host, folder, "demo_site", variables) as server:
        person = Person(server.base_url).log_in()
        assert person.get("profile/").status_code == 200

        stop(own_postgres)
        for _ in range(2):
            answers = [
                person.get("profile/"),
                person.get("ping/"),
                person.get("auth/sessions/"),
                person.post("auth/login/", {"username": USER, "password": PASSWORD}),
                person.refresh(),
                person.post_signed("auth/logout/"),
                person.post("auth/verify/", {"token": person.tokens["access_token"]}),
            ]
            assert {code(answer) for answer in answers} == {UNAVAILABLE}
            assert {answer.headers["Retry-After"] for answer in answers} == {"1"}
        # Who brings no token of ours is told so without a database.
        assert code(Person(server.base_url).http.get("profile/")) == (401, "missing_token")

        start(own_postgres)
        assert person.get("profile/").status_code == 200
        assert person.get("ping/").status_code == 200
        assert person.refresh().status_code == 200
        assert claims_of(person.tokens["refresh_token"])["generation"] == 2
        assert Person(server.base_url).log_in().get("profile/").status_code == 200
