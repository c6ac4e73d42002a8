"""An end inside of a transaction acts when that commits, and not if it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

import pytest
from django.contrib.auth.models import User
from django.core.cache import caches
from django.db import connection, connections, transaction
from django.test import Client
from freezegun.api import FrozenDateTimeFactory

from tegata.models import Session
from tests.cache.client import ENDED, IN, Device
from tests.cache.site import DeliberateError
from tests.django.helpers import bearer

ResultT = TypeVar("ResultT")
Way = Callable[[Device], Any]


def invalidate(device: Device) -> None:
    assert Session.objects.get(pk=device.session_id).invalidate()


def invalidate_all(device: Device) -> None:
    assert Session.invalidate_all_user_sessions(User.objects.get(username="ada")) == 1


def delete(device: Device) -> None:
    Session.objects.filter(pk=device.session_id).delete()


def delete_user(device: Device) -> None:
    User.objects.get(username="ada").delete()


OUT = {ENDED, (401, "session_not_found")}


@pytest.fixture(
    params=[invalidate, invalidate_all, delete, delete_user], ids=lambda way: way.__name__
)
def way(request: pytest.FixtureRequest) -> Way:
    """How the session ends."""
    return request.param  # type: ignore[no-any-return]


def elsewhere(call: Callable[[], ResultT]) -> ResultT:
    """What `call` gives on another connection, which sees what is committed."""

    def run() -> ResultT:
        try:
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result(30)


def test_it_acts_with_the_commit(ada: User, fast_cache: str, way: Way) -> None:
    device = Device.of().warm()

    with transaction.atomic():
        way(device)
        # Others do not see it yet, and keep nothing of what they see.
        assert [elsewhere(device.cost) for _ in range(2)] == [1, 1]

    assert [device.ask() in OUT, elsewhere(device.ask) in OUT] == [True, True]


def test_it_acts_with_the_commit_however_late_that_comes(
    ada: User, fast_cache: str, way: Way, clock: FrozenDateTimeFactory
) -> None:
    device = Device.of().warm()

    with transaction.atomic():
        way(device)
        # Nothing stays in the cache for so long, and Redis is told so, whose time does not fly.
        clock.tick(100)
        caches["default"].clear()
        assert [elsewhere(device.cost) for _ in range(2)] == [1, 0]

    assert [device.ask() in OUT, elsewhere(device.ask) in OUT] == [True, True]


def test_a_rollback_leaves_the_session_as_it_was(
    ada: User, locmem: None, way: Way, clock: FrozenDateTimeFactory
) -> None:
    device = Device.of().warm()

    with suppress(DeliberateError), transaction.atomic():
        way(device)
        raise DeliberateError

    assert [device.cost(), device.cost()] == [1, 1]
    clock.tick(60 + 2 * 10 + 2)
    assert [device.cost(), device.cost()] == [1, 0]


def test_a_rollback_to_a_savepoint_leaves_the_session_as_it_was(
    ada: User, fast_cache: str, way: Way
) -> None:
    device = Device.of().warm()

    with transaction.atomic(), suppress(DeliberateError), transaction.atomic():
        way(device)
        raise DeliberateError

    assert [device.ask(), device.ask()] == [IN, IN]


def test_an_inner_block_waits_for_the_outer_one(ada: User, fast_cache: str, way: Way) -> None:
    device = Device.of().warm()

    with transaction.atomic():
        with transaction.atomic():
            way(device)
        caches["default"].clear()
        assert elsewhere(device.ask) == IN

    assert device.ask() in OUT


def test_a_site_that_commits_by_itself(ada: User, fast_cache: str, way: Way) -> None:
    device = Device.of().warm()

    connection.set_autocommit(False)
    try:
        way(device)
        assert [elsewhere(device.cost) for _ in range(2)] == [1, 1]
        connection.commit()
        assert elsewhere(device.ask) in OUT
    finally:
        connection.set_autocommit(True)

    assert device.ask() in OUT


@pytest.fixture
def _atomic_requests() -> Iterator[None]:
    database = connections.settings["default"]
    database["ATOMIC_REQUESTS"] = True
    yield
    database["ATOMIC_REQUESTS"] = False


@pytest.mark.usefixtures("_atomic_requests")
class TestAtomicRequests:
    """Where each view runs in a transaction, and so does its gate."""

    def test_a_hit_and_a_miss_cost_what_they_cost(self, ada: User, fast_cache: str) -> None:
        device = Device.of()
        assert [device.cost(), device.cost()] == [1, 0]

    def test_an_end_by_a_view(self, ada: User, fast_cache: str) -> None:
        device = Device.of().warm()

        answer = Client().post("/api/invalidate/", headers=bearer(device.access_token))

        assert answer.json() == {"ended": True}
        assert device.ask() == ENDED

    def test_an_end_by_a_view_that_fails(self, ada: User, fast_cache: str) -> None:
        device = Device.of().warm()

        with pytest.raises(DeliberateError):
            Client().post("/api/invalidate/?fails=1", headers=bearer(device.access_token))

        assert [device.ask(), device.ask()] == [IN, IN]

    def test_a_first_use_is_cached_once_the_view_has_committed(
        self, ada: User, fast_cache: str
    ) -> None:
        device = Device.of().refresh()

        with pytest.raises(DeliberateError):
            Client().get("/api/broken/", headers=bearer(device.access_token))
        assert Session.objects.get().first_used_at is None

        # The row and the note, since the failed view left both to this one.
        assert [device.cost(), device.cost()] == [2, 0]
        assert Session.objects.get().first_used_at is not None
