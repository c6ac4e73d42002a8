"""The table of login challenges: races, transactions, outages, and how many rows there are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from threading import Barrier, Lock
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection, connections, transaction
from django.db.models.signals import post_delete
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tegata import logins
from tegata.internal import challenges
from tegata.login_challenge import LoginChallenge
from tegata.models import Session
from tegata.steps import Challenge
from tests.django.helpers import PASSWORD, at_once, code, post, profile
from tests.ninja.login_steps import CODE, Code, CodeAnswer

ATTEMPTS = 5
NEWEST = 10
LIFETIME = timedelta(minutes=5)
LEEWAY = timedelta(seconds=10)
# Rows that have to be seen by other connections.
committed = pytest.mark.django_db(transaction=True)


class Watched(Code):
    """Counts how often it looks at an answer, and where."""

    def __init__(self, *, meeting: int = 0) -> None:
        self.looks = 0
        self.in_transaction = False
        self._lock = Lock()
        self._meeting = Barrier(meeting) if meeting else None

    def complete(self, request: Any, user: Any, challenge: Challenge, answer: CodeAnswer) -> bool:
        with self._lock:
            self.looks += 1
            self.in_transaction |= connection.in_atomic_block
        if self._meeting is not None:
            self._meeting.wait(30)
        return super().complete(request, user, challenge, answer)


@pytest.fixture
def watched(tegata: Any) -> Watched:
    """The one login step."""
    step = Watched()
    tegata(LOGIN_STEPS=[step], LOGIN_THROTTLE=None)
    return step


def new_token(username: str = "ada") -> str:
    """The token of a challenge that must be opened."""
    answer = post(Client(), "login/", {"username": username, "password": PASSWORD})
    assert answer.status_code == 202, answer.content
    token: str = answer.json()["challenge_token"]  # type: ignore[attr-defined]
    return token


def complete(token: str, given: str = CODE) -> HttpResponse:
    """The answer to an answer."""
    body = {"challenge_token": token, "answer": {"code": given}}
    return post(Client(), "login/challenge/", body)


@committed
@pytest.mark.parametrize("round_", range(3))
def test_of_right_answers_at_once_one_opens_a_session(
    committed_ada: User, tegata: Any, round_: int
) -> None:
    # All of them know that they are right before any of them goes on.
    tegata(LOGIN_STEPS=[Watched(meeting=ATTEMPTS)], LOGIN_THROTTLE=None)
    token = new_token()

    codes = [code(each) for each in at_once([partial(complete, token)] * ATTEMPTS)]

    assert codes.count((200, None)) == 1
    assert codes.count((401, "invalid_challenge")) == ATTEMPTS - 1
    assert Session.objects.count() == 1
    assert LoginChallenge.objects.count() == 0


@committed
def test_guesses_at_once_are_no_more_than_the_attempts(
    committed_ada: User, watched: Watched
) -> None:
    token = new_token()
    guesses = [partial(complete, token, f"{number:06}") for number in range(3 * ATTEMPTS)]

    codes = [code(each) for each in at_once(guesses)]

    assert watched.looks == ATTEMPTS
    assert codes.count((401, "invalid_credentials")) == ATTEMPTS
    assert codes.count((401, "invalid_challenge")) == 2 * ATTEMPTS
    assert code(complete(token)) == (401, "invalid_challenge")
    assert Session.objects.count() == 0


@committed
def test_logins_at_once_keep_to_their_number(committed_ada: User, watched: Watched) -> None:
    tokens = at_once([new_token] * 8)
    assert len(set(tokens)) == 8
    for _ in range(NEWEST):
        last = new_token()
    assert LoginChallenge.objects.count() == NEWEST
    assert code(complete(last)) == (200, None)


@pytest.fixture
def atomic_requests() -> Iterator[None]:
    database = connections.settings["default"]
    database["ATOMIC_REQUESTS"] = True
    yield
    database["ATOMIC_REQUESTS"] = False


@committed
@pytest.mark.usefixtures("atomic_requests")
@pytest.mark.urls("tests.django.atomic_urls")
def test_under_atomic_requests_a_wrong_answer_stays_counted(
    committed_ada: User, watched: Watched, client: Client
) -> None:
    token = new_token()
    assert code(complete(token, "a guess")) == (401, "invalid_credentials")
    assert LoginChallenge.objects.get().attempts == 1
    answer = complete(token)
    assert answer.status_code == 200
    tokens: dict[str, str] = answer.json()  # type: ignore[attr-defined]
    # The view itself runs in a transaction, and the step did not.
    body = profile(client, tokens["access_token"]).json()  # type: ignore[attr-defined]
    assert body["in_transaction"]
    assert not watched.in_transaction


@committed
def test_inside_of_a_transaction_no_answer_is_taken(committed_ada: User, watched: Watched) -> None:
    token = new_token()
    request = RequestFactory().post("/")
    with transaction.atomic(), pytest.raises(RuntimeError, match="cannot take an answer"):
        logins.answer(request, token, {"code": CODE})
    assert watched.looks == 0
    assert code(complete(token)) == (200, None)


@pytest.mark.parametrize("statement", ["load", "insert", "count", "consume"])
def test_a_database_that_cannot_answer_is_a_503(
    ada: User, watched: Watched, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    token = new_token()

    def gone(*_: Any) -> None:
        raise OperationalError("the database is gone")

    with monkeypatch.context() as patch:
        patch.setattr(challenges, statement, gone)
        if statement == "insert":
            body = {"username": "ada", "password": PASSWORD}
            answer = post(Client(), "login/", body)
        else:
            answer = complete(token)
    assert code(answer) == (503, "service_unavailable")
    assert answer["Retry-After"] == "1"
    assert Session.objects.count() == 0
    # Nothing has happened that asking again would not mend.
    assert code(complete(token)) == (200, None)


def test_what_the_housekeeping_meets_does_not_fail_a_login(
    ada: User, watched: Watched, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def locked(*_: Any) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(challenges, "_delete", locked)
    assert code(complete(new_token())) == (200, None)
    assert "no old login challenges were removed" in caplog.text


def aged(user: User, count: int, age: timedelta) -> list[str]:
    """So many rows that were opened that long ago, the newest first."""
    now = timezone.now()
    rows = [
        LoginChallenge(
            id=f"{user.username}-{age.total_seconds()}-{number}",
            user=user,
            step="code",
            created_at=now - age - timedelta(microseconds=number),
        )
        for number in range(count)
    ]
    LoginChallenge.objects.bulk_create(rows)
    return [row.id for row in rows]


def test_a_user_keeps_the_newest(ada: User, bob: User, watched: Watched) -> None:
    theirs = aged(bob, NEWEST, timedelta(minutes=1))
    old = aged(ada, NEWEST, timedelta(minutes=1))
    token = new_token()
    left = set(LoginChallenge.objects.values_list("pk", flat=True))
    assert left >= set(theirs) | set(old[:-1])
    assert old[-1] not in left
    assert len(left) == 2 * NEWEST
    assert code(complete(token)) == (200, None)


def test_what_is_past_its_time_goes_along_the_way(ada: User, bob: User, watched: Watched) -> None:
    over = aged(bob, 25, LIFETIME + LEEWAY)
    young = aged(bob, 3, LIFETIME + LEEWAY - timedelta(seconds=5))
    new_token()
    # A few at a time, the oldest first.
    left = set(LoginChallenge.objects.filter(user=bob).values_list("pk", flat=True))
    assert left == set(over[:5]) | set(young)
    new_token()
    left = set(LoginChallenge.objects.filter(user=bob).values_list("pk", flat=True))
    assert left == set(young)


def test_a_site_that_listens_to_deletions_changes_nothing(ada: User, watched: Watched) -> None:
    seen: list[Any] = []

    def note(instance: Any, **_: Any) -> None:
        seen.append(instance)

    post_delete.connect(note)
    try:
        token = new_token()
        assert code(complete(token)) == (200, None)
    finally:
        post_delete.disconnect(note)
    assert seen == []


def test_what_a_challenge_costs(
    ada: User,
    watched: Watched,
    client: Client,
    django_assert_num_queries: DjangoAssertNumQueries,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    body = {"username": "ada", "password": PASSWORD}
    # One login in ten removes old sessions.
    monkeypatch.setattr("tegata.internal.retention._EVERY", 1)
    # The user; the row; whether there are too many; whether any is past its time.
    with django_assert_num_queries(4):
        token = post(client, "login/", body).json()["challenge_token"]  # type: ignore[attr-defined]
    # The row with its user; the count; the end; then what every login costs after the user.
    with django_assert_num_queries(6):
        complete(token)


def test_a_deleted_user_leaves_none(ada: User, watched: Watched) -> None:
    new_token()
    ada.delete()
    assert LoginChallenge.objects.count() == 0
