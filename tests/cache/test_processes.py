"""Several server processes on one Redis: what ends in one has ended in all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from tests.blackbox.client import PASSWORD, Person, code
from tests.blackbox.servers import GUNICORN_THREADS, UVICORN, manage, serve
from tests.cache.client import connect
from tests.postgres import Postgres
from tests.redis import Redis

SETTINGS = "tests.cache.demo_settings"
ENDED = (401, "session_expired")


@pytest.fixture(scope="module")
def variables(
    request: pytest.FixtureRequest, redis: Redis, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """The environment of the demo, whose tables and users are there."""
    chosen = {"TEGATA_TEST_REDIS": redis.url}
    if os.environ["TEGATA_TEST_DATABASE"] == "postgres":
        postgres: Postgres = request.getfixturevalue("postgres")
        chosen["TEGATA_BLACKBOX_POSTGRES_PORT"] = str(postgres.port)
        chosen["TEGATA_BLACKBOX_POSTGRES_USER"] = postgres.user
    else:
        folder = tmp_path_factory.mktemp("demo")
        chosen["TEGATA_DEMO_DATABASE"] = str(folder / "demo.sqlite3")
    manage(SETTINGS, chosen, "migrate", "--verbosity", "0")
    manage(SETTINGS, chosen, "seed_demo")
    # Users that were there before have been told to the cache, which keeps no snapshot of theirs.
    connect(redis).flushall()
    return chosen


@pytest.fixture(scope="module")
def servers(
    variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str]]:
    """A threaded server and an asynchronous one."""
    folder = tmp_path_factory.mktemp("servers")
    with (
        serve(GUNICORN_THREADS, folder, SETTINGS, variables) as one,
        serve(UVICORN, folder, SETTINGS, variables) as other,
    ):
        yield one.base_url, other.base_url
        for server in (one, other):
            assert "Traceback" not in server.log.read_text(), server.log.read_text()


class Traveller:
    """Somebody who uses both servers with the same tokens."""

    def __init__(self, servers: tuple[str, str]) -> None:
        self.here, self.there = (Person(base_url) for base_url in servers)
        self.there.tokens = self.here.log_in().tokens
        # Each server has let the session in, and the cache knows it.
        assert self.ask() == {(200, None)}
        assert self.ask() == {(200, None)}

    def ask(self) -> set[tuple[int, str | None]]:
        """What the servers say, in their sync and async views."""
        persons, paths = (self.there, self.here), ("ping/", "aping/")
        return {code(person.get(path)) for person in persons for path in paths}


@pytest.fixture(params=["from the threads", "from the loop"])
def traveller(request: pytest.FixtureRequest, servers: tuple[str, str]) -> Iterator[Traveller]:
    """Somebody who is logged in."""
    one, other = servers
    visitor = Traveller((one, other) if request.param == "from the threads" else (other, one))
    yield visitor
    visitor.here.http.close()
    visitor.there.http.close()


def test_both_servers_go_by_the_cache(traveller: Traveller, variables: dict[str, str]) -> None:
    bypass = (
        "from django.utils import timezone\n"
        "from tegata.models import Session\n"
        "Session.objects.update(expired_at=timezone.now())\n"
    )
    manage(SETTINGS, variables, "shell", "--command", bypass)

    assert traveller.ask() == {(200, None)}


def test_a_server_asks_again_on_a_connection_that_it_has(
    traveller: Traveller, redis: Redis
) -> None:
    """Django makes a cache for every thread, and for every request to an asynchronous server."""
    client = connect(redis)
    received = client.info("stats")["total_connections_received"]

    for _ in range(10):
        assert traveller.ask() == {(200, None)}

    # A second request may come while the first is being answered still.
    assert client.info("stats")["total_connections_received"] - received <= 4


def log_out(traveller: Traveller) -> None:
    assert traveller.here.post_signed("auth/logout/").status_code == 200


def log_out_all(traveller: Traveller) -> None:
    assert traveller.here.post_signed("auth/logout/all/").status_code == 200


def log_out_others(traveller: Traveller) -> None:
    here = Person(str(traveller.here.http.base_url).removesuffix("/api/")).log_in()
    assert here.post_signed("auth/logout/others/").status_code == 200
    here.http.close()


@pytest.mark.parametrize(
    "way", [log_out, log_out_all, log_out_others], ids=lambda way: way.__name__
)
def test_an_end_on_one_server_acts_at_once_on_the_other(
    traveller: Traveller, way: Callable[[Traveller], None]
) -> None:
    way(traveller)

    assert traveller.ask() == {ENDED}


def test_a_password_changed_on_one_server_ends_the_others_sessions(traveller: Traveller) -> None:
    other = Person(str(traveller.there.http.base_url).removesuffix("/api/")).log_in()
    assert code(other.get("ping/")) == (200, None)
    for old, new in (
        (PASSWORD, "another horse, another battery"),
        ("another horse, another battery", PASSWORD),
    ):
        body = {"current_password": old, "new_password": new}
        assert other.post_signed("auth/password/", body).status_code == 200

    assert traveller.ask() == {ENDED}
    assert code(other.get("ping/")) == (200, None)
    other.http.close()


def test_a_user_switched_off_by_a_command_is_out_on_both(
    traveller: Traveller, variables: dict[str, str]
) -> None:
    switch = (
        "from django.contrib.auth.models import User\n"
        "user = User.objects.get(username='demo')\n"
        "for user.is_active in (False, True):\n"
        "    user.save()\n"
    )
    manage(SETTINGS, variables, "shell", "--command", switch)

    assert traveller.ask() == {ENDED}
