"""User models with integer, UUID and string keys: the projects in `tests/projects`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.django.helpers import ROOT, claims_of, log_in, run_python

FLOW = ROOT / "tests" / "projects" / "flow.py"


@pytest.mark.parametrize("project", ["uuid_user", "string_user"])
def test_the_whole_flow_in_a_project_of_its_own(project: str, tmp_path: Path) -> None:
    settings = f"tests.projects.{project}.settings"
    options = ("--ds", settings, "-q", "-p", "no:cacheprovider", "--rootdir", ROOT)

    done = run_python("-m", "pytest", FLOW, *options, settings=settings)

    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    tests = len(re.findall(r"^def test_", FLOW.read_text(), re.MULTILINE))
    assert int(passed[1]) > tests
    assert "skipped" not in done.stdout


def test_an_integer_key_is_a_number_in_the_token_and_text_in_sub(ada: User, client: Client) -> None:
    claims = claims_of(log_in(client)["access_token"])

    assert claims["user_id"] == ada.pk
    assert claims["sub"] == str(ada.pk)
