"""Races, with real threads and a connection each; and the same races step by step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client, override_settings
from django.utils import timezone

from tegata.internal import store
from tegata.models import Session
from tests.django.helpers import (
    at_once,
    bearer,
    claims_of,
    code,
    log_in,
    post,
    profile,
    refresh,
)

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 8


def renewed(refresh_token: str) -> dict[str, str]:
    """The next tokens."""
    answer = refresh(Client(), refresh_token)
    assert answer.status_code == 200, answer.content
    tokens: dict[str, str] = answer.json()  # type: ignore[attr-defined]
    return tokens


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many sessions each of the statements that end any has ended."""
    hits: list[int] = []
    end = store.end

    def noted(*args: Any) -> int:
        hits.append(end(*args))
        return hits[-1]

    monkeypatch.setattr(store, "end", noted)
    return hits


@pytest.fixture
def advances(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Which of the compare-and-swaps hit a row."""
    hits: list[bool] = []
    advance = store.advance

    def noted(*args: Any) -> bool:
        hits.append(advance(*args))
        return hits[-1]

    monkeypatch.setattr(store, "advance", noted)
    return hits


@pytest.mark.parametrize("round_", range(3))
def test_one_of_many_refreshes_advances_and_all_get_a_live_pair(
    committed_ada: User, client: Client, advances: list[bool], round_: int
) -> None:
    tokens = log_in(client)

    pairs = at_once([partial(renewed, tokens["refresh_token"])] * THREADS)

    assert advances.count(True) == 1
    assert Session.objects.get().generation == 2
    assert {claims_of(pair["refresh_token"])["generation"] for pair in pairs} == {2}
    assert {claims_of(pair["access_token"])["generation"] for pair in pairs} == {2}
    assert len({claims_of(pair["refresh_token"])["jti"] for pair in pairs}) == THREADS
    for pair in pairs:
        assert profile(client, pair["access_token"]).status_code == 200
    # Any one of them goes on; within the grace the others follow it.
    for pair in pairs:
        assert renewed(pair["refresh_token"])["access_token"]
    assert Session.objects.get().generation == 3


def test_under_strict_single_use_one_refresh_wins_and_the_session_ends(
    committed_ada: User, client: Client
) -> None:
    with override_settings(TEGATA={"REFRESH_GRACE": 0}):
        tokens = log_in(client)

        answers = at_once([partial(refresh, Client(), tokens["refresh_token"])] * THREADS)

        codes = [code(answer) for answer in answers]
        assert codes.count((200, None)) <= 1
        refused = {each for each in codes if each[0] != 200}
        assert refused <= {(401, "token_reuse_detected"), (401, "session_expired")}
        assert (401, "token_reuse_detected") in refused
        assert Session.objects.get().end_reason == "token_reuse"


@pytest.fixture
def all_count_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody counts a repeat before all have seen how many there were."""
    count, barrier = store.count_repeat, Barrier(THREADS)
    meet = iter([barrier.wait] * THREADS)

    def together(*args: Any) -> bool:
        if (wait := next(meet, None)) is not None:
            wait(30)
        return count(*args)

    monkeypatch.setattr(store, "count_repeat", together)


@pytest.mark.usefixtures("all_count_together")
def test_of_many_repeats_at_once_no_more_are_given_than_there_may_be(
    committed_ada: User, client: Client, ends: list[int]
) -> None:
    limit = 3
    with override_settings(TEGATA={"MAX_REFRESH_REPEATS": limit}):
        first = log_in(client)
        second = renewed(first["refresh_token"])

        answers = at_once([partial(refresh, Client(), first["refresh_token"])] * THREADS)

    codes = [code(answer) for answer in answers]
    assert codes.count((200, None)) == limit
    refused = {each for each in codes if each[0] != 200}
    assert (401, "token_reuse_detected") in refused
    assert refused <= {(401, "token_reuse_detected"), (401, "session_expired")}
    row = Session.objects.get()
    assert (row.repeats, row.generation, row.end_reason) == (limit, 2, "token_reuse")
    assert sum(ends) == 1
    given = [answer.json() for answer in answers if answer.status_code == 200]  # type: ignore[attr-defined]
    for tokens in (second, *given):
        assert code(profile(client, tokens["access_token"])) == (401, "session_expired")


def test_many_replays_revoke_once_and_nothing_revives(
    committed_ada: User, client: Client, ends: list[int]
) -> None:
    first = log_in(client)
    second = renewed(first["refresh_token"])
    assert profile(client, second["access_token"]).status_code == 200
    Session.objects.update(first_used_at=timezone.now() - timedelta(hours=1))

    replays = [partial(refresh, Client(), first["refresh_token"])] * THREADS
    codes = {code(answer) for answer in at_once(replays)}

    assert (401, "token_reuse_detected") in codes
    assert codes <= {(401, "token_reuse_detected"), (401, "session_expired")}
    assert sum(ends) == 1
    row = Session.objects.get()
    assert (row.end_reason, row.generation) == ("token_reuse", 2)
    again = at_once([partial(refresh, Client(), each["refresh_token"]) for each in (first, second)])
    assert {code(answer) for answer in again} == {(401, "session_expired")}
    after = Session.objects.get()
    assert (after.expired_at, after.end_reason) == (row.expired_at, "token_reuse")


@pytest.mark.parametrize("round_", range(5))
def test_a_logout_beats_any_refresh_around_it(
    committed_ada: User, client: Client, tegata: Any, round_: int
) -> None:
    tegata(REFRESH_THROTTLE=None)
    tokens = log_in(client)
    last: list[dict[str, str]] = [tokens]

    def refresh_until_refused() -> tuple[int, str | None]:
        for _ in range(200):
            answer = refresh(Client(), last[-1]["refresh_token"])
            if answer.status_code != 200:
                return code(answer)
            last.append(answer.json())  # type: ignore[attr-defined]
        return 200, "never refused"

    def log_out() -> tuple[int, str | None]:
        return code(post(Client(), "logout/", None, tokens["access_token"]))

    calls: list[Callable[[], tuple[int, str | None]]] = [refresh_until_refused, log_out]
    refused, logged_out = at_once(calls)

    assert (refused, logged_out) == ((401, "session_expired"), (200, None))
    row = Session.objects.get()
    assert row.end_reason == "log_out"
    for pair in (last[0], last[-1]):
        assert code(profile(client, pair["access_token"])) == (401, "session_expired")
        assert code(refresh(client, pair["refresh_token"])) == (401, "session_expired")
    assert Session.objects.get().generation == row.generation


def before_the_swap(monkeypatch: pytest.MonkeyPatch, *interruptions: Callable[[], None]) -> None:
    """Runs one interruption each time between the look at the row and the swap."""
    waiting = list(interruptions)
    advance = store.advance

    def interrupted(*args: Any) -> bool:
        if waiting:
            waiting.pop(0)()
        return advance(*args)

    monkeypatch.setattr(store, "advance", interrupted)


def test_a_logout_between_look_and_swap_wins(
    committed_ada: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = log_in(client)
    before_the_swap(monkeypatch, lambda: _log_out(tokens))

    assert code(refresh(client, tokens["refresh_token"])) == (401, "session_expired")

    row = Session.objects.get()
    assert (row.generation, row.end_reason) == (1, "log_out")


def test_a_refresh_between_look_and_swap_is_repeated(
    committed_ada: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = log_in(client)
    rows: list[Session] = []

    def another_tab() -> None:
        pair = renewed(tokens["refresh_token"])
        assert profile(Client(), pair["access_token"]).status_code == 200
        rows.append(Session.objects.get())

    before_the_swap(monkeypatch, another_tab)

    pair = renewed(tokens["refresh_token"])

    assert claims_of(pair["refresh_token"])["generation"] == 2
    after = Session.objects.get()
    assert (after.generation, after.minted_at) == (2, rows[0].minted_at)
    # The swap that came too late has not forgotten the use of what the first one minted.
    assert after.first_used_at == rows[0].first_used_at is not None


def test_a_purge_between_look_and_swap_leaves_no_session(
    committed_ada: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = log_in(client)
    before_the_swap(monkeypatch, lambda: _forget(Session.objects.all().delete()))

    assert code(refresh(client, tokens["refresh_token"])) == (401, "session_not_found")


def test_a_swap_that_never_hits_is_a_503_and_consumes_nothing(
    committed_ada: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = log_in(client)
    with monkeypatch.context() as patch:
        patch.setattr(store, "advance", lambda *_: False)
        answer = refresh(client, tokens["refresh_token"])
    assert code(answer) == (503, "service_unavailable")
    assert answer["Retry-After"] == "1"

    assert claims_of(renewed(tokens["refresh_token"])["refresh_token"])["generation"] == 2


def test_a_note_of_first_use_that_comes_late_hits_nothing(
    committed_ada: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the gate's look and its note, a refresh mints the next generation."""
    second = renewed(log_in(client)["refresh_token"])
    note = store.note_first_use

    def late(*args: Any) -> None:
        renewed(second["refresh_token"])
        note(*args)

    monkeypatch.setattr(store, "note_first_use", late)
    assert profile(client, second["access_token"]).status_code == 200

    row = Session.objects.get()
    assert (row.generation, row.first_used_at) == (3, None)


def test_a_second_note_of_first_use_does_not_move_the_first(
    committed_ada: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or requests at once could lengthen the grace."""
    second = renewed(log_in(client)["refresh_token"])
    note = store.note_first_use
    rows: list[Session] = []

    def late(*args: Any) -> None:
        if not rows:
            rows.append(Session.objects.get())
            assert profile(Client(), second["access_token"]).status_code == 200
            rows.append(Session.objects.get())
        note(*args)

    monkeypatch.setattr(store, "note_first_use", late)
    assert profile(client, second["access_token"]).status_code == 200

    before, noted = rows
    assert before.first_used_at is None
    assert Session.objects.get().first_used_at == noted.first_used_at is not None


def test_a_note_of_first_use_does_not_touch_an_ended_session(
    committed_ada: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = renewed(log_in(client)["refresh_token"])
    note = store.note_first_use

    def late(*args: Any) -> None:
        _log_out(second)
        note(*args)

    monkeypatch.setattr(store, "note_first_use", late)
    profile(client, second["access_token"])

    row = Session.objects.get()
    assert (row.end_reason, row.first_used_at) == ("log_out", None)
    assert row.updated_at == row.expired_at


def test_two_logouts_at_once_both_succeed(
    committed_ada: User, client: Client, ends: list[int]
) -> None:
    tokens = log_in(client)

    def log_out() -> HttpResponse:
        return post(Client(), "logout/", None, tokens["access_token"])

    answers = at_once([log_out] * THREADS)

    assert {code(answer) for answer in answers} == {(200, None)}
    assert sum(ends) == 1


def test_many_logins_at_once_open_a_session_each(committed_ada: User, tegata: Any) -> None:
    # It would have those beyond the fifth come back a second later.
    tegata(LOGIN_THROTTLE=None)
    pairs = at_once([lambda: log_in(Client())] * THREADS)

    ids = {claims_of(pair["access_token"])["session_id"] for pair in pairs}
    assert len(ids) == Session.objects.count() == THREADS


def test_users_on_many_threads_each_see_themselves(transactional_db: None) -> None:
    names = [f"user{number}" for number in range(THREADS)]
    for name in names:
        User.objects.create_user(name, password="password")
    tokens = {name: log_in(Client(), name, "password")["access_token"] for name in names}

    def ask(name: str) -> set[tuple[str, str]]:
        client = Client()
        seen = set()
        for path in ("/api/profile/", "/api/aprofile/") * 5:
            answer = client.get(path, headers=bearer(tokens[name])).json()
            seen.add((answer["user"], answer["request_user"]))
        return seen

    answers = at_once([partial(ask, name) for name in names])

    assert answers == [{(name, name)} for name in names]


def _log_out(tokens: dict[str, str]) -> None:
    assert post(Client(), "logout/", None, tokens["access_token"]).status_code == 200


def _forget(_: object) -> None:
    """For a call whose value is of no use."""
