"""`JWTAuth(session_check=…)` beside the site's settings: what cannot be is named at once."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.test import Client, RequestFactory

from tegata import APIError, JWTAuth, conf
from tegata._tegata import session_checks
from tests.django.helpers import log_in

EVERY_CHECK = ("request", "cache", "user", "refresh", "off")


@pytest.mark.parametrize("unknown", ["", "Request", "always", 5, True, ["request"], b"request"])
def test_an_unknown_check_lists_the_known_ones(unknown: Any) -> None:
    with pytest.raises(ImproperlyConfigured) as raised:
        JWTAuth(session_check=unknown)

    assert str(raised.value) == (
        "session_check must be one of 'request', 'cache', 'user', 'refresh', 'off', "
        f"not {unknown!r}."
    )


@pytest.mark.parametrize("check", ["request", "cache"])
def test_a_view_cannot_look_at_rows_that_the_site_does_not_keep(tegata: Any, check: str) -> None:
    tegata(SESSION_CHECK="off", SESSION_CACHE="default")

    with pytest.raises(ImproperlyConfigured) as raised:
        JWTAuth(session_check=check)

    assert str(raised.value) == (
        f"session_check='{check}' needs rows of sessions, and TEGATA['SESSION_CHECK'] is 'off'."
    )


@pytest.mark.parametrize("of_site", ["request", "user", "refresh"])
def test_a_view_cannot_look_at_a_cache_that_nobody_tells_of_ends(tegata: Any, of_site: str) -> None:
    tegata(SESSION_CHECK=of_site)

    with pytest.raises(ImproperlyConfigured, match=r"^session_check='cache' needs TEGATA\['SESS"):
        JWTAuth(session_check="cache")

    tegata(SESSION_CHECK=of_site, SESSION_CACHE="default")
    assert JWTAuth(session_check="cache").session_check == "cache"


@pytest.mark.parametrize("of_site", EVERY_CHECK)
def test_a_view_may_ask_for_anything_else(tegata: Any, of_site: str) -> None:
    tegata(SESSION_CHECK=of_site, SESSION_CACHE="default")
    possible = {"user", "refresh", "off"} if of_site == "off" else set(session_checks())

    assert {check for check in EVERY_CHECK if _can_be_made(check)} == possible
    # By itself a view does as the site does.
    assert JWTAuth().session_check is None


def _can_be_made(check: str) -> bool:
    try:
        JWTAuth(session_check=check)
    except ImproperlyConfigured:
        return False
    return True


def test_the_check_is_given_by_name() -> None:
    with pytest.raises(TypeError):
        JWTAuth("user")  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("given", "alias"),
    [
        ({}, None),
        ({"SESSION_CHECK": "user"}, None),
        ({"SESSION_CHECK": "cache"}, "default"),
        ({"SESSION_CHECK": "cache", "SESSION_CACHE": None}, "default"),
        ({"SESSION_CHECK": "cache", "SESSION_CACHE": "shared"}, "shared"),
        ({"SESSION_CACHE": "shared"}, "shared"),
    ],
)
def test_the_cache_of_a_site(settings: Any, given: dict[str, Any], alias: str | None) -> None:
    local = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    settings.CACHES = {"default": local, "shared": local}
    settings.TEGATA = given

    assert alias == conf.current().SESSION_CACHE


def test_a_cache_that_is_taken_away_is_named(settings: Any) -> None:
    settings.TEGATA = {"SESSION_CHECK": "cache", "SESSION_CACHE": "shared"}

    with pytest.raises(ImproperlyConfigured) as raised:
        conf.engine()

    assert str(raised.value) == (
        "TEGATA['SESSION_CACHE'] must be one of CACHES ('default'), or None."
    )


@pytest.mark.django_db
@pytest.mark.parametrize("check", ["request", "cache"])
def test_a_gate_from_before_a_change_of_settings_lets_nobody_in_by_mistake(
    ada: Any, client: Client, rf: RequestFactory, tegata: Any, check: str
) -> None:
    tegata(SESSION_CACHE="default")
    gate = JWTAuth(session_check=check)
    tegata(SESSION_CHECK="off")
    access_token = log_in(client)["access_token"]
    request: HttpRequest = rf.get("/")

    with pytest.raises(APIError) as refused:
        gate.authenticate(request, access_token)

    assert refused.value.error_code == "session_not_found"


@pytest.mark.django_db
def test_a_gate_without_a_check_of_its_own_follows_the_settings(
    ada: Any, client: Client, rf: RequestFactory, tegata: Any, django_assert_num_queries: Any
) -> None:
    gate = JWTAuth()
    access_token = log_in(client)["access_token"]

    for check, queries in (("request", 1), ("refresh", 0), ("user", 1)):
        tegata(SESSION_CHECK=check)
        with django_assert_num_queries(queries):
            assert gate.authenticate(rf.get("/"), access_token).claims.user_id == ada.pk
