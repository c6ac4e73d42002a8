"""The throttles: who is held up by whose guesses, for how long, and who is not."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.contrib.auth.signals import user_login_failed
from django.core.cache import caches
from freezegun.api import FrozenDateTimeFactory
from pytest_django import Settings

from tegata.throttling import attempt, login_throttled
from tests.api import api
from tests.ninja.helpers import PASSWORD, JSONClient, Pair, assert_refused, bearer, pair_of

# Windows begin by the clock, and none is to begin within a test.
pytestmark = pytest.mark.usefixtures("clock")

HOME, AWAY, SHARED = "203.0.113.1", "203.0.113.2", "203.0.113.3"
OUTAGE = "tegata.internal.throttle_cache.ThrottleCache"


def log_in(
    caller: JSONClient, password: str = PASSWORD, *, name: str = "alice", address: str = HOME
) -> Any:
    return caller.django.post(
        "/api/auth/login/",
        {"username": name, "password": password},
        content_type="application/json",
        REMOTE_ADDR=address,
    )


def statuses(caller: JSONClient, times: int, password: str = "wrong", **where: str) -> list[int]:
    return [log_in(caller, password, **where).status_code for _ in range(times)]


def throttled(**rates: Any) -> dict[str, Any]:
    return {
        "LOGIN_THROTTLE": {"account_and_address": None, "account": None, "address": None, **rates}
    }


def test_too_many_guesses_are_refused_and_the_wait_is_told_and_true(
    user: Any, caller: JSONClient, clock: FrozenDateTimeFactory
) -> None:
    assert statuses(caller, 5) == [401] * 5

    refused = log_in(caller, PASSWORD)
    detail = assert_refused(refused, 429, "rate_limited")
    wait = int(refused.headers["Retry-After"])
    assert 0 < wait <= 300
    assert detail == f"Too many attempts; try again in {wait} seconds."
    clock.tick(wait - 1)
    assert log_in(caller, PASSWORD).headers["Retry-After"] == "1"
    clock.tick(1)
    assert log_in(caller, PASSWORD).status_code == 200


def test_waiting_guesses_do_not_make_the_wait_longer(
    user: Any, caller: JSONClient, clock: FrozenDateTimeFactory
) -> None:
    statuses(caller, 5)
    wait = int(log_in(caller).headers["Retry-After"])
    for _ in range(wait):
        assert log_in(caller).status_code == 429
        clock.tick(1)
    assert log_in(caller, PASSWORD).status_code == 200


def test_j5_bad_logins_for_one_user_do_not_block_another_user_at_the_same_address(
    user: Any, other_user: Any, caller: JSONClient
) -> None:
    assert statuses(caller, 7, name="bob", address=SHARED) == [401] * 5 + [429] * 2
    assert log_in(caller, address=SHARED).status_code == 200


def test_j5_one_account_guessed_at_from_many_addresses_is_limited(
    user: Any, caller: JSONClient
) -> None:
    answers = [
        status for each in range(25) for status in statuses(caller, 5, address=f"198.51.100.{each}")
    ]
    assert answers == [401] * 100 + [429] * 25


def test_the_owner_logs_in_from_an_address_of_its_own_while_others_guess(
    user: Any, caller: JSONClient, settings: Settings
) -> None:
    settings.TEGATA = throttled(account_and_address="5/m", account="10/h")
    assert log_in(caller, address=HOME).status_code == 200
    for each in range(20):
        log_in(caller, "wrong", address=f"198.51.100.{each}")

    assert log_in(caller, address=AWAY).status_code == 429
    assert log_in(caller, address=HOME).status_code == 200


@pytest.mark.parametrize("limit", ["account_and_address", "account", "address"])
def test_a_known_address_is_no_way_to_guess_without_end(
    user: Any, caller: JSONClient, settings: Settings, limit: str
) -> None:
    settings.TEGATA = throttled(**{limit: "5/m"})
    assert log_in(caller).status_code == 200
    assert statuses(caller, 7) == [401] * 5 + [429] * 2


def test_one_password_tried_on_many_names_is_limited_and_neighbours_at_home_are_not(
    user: Any, caller: JSONClient, settings: Settings
) -> None:
    settings.TEGATA = throttled(account_and_address="5/m", address="10/h")
    assert log_in(caller, address=SHARED).status_code == 200
    answers = [
        log_in(caller, "123456", name=f"user{each}", address=SHARED).status_code
        for each in range(12)
    ]
    assert answers == [401] * 10 + [429] * 2
    assert log_in(caller, address=SHARED).status_code == 200


def test_ipv6_counts_by_the_first_64_bits(user: Any, caller: JSONClient) -> None:
    for each in range(5):
        assert log_in(caller, "wrong", address=f"2001:db8:1:2::{each}").status_code == 401
    assert log_in(caller, address="2001:db8:1:2:ffff::9").status_code == 429
    assert log_in(caller, address="2001:db8:1:3::1").status_code == 200


def test_no_spelling_of_a_name_is_a_way_round(user: Any, caller: JSONClient) -> None:
    for name in ("alice", "ALICE", "\uff41lice", "álice", " alice\u200b"):
        assert log_in(caller, "wrong", name=name).status_code == 401
    assert log_in(caller, name="alice").status_code == 429


def test_logins_that_succeed_are_never_held_up(user: Any, caller: JSONClient) -> None:
    assert statuses(caller, 4) == [401] * 4
    assert statuses(caller, 30, PASSWORD) == [200] * 30
    assert statuses(caller, 2) == [401, 429]


def test_the_form_is_held_to_the_same_limits_in_the_words_of_oauth(
    user: Any, caller: JSONClient
) -> None:
    for _ in range(3):
        assert log_in(caller, "wrong", address="127.0.0.1").status_code == 401
    for _ in range(2):
        assert caller.post_form("auth/token/", username="alice", password="x").status_code == 400

    refused = caller.post_form("auth/token/", username="alice", password=PASSWORD)

    assert refused.status_code == 429
    assert refused.json().keys() == {"error", "error_description"}
    assert refused.json()["error"] == "rate_limited"
    assert refused.headers["Retry-After"] in refused.json()["error_description"]


def test_a_refused_login_runs_no_hasher_and_tells_lockout_tools_by_a_signal_of_its_own(
    user: Any, caller: JSONClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed, held_up = [], []

    def note_failed(sender: object, **about: Any) -> None:
        failed.append(about["credentials"])

    def note_held_up(sender: object, **about: Any) -> None:
        held_up.append((about["credentials"], about["retry_after"]))

    user_login_failed.connect(note_failed)
    login_throttled.connect(note_held_up)
    try:
        statuses(caller, 5)
        assert (len(failed), held_up) == (5, [])
        monkeypatch.setattr("django.contrib.auth.authenticate", None)
        monkeypatch.setattr("django.contrib.auth.hashers.verify_password", None, raising=False)
        refused = log_in(caller, PASSWORD)
    finally:
        user_login_failed.disconnect(note_failed)
        login_throttled.disconnect(note_held_up)
    assert refused.status_code == 429
    assert len(failed) == 5
    assert held_up == [({"username": "alice"}, int(refused.headers["Retry-After"]))]


def test_the_current_password_cannot_be_guessed_by_who_holds_a_session(
    pair: Pair, caller: JSONClient
) -> None:
    thief = caller.log_in()
    guess = {"current_password": "a guess", "new_password": "another correct horse"}
    for _ in range(5):
        assert_refused(
            caller.post("auth/password/", guess, thief.access), 403, "invalid_credentials"
        )
    right = {**guess, "current_password": PASSWORD}
    refused = caller.post("auth/password/", right, thief.access)
    assert_refused(refused, 429, "rate_limited")
    assert int(refused.headers["Retry-After"]) > 0
    # Whose session it is not, changes it all the same.
    assert caller.post("auth/password/", right, pair.access).status_code == 200


def test_a_session_is_refreshed_so_often_and_others_at_its_address_as_they_like(
    pair: Pair, caller: JSONClient, clock: FrozenDateTimeFactory
) -> None:
    mine, other = caller.log_in(), caller.log_in()
    for _ in range(30):
        mine = pair_of(caller.refresh(mine.refresh))
    refused = caller.refresh(mine.refresh)
    assert_refused(refused, 429, "rate_limited")
    assert caller.refresh(other.refresh).status_code == 200
    clock.tick(int(refused.headers["Retry-After"]))
    assert caller.refresh(mine.refresh).status_code == 200


def test_refresh_tokens_that_are_none_are_counted_by_address(
    pair: Pair, caller: JSONClient, settings: Settings
) -> None:
    settings.TEGATA = {"REFRESH_THROTTLE": {"address": "3/m"}}
    for _ in range(3):
        assert_refused(caller.refresh("no.such.token"), 401, "invalid_token")
    assert_refused(caller.refresh("no.such.token"), 429, "rate_limited")
    # A neighbour with a good one is not held up.
    assert caller.refresh(pair.refresh).status_code == 200


def test_none_switches_a_throttle_off(user: Any, caller: JSONClient, settings: Settings) -> None:
    settings.TEGATA = {"LOGIN_THROTTLE": None, "REFRESH_THROTTLE": None}
    assert statuses(caller, 150) == [401] * 150
    assert {caller.refresh("x").status_code for _ in range(310)} == {401}


def test_no_key_in_the_cache_holds_a_name_or_an_address(
    user: Any, caller: JSONClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_in(caller)
    log_in(caller, "wrong")
    keys = " ".join(caches["default"]._cache)  # type: ignore[attr-defined]
    assert "tegata:throttle:" in keys
    assert "tegata:known:" in keys
    assert "alice" not in keys
    assert HOME not in keys


@pytest.mark.parametrize("failure", ["closed", "open"])
def test_a_cache_that_is_down(
    user: Any,
    caller: JSONClient,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    failure: str,
) -> None:
    settings.TEGATA = {"THROTTLE_FAILURE": failure}
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            # Nothing listens there.
            "LOCATION": "redis://127.0.0.1:1",
        }
    }
    with caplog.at_level(logging.WARNING, "tegata"):
        answers = [*(log_in(caller, "wrong") for _ in range(9)), log_in(caller)]
        refreshed = caller.refresh("no.such.token")

    if failure == "open":
        # This process counts for itself, so that an outage is no way round.
        assert [answer.status_code for answer in answers] == [401] * 5 + [429] * 5
        assert log_in(caller, address=AWAY).status_code == 200
        assert refreshed.status_code == 401
    else:
        for answer in (*answers, refreshed):
            assert_refused(answer, 503, "service_unavailable")
            assert answer.headers["Retry-After"] == "1"
        form = caller.post_form("auth/token/", username="alice", password=PASSWORD)
        assert form.status_code == 503
    said = [record.message for record in caplog.records if "throttle cache" in record.message]
    assert len(said) == 1


def test_a_limit_that_is_reached_is_logged_once_and_names_nobody(
    user: Any, caller: JSONClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "tegata"):
        statuses(caller, 9)
    assert [record.message for record in caplog.records if record.name == "tegata"] == [
        "login: the limit by account_and_address is reached"
    ]


def test_an_open_session_of_a_view_of_ones_own_is_not_throttled_unless_it_asks(
    user: Any, rf: Any
) -> None:
    from tegata.exceptions import APIError

    def guess(right: bool = False) -> None:
        with attempt(rf.post("/", REMOTE_ADDR=HOME), "alice", scope="magic") as this:
            if right:
                this.succeeded()

    for _ in range(4):
        guess()
    for _ in range(9):
        guess(right=True)
    guess()
    with pytest.raises(APIError, match="Too many attempts"):
        guess(right=True)


async def test_views_of_ones_own_can_be_async(rf: Any) -> None:
    from tegata.exceptions import APIError

    async def guess() -> None:
        async with attempt(rf.post("/", REMOTE_ADDR=HOME), None, scope="code"):
            pass

    for _ in range(100):
        await guess()
    with pytest.raises(APIError, match="Too many attempts"):
        await guess()


def test_the_openapi_document_says_how_a_refusal_looks() -> None:
    paths = api.get_openapi_schema()["paths"]
    for route in ("login", "refresh", "password", "token"):
        answer = paths[f"/api/auth/{route}/"]["post"]["responses"][429]
        assert answer["headers"]["Retry-After"]["schema"]["type"] == "integer"
        assert "content" in answer
    assert 429 not in paths["/api/auth/logout/"]["post"]["responses"]


def test_the_gate_is_not_throttled(pair: Pair, caller: JSONClient) -> None:
    statuses(caller, 9)
    assert caller.django.get("/api/profile/", headers=bearer(pair.access)).status_code == 200
