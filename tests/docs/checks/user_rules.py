"""What docs/guides/token-classes.md says of rules and names, once its last settings are in."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.docs.checks.helpers import PASSWORD, code_of, get, new_user, part_of, post

pytestmark = pytest.mark.django_db(transaction=True)
LOGIN = {"username": "alice", "password": PASSWORD}


def test_rules_and_names() -> None:
    user = new_user()
    pair = post("token/pair/", LOGIN).json()
    assert part_of(pair["access_token"], 1)["sub"] == "alice"
    headers = {"Authorization": f"JWT {pair['access_token']}"}
    assert Client().get("/api/profile/", headers=headers).json() == {"for": "alice"}
    type(user).objects.update(email="alice@blocked.example")
    assert code_of(post("token/pair/", LOGIN)) == (401, "invalid_credentials")
    assert code_of(get("api/profile/", pair)) == (401, "invalid_user")
