"""Users by every kind of primary key: an end in bulk finds what the requests have left."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from tegata.models import Session
from tests.cache.client import ENDED, Device
from tests.django.helpers import ROOT, run_python

FLOW = Path(__file__).with_name("user_key_flow.py")


@pytest.mark.parametrize(("project", "keys"), [("uuid_user", 1), ("string_user", 4)])
def test_ends_of_users_with_other_keys_act_at_once(project: str, keys: int) -> None:
    settings = f"tests.projects.{project}.settings"
    options = ("--ds", settings, "-q", "-p", "no:cacheprovider", "--rootdir", ROOT)

    done = run_python("-m", "pytest", FLOW, *options, settings=settings)

    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) == 9 * keys
    assert "skipped" not in done.stdout


def test_an_integer_that_came_as_text(ada: User, fast_cache: str) -> None:
    device = Device.of().warm()

    # As a view has it that takes the key from a form.
    assert Session.invalidate_all_user_sessions(User(pk=str(ada.pk))) == 1

    assert device.ask() == ENDED
