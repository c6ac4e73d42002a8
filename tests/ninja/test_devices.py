"""What a session is called and where it came from: user agents, and the site's hook."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

import pytest
from pytest_django import Settings

from tegata.internal import device_name as naming
from tegata.models import Session
from tests.ninja.helpers import PASSWORD, JSONClient, pair_of

BODY = {"username": "alice", "password": PASSWORD}
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox on Linux"),
        (SAFARI, "Mobile Safari on iOS"),
        ("curl/8.5.0", "curl"),
        ("", None),
        ("no such program", None),
        ("\x00\x01\x7f", None),
        ("x" * 100_000, None),
    ],
)
def test_a_device_has_a_name(user: Any, caller: JSONClient, agent: str, name: str | None) -> None:
    response = caller.post("auth/login/", BODY, user_agent=agent)
    assert response.status_code == 200
    (listed,) = caller.get("auth/sessions/", pair_of(response).access).json()
    assert listed["device"] == name
    assert Session(user_agent=agent).device == name


def test_a_name_is_no_html_and_bounded(caller: JSONClient) -> None:
    for agent in (
        "Mozilla/5.0 (X11; <b>Linux</b>) <script>alert(1)</script>/1.0",
        f"Mozilla/5.0 (Linux; Android 9; {'<i>' * 90}) Chrome/99.0 Mobile",
        f"{'A' * 400}/1.0 CFNetwork/1 Darwin/20",
    ):
        name = Session(user_agent=agent).device or ""
        assert not set(name) & set("<>&\"'")
        assert len(name) <= 84


def test_without_the_library_there_is_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "ua_parser", None)
    for cached in (naming._parser, naming._named):
        cached.cache_clear()
    try:
        assert Session(user_agent=FIREFOX).device is None
    finally:
        for cached in (naming._parser, naming._named):
            cached.cache_clear()
    monkeypatch.undo()
    assert Session(user_agent=FIREFOX).device == "Firefox on Linux"


def located(caller: JSONClient, address: str = "8.8.8.8") -> Any:
    response = caller.django.post(
        "/api/auth/login/", BODY, content_type="application/json", REMOTE_ADDR=address
    )
    assert response.status_code == 200
    return Session.objects.latest("created_at").location


@pytest.mark.parametrize("place", [{"country": "JP", "city": "京都"}, "Kyoto", None])
def test_the_site_may_say_where_a_login_came_from(
    user: Any, caller: JSONClient, settings: Settings, place: Any
) -> None:
    asked: list[str] = []

    def hook(address: str) -> Any:
        asked.append(address)
        return place

    settings.TEGATA = {"LOCATION": hook}
    assert located(caller) == place
    assert asked == ["8.8.8.8"]
    pair = caller.log_in()
    listed = caller.get("auth/sessions/", pair.access).json()
    assert [each["location"] for each in listed] == [None, place]
    caller.refresh(pair.refresh)
    assert asked == ["8.8.8.8"]


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "::1", "fe80::1", "2001:db8::1", ""])
def test_local_addresses_are_not_asked_for(
    user: Any, caller: JSONClient, settings: Settings, address: str
) -> None:
    settings.TEGATA = {"LOCATION": lambda address: f"asked for {address}"}
    assert located(caller, address) is None


@pytest.mark.parametrize(
    "place",
    [
        7,
        ["Kyoto"],
        {"x": object()},
        {"x": float("nan")},
        {"x": "\0"},
        "\0",
        "\ud800",
        {"\ud800": 1},
        "x" * 5_000,
        {("a",): 1},
    ],
)
def test_an_odd_location_is_none(
    user: Any,
    caller: JSONClient,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    place: Any,
) -> None:
    settings.TEGATA = {"LOCATION": lambda address: place}
    with caplog.at_level(logging.WARNING, "tegata"):
        assert located(caller) is None
    assert "TEGATA['LOCATION'] gave" in caplog.text


def test_a_hook_that_raises_fails_no_login_and_its_words_are_not_logged(
    user: Any, caller: JSONClient, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    def hook(address: str) -> str:
        raise LookupError(f"no such address: {address}")

    settings.TEGATA = {"LOCATION": hook}
    assert located(caller) is None
    assert "LookupError" in caplog.text
    assert "8.8.8.8" not in caplog.text


def test_j9_a_hook_that_hangs_holds_a_login_up_for_a_second_at_most(
    user: Any,
    caller: JSONClient,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    release = threading.Event()
    settings.TEGATA = {"LOCATION": lambda address: release.wait(30)}
    monkeypatch.setattr("tegata.internal.location._TIMEOUT_SECONDS", 0.05)
    monkeypatch.setattr("tegata.internal.location._slots", threading.BoundedSemaphore(2))
    begun = time.monotonic()
    try:
        assert located(caller) is None
        assert located(caller) is None
        # None of these is asked at all: the earlier ones have not come back.
        monkeypatch.setattr("tegata.internal.location._TIMEOUT_SECONDS", 30)
        assert [located(caller) for _ in range(3)] == [None] * 3
        assert time.monotonic() - begun < 10
    finally:
        release.set()
