"""The fixtures of `tegata.testing.pytest`, which tests/conftest.py loads as a site's would."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

from django.test import AsyncClient, Client

from tegata.testing import FrozenClock


def test_a_client_and_a_clock(
    tegata_client: Callable[..., Client], tegata_clock: FrozenClock, user: Any
) -> None:
    client = tegata_client(user)
    assert client.get("/api/profile/").json()["user"] == "alice"
    tegata_clock.tick(timedelta(minutes=6))
    assert client.get("/api/profile/").json()["error_code"] == "expired_token"


async def test_an_async_client(
    tegata_async_client: Callable[..., Coroutine[Any, Any, AsyncClient]],
    transactional_db: None,
    django_user_model: Any,
) -> None:
    client = await tegata_async_client(await django_user_model.objects.acreate_user("alice"))
    assert (await client.get("/api/aprofile/")).json()["user"] == "alice"
