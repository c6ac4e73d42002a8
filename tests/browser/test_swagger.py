"""The page of Swagger: logging in by its form, and what it says of errors."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect


@pytest.fixture
def docs(tab: Page) -> Page:
    """The page, ready to be used."""
    tab.goto("/api/docs")
    expect(tab.locator("button.authorize")).to_be_visible()
    return tab


def operation(docs: Page, path: str) -> Locator:
    """The box of an operation, opened."""
    box = docs.locator(".opblock", has=docs.locator(f'[data-path="{path}"]'))
    box.locator(".opblock-summary-control").click()
    return box


def execute(box: Locator) -> tuple[int, Any]:
    """Sends what the box says; status and body of the answer."""
    box.locator(".try-out__btn").click()
    box.locator("button.execute").click()
    live = box.locator(".live-responses-table .response")
    status = live.locator(".response-col_status").first
    expect(status).to_contain_text("0")
    body = live.locator(".response-col_description .highlight-code pre").first.inner_text()
    return int(status.inner_text().split()[0]), json.loads(body)


def authorize(docs: Page, password: str) -> Locator:
    """Fills the form in; what it shows then."""
    docs.locator("button.authorize").click()
    form = docs.locator(".modal-ux-content .auth-container", has_text="OAuth2")
    form.locator("#oauth_username").fill("demo")
    form.locator("#oauth_password").fill(password)
    form.locator("button.modal-btn.authorize").click()
    return form


def test_authorize_logs_in_and_out(docs: Page) -> None:
    form = authorize(docs, "tegata-demo")
    log_out = form.get_by_role("button", name="Remove authorization")
    expect(log_out).to_be_visible()
    form.locator(".btn-done").click()

    status, body = execute(operation(docs, "/api/profile/"))
    assert (status, body["username"]) == (200, "demo")

    docs.locator("button.authorize").click()
    log_out.click()
    form.locator(".btn-done").click()
    status, body = execute(operation(docs, "/api/ping/"))
    assert (status, body["error_code"]) == (401, "missing_token")


def test_a_wrong_password_is_said(docs: Page) -> None:
    form = authorize(docs, "guess")
    expect(form.locator(".errors")).to_contain_text("invalid_grant")


def test_an_error_is_typed(docs: Page) -> None:
    box = operation(docs, "/api/profile/")
    documented = box.locator('tr.response[data-code="401"]')
    expect(documented).to_contain_text("error_code")
    expect(documented).to_contain_text("detail")
    status, body = execute(box)
    assert status == 401
    assert body.keys() == {"error_code", "detail"}
