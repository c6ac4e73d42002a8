"""What docs/guides/async.md says."""

from __future__ import annotations

import inspect
import re
import threading
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import hashers
from django.contrib.auth.models import Group
from django.test import AsyncClient

from tegata import JWTAuth, JWTPayload, sessions
from tegata.models import Session
from tests.docs.checks.helpers import PASSWORD, bearer, log_in, new_user
from tests.docs.pages import DOCS

pytestmark = pytest.mark.django_db(transaction=True)


async def signed_in() -> dict[str, str]:
    user = await sync_to_async(new_user)()
    group = await Group.objects.acreate(name="staff")
    await user.groups.aadd(group)
    return await sync_to_async(log_in)()


async def test_views() -> None:
    headers = bearer(await signed_in())
    client = AsyncClient()
    me = await client.get("/api/me/", headers=headers)
    assert me.json() == {"username": "alice", "groups": ["staff"]}
    named = await client.post("/api/name-this-device/?name=laptop", headers=headers)
    assert named.json() == {"ok": True}
    assert (await Session.objects.aget()).data == {"name": "laptop"}
    assert (await client.post("/api/panic/", headers=headers)).json() == {"ended": 1}
    assert (await client.get("/api/me/", headers=headers)).status_code == 401


class Watched(JWTPayload):
    """Tells where `claims_for` runs."""

    @classmethod
    def claims_for(cls, user: Any, request: Any, session: Any) -> dict[str, Any]:
        seen.append(threading.current_thread())
        return {}


seen: list[threading.Thread] = []


async def test_neither_hashing_nor_claims_block_the_loop(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    await sync_to_async(new_user)()
    check = hashers.check_password

    def watched(*args: Any, **kwargs: Any) -> bool:
        seen.append(threading.current_thread())
        return check(*args, **kwargs)

    monkeypatch.setattr("django.contrib.auth.base_user.check_password", watched)
    settings.TEGATA = {"PAYLOAD_CLASS": Watched}
    seen.clear()
    body = {"username": "alice", "password": PASSWORD}
    answer = await AsyncClient().post("/api/auth/login/", body, content_type="application/json")
    assert answer.status_code == 200
    assert len(seen) == 2
    assert threading.current_thread() not in seen


async def test_a_bad_token_makes_no_hop(monkeypatch: pytest.MonkeyPatch) -> None:
    hops: list[str] = []
    monkeypatch.setattr(JWTAuth, "_admit", lambda *_: hops.append("hop"))
    answer = await AsyncClient().get("/api/me/", headers={"Authorization": "Bearer a.b.c"})
    assert (answer.status_code, hops) == (401, [])


def test_every_twin_of_the_table_exists() -> None:
    text = (DOCS / "guides" / "async.md").read_text()
    names = re.findall(r"\| `(a\w+)` \|", text)
    homes = (sessions, Session, JWTAuth)
    assert len(names) == 9
    for name in names:
        (twin,) = {getattr(home, name) for home in homes if hasattr(home, name)}
        assert inspect.iscoroutinefunction(twin) or isinstance(twin, sync_to_async(print).__class__)
