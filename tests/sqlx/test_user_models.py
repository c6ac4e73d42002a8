"""The same with user models whose keys are UUIDs and texts: the projects in `tests/projects`."""

from __future__ import annotations

import re

import pytest

from tests.django.helpers import ROOT, run_python

FLOW = ROOT / "tests" / "sqlx" / "flow.py"


@pytest.mark.parametrize("project", ["uuid_user", "string_user"])
def test_rows_of_either_are_read_by_the_other(project: str) -> None:
    settings = f"tests.projects.{project}.settings"
    options = ("--ds", settings, "-q", "-p", "no:cacheprovider", "--rootdir", ROOT)

    done = run_python("-m", "pytest", FLOW, *options, settings=settings)

    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) >= len(re.findall(r"^def test_", FLOW.read_text(), re.MULTILINE))
    assert "skipped" not in done.stdout
