"""A cookie acts only with proof that a page of the site asks for it (CSRF), and logs nobody in."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpRequest
from django.test import AsyncClient, Client
from pytest_django import Settings

from tegata import JWTAuth
from tegata.models import Session
from tests.ninja.browser import ACCESS, OWN, Browser
from tests.ninja.helpers import PASSWORD, JSONClient, assert_refused, new_api

EVIL = "https://evil.test"


@pytest.fixture(autouse=True)
def _by_cookie(settings: Settings, serve: Any) -> None:
    settings.TEGATA = {"TRANSPORT": "cookie"}
    api = new_api()

    @api.api_operation(["POST", "PUT", "PATCH", "DELETE"], "act/", auth=JWTAuth())
    def act(request: HttpRequest) -> str:
        return "done"

    @api.api_operation(["POST", "PUT", "PATCH", "DELETE"], "aact/", auth=JWTAuth())
    async def aact(request: HttpRequest) -> str:
        return "done"

    @api.get("look/", auth=JWTAuth())
    def look(request: HttpRequest) -> str:
        return "seen"

    serve(api)


@pytest.fixture
def browser(user: Any) -> Browser:
    """A browser in which Alice has logged in."""
    browser = Browser()
    browser.log_in()
    return browser


# What pages elsewhere, and pages of ours without the token, can have a browser send.
FORGED: dict[str, dict[str, str]] = {
    "nothing": {},
    "our origin, no token": {"Origin": OWN},
    "another origin": {"Origin": EVIL},
    "another origin with the token": {"Origin": EVIL, "X-CSRFToken": "<token>"},
    "ours with something behind": {"Origin": f"{OWN}.evil.test", "X-CSRFToken": "<token>"},
    "ours at another port": {"Origin": f"{OWN}:8443", "X-CSRFToken": "<token>"},
    "ours by another scheme": {"Origin": "https://testserver", "X-CSRFToken": "<token>"},
    "a sandboxed frame": {"Origin": "null", "X-CSRFToken": "<token>"},
    "an empty origin": {"Origin": "", "X-CSRFToken": "<token>"},
    "two origins": {"Origin": f"{OWN}, {EVIL}", "X-CSRFToken": "<token>"},
    "a browser that says cross-site": {"Sec-Fetch-Site": "cross-site", "X-CSRFToken": "<token>"},
    "a subdomain": {"Sec-Fetch-Site": "same-site", "X-CSRFToken": "<token>"},
    "our origin, called cross-site": {
        "Origin": OWN,
        "Sec-Fetch-Site": "cross-site",
        "X-CSRFToken": "<token>",
    },
    "a token of nobody": {"Origin": OWN, "X-CSRFToken": "x" * 64},
    "a token that is none": {"Origin": OWN, "X-CSRFToken": "\xe9"},
}
every_forgery = pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)


def with_token(headers: dict[str, str], browser: Browser) -> dict[str, str]:
    """The headers, with the browser's own token where they have one."""
    token = browser.page.get("X-CSRFToken", "")
    return {name: value.replace("<token>", token) for name, value in headers.items()}


@pytest.mark.parametrize("where", ["act/", "aact/"])
@every_forgery
def test_a_forged_request_is_refused(browser: Browser, where: str, forged: dict[str, str]) -> None:
    answer = browser.post(where, headers=with_token(forged, browser))

    assert_refused(answer, 403, "csrf_failed")


@pytest.mark.parametrize("where", ["act/", "aact/"])
@pytest.mark.parametrize(
    "page",
    [
        {"Origin": OWN},
        {"Origin": OWN, "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "same-origin"},
        # No browser: nobody's cookies are being used behind their back.
        {},
    ],
)
def test_a_page_of_the_site_acts(browser: Browser, where: str, page: dict[str, str]) -> None:
    headers = {**page, "X-CSRFToken": browser.page["X-CSRFToken"]}

    assert browser.post(where, headers=headers).json() == "done"


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
@pytest.mark.parametrize("where", ["act/", "aact/"])
def test_every_unsafe_method_is_guarded(browser: Browser, method: str, where: str) -> None:
    act = getattr(browser.django, method)

    assert_refused(act(f"/api/{where}"), 403, "csrf_failed")
    assert act(f"/api/{where}", headers=browser.page).json() == "done"


@every_forgery
def test_looking_needs_no_proof(browser: Browser, forged: dict[str, str]) -> None:
    assert browser.get("look/", **with_token(forged, browser)).json() == "seen"


@pytest.mark.parametrize(
    "where",
    ["auth/refresh/", "auth/logout/", "auth/logout/all/", "auth/logout/others/", "auth/password/"],
)
@every_forgery
def test_auth_routes_are_guarded(browser: Browser, where: str, forged: dict[str, str]) -> None:
    body = {"current_password": PASSWORD, "new_password": "another staple of horses"}

    answer = browser.post(where, body, headers=with_token(forged, browser))

    assert_refused(answer, 403, "csrf_failed")
    assert not answer.cookies
    assert Session.objects.get().generation == 1
    assert Session.objects.get().expired_at is None


@every_forgery
def test_nobody_is_logged_in_by_a_page_elsewhere(user: Any, forged: dict[str, str]) -> None:
    victim = Browser().open_page()
    body = {"username": "alice", "password": PASSWORD}

    answer = victim.post("auth/login/", body, headers=with_token(forged, victim))

    assert_refused(answer, 403, "csrf_failed")
    assert not answer.cookies
    assert not Session.objects.exists()


def test_a_forged_login_is_no_guess(user: Any, settings: Settings) -> None:
    settings.TEGATA = {**settings.TEGATA, "LOGIN_THROTTLE": "1/d"}
    victim = Browser()
    for _ in range(3):
        answer = victim.post("auth/login/", {"username": "alice", "password": "x"}, headers={})
        assert_refused(answer, 403, "csrf_failed")

    victim.log_in()


def test_nothing_is_noted_for_a_forged_request(browser: Browser) -> None:
    browser.post("auth/refresh/")
    before = Session.objects.values().get()

    assert_refused(browser.post("act/", headers={"Origin": EVIL}), 403, "csrf_failed")

    assert Session.objects.values().get() == before


def test_a_form_of_the_site_may_send_the_token_as_a_field(browser: Browser) -> None:
    field = {"csrfmiddlewaretoken": browser.page["X-CSRFToken"]}

    answer = browser.django.post("/api/act/", field, headers={"Origin": OWN})

    assert answer.json() == "done"
    assert_refused(
        browser.django.post("/api/act/", field, headers={"Origin": EVIL}), 403, "csrf_failed"
    )


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"--x", "multipart/form-data; boundary=\xff"),
        (b"--x", "multipart/form-data"),
        (b"a=%ff", "application/x-www-form-urlencoded; charset=nothing"),
        (b"&".join(b"a=1" for _ in range(2000)), "application/x-www-form-urlencoded"),
        (b"a=" + b"x" * 3_000_000, "application/x-www-form-urlencoded"),
    ],
)
@pytest.mark.parametrize("where", ["act/", "aact/", "auth/password/", "auth/logout/all/"])
def test_a_form_that_cannot_be_read_is_no_error_of_the_server(
    browser: Browser, body: bytes, media_type: str, where: str
) -> None:
    answer = browser.django.generic(
        "POST", f"/api/{where}", body, media_type, headers={"Origin": OWN}
    )

    assert_refused(answer, 403, "csrf_failed")


@pytest.mark.parametrize("media_type", ["multipart/form-data; boundary=x", "text/plain"])
def test_a_form_of_the_site_changes_no_password(browser: Browser, media_type: str) -> None:
    answer = browser.django.post(
        "/api/auth/password/", b"--x--\r\n\r\nx", media_type, headers=browser.page
    )

    assert_refused(answer, 415, "unsupported_media_type")


def test_a_trusted_origin_is_trusted_whole(browser: Browser, settings: Settings) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://app.example.org", "https://*.example.net"]
    token = browser.page["X-CSRFToken"]

    for origin in ("https://app.example.org", "https://app.example.org:443"):
        headers = {"Origin": origin, "X-CSRFToken": token, "Sec-Fetch-Site": "cross-site"}
        answer = browser.post("act/", headers=headers)
        # Django's own check knows one spelling only.
        expected = 200 if origin in settings.CSRF_TRUSTED_ORIGINS else 403
        assert answer.status_code == expected
    for origin in (
        "http://app.example.org",
        "https://app.example.org.evil.test",
        "https://app.example.org:8443",
        "https://x.app.example.org",
        # Whoever has any of them would have all.
        "https://app.example.net",
    ):
        answer = browser.post("act/", headers={"Origin": origin, "X-CSRFToken": token})
        assert_refused(answer, 403, "csrf_failed")


def test_over_tls_a_request_without_an_origin_needs_a_referer_as_django_has_it(
    browser: Browser,
) -> None:
    token = {"X-CSRFToken": browser.page["X-CSRFToken"]}
    post = browser.django.post

    assert_refused(post("/api/act/", secure=True, headers=token), 403, "csrf_failed")
    headers = {**token, "Referer": "https://testserver/"}
    assert post("/api/act/", secure=True, headers=headers).json() == "done"
    headers = {**token, "Origin": "https://testserver"}
    assert post("/api/act/", secure=True, headers=headers).json() == "done"


def test_without_djangos_middleware_the_check_is_made_all_the_same(
    settings: Settings, user: Any
) -> None:
    settings.MIDDLEWARE = [each for each in settings.MIDDLEWARE if "Csrf" not in each]
    browser = Browser()
    browser.log_in()

    assert_refused(browser.post("act/", headers={"Origin": OWN}), 403, "csrf_failed")
    assert browser.post("act/").json() == "done"


@pytest.mark.parametrize("where", ["act/", "aact/"])
def test_the_token_may_lie_in_djangos_session(settings: Settings, user: Any, where: str) -> None:
    settings.CSRF_USE_SESSIONS = True
    browser = Browser()
    browser.log_in()

    assert "csrftoken" not in browser.django.cookies
    assert_refused(browser.post(where, headers={"Origin": OWN}), 403, "csrf_failed")
    assert browser.post(where).json() == "done"


@pytest.mark.django_db(transaction=True)
async def test_the_token_may_lie_in_djangos_session_under_asgi(
    settings: Settings, user: Any
) -> None:
    from asgiref.sync import sync_to_async

    settings.CSRF_USE_SESSIONS = True
    browser = Browser()
    await sync_to_async(browser.log_in)()
    client = AsyncClient(enforce_csrf_checks=True)
    client.cookies = browser.django.cookies

    assert_refused(await client.post("/api/aact/", headers={"Origin": OWN}), 403, "csrf_failed")
    assert (await client.post("/api/aact/", headers=browser.page)).json() == "done"


def test_csrf_gives_a_token_and_djangos_cookie_and_keeps_both(user: Any) -> None:
    browser = Browser()
    first = browser.get("auth/csrf/")

    assert first.headers["Cache-Control"] == "no-store"
    assert "Cookie" in first.headers["Vary"]
    assert first.json().keys() == {"csrf_token"}
    secret = browser.value("csrftoken")

    browser.log_in()
    assert browser.value("csrftoken") == secret
    # The token of before the login is good after it.
    headers = {"Origin": OWN, "X-CSRFToken": first.json()["csrf_token"]}
    assert browser.post("act/", headers=headers).json() == "done"


def test_what_the_page_lacks_is_said(browser: Browser) -> None:
    detail = assert_refused(browser.post("act/", headers={"Origin": OWN}), 403, "csrf_failed")
    assert "CSRF token" in detail

    detail = assert_refused(browser.post("act/", headers={"Origin": EVIL}), 403, "csrf_failed")
    assert EVIL not in detail


class TestBoth:
    """A header token is never subject to CSRF, and one user is never mixed with another."""

    @pytest.fixture(autouse=True)
    def _both(self, settings: Settings) -> None:
        settings.TEGATA = {"TRANSPORT": "both"}

    @every_forgery
    @pytest.mark.parametrize("where", ["act/", "aact/"])
    def test_a_token_in_the_header_needs_no_proof(
        self, user: Any, where: str, forged: dict[str, str]
    ) -> None:
        client = JSONClient(Client(enforce_csrf_checks=True))
        pair = client.log_in()
        headers = {name: value for name, value in forged.items() if "<token>" not in value}

        answer = client.django.post(
            f"/api/{where}", headers={**headers, "Authorization": f"Bearer {pair.access}"}
        )

        assert answer.json() == "done"

    def test_a_forged_login_plants_no_cookie_and_shows_nothing_but_to_its_client(
        self, user: Any
    ) -> None:
        victim = Browser().open_page()
        body = {"username": "alice", "password": PASSWORD}

        answer = victim.post("auth/login/", body, headers={"Origin": EVIL})
        assert answer.status_code == 200
        assert not answer.cookies
        headers = {"Origin": EVIL, "X-CSRFToken": victim.page["X-CSRFToken"]}
        assert_refused(victim.post("auth/login/", body, headers=headers), 403, "csrf_failed")

    def test_of_two_users_the_one_in_the_header_counts(
        self, browser: Browser, other_user: Any
    ) -> None:
        bob = JSONClient().log_in("bob")
        header = {"Authorization": f"Bearer {bob.access}"}

        [hers] = browser.get("auth/sessions/").json()
        [his] = browser.get("auth/sessions/", **header).json()
        assert hers["id"] != his["id"]
        assert his["id"] == bob.session_id

        answer = browser.post("auth/logout/", headers=header)
        assert answer.status_code == 200
        # Hers is not touched: not the row, not the cookies.
        assert not answer.cookies
        assert browser.get("look/").json() == "seen"
        ended = Session.objects.filter(expired_at__isnull=False)
        assert list(ended.values_list("id", flat=True)) == [bob.session_id]

    def test_a_refresh_token_in_the_body_counts_and_the_cookie_stays(
        self, browser: Browser, other_user: Any
    ) -> None:
        bob = JSONClient().log_in("bob")

        answer = browser.post("auth/refresh/", {"refresh_token": bob.refresh}, headers={})

        assert answer.json().keys() == {"access_token", "refresh_token"}
        assert not answer.cookies
        assert Session.objects.get(user__username="alice").generation == 1

    @pytest.mark.parametrize("header", ["Bearer no.to.ken", "Bearer ", "Bearer a, Bearer b"])
    def test_a_bad_token_in_the_header_is_not_made_good_by_the_cookie(
        self, browser: Browser, header: str
    ) -> None:
        assert_refused(browser.get("look/", Authorization=header), 401, "invalid_token")
        answer = browser.post("auth/logout/", headers={**browser.page, "Authorization": header})
        assert_refused(answer, 401, "invalid_token")
        assert Session.objects.get().expired_at is None

    def test_a_header_of_another_scheme_is_no_token(self, browser: Browser) -> None:
        # A staging site behind a password of its web server.
        assert browser.get("look/", Authorization="Basic YTpi").json() == "seen"
        answer = browser.post("act/", headers={"Authorization": "Basic YTpi"})
        assert_refused(answer, 403, "csrf_failed")


def test_a_cookie_does_not_show_in_a_refusal(browser: Browser, caplog: Any) -> None:
    answer = browser.post("act/", headers={"Origin": EVIL})

    assert browser.value(ACCESS) not in answer.content.decode()
    assert browser.value(ACCESS) not in caplog.text
