"""Lockout and audit tools see the logins: django-axes, in a project of its own."""

from __future__ import annotations

from tests.django.helpers import ROOT, run_python

PROJECT = ROOT / "tests" / "projects" / "lockout"


def test_django_axes_locks_an_account_out() -> None:
    settings = "tests.projects.lockout.settings"
    options = ("--ds", settings, "-q", "-p", "no:cacheprovider", "--rootdir", ROOT)

    done = run_python("-m", "pytest", PROJECT / "flow.py", *options, settings=settings)

    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert "2 passed" in done.stdout
