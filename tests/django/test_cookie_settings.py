"""Settings about cookies: what browsers would not keep stops start-up, and what a site may overlook
is told by the system checks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from tegata import checks, conf
from tests.django.helpers import run_python


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"COOKIE_SAMESITE": "None", "COOKIE_SECURE": False},
            r"^TEGATA\['COOKIE_SAMESITE'\] must not be 'None' for cookies without Secure",
        ),
        ({"ACCESS_COOKIE_NAME": "a b"}, r"^TEGATA\['ACCESS_COOKIE_NAME'\] must be letters"),
        (
            {"ACCESS_COOKIE_NAME": "__Host-a", "COOKIE_DOMAIN": "example.org"},
            r"^TEGATA\['ACCESS_COOKIE_NAME'\] must not begin with '__Host-'",
        ),
        (
            {"REFRESH_COOKIE_NAME": "__Host-a"},
            r"^TEGATA\['REFRESH_COOKIE_NAME'\] must not begin with '__Host-'",
        ),
        (
            {"REFRESH_COOKIE_NAME": "__Secure-a", "COOKIE_SECURE": False},
            r"^TEGATA\['REFRESH_COOKIE_NAME'\] must not begin with '__Secure-'",
        ),
        (
            {"ACCESS_COOKIE_NAME": "a", "REFRESH_COOKIE_NAME": "a"},
            r"^TEGATA\['REFRESH_COOKIE_NAME'\] must differ",
        ),
        ({"COOKIE_DOMAIN": "https://example.org"}, r"^TEGATA\['COOKIE_DOMAIN'\] is no domain"),
    ],
)
def test_what_browsers_would_not_keep_is_named(settings: dict[str, Any], message: str) -> None:
    with override_settings(TEGATA=settings), pytest.raises(ImproperlyConfigured, match=message):
        conf.cookies()


@pytest.mark.parametrize("transport", ["cookie", "both"])
def test_refresh_transport_is_for_sites_with_access_tokens_in_the_header(transport: str) -> None:
    settings = {"TRANSPORT": transport, "REFRESH_TRANSPORT": "cookie"}
    with (
        override_settings(TEGATA=settings),
        pytest.raises(ImproperlyConfigured, match=r"^TEGATA\['REFRESH_TRANSPORT'\] is for sites"),
    ):
        conf.current()


def test_a_mistake_stops_start_up(tmp_path: Path) -> None:
    # In DEBUG, cookies are not Secure.
    site = 'from tests.settings import *\nDEBUG = True\nTEGATA = {"COOKIE_SAMESITE": "None"}\n'
    Path(tmp_path, "broken_site.py").write_text(site)

    done = run_python(
        "-c", "import django; django.setup()", settings="broken_site", path=[tmp_path]
    )

    assert done.returncode == 1
    assert "TEGATA['COOKIE_SAMESITE'] must not be 'None'" in done.stderr.splitlines()[-1]


def test_secure_unless_debug() -> None:
    for debug, given, is_secure in (
        (False, None, True),
        (True, None, False),
        (True, True, True),
        (False, False, False),
    ):
        with override_settings(DEBUG=debug, TEGATA={"COOKIE_SECURE": given}):
            assert conf.cookies().access().secure is is_secure


def ids(messages: list[Any]) -> list[str]:
    """What a check found."""
    return [message.id for message in messages]


WITH_COOKIES = [{"TRANSPORT": "cookie"}, {"TRANSPORT": "both"}, {"REFRESH_TRANSPORT": "cookie"}]
with_cookies = pytest.mark.parametrize("tegata", WITH_COOKIES)


@with_cookies
def test_w030_an_origin_that_names_many(tegata: dict[str, Any]) -> None:
    for origins, found in (
        (["https://app.example.org", "http://localhost:3000"], []),
        (["https://*.example.org"], ["tegata.W030"]),
        (["https://app.example.org/"], ["tegata.W030"]),
    ):
        with override_settings(CSRF_TRUSTED_ORIGINS=origins, TEGATA=tegata):
            assert ids(checks.check_cookies(None)) == found
        with override_settings(CSRF_TRUSTED_ORIGINS=origins, TEGATA={}):
            assert ids(checks.check_cookies(None)) == []


@with_cookies
def test_w031_a_csrf_cookie_that_stays_at_home(tegata: dict[str, Any]) -> None:
    tegata = {**tegata, "COOKIE_SAMESITE": "None"}
    with override_settings(TEGATA=tegata):
        assert ids(checks.check_cookies(None)) == ["tegata.W031"]
    with override_settings(TEGATA=tegata, CSRF_COOKIE_SAMESITE="None"):
        assert ids(checks.check_cookies(None)) == []


@with_cookies
def test_w032_cookies_over_plain_http(tegata: dict[str, Any]) -> None:
    with override_settings(TEGATA={**tegata, "COOKIE_SECURE": False}):
        assert "tegata.W032" in ids(checks.check_cookies_in_production(None))
    with override_settings(TEGATA=tegata):
        assert "tegata.W032" not in ids(checks.check_cookies_in_production(None))


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ({}, 0),
        ({"ACCESS_COOKIE_NAME": "my_Token", "REFRESH_COOKIE_NAME": "secret"}, 0),
        ({"ACCESS_COOKIE_NAME": "__Host-jwt"}, 1),
        ({"ACCESS_COOKIE_NAME": "jwt", "REFRESH_COOKIE_NAME": "refresh"}, 2),
    ],
)
def test_w034_error_reports_that_show_a_cookie(
    settings: Any, names: dict[str, str], found: int
) -> None:
    settings.TEGATA = {"TRANSPORT": "cookie", **names}
    assert ids(checks.check_cookies_in_production(None)).count("tegata.W034") == found


def test_w033_caches_that_are_not_told(settings: Any) -> None:
    for tegata, found in (
        ({}, []),
        ({"REFRESH_TRANSPORT": "cookie"}, []),
        ({"TRANSPORT": "cookie"}, ["tegata.W033"]),
        ({"TRANSPORT": "both"}, ["tegata.W033"]),
    ):
        settings.TEGATA = tegata
        assert ids(checks.check_cookies_in_production(None)) == found
    settings.MIDDLEWARE = ["tegata.middleware.vary_on_token_cookie", *settings.MIDDLEWARE]
    assert ids(checks.check_cookies_in_production(None)) == []
