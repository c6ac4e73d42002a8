"""The soak in short, with the account that the long one prints."""

from __future__ import annotations

import os
import secrets

import pytest

from tests.soak.soak import SHORT, soak


def test_a_short_soak(request: pytest.FixtureRequest) -> None:
    kind = os.environ["TEGATA_TEST_DATABASE"]
    if kind == "postgres":
        # Leaves the test out where there is none; the soak has one of its own.
        request.getfixturevalue("postgres")

    account = soak(kind, SHORT, secrets.token_hex(4))

    assert account.is_clean, f"\n{account}"
    # One that did nothing would be clean as well.
    happened = {name: number for name, number in account.lines.items() if number}
    expected = set(account.lines) - ({"connections cut"} if kind == "sqlite" else set())
    assert expected <= set(happened), f"\n{account}"
    assert account.lines["refreshes made"] > 100, f"\n{account}"
