"""What docs/guides/proxies.md says."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from tegata.models import Session
from tests.docs.checks.helpers import PASSWORD, new_user, post
from tests.docs.pages import DOCS

pytestmark = pytest.mark.django_db
PAGE = DOCS / "guides" / "proxies.md"


def address(peer: str, **headers: str) -> Any:
    return Client().get("/api/address/", headers=headers, REMOTE_ADDR=peer).json()["address"]


def test_the_rule() -> None:
    said = {"X-Forwarded-For": "192.0.2.66, 198.51.100.7", "Forwarded": "for=192.0.2.66"}
    assert address("10.0.0.1", **said) == "198.51.100.7"
    assert address("2001:db8:7::1", **said) == "198.51.100.7"
    assert address("192.0.2.9", **said) == "192.0.2.9"


def test_the_table() -> None:
    rows = re.findall(
        r"^\| `([\d.]+)`[^|]*\| (?:`([^`]+)`|none) \| `([\d.]+)` \|$", PAGE.read_text(), re.M
    )
    assert len(rows) == 5
    for peer, said, client in rows:
        headers = {"X-Forwarded-For": said} if said else {}
        assert address(peer, **headers) == client


def test_unix() -> None:
    assert address("", **{"X-Forwarded-For": "192.0.2.66, 198.51.100.7"}) == "198.51.100.7"
    assert address("") is None


def test_no_addresses() -> None:
    new_user()
    assert post("auth/login/", {"username": "alice", "password": PASSWORD}).status_code == 200
    assert Session.objects.get().ip_address is None
