"""What docs/guides/browsers.md says."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.core import signing
from django.test import Client, override_settings

from tegata import checks, conf
from tests.docs.checks.helpers import PASSWORD, code_of, new_user
from tests.docs.pages import DOCS

pytestmark = pytest.mark.django_db
PAGE = (DOCS / "guides" / "browsers.md").read_text()
OWN = "http://testserver"


class Page:
    """A page of the site, or of another origin, in a browser."""

    def __init__(self, origin: str = OWN, **defaults: Any) -> None:
        self.client = Client(enforce_csrf_checks=True, **defaults)
        self.headers = {"Origin": origin}
        answer = self.get("auth/csrf/")
        self.headers["X-CSRFToken"] = answer.json()["csrf_token"]

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/{path}", headers=self.headers)

    def post(self, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        sent = self.headers if headers is None else headers
        return self.client.post(f"/api/{path}", body or {}, "application/json", headers=sent)

    def log_in(self) -> Any:
        answer = self.post("auth/login/", {"username": "alice", "password": PASSWORD})
        assert answer.status_code == 200, answer.content
        return answer


def test_cookies() -> None:
    new_user()
    page = Page()
    answer = page.log_in()
    assert answer.json() == {"expires_in": 300}
    assert set(answer.cookies) == {"access_token", "refresh_token"}
    assert all(each["httponly"] for each in answer.cookies.values())
    told = page.get("profile/")
    assert told.json() == {"username": "alice"}
    assert "Cookie" in told.headers["Vary"]
    assert "Cookie" in Client().get("/api/profile/").headers["Vary"]
    assert code_of(page.post("auth/logout/", headers={"Origin": OWN})) == (403, "csrf_failed")
    for elsewhere in ("https://evil.test", f"{OWN}.evil.test", "null"):
        answer = page.post("auth/logout/", headers={**page.headers, "Origin": elsewhere})
        assert code_of(answer) == (403, "csrf_failed")
    # The token of before the login is good after it.
    assert page.post("auth/logout/").status_code == 200
    assert code_of(page.get("profile/")) == (401, "missing_token")


def test_refresh() -> None:
    new_user()
    page = Page()
    page.log_in()
    assert page.post("auth/refresh/").json() == {"expires_in": 300}
    page.post("auth/logout/all/")
    other = Page()
    other.log_in()
    refresh = other.client.cookies["refresh_token"].value
    other.post("auth/logout/")
    other.client.cookies["refresh_token"] = refresh
    answer = other.post("auth/refresh/")
    assert code_of(answer) == (401, "session_expired")
    assert {each.value for each in answer.cookies.values()} == {""}


def test_names() -> None:
    with override_settings(DEBUG=False):
        named = conf.cookies()
        for cookie in (named.access(), named.refresh("/")):
            assert f"`{cookie.name}`" in PAGE
            assert cookie.secure
    with override_settings(DEBUG=False, TEGATA={"COOKIE_DOMAIN": "example.org"}):
        assert f"`{conf.cookies().access().name}`" in PAGE
    assert not conf.cookies().access().fits("x" * 4096)


def test_both() -> None:
    new_user()
    client = Client(enforce_csrf_checks=True)
    body = {"username": "alice", "password": PASSWORD}
    answer = client.post("/api/auth/login/", body, "application/json")
    assert answer.json().keys() == {"access_token", "refresh_token"}
    assert not answer.cookies
    page = Page()
    assert page.log_in().json() == {"expires_in": 300}
    header = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    assert page.client.get("/api/profile/", headers=header).status_code == 200
    bad = {"Authorization": "Bearer x.y.z"}
    assert code_of(page.client.get("/api/profile/", headers=bad)) == (401, "invalid_token")
    basic = {"Authorization": "Basic YTpi"}
    assert page.client.get("/api/profile/", headers=basic).status_code == 200
    assert page.post("auth/logout/", headers=header).status_code == 200
    assert page.get("profile/").status_code == 200


def test_views_that_say_for_themselves() -> None:
    new_user()
    page = Page()
    page.log_in()
    assert page.post("by-page/").json() == "a page of the site"
    assert code_of(page.post("by-app/")) == (401, "missing_token")
    token = Client().post(
        "/api/auth/login/", {"username": "alice", "password": PASSWORD}, "application/json"
    )
    header = {"Authorization": f"Bearer {token.json()['access_token']}"}
    assert page.post("by-app/", headers=header).json() == "an app"
    assert code_of(Page().post("by-page/", headers=header)) == (401, "missing_token")


def test_refresh_token_alone() -> None:
    new_user()
    page = Page()
    answer = page.log_in()
    assert answer.json().keys() == {"access_token"}
    assert set(answer.cookies) == {"refresh_token"}
    header = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    assert page.client.get("/api/profile/", headers=header).status_code == 200
    assert code_of(page.post("auth/refresh/", headers=header)) == (403, "csrf_failed")
    assert page.post("auth/refresh/").json().keys() == {"access_token"}


def with_credentials(answer: Any, origin: str) -> bool:
    """Whether a browser lets a page of that origin see the answer to a call with cookies."""
    allowed = answer.headers.get("Access-Control-Allow-Origin") == origin
    return bool(allowed and answer.headers.get("Access-Control-Allow-Credentials") == "true")


def asks_first(origin: str) -> Any:
    """What a browser asks before a page of another origin may send what a form cannot."""
    return Client().options(
        "/api/auth/login/",
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type,x-csrftoken",
        },
    )


def check_cors(origin: str) -> Page:
    preflight = asks_first(origin)
    assert with_credentials(preflight, origin)
    assert "x-csrftoken" in preflight.headers["Access-Control-Allow-Headers"]
    new_user()
    page = Page(origin)
    assert with_credentials(page.get("auth/csrf/"), origin)
    assert with_credentials(page.log_in(), origin)
    assert page.get("profile/").json() == {"username": "alice"}
    assert page.post("auth/refresh/").status_code == 200
    for elsewhere in ("https://evil.test", f"{origin}.evil.test", origin.replace("https", "http")):
        assert not with_credentials(asks_first(elsewhere), elsewhere)
        answer = page.post("auth/refresh/", headers={**page.headers, "Origin": elsewhere})
        assert code_of(answer) == (403, "csrf_failed")
        assert not with_credentials(answer, elsewhere)
    return page


def test_a_page_of_the_same_site() -> None:
    page = check_cors("https://app.example.org")
    assert page.client.cookies["refresh_token"]["samesite"] == "Lax"
    assert checks.check_cookies(None) == []
    with override_settings(CSRF_TRUSTED_ORIGINS=["https://*.example.org"]):
        assert [each.id for each in checks.check_cookies(None)] == ["tegata.W030"]


def test_a_page_of_another_site() -> None:
    page = check_cors("https://app.example.net")
    for cookie in page.client.cookies.values():
        assert (cookie["samesite"], cookie["secure"]) == ("None", True)
    assert settings.CSRF_COOKIE_SAMESITE == "None"
    assert checks.check_cookies(None) == []


def test_log_in_by_link() -> None:
    new_user()
    key = signing.dumps("alice", salt="log-in-by-link")
    page = Page("https://app.example.net")
    where = f"log-in-by-link/?key={key}"
    assert code_of(page.post(where, headers={})) == (403, "csrf_failed")
    assert code_of(page.post("log-in-by-link/?key=x")) == (401, "invalid_credentials")
    answer = page.post(where)
    assert answer.status_code == 204
    assert {each["path"] for each in answer.cookies.values()} == {"/", "/api/auth/"}
    assert page.get("profile/").status_code == 200
    assert page.post("auth/refresh/").status_code == 200
