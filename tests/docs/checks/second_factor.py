"""What docs/guides/second-factor.md says, section by section."""

from __future__ import annotations

import re
import time
from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth.signals import user_login_failed
from django.core import mail
from django.core.cache import caches
from django.core.signing import TimestampSigner
from django.test import Client
from freezegun import freeze_time

from tegata.models import Session
from tests.docs.checks.helpers import PASSWORD, code_of, get, new_user, post

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_attempts_so_far() -> None:
    """Wrong answers are counted in the cache, which outlives a test."""
    caches["default"].clear()


KEY = "3132333435363738393031323334353637383930"
NOON = "2027-03-04 12:00:00"


def device_of(user: Any, **fields: Any) -> Any:
    from django_otp.plugins.otp_totp.models import TOTPDevice

    return TOTPDevice.objects.create(user=user, key=KEY, name="phone", **fields)


def code(seconds_ahead: int = 0) -> str:
    """What the user's app shows."""
    from django_otp.oath import TOTP

    totp = TOTP(bytes.fromhex(KEY))
    totp.time = time.time() + seconds_ahead
    return f"{totp.token():06}"


def begin() -> Any:
    return post("auth/login/", {"username": "alice", "password": PASSWORD})


def challenged(answer: Any, step: str = "totp", expires_in: int = 300) -> str:
    """The token of a challenge that must be there."""
    body = answer.json()
    assert (answer.status_code, body["step"]) == (202, step), body
    assert body["expires_in"] == expires_in
    token: str = body["challenge_token"]
    return token


def complete(token: str, given: str) -> Any:
    return post("auth/login/challenge/", {"challenge_token": token, "answer": {"code": given}})


def is_logged_in(answer: Any) -> bool:
    if answer.status_code != 200:
        return False
    known: int = get("api/auth/sessions/", answer.json()).status_code
    return known == 200


def test_a_user_with_a_device() -> None:
    device_of(new_user())
    answer = begin()
    assert answer.json().keys() == {"challenge_token", "step", "expires_in"}
    token = challenged(answer)
    assert Session.objects.count() == 0
    assert is_logged_in(complete(token, code()))
    assert code_of(complete(token, code())) == (401, "invalid_challenge")


def test_a_user_without_a_confirmed_device() -> None:
    user = new_user()
    assert is_logged_in(begin())
    device_of(user, confirmed=False)
    assert is_logged_in(begin())


def test_no_code_is_good_twice() -> None:
    with freeze_time(NOON) as clock:
        device_of(new_user())
        assert is_logged_in(complete(challenged(begin()), code()))
        # The same code, for a challenge that is good.
        token = challenged(begin())
        assert code_of(complete(token, code())) == (401, "invalid_credentials")
        clock.tick(30)
        assert is_logged_in(complete(token, code()))


def test_a_clock_that_is_behind_is_followed() -> None:
    with freeze_time(NOON) as clock:
        device = device_of(new_user())
        assert is_logged_in(complete(challenged(begin()), code(-30)))
        device.refresh_from_db()
        assert device.drift == -1
        clock.tick(60)
        assert is_logged_in(complete(challenged(begin()), code(-60)))


def test_guesses_are_slowed_down_and_few() -> None:
    failed: list[Any] = []

    def note(credentials: Any, **_: Any) -> None:
        failed.append(credentials["username"])

    user_login_failed.connect(note)
    with freeze_time(NOON) as clock:
        device = device_of(new_user())
        wrong = f"{(int(code()) + 1) % 1_000_000:06}"
        token = challenged(begin())
        assert code_of(complete(token, wrong)) == (401, "invalid_credentials")
        # The right one, before the device listens again.
        assert code_of(complete(token, code())) == (401, "invalid_credentials")
        device.refresh_from_db()
        assert device.throttling_failure_count == 1
        assert code_of(complete(token, "my code")) == (422, "invalid_request")
        for _ in range(3):
            complete(token, wrong)
        # Time stands still: attempts are counted by windows, of which the next could begin.
        assert code_of(complete(token, code())) == (401, "invalid_challenge")
        assert failed == ["alice"] * 5
        # Another challenge brings no new guesses, and nobody looks at the right code.
        held = complete(challenged(begin()), code())
        assert code_of(held) == (429, "rate_limited")
        # And until the device listens again.
        clock.tick(max(60, int(held.headers["Retry-After"])))
        assert is_logged_in(complete(challenged(begin()), code()))


def test_the_form_points_to_the_login() -> None:
    device_of(new_user())
    answer = Client().post("/api/auth/token/", {"username": "alice", "password": PASSWORD})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert "`login/`" in answer.json()["error_description"]


def mailed() -> str:
    message = mail.outbox[-1]
    assert message.to == ["alice@example.org"]
    (code,) = re.findall(r"\d{6}", str(message.body))
    return str(code)


def test_a_mailed_code() -> None:
    new_user(email="alice@example.org")
    answer = begin()
    token = challenged(answer, "mailed-code")
    assert answer.json()["sent_to"] == "a…@example.org"
    wrong = f"{(int(mailed()) + 1) % 1_000_000:06}"
    assert code_of(complete(token, wrong)) == (401, "invalid_credentials")
    assert is_logged_in(complete(token, mailed()))


def at(hour: int) -> datetime:
    return datetime.fromisoformat(f"2027-03-04T{hour:02}:00:00+00:00")


def test_office_hours() -> None:
    from accounts.office import (  # type: ignore[import-not-found]
        office_hours,
        office_hours_aloud,
    )
    from django.test import override_settings

    user = new_user()
    for function, refusal in (
        (office_hours, (401, "invalid_credentials")),
        (office_hours_aloud, (403, "outside_office_hours")),
    ):
        with override_settings(TEGATA={"LOGIN_STEPS": [function]}):
            for hour in (8, 17):
                with freeze_time(at(hour)):
                    assert is_logged_in(begin())
            for hour in (7, 18):
                with freeze_time(at(hour)):
                    assert code_of(begin()) == refusal
                    type(user).objects.update(is_staff=True)
                    assert is_logged_in(begin())
                    type(user).objects.update(is_staff=False)


def test_several_steps() -> None:
    with freeze_time(NOON):
        device_of(new_user(email="alice@example.org"))
        token = challenged(begin(), expires_in=180)
        second = complete(token, code())
        token = challenged(second, "mailed-code", expires_in=180)
        assert is_logged_in(complete(token, mailed()))
    with freeze_time(at(20)):
        assert code_of(begin()) == (403, "outside_office_hours")


def test_a_view_of_one_s_own() -> None:
    device_of(new_user())
    ticket = TimestampSigner().sign("alice")
    assert code_of(post("sign-on/", {"ticket": "alice:1"})) == (401, "invalid_credentials")
    token = challenged(post("sign-on/", {"ticket": ticket}))
    assert is_logged_in(complete(token, code()))
    new_user("bob")
    assert is_logged_in(post("sign-on/", {"ticket": TimestampSigner().sign("bob")}))
