"""`tegata.testing` as a package: what it needs, and who imports it."""

from __future__ import annotations

import pytest

from tegata import testing
from tests.django.helpers import run_python

_A_SITE_THEN_ITS_TESTS = """
import sys
sys.modules["pytest"] = None

import django
django.setup()
from django.test import Client
assert Client().get("/api/profile/").status_code == 401
assert not [name for name in sys.modules if name.startswith("tegata.testing")]

from tegata import testing
for name in testing.__all__:
    getattr(testing, name)
"""
_BEFORE_DJANGO_IS_SET_UP = """
from tegata import testing
with testing.frozen("2027-03-04") as clock:
    clock.tick(1)
"""


def test_every_name_is_there_and_is_no_module() -> None:
    assert set(testing.__all__) <= set(dir(testing))
    for name in testing.__all__:
        assert type(getattr(testing, name)).__name__ != "module"
    with pytest.raises(AttributeError, match="no attribute 'absent'"):
        testing.absent  # noqa: B018


def test_a_served_site_imports_none_of_it_and_tests_need_no_pytest() -> None:
    done = run_python("-c", _A_SITE_THEN_ITS_TESTS, settings="tests.settings")
    assert (done.returncode, done.stderr) == (0, "")


def test_it_can_be_imported_before_there_are_settings() -> None:
    done = run_python("-c", _BEFORE_DJANGO_IS_SET_UP, settings="")
    assert (done.returncode, done.stderr) == (0, "")
