"""Whose address a session bears, and by whose it is counted: proxies, forged headers, sockets."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.handlers.asgi import ASGIRequest
from django.test import AsyncClient, RequestFactory
from pytest_django import Settings

from tegata import client_address, conf
from tegata.models import Session
from tests.ninja.helpers import PASSWORD, JSONClient

# Windows begin by the clock, and none is to begin within a test.
pytestmark = pytest.mark.usefixtures("clock")

PROXY, CLIENT, FORGED = "10.0.0.1", "198.51.100.7", "192.0.2.66"
BODY = {"username": "alice", "password": PASSWORD}


def seen(peer: str | None, **headers: str) -> str | None:
    extra: dict[str, Any] = {} if peer is None else {"REMOTE_ADDR": peer}
    request = RequestFactory().get("/", headers=headers, **extra)
    if peer is None:
        del request.META["REMOTE_ADDR"]
    return client_address(request)


def test_without_trusted_proxies_no_header_is_looked_at() -> None:
    assert seen(CLIENT, **{"X-Forwarded-For": FORGED, "Forwarded": f"for={FORGED}"}) == CLIENT


@pytest.mark.parametrize(
    ("header", "value"), [("X-Forwarded-For", "{}"), ("Forwarded", "for={};proto=https")]
)
def test_the_one_header_that_the_proxies_set_counts_and_the_other_does_not(
    settings: Settings, header: str, value: str
) -> None:
    settings.TEGATA = {"TRUSTED_PROXIES": ["10.0.0.0/8"], "FORWARDED_HEADER": header}
    other = {"X-Forwarded-For": FORGED, "Forwarded": f"for={FORGED}"}
    said = f"{value.format(FORGED)}, {value.format(CLIENT)}, {value.format('10.1.1.1')}"
    assert seen(PROXY, **{**other, header: said}) == CLIENT
    assert seen(CLIENT, **{**other, header: said}) == CLIENT
    other.pop(header)
    assert seen(PROXY, **other) == PROXY


@pytest.mark.parametrize("peer", [None, ""])
def test_a_unix_socket_is_trusted_only_by_name(settings: Settings, peer: str | None) -> None:
    headers = {"X-Forwarded-For": CLIENT}
    settings.TEGATA = {"TRUSTED_PROXIES": ["10.0.0.0/8"]}
    assert seen(peer, **headers) is None
    settings.TEGATA = {"TRUSTED_PROXIES": ["unix"]}
    assert seen(peer, **headers) == CLIENT
    assert seen(peer) is None


async def test_repeated_lines_and_underscores_under_asgi(settings: Settings) -> None:
    settings.TEGATA = {"TRUSTED_PROXIES": PROXY}

    def asgi(*headers: tuple[bytes, bytes]) -> str | None:
        scope = {"type": "http", "method": "GET", "path": "/", "query_string": b""}
        scope |= {"headers": list(headers), "client": (PROXY, 4711)}
        return client_address(ASGIRequest(scope, None))

    name = b"x-forwarded-for"
    assert asgi((name, FORGED.encode()), (name, CLIENT.encode())) == CLIENT
    assert asgi((name, CLIENT.encode()), (b"x_forwarded_for", FORGED.encode())) == CLIENT
    assert asgi((name, b"\xff\x00"), (name, CLIENT.encode())) == CLIENT
    assert asgi((name, CLIENT.encode()), (name, b"\xff\x00")) == PROXY


@pytest.mark.parametrize(
    "value",
    [
        "",
        ",",
        "unknown",
        "_hidden",
        "\x00",
        "é" * 9_000,
        "1.2.3.4:",
        "[::1",
        "%",
        '"',
        "10.0.0.9," * 9_000,
    ],
)
def test_whatever_a_header_holds_a_login_is_no_500(
    user: Any, settings: Settings, value: str
) -> None:
    settings.TEGATA = {"TRUSTED_PROXIES": ["10.0.0.0/8"]}
    caller = JSONClient()
    for peer in (PROXY, CLIENT):
        response = caller.django.post(
            "/api/auth/login/",
            BODY,
            content_type="application/json",
            REMOTE_ADDR=peer,
            HTTP_X_FORWARDED_FOR=value,
        )
        assert response.status_code == 200
    assert set(Session.objects.values_list("ip_address", flat=True)) <= {PROXY, CLIENT, "10.0.0.9"}


def test_forged_headers_are_no_way_round_the_throttle(user: Any, settings: Settings) -> None:
    settings.TEGATA = {"TRUSTED_PROXIES": ["10.0.0.0/8"]}
    caller = JSONClient()

    def guess(number: int, peer: str, said: str) -> int:
        response: Any = caller.django.post(
            "/api/auth/login/",
            {**BODY, "password": "wrong"},
            content_type="application/json",
            REMOTE_ADDR=peer,
            HTTP_X_FORWARDED_FOR=said.format(number),
            HTTP_FORWARDED=f"for=192.0.2.{number}",
        )
        return int(response.status_code)

    behind = [guess(each, PROXY, "192.0.2.{}, " + CLIENT) for each in range(7)]
    assert behind == [401] * 5 + [429] * 2
    direct = [guess(each, "203.0.113.5", "192.0.2.{}") for each in range(7)]
    assert direct == [401] * 5 + [429] * 2


def test_the_address_need_not_be_stored_and_throttles_work_all_the_same(
    user: Any, settings: Settings
) -> None:
    settings.TEGATA = {"STORE_ADDRESS": False}
    caller = JSONClient()
    assert caller.post("auth/login/", BODY).status_code == 200
    assert Session.objects.get().ip_address is None
    wrong = {**BODY, "password": "wrong"}
    answers = [caller.post("auth/login/", wrong).status_code for _ in range(6)]
    assert answers == [401] * 5 + [429]


@pytest.mark.django_db(transaction=True)
async def test_under_asgi_a_login_behind_a_proxy_bears_the_clients_address(
    user: Any, settings: Settings
) -> None:
    settings.TEGATA = {"TRUSTED_PROXIES": ["127.0.0.0/8"]}
    response = await AsyncClient().post(
        "/api/auth/login/",
        BODY,
        content_type="application/json",
        headers={"X-Forwarded-For": f"{FORGED}, {CLIENT}"},
    )
    assert response.status_code == 200
    assert (await Session.objects.aget()).ip_address == CLIENT


@pytest.mark.parametrize(
    ("proxies", "problem"),
    [
        (["10.0.0.0/8", "10.0.0.1/8"], "'10.0.0.1/8' has bits set behind its prefix"),
        (["nginx"], "'nginx' is no network"),
        (["0.0.0.0/0"], "'0.0.0.0/0' holds every address"),
        (["::/0"], "'::/0' holds every address"),
        ([7], "must be a string or a list of strings"),
        (None, "must be a string or a list of strings"),
    ],
)
def test_a_bad_proxy_stops_start_up_and_is_named(
    settings: Settings, proxies: Any, problem: str
) -> None:
    settings.TEGATA = {"TRUSTED_PROXIES": proxies}
    with pytest.raises(ImproperlyConfigured, match=r"^TEGATA\['TRUSTED_PROXIES'\]") as raised:
        conf.current()
    assert problem in str(raised.value)


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("FORWARDED_HEADER", "X-Real-IP", "must be one of"),
        ("STORE_ADDRESS", "no", "must be True or False"),
        ("LOGIN_THROTTLE", "5", "account_and_address must be a rate such as '5/m'"),
        ("LOGIN_THROTTLE", "5/w", "must be a rate"),
        ("LOGIN_THROTTLE", 5, "must be a rate such as '5/m', a dict of such, or None"),
        ("LOGIN_THROTTLE", {"adress": "5/m"}, "has no limit 'adress'; its limits are"),
        ("LOGIN_THROTTLE", {"account": 5}, "account must be a string, not 5"),
        ("REFRESH_THROTTLE", {"session": "0/m"}, "session must be a rate"),
        ("THROTTLE_CACHE", "absent", "must be one of CACHES ('default')"),
        ("THROTTLE_CACHE", None, "must be one of CACHES ('default')"),
        ("THROTTLE_FAILURE", "maybe", "must be one of 'open', 'closed'"),
        ("LOCATION", 5, "must be a callable"),
        ("LOCATION", "tests.absent", "cannot be imported"),
    ],
)
def test_bad_limits_stop_start_up_and_are_named(
    settings: Settings, name: str, value: Any, problem: str
) -> None:
    settings.TEGATA = {name: value}
    with pytest.raises(ImproperlyConfigured, match=rf"^TEGATA\['{name}'\]") as raised:
        conf.current()
    assert problem in str(raised.value)


def test_no_log_says_where_somebody_is(
    user: Any, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.TEGATA = {"STORE_ADDRESS": False}
    with caplog.at_level(logging.DEBUG, "tegata"):
        JSONClient().post("auth/login/", {**BODY, "password": "wrong"})
    assert "127.0.0.1" not in caplog.text
