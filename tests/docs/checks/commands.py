"""What docs/reference/commands.md takes for granted."""

from __future__ import annotations

from django.test.utils import setup_test_environment

from tests.docs.checks.helpers import log_in, new_user

# Lets the test client in; the project's settings know no host.
setup_test_environment()


def log_in_twice() -> None:
    """Alice, signed in on two devices."""
    new_user()
    log_in()
    log_in()
