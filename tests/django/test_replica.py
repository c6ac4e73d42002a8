"""A site whose router reads from a replica, in a project of its own."""

from __future__ import annotations

from tests.django.helpers import ROOT, run_python

PROJECT = ROOT / "tests" / "projects" / "replica"


def test_what_decides_and_what_is_written_is_the_primary_s() -> None:
    settings = "tests.projects.replica.settings"
    options = ("--ds", settings, "-q", "-p", "no:cacheprovider", "--rootdir", ROOT)

    done = run_python("-m", "pytest", PROJECT / "flow.py", *options, settings=settings)

    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert "5 passed" in done.stdout
