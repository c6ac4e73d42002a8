"""What docs/guides/limits.md says."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from freezegun import freeze_time

from tegata import conf
from tests.docs.checks.helpers import PASSWORD, code_of, log_in, new_user, post
from tests.docs.pages import DOCS, blocks_of

pytestmark = pytest.mark.django_db
PAGE = DOCS / "guides" / "limits.md"


@pytest.fixture(autouse=True)
def _one_window() -> Iterator[None]:
    caches["default"].clear()
    # Windows begin by the clock, and none is to begin within a test.
    with freeze_time("2027-03-04 05:06:07", real_asyncio=True):
        yield


def guess(password: str = "wrong", **options: Any) -> Any:
    return post("auth/login/", {"username": "alice", "password": password}, **options)


def test_the_settings_of_the_page() -> None:
    rates = conf.current().LOGIN_THROTTLE
    assert {name: (rate.limit, rate.seconds) for name, rate in rates.items()} == {
        "account_and_address": (3, 600),
        "account": (100, 3600),
    }
    assert conf.current().REFRESH_THROTTLE["session"].limit == 10
    assert conf.current().REFRESH_THROTTLE["address"].limit == 300
    assert conf.current().THROTTLE_FAILURE == "closed"


def test_a_refusal_looks_as_shown() -> None:
    new_user()
    for _ in range(3):
        assert code_of(guess()) == (401, "invalid_credentials")
    refused = guess(PASSWORD)
    (shown,) = (block for block in blocks_of(PAGE) if block.language == "json")
    seconds = refused.headers["Retry-After"]
    assert refused.json()["detail"] in shown.code.replace("272", seconds)
    assert code_of(refused) == (429, "rate_limited")
    assert guess(PASSWORD, REMOTE_ADDR="127.0.0.2").status_code == 200


def test_the_defaults_are_those_of_the_table(settings: Any) -> None:
    settings.TEGATA = {}
    for name, rate in conf.current().LOGIN_THROTTLE.items():
        window = {300: "5m", 3600: "h"}[rate.seconds]
        assert f"| `{name}` | `{rate.limit}/{window}` |" in PAGE.read_text()


def test_refreshes() -> None:
    new_user()
    tokens = log_in()
    for _ in range(10):
        tokens = post("auth/refresh/", {"refresh_token": tokens["refresh_token"]}).json()
    refused = post("auth/refresh/", {"refresh_token": tokens["refresh_token"]})
    assert code_of(refused) == (429, "rate_limited")


def test_an_alarm(caplog: pytest.LogCaptureFixture) -> None:
    import mysite.alarms  # type: ignore[import-not-found]  # noqa: F401

    new_user()
    with caplog.at_level(logging.WARNING):
        for _ in range(4):
            guess()
    said = [record.message for record in caplog.records if record.name in ("security", "tegata")]
    assert said == [
        "login: the limit by account_and_address is reached",
        "guesses from 127.0.0.1",
    ]


def test_a_view_of_ones_own() -> None:
    new_user(email="alice@example.org")

    def by_code(code: str) -> Any:
        return post("log-in-by-code/", {"email": "alice@example.org", "code": code})

    assert by_code("123456").status_code == 200
    for _ in range(3):
        assert code_of(by_code("1")) == (401, "invalid_credentials")
    assert code_of(by_code("123456")) == (429, "rate_limited")
    # Another scope.
    assert guess(PASSWORD).status_code == 200


def test_the_throttles_of_django_ninja(settings: Any) -> None:
    from django.urls import path
    from mysite.limited_api import api  # type: ignore[import-not-found]

    from tests.docs.checks import limits

    limits.urlpatterns = [path("api/", api.urls)]  # type: ignore[attr-defined]
    settings.ROOT_URLCONF = limits.__name__
    new_user()
    client = Client()

    def log_in() -> int:
        body = {"username": "alice", "password": PASSWORD}
        return client.post("/api/auth/login/", body, content_type="application/json").status_code

    statuses = [log_in() for _ in range(60)]
    assert set(statuses) == {200, 429}
    assert statuses[:20] == [200] * 20
