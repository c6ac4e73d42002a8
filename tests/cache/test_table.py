"""A cache in a table that is not there: what else is in the transaction goes on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, connections

from tests.cache.client import ENDED, IN, Configure, Device

TABLE = "cache_that_is_made_late"


@pytest.fixture(autouse=True)
def _no_table(settings: Any, tegata: Configure, ada: User) -> Iterator[None]:
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": TABLE}
    }
    tegata(MAX_SESSIONS_PER_USER=1)
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")


@pytest.fixture(params=[False, True], ids=["autocommit", "atomic requests"])
def _atomic_requests(request: pytest.FixtureRequest) -> Iterator[None]:
    database = connections.settings["default"]
    database["ATOMIC_REQUESTS"] = request.param
    yield
    database["ATOMIC_REQUESTS"] = False


@pytest.mark.usefixtures("_atomic_requests")
def test_requests_logins_and_logouts_go_on(caplog: pytest.LogCaptureFixture) -> None:
    first = Device.of()
    assert [first.cost(), first.cost()] == [1, 1]

    # Within the transaction that ends the oldest session.
    second = Device.of()

    assert [first.ask(), second.ask()] == [ENDED, IN]
    second.post("logout/")
    assert second.ask() == ENDED
    assert len([each for each in caplog.records if each.name == "tegata"]) == 2


@pytest.mark.usefixtures("_atomic_requests")
def test_it_is_used_once_it_is_there(tegata: Configure) -> None:
    device = Device.of()
    assert device.ask() == IN

    call_command("createcachetable")
    # Settings that are new know of no failure.
    tegata()

    assert [device.cost(), device.cost()] == [1, 0]
