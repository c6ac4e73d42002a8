"""A new signing key: whoever is logged in stays so, wherever the key comes from."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import Settings

from tegata.jose import Key
from tegata.models import Session
from tests.ninja.helpers import JSONClient, Pair, assert_refused, pair_of

OLD, NEW = b"the old key of thirty-two bytes.", b"the new key of thirty-two bytes."
SECRET_KEY = "another secret key, with more than enough bytes"
ES256 = Key.generate("ES256").to_pem()


def secret_key(settings: Settings, stage: str) -> None:
    settings.SECRET_KEY = "the first secret key has to be long" if stage == "old" else SECRET_KEY
    both = stage == "both"
    settings.SECRET_KEY_FALLBACKS = ["the first secret key has to be long"] if both else []


def secrets(settings: Settings, stage: str) -> None:
    settings.TEGATA = {"KEYS": {"old": [OLD], "both": [NEW, OLD], "new": [NEW]}[stage]}


def from_a_secret_key_to_a_secret(settings: Settings, stage: str) -> None:
    keys = {"old": None, "both": [NEW, "SECRET_KEY"], "new": [NEW]}
    settings.TEGATA = {"KEYS": keys[stage]}


def from_a_secret_to_a_key_pair(settings: Settings, stage: str) -> None:
    new = {"KEYS": [ES256], "ALGORITHM": "ES256"}
    old = {"KEYS": [OLD]}
    as_jwk = Key.from_secret(OLD, "HS256").to_jwk() | {"alg": "HS256"}
    both = {"KEYS": [ES256, as_jwk], "ALGORITHM": "ES256"}
    settings.TEGATA = {"old": old, "both": both, "new": new}[stage]


ROTATIONS = pytest.mark.parametrize(
    "rotate",
    [secret_key, secrets, from_a_secret_key_to_a_secret, from_a_secret_to_a_key_pair],
)


def assert_lives(caller: JSONClient, pair: Pair) -> None:
    for where in ("profile/", "aprofile/"):
        assert caller.get(where, pair.access).status_code == 200
    for token in (pair.access, pair.refresh):
        assert caller.post("auth/verify/", {"token": token}).status_code == 200


@ROTATIONS
def test_with_both_keys_nobody_notices(
    user: Any, caller: JSONClient, settings: Settings, rotate: Any
) -> None:
    rotate(settings, "old")
    pair, phone = caller.log_in(), caller.log_in()
    before = list(Session.objects.order_by("pk").values())

    rotate(settings, "both")
    for each in (pair, phone):
        assert_lives(caller, each)
    assert list(Session.objects.order_by("pk").values()) == before
    after = pair_of(caller.refresh(pair.refresh))
    assert_lives(caller, after)

    # What is signed from now on is signed by the new one, so in the end the old one can go.
    rotate(settings, "new")
    assert_lives(caller, after)
    assert pair_of(caller.refresh(after.refresh)).session_id == pair.session_id
    assert_refused(caller.get("profile/", phone.access), 401, "invalid_token")
    assert_refused(caller.refresh(phone.refresh), 401, "invalid_token")
    assert not Session.objects.filter(expired_at__isnull=False).exists()


@ROTATIONS
def test_a_key_that_was_taken_away_too_early_can_come_back(
    user: Any, caller: JSONClient, settings: Settings, rotate: Any
) -> None:
    """Its tokens are refused meanwhile, which ends no session."""
    rotate(settings, "old")
    pair = caller.log_in()
    before = Session.objects.values().get()

    rotate(settings, "new")
    assert_refused(caller.get("profile/", pair.access), 401, "invalid_token")
    assert_refused(caller.refresh(pair.refresh), 401, "invalid_token")
    assert_refused(caller.post("auth/logout/", token=pair.access), 401, "invalid_token")
    assert Session.objects.values().get() == before

    rotate(settings, "both")
    assert_lives(caller, pair)


@ROTATIONS
def test_the_new_key_signs(user: Any, caller: JSONClient, settings: Settings, rotate: Any) -> None:
    """Or the tests above would rotate nothing."""
    accepted = []
    for stage in ("old", "both", "new"):
        rotate(settings, stage)
        token = caller.log_in().access
        accepted.append(caller.get("profile/", token).status_code)
        rotate(settings, "old")
        accepted.append(caller.get("profile/", token).status_code)

    assert accepted == [200, 200, 200, 401, 200, 401]
