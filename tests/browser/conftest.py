"""The demo on a server, and a real browser in front of it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.blackbox.servers import Server, manage
from tests.browser.chromium import ChromiumNotFoundError, find_chromium
from tests.browser.running import PATIENCE_MILLISECONDS, opened, serving

SETTINGS = "demo_site"

expect.set_options(timeout=PATIENCE_MILLISECONDS)


# Of the folder and no longer: while Playwright runs, Django takes its loop for an async view.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The browser."""
    try:
        program = find_chromium()
    except ChromiumNotFoundError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error), pytrace=False)
        pytest.skip(str(error))
    # Its sandbox refuses to be run by root, as whom containers run.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def variables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a demo whose tables and users are there."""
    chosen = {"TEGATA_DEMO_DATABASE": str(tmp_path_factory.mktemp("demo") / "demo.sqlite3")}
    manage(SETTINGS, chosen, "migrate", "--verbosity", "0")
    manage(SETTINGS, chosen, "seed_demo")
    return chosen


@pytest.fixture(scope="package")
def server(variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The demo."""
    with serving(SETTINGS, tmp_path_factory.mktemp("server"), variables) as running:
        yield running


@pytest.fixture
def window(chromium: Browser, server: Server) -> Iterator[BrowserContext]:
    """A browser."""
    with opened(chromium, server) as context:
        yield context


@pytest.fixture
def second_window(chromium: Browser, server: Server) -> Iterator[BrowserContext]:
    """Another browser, which shares nothing with the first."""
    with opened(chromium, server) as context:
        yield context


@pytest.fixture
def tab(window: BrowserContext) -> Iterator[Page]:
    """A tab, in which no script may fail."""
    page = window.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    assert not errors
