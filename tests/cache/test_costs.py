"""What a request costs: nothing of the database for what is cached, one query for what is not."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tegata import JWTAuth
from tegata.models import Session
from tests.cache.client import ASYNC, IN, SYNC, Configure, Device, RoundTrips, connect
from tests.django.helpers import bearer
from tests.django.test_database_outage import locked
from tests.redis import Redis


@pytest.mark.parametrize("path", [SYNC, ASYNC])
def test_a_miss_costs_one_query_and_a_hit_none(ada: User, any_cache: str, path: str) -> None:
    device = Device.of()

    assert [device.cost(path) for _ in range(4)] == [1, 0, 0, 0]


def test_a_hit_in_one_view_is_a_hit_in_every_view(ada: User, any_cache: str) -> None:
    device = Device.of()

    assert [device.cost(path) for path in (SYNC, ASYNC, SYNC)] == [1, 0, 0]


def test_every_session_and_every_generation_is_looked_at_once(ada: User, any_cache: str) -> None:
    first, second = Device.of(), Device.of()
    assert [first.cost(), second.cost(), first.cost(), second.cost()] == [1, 1, 0, 0]
    before = Device(first.tokens)

    first.refresh()

    # The row, and the note of the first use; a token of the generation before is as good as it was.
    assert [first.cost(), first.cost(), before.cost(), second.cost()] == [2, 0, 0, 0]


@pytest.mark.parametrize("path", [SYNC, ASYNC])
def test_a_hit_costs_one_round_trip(ada: User, redis_cache: None, redis: Redis, path: str) -> None:
    device = Device.of().warm()
    device.ask(path)
    trips = RoundTrips(redis)

    for _ in range(3):
        assert device.ask(path) == IN
        assert trips.made() == 1


def test_what_the_cache_knows_is_no_secret(ada: User, redis_cache: None, redis: Redis) -> None:
    device = Device.of().warm()
    client = connect(redis)

    [key] = [key for key in client.scan_iter() if b"tegata:session:" in key]

    kept = client.get(key)
    assert isinstance(kept, bytes)
    row = Session.objects.get()
    for secret in (ada.password, row.security_stamp, *device.tokens.values()):
        assert secret.encode() not in kept
    assert 0 < client.ttl(key) <= 60


def test_the_first_use_is_noted_before_the_session_is_cached(
    ada: User, database_cache: None
) -> None:
    device = Device.of().refresh()

    with CaptureQueriesContext(connection) as captured:
        assert device.ask() == IN

    sql = [each["sql"] for each in captured]
    [noted] = [i for i, each in enumerate(sql) if each.startswith('UPDATE "tegata_session"')]
    kept = [i for i, each in enumerate(sql) if each.startswith("INSERT") and ":session:" in each]
    assert kept
    assert noted < min(kept)
    assert Session.objects.get().first_used_at is not None
    assert device.cost() == 0


def test_a_first_use_that_could_not_be_noted_is_not_cached(ada: User, fast_cache: str) -> None:
    device = Device.of().refresh()

    with locked(against_readers=False):
        assert device.ask() == IN
    assert Session.objects.get().first_used_at is None

    # The row and the note; only then it is cached.
    assert [device.cost(), device.cost()] == [2, 0]
    assert Session.objects.get().first_used_at is not None


def test_a_view_may_use_the_cache_where_the_site_does_not(
    ada: User, locmem: None, tegata: Configure, rf: Any
) -> None:
    tegata(SESSION_CHECK="request", SESSION_CACHE="default")
    device, by_cache = Device.of(), JWTAuth(session_check="cache")
    assert [device.cost(), device.cost()] == [1, 1]
    by_cache.authenticate(rf.get("/"), device.access_token)

    with CaptureQueriesContext(connection) as captured:
        by_cache.authenticate(rf.get("/"), device.access_token)
    assert len(captured) == 0

    device.post("logout/")
    with pytest.raises(Exception, match="session"):
        by_cache.authenticate(rf.get("/"), device.access_token)


def test_a_cache_that_is_not_told_of_ends_is_not_asked(
    ada: User, locmem: None, tegata: Configure, rf: Any
) -> None:
    by_cache = JWTAuth(session_check="cache")
    device = Device.of().warm()

    # As `override_settings` may have it, with views that were made before.
    tegata(SESSION_CHECK="request")
    with CaptureQueriesContext(connection) as captured:
        by_cache.authenticate(rf.get("/"), device.access_token)
    assert len(captured) == 1


@pytest.mark.parametrize("rubbish", ["", "{}", "not ours", 7, None, ["epoch"], {"taken_at": 1}])
def test_what_somebody_else_put_there_lets_nobody_in_and_breaks_nothing(
    ada: User, fast_cache: str, rubbish: object
) -> None:
    device = Device.of().warm()
    cache = caches["default"]
    keys = [
        f"tegata:session:{device.session_id}:1",
        f"tegata:user:{ada.pk}",
    ]

    for key in keys:
        assert cache.get(key) is not None
        cache.set(key, rubbish)
        assert device.cost() == 1


def test_the_answer_to_a_bad_token_does_not_ask_the_cache(
    ada: User, redis_cache: None, redis: Redis
) -> None:
    Device.of().warm()
    trips = RoundTrips(redis)

    assert Client().get(SYNC, headers=bearer("not.a.token")).status_code == 401

    assert trips.made() == 0
