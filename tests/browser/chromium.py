"""The Chromium of the machine, for Playwright, which would fetch one of its own."""

from __future__ import annotations

import shutil

_NAMES = ("chromium", "chromium-browser", "google-chrome")


class ChromiumNotFoundError(RuntimeError):
    """Chromium is not installed."""

    def __init__(self) -> None:
        super().__init__(
            f"none of the programs {', '.join(f'`{name}`' for name in _NAMES)} was found\n"
            "hint: install the package `chromium` (Debian, Fedora) or put a Chromium on PATH"
        )


def find_chromium() -> str:
    """The path of the program.

    Raises:
        ChromiumNotFoundError: There is none.
    """
    for name in _NAMES:
        if (found := shutil.which(name)) is not None:
            return found
    raise ChromiumNotFoundError
