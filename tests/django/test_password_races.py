"""`POST password/` while the same session, or another one, does something else."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Event
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connections
from django.http import HttpResponse
from django.test import Client

from tegata.models import Session
from tests.django.helpers import PASSWORD, at_once, claims_of, code, log_in, post, profile, refresh

pytestmark = pytest.mark.django_db(transaction=True)


def change(tokens: dict[str, str], current: str, new: str) -> HttpResponse:
    """The answer of `password/`."""
    body = {"current_password": current, "new_password": new}
    return post(Client(), "password/", body, tokens["access_token"])


def during(change: Callable[[], None], *calls: Callable[[], HttpResponse]) -> set[int]:
    """Which statuses the calls give, again and again in a thread each, while `change` runs."""
    is_over = Event()

    def ask(call: Callable[[], HttpResponse]) -> set[int]:
        try:
            statuses = {call().status_code}
            while not is_over.is_set():
                statuses.add(call().status_code)
            return statuses
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        running = [pool.submit(ask, call) for call in calls]
        try:
            change()
        finally:
            is_over.set()
        return set().union(*(each.result() for each in running))


def test_the_caller_is_let_in_all_the_while(
    committed_ada: User, client: Client, tegata: Any
) -> None:
    tegata(REFRESH_THROTTLE=None)
    tokens = log_in(client)
    latest = [tokens]

    def change_often() -> None:
        passwords = [PASSWORD, *(f"password number {number}" for number in range(12))]
        for current, new in pairwise(passwords):
            assert change(tokens, current, new).status_code == 200

    def go_on() -> HttpResponse:
        answer = refresh(Client(), latest[-1]["refresh_token"])
        if answer.status_code == 200:
            latest.append(answer.json())  # type: ignore[attr-defined]
        return answer

    statuses = during(
        change_often,
        lambda: profile(Client(), tokens["access_token"]),
        lambda: profile(Client(), tokens["access_token"], "/api/aprofile/"),
        lambda: profile(Client(), latest[-1]["access_token"]),
        go_on,
    )

    assert statuses == {200}
    assert Session.objects.get().expired_at is None
    assert User.objects.get().check_password("password number 11")


def test_every_other_session_is_out_once_the_answer_is_there(
    committed_ada: User, client: Client
) -> None:
    mine, theirs = log_in(client), log_in(client)
    ended: list[tuple[int, str | None]] = []

    def change_once() -> None:
        assert change(mine, PASSWORD, "another password").status_code == 200
        ended.append(code(profile(Client(), theirs["access_token"])))

    statuses = during(change_once, lambda: profile(Client(), theirs["access_token"]))

    assert statuses <= {200, 401}
    assert ended == [(401, "session_expired")]
    row = Session.objects.get(pk=claims_of(theirs["access_token"])["session_id"])
    assert row.end_reason == "password_changed"


@pytest.mark.parametrize("round_", range(3))
def test_of_two_changes_at_once_one_is_made(
    committed_ada: User, client: Client, round_: int
) -> None:
    logins = [log_in(client) for _ in range(4)]
    passwords = [f"password number {number}" for number in range(4)]

    answers = at_once(
        [
            lambda tokens=tokens, new=new: change(tokens, PASSWORD, new)  # type: ignore[misc]
            for tokens, new in zip(logins, passwords, strict=True)
        ]
    )

    codes = [code(answer) for answer in answers]
    assert codes.count((200, None)) == 1
    assert set(codes) <= {(200, None), (403, "invalid_credentials"), (401, "session_expired")}
    winner = codes.index((200, None))
    assert User.objects.get().check_password(passwords[winner])
    usable = [profile(client, tokens["access_token"]).status_code == 200 for tokens in logins]
    assert usable == [index == winner for index in range(4)]
