"""What Django and a Rust host do at the same time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from types import SimpleNamespace
from typing import Any

from django.test import Client

from tegata.internal import store
from tegata.models import Session, new_session_id
from tests.django.helpers import at_once, log_in
from tests.sqlx.flow import NOW, stamp_of
from tests.sqlx.rust import Rust, connected, micros


def test_refreshes_at_both_have_one_winner(ada: Any, rust: Rust) -> None:
    session = Session.objects.create(user=ada, security_stamp=stamp_of(ada))

    for generation in range(1, 13):
        swap: Any = SimpleNamespace(
            expected_generation=generation, next_generation=generation + 1, at=NOW
        )
        request = {"id": session.pk, "from": generation, "at": micros(NOW)}
        calls: list[Callable[[], bool]] = [
            partial(store.advance, session.pk, swap),
            partial(rust.ask, "advance", **request),
            partial(store.advance, session.pk, swap),
        ]
        assert sorted(at_once(calls)) == [False, False, True]

    session.refresh_from_db()
    assert session.generation == 13


def test_logins_at_both_keep_to_the_limit(ada: Any, settings: Any) -> None:
    settings.TEGATA = {"MAX_SESSIONS_PER_USER": 2}
    device = {"ip_address": None, "user_agent": "agent"}

    with ExitStack() as stack:
        hosts = [stack.enter_context(connected())[0] for _ in range(2)]
        for _ in range(4):
            at = micros(datetime.now(UTC))
            logins: list[Callable[[], object]] = [
                partial(
                    host.ask,
                    "insert",
                    id=new_session_id(),
                    user=ada.pk,
                    device=device,
                    at_most=2,
                    at=at,
                )
                for host in hosts
            ]
            logins += [partial(log_in, Client(), ada.get_username()) for _ in hosts]
            at_once(logins)

            assert Session.objects.filter(expired_at=None).count() == 2

    assert Session.objects.count() == 16
    assert set(Session.objects.values_list("end_reason", flat=True)) == {"", "session_limit"}
