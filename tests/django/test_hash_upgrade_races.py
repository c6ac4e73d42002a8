"""Logins that all upgrade the stored password hash, at once and around a change of password."""

from __future__ import annotations

from threading import Barrier
from typing import Any

import pytest
from django.contrib.auth import aauthenticate
from django.contrib.auth.hashers import MD5PasswordHasher, PBKDF2PasswordHasher, make_password
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client

from tegata._tegata import security_stamp
from tegata.internal.loading import user_row
from tegata.models import Session
from tests.django.helpers import PASSWORD, at_once, code, log_in, post, profile, refresh

pytestmark = pytest.mark.django_db(transaction=True)

LOGINS = 4


class Together(MD5PasswordHasher):
    """Whoever hashes waits for the others, who have checked the old hash by then as well."""

    barrier: Barrier | None = None

    @classmethod
    def wait_for(cls, number: int) -> None:
        """So many meet, once."""
        cls.barrier = Barrier(number, lambda: setattr(cls, "barrier", None), timeout=30)

    @classmethod
    def wait(cls) -> None:
        if cls.barrier is not None:
            cls.barrier.wait()

    def encode(self, password: str, salt: str) -> str:
        encoded = super().encode(password, salt)
        if password == PASSWORD:
            self.wait()
        return encoded


async def wait_for_it(request: Any, payload: Any) -> Any:
    """An asynchronous authenticator, whose upgrade Django saves out of sight."""
    return await aauthenticate(request, username=payload.username, password=payload.password)


@pytest.fixture
def before(committed_ada: User, client: Client, settings: Any) -> dict[str, str]:
    """A session from before the upgrade that is due now."""
    settings.PASSWORD_HASHERS = [
        f"{__name__}.Together",
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    ]
    tokens = log_in(client)
    User.objects.update(password=PBKDF2PasswordHasher().encode(PASSWORD, "salt", iterations=1))
    Session.objects.update(security_stamp=security_stamp(user_row(User.objects.get())))
    assert profile(client, tokens["access_token"]).status_code == 200
    return tokens


@pytest.mark.parametrize("round_", range(2))
@pytest.mark.parametrize("waits", [False, True])
def test_nobody_s_session_ends(
    before: dict[str, str], client: Client, tegata: Any, waits: bool, round_: int
) -> None:
    if waits:
        tegata(USER_LOGIN_AUTHENTICATOR=wait_for_it)
    Together.wait_for(LOGINS)

    logins = at_once([lambda: log_in(Client())] * LOGINS)

    assert User.objects.get().password.startswith("md5$")
    for tokens in (before, *logins):
        assert profile(client, tokens["access_token"]).status_code == 200
        assert refresh(client, tokens["refresh_token"]).status_code == 200
    assert not Session.objects.filter(expired_at__isnull=False).exists()


@pytest.mark.parametrize("round_", range(2))
@pytest.mark.parametrize("waits", [False, True])
def test_a_change_of_password_stands_and_ends_them_all(
    before: dict[str, str], client: Client, tegata: Any, waits: bool, round_: int
) -> None:
    if waits:
        tegata(USER_LOGIN_AUTHENTICATOR=wait_for_it)
    Together.wait_for(LOGINS + 1)
    new = make_password("another password")

    def log_in_by_the_old_one() -> HttpResponse:
        return post(Client(), "login/", {"username": "ada", "password": PASSWORD})

    def change() -> HttpResponse:
        user = User.objects.get()
        user.password = new
        user.save()
        # Only after that may anybody save an upgrade.
        Together.wait()
        return HttpResponse()

    answers = at_once([change, *[log_in_by_the_old_one] * LOGINS])

    assert User.objects.get().password == new
    assert {code(answer) for answer in answers[1:]} == {(401, "invalid_credentials")}
    assert code(profile(client, before["access_token"])) == (401, "session_expired")
    assert Session.objects.get().end_reason == "password_changed"
    assert log_in(client, password="another password")
