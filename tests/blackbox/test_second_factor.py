"""Logging in with a password and a one-time code, over HTTP."""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from typing import Any

import httpx
import pytest

from tests.blackbox.client import CAREFUL, CAREFUL_PASSWORD, Person, code
from tests.blackbox.servers import Server, manage

SETTINGS = "demo_site"
KEY = b"tegata demo otp key."


def shown_by_app() -> str:
    """The code of the moment (RFC 6238), made without the server's library."""
    digest = hmac.digest(KEY, int(time.time() // 30).to_bytes(8, "big"), hashlib.sha1)
    start = digest[-1] & 15
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


@pytest.fixture(scope="module", autouse=True)
def _as_seeded(server: Server, variables: dict[str, str]) -> None:
    """On no host a code was used yet, and nobody has guessed."""
    manage(SETTINGS, variables, "seed_demo")


def challenged(who: Person) -> str:
    answer = who.post("auth/login/", {"username": CAREFUL, "password": CAREFUL_PASSWORD})
    body = answer.json()
    assert answer.status_code == 202, body
    assert answer.headers["Cache-Control"] == "no-store"
    assert body == {
        "challenge_token": body["challenge_token"],
        "step": "totp",
        "expires_in": 300,
    }
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", body["challenge_token"])
    token: str = body["challenge_token"]
    return token


def complete(who: Person, token: str, given: Any) -> httpx.Response:
    body = {"challenge_token": token, "answer": {"code": given}}
    return who.post("auth/login/challenge/", body)


def test_a_careful_person_logs_in_by_a_code(stranger: Person, server: Server) -> None:
    token = challenged(stranger)
    thief = Person(server.base_url, "another browser")
    assert code(complete(thief, token, shown_by_app())) == (401, "invalid_challenge")
    thief.http.close()
    assert code(complete(stranger, token, "12345")) == (422, "invalid_request")

    answer = complete(stranger, token, shown_by_app())

    assert answer.status_code == 200, answer.text
    stranger.tokens = answer.json()
    assert stranger.get("profile/").json()["username"] == CAREFUL
    assert code(complete(stranger, token, shown_by_app())) == (401, "invalid_challenge")
    assert token not in server.log.read_text()


def test_a_wrong_code_lets_nobody_in(stranger: Person) -> None:
    token = challenged(stranger)
    wrong = f"{(int(shown_by_app()) + 1) % 1_000_000:06}"
    for _ in range(5):
        assert code(complete(stranger, token, wrong)) == (401, "invalid_credentials")
    assert code(complete(stranger, token, shown_by_app())) == (401, "invalid_challenge")


def test_the_form_is_no_way_round(stranger: Person) -> None:
    form = {"username": CAREFUL, "password": CAREFUL_PASSWORD}
    answer = stranger.http.post("auth/token/", data=form)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
