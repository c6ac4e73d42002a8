"""`tegata.testing`: tokens of chosen times, issuers and keys, and forged ones."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
from django.test import Client

from tegata import jose, testing
from tegata._tegata import session_checks
from tegata.models import Session
from tests.ninja.helpers import claims_of

KEYS = Path(__file__).resolve().parents[1] / "django" / "keys"
NOON = datetime(2027, 3, 4, 12, tzinfo=UTC)
LATER, AGO = timedelta(hours=1), timedelta(hours=-1)


def answer(token: str) -> tuple[int, str | None]:
    """Status and error code of a view that looks at nothing but the token's verdict."""
    response: Any = Client().get("/api/either/", headers=testing.bearer(token))
    return response.status_code, response.json().get("error_code")


def refreshed(token: str) -> tuple[int, str | None]:
    """Status and error code of `refresh/`."""
    response: Any = Client().post(
        "/api/auth/refresh/", {"refresh_token": token}, content_type="application/json"
    )
    return response.status_code, response.json().get("error_code")


@pytest.mark.parametrize("check", session_checks())
def test_each_choice_of_times_is_judged_as_told(user: Any, settings: Any, check: str) -> None:
    settings.TEGATA = {"SESSION_CHECK": check}
    let_in, expired, invalid = (200, None), (401, "expired_token"), (401, "invalid_token")
    for options, of_access, of_refresh in (
        ({}, let_in, let_in),
        ({"issued_at": timedelta(minutes=-4)}, let_in, let_in),
        ({"issued_at": timedelta(minutes=-6)}, expired, let_in),
        ({"issued_at": timedelta(days=-15)}, expired, expired),
        ({"issued_at": LATER}, invalid, invalid),
        ({"expires_at": AGO}, expired, let_in),
        ({"expires_at": timedelta(days=3)}, let_in, let_in),
        ({"refresh_expires_at": AGO}, expired, expired),
        ({"refresh_expires_at": AGO, "expires_at": LATER}, None, expired),
        ({"not_before": LATER}, invalid, invalid),
        ({"not_before": AGO}, let_in, let_in),
        ({"issuer": "https://other.example"}, invalid, invalid),
        ({"audience": ["a", "b"]}, invalid, invalid),
        ({"audience": ["a", "tegata"]}, let_in, let_in),
        ({"key": jose.Key.generate("ES256")}, invalid, invalid),
        ({"key": jose.Key.generate("HS256")}, invalid, invalid),
        ({"claims": {"team": 7}}, let_in, let_in),
        ({"claims": {"generation": "x"}}, invalid, let_in),
    ):
        issued = testing.tokens(user, **options)  # type: ignore[arg-type]
        if of_access is not None:
            assert answer(issued.access_token) == of_access, options
        if of_access is not None or check != "off":
            status, code = refreshed(issued.refresh_token)
            assert (401 if status == 401 else status, code) == of_refresh, options


def test_chosen_instants_stand_in_the_tokens_and_in_the_row(user: Any) -> None:
    issued = testing.tokens(
        user,
        issued_at=NOON,
        expires_at=NOON + timedelta(minutes=1),
        refresh_expires_at="2027-03-05T13:00:00+01:00",
        claims={"team": 7},
    )
    access, refresh = claims_of(issued.access_token), claims_of(issued.refresh_token)
    noon = NOON.timestamp()
    assert (access["iat"], access["exp"]) == (noon, noon + 60)
    assert (refresh["iat"], refresh["exp"]) == (noon, noon + 86_400)
    assert (access["team"], "team" in refresh) == (7, False)
    session = issued.session
    assert (session.created_at, session.minted_at, session.refreshed_at) == (NOON, NOON, NOON)


def test_an_end_alone_puts_the_login_as_early_as_it_must_have_been(user: Any) -> None:
    with testing.frozen(NOON):
        over = testing.tokens(user, expires_at=AGO)
        lasting = testing.tokens(user, expires_at=timedelta(days=3))
    assert over.session.created_at == NOON - timedelta(hours=1, minutes=5)
    assert lasting.session.created_at == NOON


def test_a_session_that_has_ended_refuses_its_tokens(user: Any) -> None:
    issued = testing.tokens(user, expires_at=LATER, claims={"team": 7})
    assert answer(issued.access_token) == (200, None)
    issued.session.invalidate()
    assert answer(issued.access_token) == (401, "session_expired")
    assert refreshed(issued.refresh_token)[0] == 401


def test_a_moment_without_a_timezone_is_refused(user: Any) -> None:
    with pytest.raises(ValueError, match="no timezone"):
        testing.tokens(user, issued_at=NOON.replace(tzinfo=None))
    assert not Session.objects.exists()


SITES = {
    "derived": {},
    "HS384": {
        "ALGORITHM": "HS384",
        "KEYS": ["a secret of no less than forty-eight bytes, or more"],
    },
    "ES256": {"ALGORITHM": "ES256", "KEYS": [KEYS / "es256.pem"]},
    "EdDSA": {"ALGORITHM": "EdDSA", "KEYS": [KEYS / "eddsa.pem"], "USER_ID_CLAIM": "uid"},
}


@pytest.mark.parametrize("check", session_checks())
@pytest.mark.parametrize("site", SITES)
def test_every_forgery_is_refused_and_its_original_is_not(
    user: Any, settings: Any, site: str, check: str
) -> None:
    settings.TEGATA = {**SITES[site], "SESSION_CHECK": check}
    assert answer(testing.tokens(user).access_token) == (200, None)
    for flaw, token, code in testing.forgeries(user):
        assert (flaw, answer(token)) == (flaw, (401, code))


@pytest.mark.parametrize("site", SITES)
def test_every_forged_refresh_token_is_refused(user: Any, settings: Any, site: str) -> None:
    settings.TEGATA = SITES[site]
    assert refreshed(testing.tokens(user).refresh_token) == (200, None)
    for flaw, token, code in testing.forgeries(user, kind="refresh"):
        status, said = refreshed(token)
        assert (flaw, status in {400, 401}, said) == (flaw, True, code)


@pytest.mark.parametrize("kind", ["access", "refresh"])
def test_a_forgery_has_its_one_flaw(user: Any, kind: Literal["access", "refresh"]) -> None:
    """What each flaw leaves of the header, the claims and the signature."""

    def parts(token: str) -> tuple[dict[str, Any], dict[str, Any], str]:
        header, claims, signature = token.split(".")
        read = [base64.urlsafe_b64decode(f"{part}==") for part in (header, claims)]
        return json.loads(read[0]), json.loads(read[1]), signature

    with testing.frozen(NOON):
        made = {flaw: testing.forged(user, flaw, kind=kind).token for flaw in testing.FLAWS}
    typ = {"access": "at+jwt", "refresh": "rt+jwt"}[kind]
    assert [flaw for flaw, token in made.items() if parts(token)[0].get("typ") != typ] == [
        "other_kind",
        "wrong_typ",
    ]
    assert [flaw for flaw, token in made.items() if not parts(token)[2]] == [
        "alg_none",
        "no_signature",
    ]
    assert parts(made["alg_none"])[0]["alg"] == "none"
    assert parts(made["confused_algorithm"])[0]["alg"] == "HS512"
    assert "jwk" in parts(made["embedded_key"])[0]
    assert "exp" not in parts(made["no_expiry"])[1]
    assert parts(made["expired"])[1]["exp"] == NOON.timestamp() - 11
    changed = ("disagreeing_types", "other_subject", "tampered_claims", "other_issuer")
    genuine = parts(made["no_signature"])[1]
    own = {"jti", "session_id"}
    assert len(changed) == len(
        [
            flaw
            for flaw in changed
            if {k: v for k, v in parts(made[flaw])[1].items() if k not in own}
            != {k: v for k, v in genuine.items() if k not in own}
        ]
    )


def test_an_unknown_flaw_is_named(user: Any) -> None:
    with pytest.raises(ValueError, match="'alg' is none of alg_none, confused_algorithm"):
        testing.forged(user, "alg")  # type: ignore[arg-type]


def test_neither_a_forgery_nor_its_token_is_printed(user: Any) -> None:
    forgery = testing.forged(user, "expired")
    assert repr(forgery) == "<Forgery expired>"


def test_the_header_is_by_the_scheme_of_the_site(user: Any, settings: Any) -> None:
    settings.TEGATA = {"AUTH_HEADER_TYPES": ["JWT", "Token"]}
    assert testing.bearer("x") == {"Authorization": "JWT x"}
    assert answer(testing.tokens(user).access_token) == (200, None)
