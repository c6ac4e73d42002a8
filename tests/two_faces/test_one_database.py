"""A login at one face is a login at the other, and so is its end."""

from __future__ import annotations

import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.blackbox.client import PASSWORD, USER, Browser, Person, claims_of, code
from tests.blackbox.servers import manage
from tests.program import PROGRAM
from tests.two_faces.faces import SETTINGS, Faces

ENDED = (401, "session_expired")
KEYS = ("iss", "aud", "client_id", "sub", "user_id")


def known(base_url: str, person: Person) -> dict[str, Any]:
    """What a face says of somebody, who must be known there."""
    with httpx.Client(base_url=base_url, timeout=30) as http:
        answer = http.get("/api/profile/", headers=person.credentials)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def at(base_url: str, person: Person) -> Person:
    """The same person at another face."""
    there = Person(base_url)
    there.tokens = dict(person.tokens)
    return there


def test_who_logs_in_at_one_is_known_at_the_other(faces: Faces, first: str) -> None:
    person = Person(first, "a phone").log_in()

    here, there = known(first, person), known(faces.other(first), person)

    assert here == there
    assert here["username"] == USER
    # Each lists it, as the other wrote it.
    listed = [
        next(
            each
            for each in at(base_url, person).get("auth/sessions/").json()
            if each["id"] == here["session_id"]
        )
        for base_url in (faces.django, faces.axum)
    ]
    assert listed[0] == listed[1]
    assert listed[0]["user_agent"] == "a phone"
    assert listed[0]["is_current"] is True


def test_tokens_of_both_say_the_same(faces: Faces) -> None:
    one, other = Person(faces.django).log_in(), Person(faces.axum).log_in()
    for kind in ("access_token", "refresh_token"):
        ours, theirs = claims_of(one.tokens[kind]), claims_of(other.tokens[kind])
        assert ours.keys() == theirs.keys()
        assert {key: ours[key] for key in KEYS} == {key: theirs[key] for key in KEYS}
        assert ours["exp"] - ours["iat"] == theirs["exp"] - theirs["iat"]


def test_refreshing_goes_on_at_either(faces: Faces, first: str) -> None:
    person = Person(first).log_in()
    for generation in range(2, 8):
        base_url = faces.django if generation % 2 else faces.axum
        turn = at(base_url, person)
        assert turn.refresh().status_code == 200
        person.tokens = turn.tokens
        assert claims_of(person.tokens["refresh_token"])["generation"] == generation
        known(faces.other(base_url), person)


def test_a_token_from_further_back_ends_the_session_at_both(faces: Faces, first: str) -> None:
    person = Person(first).log_in()
    stolen = person.tokens["refresh_token"]
    for base_url in (first, faces.other(first)):
        turn = at(base_url, person)
        assert turn.refresh().status_code == 200
        person.tokens = turn.tokens
        known(base_url, person)

    thief = Person(faces.other(first))
    assert code(thief.refresh(stolen)) == (401, "token_reuse_detected")

    assert code(at(first, person).get("profile/")) == ENDED
    assert code(at(first, person).refresh()) == ENDED


@pytest.mark.parametrize("path", ["auth/logout/", "auth/logout/all/"])
def test_who_logs_out_at_one_is_out_at_the_other(faces: Faces, first: str, path: str) -> None:
    person = Person(faces.other(first)).log_in()
    assert at(first, person).post_signed(path).status_code == 200

    assert code(at(faces.other(first), person).get("profile/")) == ENDED
    assert code(at(faces.other(first), person).refresh()) == ENDED


def test_a_device_is_ended_from_the_list_of_the_other(faces: Faces, first: str) -> None:
    lost, kept = Person(first).log_in(), Person(faces.other(first)).log_in()
    ended = claims_of(lost.tokens["access_token"])["session_id"]
    assert kept.delete(f"auth/sessions/{ended}/").status_code == 200
    assert code(lost.get("profile/")) == ENDED
    known(first, kept)


def test_a_new_password_is_the_password_of_both(faces: Faces, first: str) -> None:
    changing, elsewhere = Person(first).log_in(), Person(faces.other(first)).log_in()
    secret = "another long secret"
    body = {"current_password": PASSWORD, "new_password": secret}
    assert changing.post_signed("auth/password/", body).status_code == 200

    assert code(elsewhere.get("profile/"))[0] == 401
    assert code(elsewhere.refresh())[0] == 401
    # Whoever has changed it stays.
    for base_url in (first, faces.other(first)):
        known(base_url, changing)
        refused = Person(base_url).post("auth/login/", {"username": USER, "password": PASSWORD})
        assert code(refused) == (401, "invalid_credentials")
        Person(base_url).log_in(USER, secret)

    back = {"current_password": secret, "new_password": PASSWORD}
    assert at(faces.other(first), changing).post_signed("auth/password/", back).status_code == 200


def test_a_password_that_the_site_sets_ends_the_sessions_of_both(faces: Faces) -> None:
    people = [Person(faces.django).log_in(), Person(faces.axum).log_in()]
    manage(SETTINGS, faces.variables, "seed_demo")
    stays = [
        known(base_url, person) for base_url in (faces.django, faces.axum) for person in people
    ]
    assert len(stays) == 4

    code_of_site = (
        "from django.contrib.auth.models import User; "
        f"user = User.objects.get(username={USER!r}); user.set_password({PASSWORD!r}); user.save()"
    )
    manage(SETTINGS, faces.variables, "shell", "--command", code_of_site)

    for person in people:
        assert code(at(faces.axum, person).get("profile/"))[0] == 401
        assert code(at(faces.django, person).get("profile/"))[0] == 401


def test_who_is_switched_off_by_either_is_out_at_both(faces: Faces) -> None:
    for switch in ("site", "program"):
        people = [Person(faces.django).log_in(), Person(faces.axum).log_in()]
        if switch == "site":
            manage(SETTINGS, faces.variables, "shell", "--command", _set_active(is_active=False))
        else:
            command = [str(PROGRAM), "user", "deactivate", USER, "--database", faces.database]
            done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
            assert done.returncode == 0, done.stderr
        for person in people:
            for base_url in (faces.django, faces.axum):
                assert code(at(base_url, person).get("profile/"))[0] == 401
                assert code(at(base_url, person).refresh())[0] == 401
        manage(SETTINGS, faces.variables, "shell", "--command", _set_active(is_active=True))
        # An end is final.
        for person in people:
            assert code(at(faces.axum, person).refresh())[0] == 401
            assert code(at(faces.django, person).refresh())[0] == 401
        Person(faces.axum).log_in()


def _set_active(*, is_active: bool) -> str:
    return (
        "from django.contrib.auth.models import User; "
        f"user = User.objects.get(username={USER!r}); user.is_active = {is_active}; user.save()"
    )


def test_a_browser_of_one_is_known_at_the_other(faces: Faces, first: str) -> None:
    browser = Browser(first).log_in()
    there = Browser(faces.other(first))
    there.http.cookies.update(browser.http.cookies)
    # The token of one face's page proves as much at the other.
    there.csrf_token = browser.csrf_token

    assert there.get("profile/").json()["username"] == USER
    assert there.post("auth/refresh/").status_code == 200
    assert there.post("auth/logout/").status_code == 200

    assert there.cookies == {}
    assert code(browser.get("profile/")) == ENDED


def test_races_of_refreshes_across_both_leave_one_chain(faces: Faces) -> None:
    for round_ in range(10):
        person = Person((faces.django, faces.axum)[round_ % 2]).log_in()
        for generation in range(2, 5):
            spent = person.tokens["refresh_token"]
            pairs = _race(faces, spent)
            # All got the same generation, so there is one live end.
            assert {claims_of(pair["refresh_token"])["generation"] for pair in pairs} == {
                generation
            }
            person.tokens = pairs[round_ % len(pairs)]
        for pair in pairs:
            person.tokens = pair
            known(faces.django, person)
            known(faces.axum, person)
        # And it is the one that goes on.
        assert at(faces.axum, person).refresh().status_code == 200


def _race(faces: Faces, spent: str) -> list[dict[str, str]]:
    start = threading.Barrier(6)

    def refresh(number: int) -> dict[str, str]:
        base_url = (faces.django, faces.axum)[number % 2]
        with httpx.Client(base_url=base_url, timeout=30) as tab:
            start.wait(30)
            answer = tab.post("/api/auth/refresh/", json={"refresh_token": spent})
            assert answer.status_code == 200, answer.text
            pair: dict[str, str] = answer.json()
            return pair

    with ThreadPoolExecutor(6) as pool:
        return [future.result() for future in [pool.submit(refresh, each) for each in range(6)]]
