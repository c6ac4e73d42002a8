"""What a page of another origin can do in the name of somebody who is signed in: nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Response

from tests.blackbox.servers import Server
from tests.browser.elsewhere import elsewhere
from tests.browser.test_demo_page import assert_calls, log_in

FORM = """([address, type, fields]) => {
  const form = document.createElement("form");
  Object.assign(form, { method: "POST", action: address, enctype: type });
  for (const [name, value] of fields) {
    const input = document.createElement("input");
    Object.assign(input, { type: "hidden", name, value });
    form.append(input);
  }
  document.body.append(form);
  form.submit();
}"""
FETCH = """async ([address, options]) => {
  try {
    const answer = await fetch(address, { credentials: "include", ...options });
    return answer.type === "opaque" ? "opaque" : answer.status;
  } catch { return "blocked"; }
}"""
# A form that sends text can be made to send JSON.
JSON_AS_TEXT = [['{"username": "demo", "password": "tegata-demo", "x": "', '"}']]


@pytest.fixture(params=["127.0.0.1", "localhost"])
def stranger(request: pytest.FixtureRequest, tab: Page) -> Iterator[Page]:
    """A page of another origin in the browser of somebody who is signed in."""
    log_in(tab)
    page = tab.context.new_page()
    with elsewhere(request.param) as origin:
        page.goto(origin)
        yield page


def submit(page: Page, address: str, enctype: str, fields: list[list[str]]) -> Response:
    """Sends a form, as a click on a link would; the answer."""
    with page.expect_navigation(url=address) as answer:
        page.evaluate(FORM, [address, enctype, fields])
    assert answer.value is not None
    return answer.value


def test_a_form_does_not_act(stranger: Page, tab: Page, server: Server) -> None:
    origin = stranger.url
    for path in ("auth/logout/all/", "auth/logout/", "auth/refresh/"):
        stranger.goto(origin)
        address = f"{server.base_url}/api/{path}"
        answer = submit(stranger, address, "application/x-www-form-urlencoded", [["x", "1"]])
        # From another site the browser sends no cookie, so it is nobody's request; and a form is
        # no JSON.
        assert answer.status in {401, 403, 415}
    assert_calls(tab, "profile/", 200)


def test_a_form_of_the_same_site_is_told_why(tab: Page, server: Server) -> None:
    log_in(tab)
    page = tab.context.new_page()
    with elsewhere("127.0.0.1") as origin:
        page.goto(origin)
        address = f"{server.base_url}/api/auth/logout/all/"
        answer = submit(page, address, "text/plain", [["{}", ""]])
    assert (answer.status, answer.json()["error_code"]) == (403, "csrf_failed")
    assert_calls(tab, "profile/", 200)


def test_nobody_is_logged_in_as_somebody_else(stranger: Page, server: Server) -> None:
    """Login CSRF: a victim who does not notice would work in the attacker's account."""
    stranger.context.clear_cookies()
    answer = submit(stranger, f"{server.base_url}/api/auth/login/", "text/plain", JSON_AS_TEXT)
    assert (answer.status, answer.json()["error_code"]) == (415, "unsupported_media_type")
    assert not [each for each in stranger.context.cookies() if each["value"].startswith("eyJ")]


def test_a_script_does_not_act(stranger: Page, tab: Page, server: Server) -> None:
    address = f"{server.base_url}/api/auth/logout/all/"
    for options in (
        {"method": "POST", "mode": "no-cors", "headers": {"Content-Type": "text/plain"}},
        {"method": "POST", "headers": {"Content-Type": "application/json"}, "body": "{}"},
        {"method": "POST", "headers": {"X-CSRFToken": "x" * 32}},
    ):
        assert stranger.evaluate(FETCH, [address, options]) in {"opaque", "blocked"}
    assert_calls(tab, "profile/", 200)


def test_a_script_reads_nothing(stranger: Page, server: Server) -> None:
    for path in ("profile/", "auth/csrf/", "inside/"):
        assert stranger.evaluate(FETCH, [f"{server.base_url}/api/{path}", {}]) == "blocked"
