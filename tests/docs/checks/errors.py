"""What docs/reference/errors.md says of errors of a site's own."""

from __future__ import annotations

import pytest

from tests.docs.checks.helpers import bearer, log_in, new_user, post

pytestmark = pytest.mark.django_db


def test_an_error_of_the_sites_own() -> None:
    new_user()
    answer = post("invite/?email=bob@example.org", headers=bearer(log_in()))
    assert answer.status_code == 403
    assert answer.json() == {"error_code": "not_allowed", "detail": "Only staff may invite."}
    assert answer.headers["Cache-Control"] == "no-store"
    new_user("boss", is_staff=True)
    answer = post("invite/?email=bob@example.org", headers=bearer(log_in("boss")))
    assert answer.json() == {"invited": "bob@example.org"}
