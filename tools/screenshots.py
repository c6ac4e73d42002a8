"""Takes the pictures of the demo that the documentation shows.

`python -m tools.screenshots` in an environment with Playwright and the package; it serves the demo
on a database of its own, and writes docs/images.
"""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, expect, sync_playwright

from tests.blackbox.servers import manage
from tests.browser.chromium import find_chromium
from tests.browser.running import opened, serving

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
WINDOW = {"width": 1180, "height": 800}


def main() -> None:
    with TemporaryDirectory() as folder:
        variables = {"TEGATA_DEMO_DATABASE": str(Path(folder, "demo.sqlite3"))}
        manage("demo_site", variables, "migrate", "--verbosity", "0")
        manage("demo_site", variables, "seed_demo")
        with (
            serving("demo_site", Path(folder), variables) as server,
            sync_playwright() as playwright,
        ):
            chromium = playwright.chromium.launch(
                executable_path=find_chromium(), args=["--no-sandbox"]
            )
            with opened(chromium, server) as here, opened(chromium, server) as there:
                take(here.new_page(), there.new_page())
            chromium.close()


def take(page: Page, elsewhere: Page) -> None:
    """All of them, in the order of a walk through the demo."""
    for each in (page, elsewhere):
        each.set_viewport_size(WINDOW)
        each.goto("/")
    expect(page.locator("#signed-out")).to_be_visible()
    save(page, "signed-out")
    sign_in(page)
    sign_in(elsewhere)
    page.locator("#refresh-button").click()
    expect(page.locator("#generation")).to_have_text("2")
    page.locator("#profile-button").click()
    expect(page.locator("#answer-status")).to_contain_text("200")
    save(page, "signed-in")
    page.locator("#logout-others-button").click()
    expect(page.locator("#message")).to_contain_text("Every other device")
    elsewhere.locator("#profile-button").click()
    expect(elsewhere.locator("#session-state")).to_have_text("ended")
    save(elsewhere, "ended")
    page.locator("#logout-button").click()
    page.locator("#username").fill("otp")
    page.locator("#password").fill("tegata-otp")
    page.locator("#login-button").click()
    expect(page.locator("#code-form")).to_be_visible()
    save(page, "one-time-code")
    page.goto("/")
    for _ in range(6):
        page.locator("#password").fill("guess")
        page.locator("#login-button").click()
        expect(page.locator("#login-button")).not_to_have_attribute("aria-disabled", "true")
    expect(page.locator("#message")).to_contain_text("again")
    save(page, "too-many-attempts")


def sign_in(page: Page) -> None:
    page.locator("#login-button").click()
    expect(page.locator("#signed-in")).to_be_visible()
    expect(page.locator("#devices .device")).not_to_have_count(0)


def save(page: Page, name: str) -> None:
    # Whatever moves has come to rest by then.
    time.sleep(1)
    page.screenshot(path=IMAGES / f"demo-{name}.png")


if __name__ == "__main__":
    main()
