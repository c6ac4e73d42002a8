"""`TEGATA["ACCEPT_LEGACY"]`: what stops start-up, and what it says."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from tegata import conf

UNTIL = datetime(2030, 1, 1, tzinfo=UTC)
WHOLE = {"KEYS": ["as weak as it was"], "UNTIL": UNTIL}


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        WHOLE,
        [WHOLE, {**WHOLE, "ISSUER": "https://before.example"}],
        {**WHOLE, "TYP": None, "JTI_CLAIM": None},
        {**WHOLE, "TOKEN_TYPE_CLAIM": "token_type", "SESSION_ID_CLAIM": None},
        {**WHOLE, "TYP": {"access": "at+jwt", "refresh": None}},
    ],
)
def test_what_can_be(settings: Settings, value: Any) -> None:
    settings.TEGATA = {"ACCEPT_LEGACY": value}
    expected = 0 if not value else len(value) if isinstance(value, list) else 1
    assert len(conf.current().ACCEPT_LEGACY) == expected
    assert conf.engine()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"KEYS": None}, "['KEYS'] must be a list of secrets"),
        ({"KEYS": []}, "['KEYS'] must be a list of secrets"),
        ({"KEYS": "secret"}, "['KEYS'] must be a list of secrets"),
        ({"KEYS": [""]}, "['KEYS'][0]: "),
        ({"KEYS": ["a", b"-----BEGIN PUBLIC KEY-----"]}, "['KEYS'][1]: "),
        ({"ALGORITHM": "none"}, "['ALGORITHM'] must be one of HS256"),
        ({"UNTIL": None}, "['UNTIL'] must be a datetime with a timezone"),
        ({"UNTIL": UNTIL.replace(tzinfo=None)}, "['UNTIL'] must be a datetime with a timezone"),
        ({"UNTIL": "2030-01-01"}, "['UNTIL'] must be a datetime with a timezone"),
        ({"USER_ID_CLAIM": None}, "['USER_ID_CLAIM'] must be a string"),
        ({"SESSION_ID_CLAIM": 1}, "['SESSION_ID_CLAIM'] must be a string"),
        (
            {"SESSION_ID_CLAIM": None, "JTI_CLAIM": None},
            " must say in JTI_CLAIM what tokens are told apart by",
        ),
        ({"ISSUER": ["a"]}, "['ISSUER'] must be a string, or None"),
        ({"TYP": 1}, "['TYP'] must be a string, None, or a dict"),
        ({"TYP": {"access": "JWT"}}, "['TYP'] must be a string, None, or a dict"),
        ({"UNTILL": UNTIL}, "['UNTILL'] is not a setting of Tegata. Did you mean 'UNTIL'?"),
        ({"ISSUER": ""}, " must have no empty TYP, ISSUER or AUDIENCE"),
        ({"USER_ID_CLAIM": "sub"}, " must name each claim by a name of its own"),
        ({"SESSION_ID_CLAIM": "type"}, " must name each claim by a name of its own"),
    ],
)
def test_what_cannot_be(settings: Settings, change: dict[str, Any], message: str) -> None:
    settings.TEGATA = {"ACCEPT_LEGACY": {**WHOLE, **change}}
    with pytest.raises(ImproperlyConfigured) as refused:
        conf.engine()
    assert str(refused.value).startswith(f"TEGATA['ACCEPT_LEGACY']{message}")
    assert "as weak as it was" not in str(refused.value)


def test_one_of_a_list_is_named_by_its_place(settings: Settings) -> None:
    settings.TEGATA = {"ACCEPT_LEGACY": [WHOLE, {**WHOLE, "UNTIL": None}]}
    with pytest.raises(ImproperlyConfigured, match=r"TEGATA\['ACCEPT_LEGACY'\]\[1\]\['UNTIL'\]"):
        conf.current()


@pytest.mark.parametrize("value", ["a", 1, ["a"], {"a"}])
def test_what_is_no_dict(settings: Settings, value: Any) -> None:
    settings.TEGATA = {"ACCEPT_LEGACY": value}
    with pytest.raises(ImproperlyConfigured, match="must be a dict, a list of dicts, or None"):
        conf.current()


def test_without_rows_of_sessions(settings: Settings) -> None:
    settings.TEGATA = {"ACCEPT_LEGACY": WHOLE, "SESSION_CHECK": "off"}
    with pytest.raises(ImproperlyConfigured, match="needs rows of sessions"):
        conf.engine()
