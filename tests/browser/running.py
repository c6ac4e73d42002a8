"""The demo on a server, and browsers that know nothing yet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext

from tests.blackbox.logs import has_token
from tests.blackbox.servers import UVICORN, Server, serve

# What takes longer on a busy machine does not come.
PATIENCE_MILLISECONDS = 20_000


@contextmanager
def serving(settings: str, folder: Path, variables: dict[str, str]) -> Iterator[Server]:
    """The demo by such settings; nothing that happens meanwhile may be an error of the server."""
    with serve(UVICORN, folder, settings, variables) as running:
        yield running
    log = running.log.read_text()
    assert "Traceback" not in log, log
    assert not has_token(log), log


@contextmanager
def opened(chromium: Browser, server: Server) -> Iterator[BrowserContext]:
    """A browser of its own: its tabs share cookies with each other and with nobody else."""
    context = chromium.new_context(base_url=server.base_url)
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    try:
        yield context
    finally:
        context.close()
