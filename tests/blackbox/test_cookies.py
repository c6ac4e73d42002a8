"""Tokens in cookies, and who may act with them: over HTTP, on every host."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.cookies import SimpleCookie
from typing import Any

import httpx
import pytest

from tests.blackbox.client import (
    ADMIN,
    ADMIN_PASSWORD,
    PASSWORD,
    USER,
    Browser,
    Person,
    claims_of,
    code,
)


@pytest.fixture
def browser(base_url: str) -> Iterator[Browser]:
    """Somebody has logged in in it."""
    opened = Browser(base_url).log_in()
    yield opened
    opened.http.close()


def set_cookies(answer: httpx.Response) -> dict[str, dict[str, Any]]:
    """What an answer sets, by name: the attributes, and whether it clears."""
    found = {}
    for line in answer.headers.get_list("Set-Cookie"):
        for name, cookie in SimpleCookie(line).items():
            if "csrf" not in name and not name.startswith("demo"):
                names = ("path", "domain", "secure", "httponly", "samesite")
                found[name] = {each: cookie[each] for each in names}
                found[name]["is_cleared"] = cookie.value == "" and cookie["max-age"] == "0"
    return found


def test_a_browser_logs_in_is_known_refreshes_and_logs_out(base_url: str) -> None:
    browser = Browser(base_url).open_page()

    login = browser.post("auth/login/", {"username": USER, "password": PASSWORD})
    assert login.status_code == 200
    assert login.headers["Cache-Control"] == "no-store"
    assert set(login.json()) == {"expires_in"}
    tokens = browser.cookies
    assert set(tokens) == {"access_token", "refresh_token"}
    assert not any(token in login.text for token in tokens.values())
    given = set_cookies(login)
    for name, cookie in given.items():
        assert cookie["httponly"] is True
        assert cookie["samesite"] == "Lax"
        assert cookie["path"] == ("/api/auth/" if "refresh" in name else "/")
        # The demo is served without TLS. A prefix goes with `Secure`, and only with it.
        assert name.startswith("__") is bool(cookie["secure"])

    profile = browser.get("profile/")
    assert profile.json()["username"] == USER
    assert "Cookie" in profile.headers["Vary"]
    assert browser.get("ping/").json()["session_id"] == profile.json()["session_id"]

    refreshed = browser.post("auth/refresh/")
    assert (refreshed.status_code, set(refreshed.json())) == (200, {"expires_in"})
    assert set_cookies(refreshed) == given
    assert claims_of(browser.cookies["refresh_token"])["generation"] == 2
    assert browser.get("profile/").json() == profile.json()

    access = browser.cookies["access_token"]
    logout = browser.post("auth/logout/")
    assert logout.status_code == 200
    # By the same attributes: a browser would keep it otherwise.
    assert set_cookies(logout) == {
        name: {**cookie, "is_cleared": True} for name, cookie in given.items()
    }
    assert browser.cookies == {}
    assert code(browser.get("profile/")) == (401, "missing_token")
    stolen = httpx.get(
        f"{base_url}/api/profile/", headers={"Authorization": f"Bearer {access}"}, timeout=30
    )
    assert code(stolen) == (401, "session_expired")


def test_the_refresh_token_goes_to_the_auth_routes_alone(browser: Browser) -> None:
    def sent(path: str) -> str:
        request = browser.http.build_request("GET", path)
        return str(request.headers.get("Cookie", ""))

    assert "refresh_token=" not in sent("profile/")
    assert "refresh_token=" in sent("auth/logout/")


def forged(base_url: str, token: str) -> list[dict[str, str]]:
    """What a page elsewhere can have a browser send, and what one of ours sends by mistake."""
    proof = {"X-CSRFToken": token}
    return [
        {},
        {"Origin": base_url},
        {**proof, "Origin": "https://evil.test"},
        {**proof, "Origin": f"{base_url}.evil.test"},
        {**proof, "Origin": f"{base_url}0"},
        {**proof, "Origin": base_url.replace("http:", "https:")},
        {**proof, "Origin": "null"},
        {**proof, "Sec-Fetch-Site": "cross-site"},
        {**proof, "Sec-Fetch-Site": "same-site"},
        {"Origin": base_url, "X-CSRFToken": "x" * 32},
    ]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "set-theme/"),
        ("POST", "auth/refresh/"),
        ("POST", "auth/logout/"),
        ("POST", "auth/logout/all/"),
        ("DELETE", "auth/sessions/x/"),
    ],
)
def test_a_page_elsewhere_changes_nothing(browser: Browser, method: str, path: str) -> None:
    before = browser.cookies
    for headers in forged(browser.origin, browser.csrf_token):
        answer = browser.http.request(method, path, json={"theme": "dark"}, headers=headers)
        assert code(answer) == (403, "csrf_failed"), headers
        assert set_cookies(answer) == {}
    assert browser.cookies == before
    assert browser.get("profile/").status_code == 200


def test_a_page_elsewhere_logs_nobody_in(base_url: str) -> None:
    victim = Browser(base_url).open_page()
    body = {"username": USER, "password": PASSWORD}
    for headers in forged(base_url, victim.csrf_token):
        answer = victim.http.post("auth/login/", json=body, headers=headers)
        # With tokens in the header too, a client without the CSRF token is no page: it is given
        # them, and the browser nothing.
        assert set_cookies(answer) == {}
        assert code(answer) == (403, "csrf_failed") or "X-CSRFToken" not in headers
    assert victim.cookies == {}


def test_of_a_header_and_a_cookie_the_header_counts(browser: Browser, base_url: str) -> None:
    admin = Person(base_url).log_in(ADMIN, ADMIN_PASSWORD)

    both = browser.http.get("profile/", headers=admin.credentials)
    assert both.json()["username"] == ADMIN
    # A token in the header is never subject to CSRF.
    evil = {**admin.credentials, "Origin": "https://evil.test"}
    answer = browser.http.post("set-theme/", json={"theme": "dark"}, headers=evil)
    assert answer.json() == {"theme": "dark"}
    bad = {"Authorization": "Bearer no.to.ken"}
    assert code(browser.http.get("profile/", headers=bad)) == (401, "invalid_token")

    assert browser.http.post("auth/logout/", headers=admin.credentials).status_code == 200
    assert code(admin.get("profile/")) == (401, "session_expired")
    assert browser.get("profile/").json()["username"] == USER


def test_two_tabs_that_refresh_at_once_stay_signed_in(browser: Browser) -> None:
    cookies = dict(browser.http.cookies)

    def refresh(_: int) -> int:
        # A tab sends what the browser has at that moment.
        answer = httpx.post(
            f"{browser.origin}/api/auth/refresh/", cookies=cookies, headers=browser.page, timeout=30
        )
        return answer.status_code

    with ThreadPoolExecutor(2) as tabs:
        assert list(tabs.map(refresh, range(2))) == [200, 200]
    assert browser.get("profile/").status_code == 200


def test_a_session_that_was_ended_elsewhere_clears_the_cookies(
    browser: Browser, base_url: str
) -> None:
    phone = Browser(base_url, "phone").log_in()
    assert phone.post("auth/logout/others/").status_code == 200

    assert code(browser.get("profile/")) == (401, "session_expired")
    answer = browser.post("auth/refresh/")
    assert code(answer) == (401, "session_expired")
    assert all(each["is_cleared"] for each in set_cookies(answer).values())
    assert browser.cookies == {}


@pytest.mark.parametrize("value", ["no.to.ken", "x" * 3000, "%00", '"', "é".encode()])
def test_any_cookie_is_refused_and_never_an_error(base_url: str, value: Any) -> None:
    browser = Browser(base_url).log_in()
    names = list(browser.http.cookies.keys())
    browser.http.cookies.clear()
    raw = value if isinstance(value, bytes) else value.encode()
    sent = b"; ".join(name.encode() + b"=" + raw for name in names if "csrf" not in name)

    answer = browser.http.get("profile/", headers=[(b"Cookie", sent)])
    assert code(answer) in {(401, "invalid_token"), (401, "missing_token")}
    answer = browser.http.post("auth/refresh/", headers=[(b"Cookie", sent)])
    assert code(answer) == (403, "csrf_failed")
