"""`POST login/challenge/`: which answers are looked at, and how often."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.signals import user_login_failed
from django.test import Client
from freezegun.api import FrozenDateTimeFactory

from tegata.login_challenge import LoginChallenge
from tegata.models import Session
from tests.ninja.helpers import (
    PASSWORD,
    JSONClient,
    assert_refused,
    bearer,
    claims_of,
    pair_of,
)
from tests.ninja.login_steps import CODE

ATTEMPTS = 5
HERE = "tests.ninja.login_steps"


@pytest.fixture(autouse=True)
def _step(settings: Any) -> None:
    # What holds without a throttle, which a test of its own has.
    settings.TEGATA = {"LOGIN_STEPS": [f"{HERE}.Code"], "LOGIN_THROTTLE": None}


@pytest.fixture
def token(user: Any, caller: JSONClient) -> str:
    """The token of a challenge."""
    return new_token(caller)


def new_token(caller: JSONClient, **headers: str) -> str:
    body = {"username": "alice", "password": PASSWORD}
    answer = caller.post("auth/login/", body, **headers)
    assert answer.status_code == 202, answer.content
    token: str = answer.json()["challenge_token"]
    return token


def complete(caller: JSONClient, token: Any, code: Any = CODE, **headers: str) -> Any:
    body = {"challenge_token": token, "answer": {"code": code}}
    return caller.post("auth/login/challenge/", body, **headers)


def assert_over(answer: Any) -> None:
    """The one refusal for all that is no open challenge, the same to the byte."""
    detail = assert_refused(answer, 401, "invalid_challenge")
    assert detail == assert_refused(complete(JSONClient(), "A" * 43), 401, "invalid_challenge")
    assert Session.objects.count() == 0


def test_a_replayed_challenge_is_over(caller: JSONClient, token: str) -> None:
    pair_of(complete(caller, token))
    assert_refused(complete(caller, token), 401, "invalid_challenge")
    assert Session.objects.count() == 1


def test_an_expired_challenge_is_over(
    user: Any, caller: JSONClient, clock: FrozenDateTimeFactory
) -> None:
    token = new_token(caller)
    clock.tick(299.999)
    assert_refused(complete(caller, token, "a guess"), 401, "invalid_credentials")
    clock.tick(0.001)
    assert_over(complete(caller, token))


def test_the_lifetime_is_a_setting(
    user: Any, caller: JSONClient, settings: Any, clock: FrozenDateTimeFactory
) -> None:
    settings.TEGATA = {**settings.TEGATA, "CHALLENGE_LIFETIME": 60}
    token = new_token(caller)
    clock.tick(60)
    assert_over(complete(caller, token))


def test_a_challenge_of_one_tenant_is_no_login_of_another(user: Any, settings: Any) -> None:
    settings.TEGATA = {**settings.TEGATA, "TENANT": lambda request: request.get_host()}
    acme, beta = (JSONClient(Client(HTTP_HOST=f"{name}.example")) for name in ("acme", "beta"))
    token = new_token(acme)
    assert_refused(complete(beta, token), 401, "invalid_challenge")
    assert claims_of(pair_of(complete(acme, token)).access)["tenant"] == "acme.example"


def test_a_challenge_completed_by_another_client_is_refused(user: Any, caller: JSONClient) -> None:
    token = new_token(caller, user_agent="Phone/1")
    assert_over(complete(caller, token, user_agent="Phone/2"))
    assert_over(complete(caller, token))
    # It has cost the other client nothing.
    assert LoginChallenge.objects.get().attempts == 0
    pair_of(complete(caller, token, user_agent="Phone/1"))


def test_a_phone_may_change_its_address(user: Any) -> None:
    at_home, outside = (JSONClient(Client(REMOTE_ADDR=f"192.0.2.{host}")) for host in (1, 2))
    pair_of(complete(outside, new_token(at_home)))


@pytest.mark.parametrize("is_right", [False, True])
def test_the_attempts_of_a_challenge_are_few(
    caller: JSONClient, token: str, is_right: bool
) -> None:
    failed: list[Any] = []

    def note(credentials: Any, **_: Any) -> None:
        failed.append(credentials)

    user_login_failed.connect(note)
    wrong = ATTEMPTS - 1 if is_right else ATTEMPTS
    for _ in range(wrong):
        assert_refused(complete(caller, token, "a guess"), 401, "invalid_credentials")
    assert failed == [{"username": "alice"}] * wrong
    if is_right:
        pair_of(complete(caller, token))
        return
    assert_over(complete(caller, token))
    assert_over(complete(caller, token, "a guess"))
    assert len(failed) == wrong
    # The password opens another one.
    pair_of(complete(caller, new_token(caller)))


def test_a_known_password_opens_no_endless_row_of_challenges_to_guess_at(
    user: Any, caller: JSONClient, settings: Any
) -> None:
    settings.TEGATA = {"LOGIN_STEPS": [f"{HERE}.Code"], "LOGIN_THROTTLE": "7/m"}
    tokens = [new_token(caller) for _ in range(3)]
    for number in range(7):
        refused = complete(caller, tokens[number % 2], "a guess")
        assert_refused(refused, 401, "invalid_credentials")
    limited = complete(caller, tokens[2])
    assert_refused(limited, 429, "rate_limited")
    assert 0 < int(limited.headers["Retry-After"]) <= 60
    assert Session.objects.count() == 0


def change(user: Any, **columns: Any) -> Callable[[], Any]:
    return lambda: type(user).objects.filter(pk=user.pk).update(**columns)


def test_a_user_who_changed_meanwhile(user: Any, caller: JSONClient) -> None:
    for columns in ({"is_active": False}, {"password": "!"}):
        before = {name: getattr(user, name) for name in columns}
        token = new_token(caller)
        change(user, **columns)()
        assert_over(complete(caller, token))
        change(user, **before)()
        pair_of(complete(caller, token))
        Session.objects.all().delete()


def test_a_password_that_was_changed_by_its_owner(user: Any, caller: JSONClient) -> None:
    token = new_token(caller)
    user.set_password("another password")
    user.save()
    assert_over(complete(caller, token))


def test_a_user_who_is_gone(user: Any, caller: JSONClient) -> None:
    token = new_token(caller)
    user.delete()
    assert LoginChallenge.objects.count() == 0
    assert_over(complete(caller, token))


@pytest.mark.parametrize("steps", [[], [f"{HERE}.Word"], [f"{HERE}.passes"]])
def test_a_step_that_was_removed_while_a_challenge_is_out(
    caller: JSONClient, token: str, settings: Any, steps: list[str]
) -> None:
    settings.TEGATA = {"LOGIN_STEPS": steps}
    assert_over(complete(caller, token))


@pytest.mark.parametrize(
    "other",
    [
        "",
        "A" * 43,
        "A" * 42,
        "A" * 44,
        "A" * 1_000_000,
        "\0" * 43,
        "é" * 43,
        "A" * 42 + "=",
        "' OR 1=1 --",
    ],
)
def test_an_unknown_or_over_long_token(caller: JSONClient, token: str, other: str) -> None:
    assert_over(complete(caller, other))
    assert LoginChallenge.objects.get().attempts == 0


def test_nothing_of_the_row_answers_its_challenge(caller: JSONClient, token: str) -> None:
    columns = LoginChallenge.objects.values().get()
    assert token not in json.dumps(columns, default=str)
    for value in columns.values():
        assert_over(complete(caller, str(value)))
    assert token not in repr(LoginChallenge.objects.get())
    assert CODE not in json.dumps(columns, default=str)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "challenge_token: Field required"),
        ({"answer": {"code": CODE}}, "challenge_token: Field required"),
        ({"challenge_token": "TOKEN"}, "answer: Field required"),
        ({"challenge_token": 7, "answer": {"code": CODE}}, "challenge_token: "),
        ({"challenge_token": "TOKEN\ud800", "answer": {}}, "challenge_token: "),
        ({"challenge_token": "TOKEN", "answer": CODE}, "answer: "),
        ({"challenge_token": "TOKEN", "answer": None}, "answer: "),
        ({"challenge_token": "TOKEN", "answer": [CODE]}, "answer: "),
        ({"challenge_token": "TOKEN", "answer": {}}, "answer.code: Field required"),
        ({"challenge_token": "TOKEN", "answer": {"code": 135790}}, "answer.code: "),
        ({"challenge_token": "TOKEN", "answer": {"code": {"$ne": ""}}}, "answer.code: "),
        ({"challenge_token": "TOKEN", "answer": {"code": "\0"}}, "answer: "),
        ({"challenge_token": "TOKEN", "answer": {"code": "\ud800"}}, "answer: "),
        ({"challenge_token": "TOKEN", "answer": {"code": CODE, "x": [{"\0": 1}]}}, "answer: "),
    ],
)
def test_the_wrong_schema_names_the_field_and_costs_no_attempt(
    caller: JSONClient, token: str, body: Any, field: str
) -> None:
    text = json.dumps(body).replace("TOKEN", token)
    answer = caller.post("auth/login/challenge/", text.encode())
    detail = assert_refused(answer, 422, "invalid_request")
    assert field in detail
    assert "135790" not in detail
    assert token not in detail
    assert LoginChallenge.objects.get().attempts == 0
    pair_of(complete(caller, token))


def test_what_an_answer_held_is_not_repeated(user: Any, caller: JSONClient, settings: Any) -> None:
    settings.TEGATA = {"LOGIN_STEPS": [f"{HERE}.Strict"]}
    answer = {"digits": "my secret digits", "secret": ["my secret"]}
    body = {"challenge_token": new_token(caller), "answer": answer}
    detail = assert_refused(caller.post("auth/login/challenge/", body), 422, "invalid_request")
    assert "answer.digits: " in detail
    assert "answer.secret: " in detail
    assert "my secret" not in detail


@pytest.mark.parametrize("depth", [100, 5_000, 200_000])
def test_a_deep_answer(caller: JSONClient, token: str, depth: int) -> None:
    nested = '{"a":' * depth + "1" + "}" * depth
    text = f'{{"challenge_token": "{token}", "answer": {nested}}}'
    answer = caller.post("auth/login/challenge/", text.encode())
    assert_refused(answer, 422, "invalid_request")


def test_an_answer_by_form_is_refused(caller: JSONClient, token: str) -> None:
    answer = caller.post_form("auth/login/challenge/", challenge_token=token, code=CODE)
    assert_refused(answer, 415, "unsupported_media_type")


def test_an_access_token_changes_nothing(
    user: Any, other_user: Any, caller: JSONClient, settings: Any
) -> None:
    steps = settings.TEGATA
    settings.TEGATA = {}
    pair = caller.log_in("bob")
    settings.TEGATA = steps
    token = new_token(caller)
    body = {"challenge_token": token, "answer": {"code": CODE}}
    answer = caller.django.post(
        "/api/auth/login/challenge/", body, "application/json", headers=bearer(pair.access)
    )
    assert caller.get("profile/", pair_of(answer).access).json()["user"] == "alice"


def test_a_challenge_is_no_token(caller: JSONClient, token: str) -> None:
    assert_refused(caller.get("profile/", token), 401, "invalid_token")
    assert_refused(caller.refresh(token), 401, "invalid_token")
    assert_refused(caller.post("auth/verify/", {"token": token}), 401, "invalid_token")
