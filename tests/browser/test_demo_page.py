"""The demo's page, which lives by cookies, as a person uses it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.running import opened, serving

SIGNED_OUT, SIGNED_IN = "#signed-out", "#signed-in"
LOOK_INSIDE = """async () => {
  for (;;) {
    const answer = await fetch("/api/inside/");
    if (answer.ok) return await answer.json();
    document.getElementById("refresh-button").click();
    await new Promise(resolve => setTimeout(resolve, 300));
  }
}"""
CLICK_LATER = """moment => {
  document.getElementById("answer-status").textContent = "";
  setTimeout(() => document.getElementById("profile-button").click(), moment - Date.now());
}"""


def log_in(page: Page) -> Page:
    """Signs the browser in by the page's form."""
    page.goto("/")
    page.locator("#login-button").click()
    expect(page.locator(SIGNED_IN)).to_be_visible()
    expect(page.locator("#devices .device")).not_to_have_count(0)
    return page


@pytest.fixture
def page(tab: Page) -> Page:
    """The page, signed in."""
    return log_in(tab)


def another_tab(page: Page) -> Page:
    """A second tab of the same browser, which finds itself signed in."""
    other = page.context.new_page()
    other.goto("/")
    expect(other.locator(SIGNED_IN)).to_be_visible()
    return other


def assert_calls(page: Page, path: str, status: int) -> None:
    button = {"profile/": "#profile-button", "ping/": "#ping-button"}[path]
    page.locator(button).click()
    expect(page.locator("#answer-status")).to_contain_text(f"GET /api/{path} answered {status}")


def test_a_login_outlives_a_reload(page: Page) -> None:
    assert_calls(page, "profile/", 200)
    page.reload()
    expect(page.locator("#session-user")).to_have_text("demo")
    expect(page.locator(SIGNED_OUT)).to_be_hidden()
    assert_calls(page, "ping/", 200)


def test_no_script_reads_a_token(page: Page, window: BrowserContext) -> None:
    page.locator("#refresh-button").click()
    expect(page.locator("#generation")).to_have_text("2")
    cookies = {cookie["name"]: cookie for cookie in window.cookies()}
    tokens = [cookie for cookie in cookies.values() if cookie["value"].startswith("eyJ")]
    assert len(tokens) >= 2
    assert all(cookie["httpOnly"] and cookie["sameSite"] != "None" for cookie in tokens)

    readable = page.evaluate(
        "[document.cookie, JSON.stringify(localStorage), JSON.stringify(sessionStorage),"
        " document.documentElement.outerHTML].join()"
    )
    for cookie in tokens:
        # The page shows what is inside of one; the signature is what nobody gets.
        assert cookie["value"].rpartition(".")[2] not in readable
    assert cookies.keys() - {cookie["name"] for cookie in tokens} == {"csrftoken"}


def test_two_tabs_race_for_a_refresh(
    chromium: Browser, variables: dict[str, str], tmp_path: Path
) -> None:
    """Both find the access token run out at one moment, and neither is logged out by it."""
    with (
        serving("tests.browser.hasty_site", tmp_path, variables) as server,
        opened(chromium, server) as window,
    ):
        first = log_in(window.new_page())
        tabs = [first, another_tab(first)]
        refreshed: list[int] = []
        window.on(
            "response",
            lambda answer: (
                refreshed.append(answer.status) if "/auth/refresh/" in answer.url else None
            ),
        )
        session = first.locator("#session-id").inner_text()
        for _ in range(2):
            runs_out_at = first.evaluate(LOOK_INSIDE)["claims"]["exp"]
            for each in tabs:
                each.evaluate(CLICK_LATER, 1000 * runs_out_at + 200)
            for each in tabs:
                expect(each.locator("#answer-status")).to_contain_text("answered 200")
        for each in tabs:
            expect(each.locator("#session-id")).to_have_text(session)
        assert len(refreshed) >= 3
        assert set(refreshed) == {200}
        first.locator("#devices-button").click()
        expect(first.locator(".device-current:visible")).to_have_count(1)


def test_a_logout_in_one_tab_is_one_in_the_other(page: Page) -> None:
    other = another_tab(page)
    page.locator("#logout-button").click()
    for each in (page, other):
        expect(each.locator(SIGNED_OUT)).to_be_visible()
        expect(each.locator(SIGNED_IN)).to_be_hidden()
    assert not [cookie for cookie in page.context.cookies() if cookie["value"].startswith("eyJ")]
    other.reload()
    expect(other.locator(SIGNED_OUT)).to_be_visible()


def test_a_session_is_ended_from_another_browser(page: Page, second_window: BrowserContext) -> None:
    page.locator("#logout-others-button").click()
    second = log_in(second_window.new_page())
    session = second.locator("#session-id").inner_text()

    page.locator("#devices-button").click()
    elsewhere = page.locator(".device", has_not=page.locator(".device-current:visible"))
    expect(elsewhere).to_have_count(1)
    elsewhere.locator(".end-session").click()
    expect(elsewhere).to_have_count(0)

    assert page.locator("#session-id").inner_text() != session
    assert_calls(second, "profile/", 401)
    expect(second.locator("#session-state")).to_have_text("ended")
    second.reload()
    expect(second.locator(SIGNED_OUT)).to_be_visible()
    assert_calls(page, "profile/", 200)
