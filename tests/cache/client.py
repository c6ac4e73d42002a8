"""What the tests of the session cache say often."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from redis import Redis as RedisClient

from tests.django.helpers import claims_of, code, log_in, post, profile, refresh
from tests.redis import Redis

IN = (200, None)
ENDED = (401, "session_expired")
GONE = (401, "session_not_found")
UNAVAILABLE = (503, "service_unavailable")

# Sets `TEGATA`, by keyword.
Configure = Callable[..., None]

SYNC, ASYNC = "/api/ping/", "/api/aping/"


@dataclass
class Device:
    """Somebody who is logged in."""

    tokens: dict[str, str]

    @classmethod
    def of(cls, username: str = "ada") -> Device:
        """A new login."""
        return cls(log_in(Client(), username))

    @property
    def access_token(self) -> str:
        return self.tokens["access_token"]

    @property
    def session_id(self) -> str:
        return str(claims_of(self.access_token)["session_id"])

    def ask(self, path: str = SYNC) -> tuple[int, str | None]:
        """What the gate says."""
        return code(profile(Client(), self.access_token, path))

    def cost(self, path: str = SYNC) -> int:
        """How many statements about sessions and users a request makes that is let in."""
        with statements() as made:
            assert self.ask(path) == IN
        return len(made)

    def warm(self) -> Device:
        """Makes sure that the cache knows the session."""
        self.ask()
        assert self.cost() == 0
        return self

    def refresh(self) -> Device:
        """Takes the next pair."""
        answer = refresh(Client(), self.tokens["refresh_token"])
        assert answer.status_code == 200, answer.content
        self.tokens = answer.json()  # type: ignore[attr-defined]
        return self

    def post(self, path: str, body: object = None) -> None:
        """Posts to an auth route, which must work."""
        answer = post(Client(), path, body, self.access_token)
        assert answer.status_code == 200, answer.content


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements about sessions and users that the block makes, once it is left."""
    made: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield made
    # One of the caches is a table in this database.
    made += [
        each["sql"]
        for each in captured
        if "tegata_session" in each["sql"] or "auth_user" in each["sql"]
    ]


def connect(redis: Redis) -> RedisClient:
    """A client that looks behind Django's back."""
    return RedisClient(port=redis.port)


class RoundTrips:
    """Counts what a Redis server is asked."""

    def __init__(self, redis: Redis) -> None:
        self._client = connect(redis)
        self._client.ping()
        self._seen = self._total()

    def made(self) -> int:
        """How many commands came since this was last called."""
        total = self._total()
        # One of them asked for the number.
        count, self._seen = total - self._seen - 1, total
        return count

    def _total(self) -> int:
        return int(self._client.info("stats")["total_commands_processed"])
