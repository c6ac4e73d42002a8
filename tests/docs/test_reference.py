"""The generated parts of docs/reference/ are what tools/reference.py writes now."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tests.docs.pages import DOCS, ROOT

TOOL = ROOT / "tools" / "reference.py"


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(TOOL), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_the_pages_are_up_to_date() -> None:
    done = run("--check")
    assert (done.returncode, done.stderr) == (0, "")


def test_stale_pages_are_named_and_can_be_written_anew(tmp_path: Path) -> None:
    pages = tmp_path / "reference"
    shutil.copytree(DOCS / "reference", pages)
    assert run("--pages", pages).returncode == 0
    right = {page: page.read_text() for page in pages.glob("*.md")}
    stale = [
        *("commands.md", "endpoints.md", "errors.md", "events.md"),
        "python-api.md",
        "settings.md",
    ]
    for name in stale:
        end = f"<!-- end: {name.removesuffix('.md')} -->"
        page = pages / name
        page.write_text(right[page].replace(end, f"a line too many\n{end}"))

    done = run("--check", "--pages", pages)
    assert done.returncode == 1
    assert all(name in done.stderr for name in stale)
    assert "hint: run `python tools/reference.py`" in done.stderr

    assert run("--pages", pages).returncode == 0
    assert {page: page.read_text() for page in pages.glob("*.md")} == right


def test_a_page_without_its_markers_is_an_error(tmp_path: Path) -> None:
    pages = tmp_path / "reference"
    shutil.copytree(DOCS / "reference", pages)
    page = pages / "settings.md"
    page.write_text(page.read_text().replace("<!-- generated: settings -->", ""))
    done = run("--check", "--pages", pages)
    assert done.returncode == 1
    assert "settings.md must have one" in done.stderr
