"""The throttles where several count at once: threads, Redis, and a Redis that goes away."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import caches
from django.test import Client

from tegata.exceptions import APIError
from tegata.internal import throttle, throttle_cache
from tests.django.helpers import PASSWORD, at_once, code, post
from tests.redis import Redis

# Windows begin by the clock, and none is to begin within a test.
pytestmark = pytest.mark.usefixtures("clock")

GUESSES = 24


@pytest.fixture
def _default_throttles(settings: Any) -> None:
    settings.TEGATA = {}


def guess(name: str = "ada", password: str = "wrong") -> tuple[int, str | None]:
    return code(post(Client(), "login/", {"username": name, "password": password}))


@pytest.mark.usefixtures("fast_cache", "_default_throttles")
def test_guesses_at_the_same_time_cannot_slip_past_the_limit(ada: User) -> None:
    answers = Counter(at_once([guess] * GUESSES))
    # Those beyond the fifth were refused before anybody looked at the password.
    assert answers[(401, "invalid_credentials")] <= 5
    assert set(answers) == {(401, "invalid_credentials"), (429, "rate_limited")}
    while guess() != (429, "rate_limited"):
        answers[(401, "invalid_credentials")] += 1
    assert answers[(401, "invalid_credentials")] == 5
    assert guess(password=PASSWORD) == (429, "rate_limited")


@pytest.mark.usefixtures("fast_cache", "_default_throttles")
def test_right_ones_at_the_same_time_leave_nothing_behind(ada: User) -> None:
    def log_in() -> tuple[int, str | None, str | None]:
        answer = post(Client(), "login/", {"username": "ada", "password": PASSWORD})
        return (*code(answer), answer.headers.get("Retry-After"))

    # Of more than five, some have to come again: while those are checked, nobody knows.
    assert set(at_once([log_in] * 12)) <= {(200, None, None), (429, "rate_limited", "1")}
    assert log_in() == (200, None, None)
    answers = [guess() for _ in range(6)]
    assert answers == [(401, "invalid_credentials")] * 5 + [(429, "rate_limited")]


@pytest.mark.usefixtures("any_cache", "_default_throttles")
def test_every_cache_counts(ada: User) -> None:
    answers = [guess() for _ in range(7)]
    assert answers == [(401, "invalid_credentials")] * 5 + [(429, "rate_limited")] * 2


def test_an_entry_is_gone_soon_after_its_window(redis_cache: None, settings: Any) -> None:
    settings.TEGATA = {"LOGIN_THROTTLE": {"account_and_address": "5/10s", "account": "50/10s"}}
    throttle.guess("login", "ada", "203.0.113.1")
    throttle.guess("login", "ada", "203.0.113.1").succeeded()
    server: Any = caches["default"]
    client = server._cache.get_client()
    kept = {key.decode(): client.ttl(key) for key in client.keys("*tegata:*")}
    counters = [seconds for key, seconds in kept.items() if "tegata:throttle:" in key]
    assert len(counters) == 3
    assert all(0 < seconds <= 3_600 + 60 for seconds in counters)
    assert sum(seconds <= 70 for seconds in counters) == 2
    (known,) = (seconds for key, seconds in kept.items() if "tegata:known:" in key)
    assert 0 < known <= 30 * 24 * 3_600
    assert not [key for key in kept if "ada" in key or "203" in key.partition("tegata")[2][-9:]]


def test_a_guess_costs_a_few_commands(redis_cache: None, settings: Any) -> None:
    settings.TEGATA = {}
    server: Any = caches["default"]
    client = server._cache.get_client()

    def commands() -> int:
        return int(client.info("stats")["total_commands_processed"])

    throttle.guess("login", "ada", "203.0.113.1")
    before = commands()
    throttle.guess("login", "ada", "203.0.113.1").succeeded()
    # One MGET, and for each limit EXISTS and INCRBY, there and back; one SET.
    assert commands() - before <= 1 + 3 * 4 + 1 + 1


@pytest.mark.parametrize("failure", ["closed", "open"])
def test_a_redis_that_goes_away_and_comes_back(
    own_redis: Redis, settings: Any, monkeypatch: pytest.MonkeyPatch, failure: str
) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": own_redis.url,
        }
    }
    settings.TEGATA = {"THROTTLE_FAILURE": failure}
    # Asks again at once, instead of in a second.
    monkeypatch.setattr("tegata.internal.outage._PAUSE_SECONDS", 0.0)
    for _ in range(5):
        throttle.guess("login", "ada", "203.0.113.1")
    with pytest.raises(APIError, match="Too many attempts"):
        throttle.guess("login", "ada", "203.0.113.1")
    begun = throttle.guess("login", "bob", "203.0.113.1")

    own_redis.stop()
    begun.succeeded()
    for _ in range(3):
        if failure == "open":
            throttle.guess("login", "ada", "203.0.113.1")
        else:
            with pytest.raises(APIError, match="cannot answer now") as refused:
                throttle.guess("login", "ada", "203.0.113.1")
            assert refused.value.http_status_code == 503

    own_redis.start()
    caches.close_all()
    throttle_cache.current()._shared.close()
    throttle.guess("login", "ada", "203.0.113.1")
