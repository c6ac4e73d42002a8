"""Tokens in cookies: where a login puts them, what a refresh and a logout make of them."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from ninja import NinjaAPI
from pytest_django import Settings

from tegata import cookies, sessions
from tegata.models import Session
from tests.ninja.browser import ACCESS, REFRESH, Browser, attributes
from tests.ninja.helpers import PASSWORD, JSONClient, assert_refused, claims_of, new_api, pair_of

AUTH = {"path": "/api/auth/", "domain": "", "secure": True, "httponly": True, "samesite": "Lax"}
SITE = {**AUTH, "path": "/"}


@pytest.fixture
def transport(request: pytest.FixtureRequest) -> str:
    """`cookie`, unless a test says otherwise."""
    return getattr(request, "param", "cookie")


@pytest.fixture(autouse=True)
def _by_cookie(settings: Settings, transport: str) -> None:
    settings.TEGATA = {"TRANSPORT": transport}


@pytest.fixture
def browser(user: Any) -> Browser:
    """A browser in which Alice has logged in."""
    browser = Browser()
    browser.log_in()
    return browser


either = pytest.mark.parametrize("transport", ["cookie", "both"], indirect=True)


@either
def test_a_login_puts_both_tokens_into_cookies_and_neither_into_its_answer(user: Any) -> None:
    answer = Browser().log_in()

    assert answer.json() == {"expires_in": 300}
    assert set(answer.cookies) == {ACCESS, REFRESH}
    assert attributes(answer.cookies[ACCESS]) == SITE
    assert attributes(answer.cookies[REFRESH]) == AUTH
    assert answer.cookies[ACCESS]["max-age"] == 300
    assert answer.cookies[REFRESH]["max-age"] == 14 * 24 * 3600
    assert claims_of(answer.cookies[ACCESS].value)["type"] == "access"
    assert claims_of(answer.cookies[REFRESH].value)["type"] == "refresh"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Cookie" in answer.headers["Vary"]


@pytest.mark.parametrize("where", ["profile/", "aprofile/"])
@either
def test_the_cookie_opens_views(browser: Browser, where: str) -> None:
    assert browser.get(where).json()["user"] == "alice"
    assert browser.get(where).json()["request_user"] == "alice"


def test_with_cookies_alone_a_token_in_the_header_is_none(browser: Browser) -> None:
    access = browser.value(ACCESS)

    assert_refused(JSONClient().get("profile/", access), 401, "missing_token")


def test_the_data_of_a_session_is_kept(browser: Browser) -> None:
    assert browser.post("set-theme/?theme=dark").status_code == 200
    assert Session.objects.get().data == {"theme": "dark"}


@either
def test_a_refresh_takes_the_cookie_and_gives_the_next(browser: Browser) -> None:
    before = browser.value(ACCESS), browser.value(REFRESH)

    answer = browser.post("auth/refresh/")

    assert answer.json() == {"expires_in": 300}
    assert {attributes(answer.cookies[name])["path"] for name in (ACCESS, REFRESH)} == {
        *("/", "/api/auth/")
    }
    assert not {browser.value(ACCESS), browser.value(REFRESH)} & set(before)
    assert claims_of(browser.value(REFRESH))["generation"] == 2
    assert browser.get("profile/").json()["generation"] == 2


@pytest.mark.parametrize("body", [{}, {"refresh_token": None}, {"refresh_token": "no.to.ken"}])
def test_with_cookies_alone_nothing_in_a_body_counts(browser: Browser, body: Any) -> None:
    assert browser.post("auth/refresh/", body).status_code == 200


def test_the_access_cookie_goes_when_its_token_does_and_the_refresh_cookie_stays(
    browser: Browser,
) -> None:
    browser.keep(access="")

    assert_refused(browser.get("profile/"), 401, "missing_token")
    assert browser.post("auth/refresh/").status_code == 200
    assert browser.get("profile/").status_code == 200


def test_two_tabs_that_refresh_at_once_both_go_on(browser: Browser) -> None:
    old = browser.value(REFRESH)
    assert browser.post("auth/refresh/").status_code == 200

    browser.keep(refresh=old)
    assert browser.post("auth/refresh/").status_code == 200

    assert claims_of(browser.value(REFRESH))["generation"] == 2
    assert browser.get("profile/").status_code == 200


def test_without_rotation_the_refresh_cookie_stays_as_it_is(settings: Settings, user: Any) -> None:
    settings.TEGATA = {**settings.TEGATA, "ROTATE_REFRESH_TOKENS": False}
    browser = Browser()
    browser.log_in()

    answer = browser.post("auth/refresh/")

    assert answer.status_code == 200
    assert set(answer.cookies) == {ACCESS}


def is_cleared(answer: Any) -> bool:
    """Whether both cookies go, by the very attributes with which they came (A9)."""
    assert set(answer.cookies) == {ACCESS, REFRESH}
    assert attributes(answer.cookies[ACCESS]) == SITE
    assert attributes(answer.cookies[REFRESH]) == AUTH
    return all(
        (each.value, each["max-age"]) == ("", 0) and each["expires"].startswith("Thu, 01 Jan 1970")
        for each in answer.cookies.values()
    )


@either
def test_a_logout_ends_the_session_and_clears_both_cookies(browser: Browser) -> None:
    access = browser.value(ACCESS)

    answer = browser.post("auth/logout/")

    assert answer.status_code == 200
    assert is_cleared(answer)
    assert Session.objects.get().end_reason == "log_out"
    browser.keep(access=access)
    assert_refused(browser.get("profile/"), 401, "session_expired")


def test_j3_a_logout_needs_no_live_access_token(browser: Browser) -> None:
    browser.keep(access="")

    answer = browser.post("auth/logout/")

    assert (answer.status_code, is_cleared(answer)) == (200, True)
    assert Session.objects.get().end_reason == "log_out"


@pytest.mark.parametrize(
    ("cookies", "code"),
    [
        ({"access": "", "refresh": "no.to.ken"}, "invalid_token"),
        ({"access": "no.to.ken", "refresh": "no.to.ken"}, "invalid_token"),
    ],
)
def test_cookies_that_are_worth_nothing_are_cleared_too(
    user: Any, cookies: dict[str, str], code: str
) -> None:
    browser = Browser().open_page()
    browser.keep(**cookies)

    answer = browser.post("auth/logout/")

    assert_refused(answer, 401, code)
    assert is_cleared(answer)


def test_of_two_cookies_one_is_enough_to_log_out(browser: Browser) -> None:
    browser.keep(refresh="no.to.ken")

    assert browser.post("auth/logout/").status_code == 200
    assert Session.objects.get().end_reason == "log_out"


def test_without_cookies_there_is_nothing_to_log_out_of(user: Any) -> None:
    answer = Browser().open_page().post("auth/logout/")

    assert_refused(answer, 401, "missing_token")
    assert not answer.cookies


def test_a_logout_everywhere_clears_the_cookies_and_one_elsewhere_does_not(
    browser: Browser, user: Any
) -> None:
    phone = Browser()
    phone.log_in()
    here, there = browser.get("auth/sessions/").json()
    if not here["is_current"]:
        here, there = there, here

    assert not browser.post("auth/logout/others/").cookies
    assert not browser.delete(f"auth/sessions/{there['id']}/").cookies
    assert is_cleared(browser.post("auth/logout/all/"))
    assert_refused(phone.get("profile/"), 401, "session_expired")


def test_ending_ones_own_session_clears_the_cookies(browser: Browser) -> None:
    [session] = browser.get("auth/sessions/").json()

    assert is_cleared(browser.delete(f"auth/sessions/{session['id']}/"))


def test_a_refused_refresh_clears_the_cookies_of_a_session_that_is_over(browser: Browser) -> None:
    Session.objects.get().invalidate()

    answer = browser.post("auth/refresh/")

    assert_refused(answer, 401, "session_expired")
    assert is_cleared(answer)


def test_a_stolen_refresh_cookie_that_is_noticed_clears_the_cookies(
    settings: Settings, browser: Browser
) -> None:
    settings.TEGATA = {**settings.TEGATA, "REFRESH_GRACE": 0}
    old = browser.value(REFRESH)
    browser.post("auth/refresh/")
    browser.get("profile/")
    browser.keep(refresh=old)

    answer = browser.post("auth/refresh/")

    assert_refused(answer, 401, "token_reuse_detected")
    assert is_cleared(answer)


@pytest.mark.parametrize("cookie", ["", "no.to.ken", "x" * 9000, "é", "a b"])
def test_what_is_no_refresh_cookie_is_refused(user: Any, cookie: str) -> None:
    browser = Browser().open_page()
    browser.keep(refresh=cookie)

    answer = browser.post("auth/refresh/")

    assert_refused(answer, 401, "invalid_token" if cookie else "missing_token")
    assert bool(answer.cookies) is bool(cookie)


def test_an_access_token_in_the_refresh_cookie_is_no_refresh_token(browser: Browser) -> None:
    browser.keep(refresh=browser.value(ACCESS))

    assert_refused(browser.post("auth/refresh/"), 400, "invalid_token_type")


def test_a_refresh_token_in_the_access_cookie_opens_nothing(browser: Browser) -> None:
    browser.keep(access=browser.value(REFRESH))

    assert_refused(browser.get("profile/"), 401, "invalid_token_type")


def test_a_refusal_that_passes_leaves_the_cookies(browser: Browser, settings: Settings) -> None:
    settings.TEGATA = {**settings.TEGATA, "REFRESH_THROTTLE": "1/d"}
    browser.post("auth/refresh/")

    answer = browser.post("auth/refresh/")

    assert_refused(answer, 429, "rate_limited")
    assert not answer.cookies


def test_a_wrong_password_sets_no_cookie(user: Any) -> None:
    answer = Browser().open_page().post("auth/login/", {"username": "alice", "password": "wrong"})

    assert_refused(answer, 401, "invalid_credentials")
    assert not answer.cookies


def test_a_changed_password_keeps_this_browser_in_and_no_other(browser: Browser, user: Any) -> None:
    other = Browser()
    other.log_in()

    body = {"current_password": PASSWORD, "new_password": "another staple of horses"}
    assert browser.post("auth/password/", body).status_code == 200

    assert browser.get("profile/").status_code == 200
    assert browser.post("auth/refresh/").status_code == 200
    assert_refused(other.get("profile/"), 401, "session_expired")


def test_the_form_for_swagger_sets_no_cookies(user: Any) -> None:
    answer = JSONClient().post_form("auth/token/", username="alice", password=PASSWORD)

    assert answer.status_code == 200
    assert not answer.cookies


@pytest.mark.parametrize("mounted_at", ["auth/", "v1/users/auth/", ""])
def test_the_refresh_cookie_goes_to_the_auth_routes_wherever_they_are(
    user: Any, serve: Any, mounted_at: str
) -> None:
    from tegata import mount

    api = new_api(mounted=False)
    mount(api, mounted_at)
    serve(api)
    browser = Browser()
    browser.page["X-CSRFToken"] = browser.get(f"{mounted_at}csrf/").json()["csrf_token"]
    body = {"username": "alice", "password": PASSWORD}
    answers = [browser.post(f"{mounted_at}login/", body)]
    [session] = browser.get(f"{mounted_at}sessions/").json()
    answers.append(browser.post(f"{mounted_at}refresh/"))
    answers.append(browser.delete(f"{mounted_at}sessions/{session['id']}/"))
    browser.post(f"{mounted_at}login/", body)
    answers.append(browser.post(f"{mounted_at}logout/all/"))

    for answer in answers:
        assert answer.status_code == 200, answer.content
        assert answer.cookies[REFRESH]["path"] == f"/api/{mounted_at}"


def test_a_path_of_the_sites_own(user: Any, settings: Settings) -> None:
    settings.TEGATA = {**settings.TEGATA, "REFRESH_COOKIE_PATH": "/backend/api/auth/"}
    browser = Browser()

    assert browser.log_in().cookies[REFRESH]["path"] == "/backend/api/auth/"
    assert browser.post("auth/logout/").cookies[REFRESH]["path"] == "/backend/api/auth/"


def test_names_and_attributes_of_the_sites_own(user: Any, settings: Settings) -> None:
    settings.TEGATA = {
        "TRANSPORT": "cookie",
        "ACCESS_COOKIE_NAME": "a",
        "REFRESH_COOKIE_NAME": "r",
        "COOKIE_SECURE": False,
        "COOKIE_SAMESITE": "Strict",
        "COOKIE_DOMAIN": "example.org",
    }
    browser = Browser()
    answer = browser.log_in()

    assert set(answer.cookies) == {"a", "r"}
    for cookie in answer.cookies.values():
        told = attributes(cookie)
        assert (told["domain"], told["secure"], told["samesite"]) == ("example.org", "", "Strict")
    assert browser.get("profile/").status_code == 200
    cleared = browser.post("auth/logout/").cookies
    assert {name: attributes(each) for name, each in cleared.items()} == {
        name: attributes(each) for name, each in answer.cookies.items()
    }


def test_in_debug_the_cookies_need_no_tls_and_have_no_prefix(user: Any, settings: Settings) -> None:
    settings.DEBUG = True

    answer = Browser().log_in()

    assert set(answer.cookies) == {"access_token", "refresh_token"}
    assert not any(each["secure"] for each in answer.cookies.values())
    assert all(each["httponly"] for each in answer.cookies.values())


def test_a_token_that_browsers_would_drop_is_told_to_the_site(
    user: Any, settings: Settings
) -> None:
    settings.TEGATA = {"TRANSPORT": "cookie", "ISSUER": "https://" + "x" * 4000}

    with pytest.raises(ImproperlyConfigured, match="longer than browsers keep"):
        Browser().log_in()


def both_of(api: NinjaAPI) -> None:
    """Views of a site's own that log in and out by cookies."""

    @api.post("enter/", auth=None)
    def enter(request: Any, username: str) -> HttpResponse:
        from django.contrib.auth import get_user_model

        cookies.require_csrf(request)
        alice = get_user_model().objects.get(username=username)
        response = HttpResponse()
        cookies.set_tokens(response, sessions.open_session(request, alice))
        return response

    @api.post("leave/", auth=None)
    def leave(request: Any) -> HttpResponse:
        sessions.log_out(request)
        response = HttpResponse()
        cookies.clear(response)
        return response


def test_views_of_a_sites_own(user: Any, settings: Settings, serve: Any) -> None:
    settings.TEGATA = {"TRANSPORT": "cookie", "REFRESH_COOKIE_PATH": "/api/auth/"}
    api = new_api()
    both_of(api)
    serve(api)
    browser = Browser()
    assert_refused(browser.post("enter/?username=alice"), 403, "csrf_failed")
    browser.open_page()

    answer = browser.post("enter/?username=alice")

    assert attributes(answer.cookies[REFRESH]) == AUTH
    assert answer.headers["Cache-Control"] == "no-store"
    assert browser.get("auth/sessions/").status_code == 200
    assert_refused(browser.post("leave/", headers={}), 403, "csrf_failed")
    assert is_cleared(browser.post("leave/"))
    assert Session.objects.get().end_reason == "log_out"


def test_a_view_of_a_sites_own_must_know_where_the_auth_routes_are() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^TEGATA\['REFRESH_COOKIE_PATH'\] must say"):
        cookies.clear(HttpResponse())


@pytest.mark.parametrize("transport", ["both"], indirect=True)
def test_with_both_a_client_that_sends_no_csrf_token_is_given_the_tokens(user: Any) -> None:
    answer = JSONClient().post("auth/login/", {"username": "alice", "password": PASSWORD})

    pair = pair_of(answer)
    assert not answer.cookies
    assert JSONClient().get("profile/", pair.access).status_code == 200
    refreshed = JSONClient().refresh(pair.refresh)
    assert pair_of(refreshed)
    assert not refreshed.cookies


@pytest.mark.parametrize("transport", ["header"], indirect=True)
def test_with_the_header_alone_nothing_changes(user: Any) -> None:
    browser = Browser()
    answer = browser.log_in()
    pair = pair_of(answer)

    assert not answer.cookies
    browser.keep(access=pair.access, refresh=pair.refresh)
    assert_refused(browser.get("profile/"), 401, "missing_token")
    assert_refused(browser.post("auth/refresh/"), 422, "invalid_request")
    assert_refused(browser.post("auth/logout/"), 401, "missing_token")


class TestRefreshInACookieAccessInTheHeader:
    """`REFRESH_TRANSPORT`, for pages that keep the access token in memory."""

    @pytest.fixture(autouse=True)
    def _hybrid(self, settings: Settings) -> None:
        settings.TEGATA = {"REFRESH_TRANSPORT": "cookie"}

    def test_the_whole_way(self, user: Any) -> None:
        browser = Browser()
        answer = browser.log_in()
        assert set(answer.json()) == {"access_token"}
        assert set(answer.cookies) == {REFRESH}
        access = answer.json()["access_token"]
        assert browser.get("profile/", Authorization=f"Bearer {access}").status_code == 200
        assert_refused(browser.get("profile/"), 401, "missing_token")

        assert_refused(browser.post("auth/refresh/", headers={}), 403, "csrf_failed")
        answer = browser.post("auth/refresh/")
        assert set(answer.json()) == {"access_token"}
        assert set(answer.cookies) == {REFRESH}

        # A page that sends the access token has proven what the CSRF token would.
        access = answer.json()["access_token"]
        answer = browser.post("auth/logout/", headers={"Authorization": f"Bearer {access}"})
        assert answer.status_code == 200
        assert attributes(answer.cookies[REFRESH]) == AUTH
        assert answer.cookies[REFRESH].value == ""
        assert Session.objects.get().end_reason == "log_out"

    def test_a_logout_by_the_cookie_alone_needs_a_proof(self, user: Any) -> None:
        browser = Browser()
        browser.log_in()

        assert_refused(browser.post("auth/logout/", headers={}), 403, "csrf_failed")
        assert browser.post("auth/logout/").status_code == 200
        assert Session.objects.get().end_reason == "log_out"

    def test_a_logout_everywhere_clears_the_cookie(self, user: Any) -> None:
        browser = Browser()
        access = browser.log_in().json()["access_token"]

        answer = browser.post("auth/logout/all/", headers={"Authorization": f"Bearer {access}"})

        assert answer.cookies[REFRESH]["max-age"] == 0


def planted(browser: Browser, name: str, value: str, *, is_first: bool) -> dict[str, str]:
    """The headers of a page of the site, with a cookie that a subdomain has planted."""
    own = [f"{each}={morsel.value}" for each, morsel in browser.django.cookies.items()]
    theirs = [f"{name}={value}"]
    return browser.page | {"Cookie": "; ".join(theirs + own if is_first else own + theirs)}


@pytest.mark.parametrize("is_first", [True, False])
def test_a_planted_refresh_cookie_makes_nobody_somebody_else(
    other_user: Any, browser: Browser, is_first: bool
) -> None:
    mallory = Browser()
    mallory.log_in(other_user.username)
    headers = planted(browser, REFRESH, mallory.value(REFRESH), is_first=is_first)

    answer = browser.post("auth/refresh/", headers=headers)

    assert_refused(answer, 401, "invalid_token")
    # Cleared, they would leave the planted one alone, and with the next refresh it would count.
    assert not answer.cookies
    # A logout ends the session of this browser, and not Mallory's.
    access = browser.value(ACCESS)
    assert browser.post("auth/logout/", headers=headers).status_code == 200
    browser.keep(access=access)
    assert_refused(browser.get("profile/"), 401, "session_expired")
    assert mallory.get("profile/").json()["user"] == "bob"


# In the bytes that Django is given: UTF-8 for WSGI, which it reads as such, and Latin-1 otherwise.
@pytest.mark.parametrize("blank", ["\xa0", "\x85", "\xc2\xa0", "\xe2\x80\x80", "\x1f", "\x0b"])
@pytest.mark.parametrize("is_first", [True, False])
def test_a_blank_before_it_gets_nobody_round_the_prefix(
    other_user: Any, browser: Browser, blank: str, is_first: bool
) -> None:
    mallory = Browser()
    mallory.log_in(other_user.username)
    headers = planted(browser, blank + ACCESS, mallory.value(ACCESS), is_first=is_first)

    assert browser.get("profile/", **headers).json()["user"] == "alice"
    alone = {"Cookie": f"{blank}{ACCESS}={mallory.value(ACCESS)}"}
    assert_refused(browser.get("profile/", **alone), 401, "missing_token")
