"""Forged, altered, foreign and odd tokens at the gate and at the routes that take one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from freezegun.api import FrozenDateTimeFactory
from pytest_django import Settings

from tegata.models import Session
from tests.ninja.helpers import SECRET, JSONClient, Pair, assert_refused, claims_of, forge

VECTORS = Path(__file__).parents[2] / "vectors" / "rfc"

pytestmark = [
    pytest.mark.usefixtures("forging_key"),
    # The weak keys are the point.
    pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning"),
]


def encoded(part: Any) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def assert_refused_everywhere(caller: JSONClient, token: str, code: str = "invalid_token") -> None:
    """As an access token at the gates, and as any token at the routes."""
    for where in ("profile/", "aprofile/", "auth/sessions/"):
        assert_refused(caller.get(where, token), 401, code)
    assert_refused(caller.post("auth/verify/", {"token": token}), 401, code)
    assert_refused(caller.refresh(token), 401, code)
    assert_refused(caller.post("auth/logout/", token=token), 401, code)
    assert_refused(caller.post("auth/logout/", {"refresh_token": token}), 401, code)
    assert not Session.objects.exclude(expired_at=None).exists()


def test_a_forgery_with_the_right_key_shows_that_these_tests_can_succeed(
    pair: Pair, caller: JSONClient
) -> None:
    claims = claims_of(pair.access)

    assert caller.get("profile/", forge(claims)).status_code == 200
    assert caller.get("profile/", forge(claims, typ="application/AT+JWT")).status_code == 200
    assert caller.get("profile/", forge({**claims, "more": [1, None]})).status_code == 200
    assert caller.get("profile/", forge({**claims, "aud": ["x", "tegata"]})).status_code == 200
    assert caller.refresh(forge(claims_of(pair.refresh), typ="rt+jwt")).status_code == 200


@pytest.mark.parametrize(
    "token",
    [
        ".",
        "..",
        "...",
        "a.b",
        "a.b.c",
        "a.b.c.d",
        "e30.e30.",
        "e30.e30.e30",
        "null",
        "{}",
        "=.=.=",
        "eyJhbGciOiJIUzI1NiJ9..",
        "x" * 8_192,
        "x" * 8_193,
        "." * 8_192,
    ],
)
def test_what_is_no_token(user: Any, caller: JSONClient, token: str) -> None:
    assert_refused_everywhere(caller, token)


def test_truncated(pair: Pair, caller: JSONClient) -> None:
    header, payload, signature = pair.access.split(".")
    assert caller.get("profile/", pair.access).status_code == 200
    for token in (
        pair.access[:-1],
        pair.access[1:],
        f"{header}.{payload}.",
        f"{header}.{payload}",
        f".{payload}.{signature}",
        f"{header}..{signature}",
        f"{header}.{payload}.{signature}.",
        f"{header}.{payload}.{signature}=",
        f"{header}=.{payload}.{signature}",
        f"{header}.{payload}.{signature[:-4]}",
    ):
        assert_refused_everywhere(caller, token)


def test_one_other_bit_in_any_part(pair: Pair, caller: JSONClient) -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    letters = list(pair.access)
    for index in range(0, len(letters), 7):
        if letters[index] == ".":
            continue
        altered = letters.copy()
        altered[index] = alphabet[alphabet.index(letters[index]) ^ 32]
        assert_refused(caller.get("profile/", "".join(altered)), 401, "invalid_token")
    # The last letter of a signature has bits that decoders tend to ignore.
    for last in alphabet.replace(letters[-1], ""):
        token = pair.access[:-1] + last
        assert_refused(caller.get("profile/", token), 401, "invalid_token")


def test_a_payload_from_one_token_and_a_signature_from_another(
    pair: Pair, other_user: Any, caller: JSONClient
) -> None:
    header, payload, _ = pair.access.split(".")
    _, _, signature = caller.log_in("bob").access.split(".")

    assert_refused_everywhere(caller, f"{header}.{payload}.{signature}")


def test_signed_by_another_key(pair: Pair, caller: JSONClient) -> None:
    claims = claims_of(pair.access)
    for key in (b"another key, of thirty-two bytes", SECRET + b"\n", b"x"):
        assert_refused_everywhere(caller, forge(claims, key=key))
    header, payload = encoded({"alg": "HS256", "typ": "at+jwt"}), encoded(claims)
    empty = hmac.new(b"", f"{header}.{payload}".encode(), hashlib.sha256).digest()
    assert_refused_everywhere(caller, f"{header}.{payload}.{encoded(empty)}")


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "", None, 1, [], {}])
def test_alg_none(pair: Pair, caller: JSONClient, alg: Any) -> None:
    payload = pair.access.split(".")[1]
    header = encoded({"alg": alg, "typ": "at+jwt"})
    signature = pair.access.split(".")[2]

    assert_refused_everywhere(caller, f"{header}.{payload}.")
    assert_refused_everywhere(caller, f"{header}.{payload}.{signature}")


def test_pyjwt_s_own_unsecured_token(pair: Pair, caller: JSONClient) -> None:
    token = jwt.encode(claims_of(pair.access), key="", algorithm="none", headers={"typ": "at+jwt"})

    assert_refused_everywhere(caller, token)


@pytest.mark.parametrize("alg", ["HS384", "HS512"])
def test_another_hash_with_the_right_secret(pair: Pair, caller: JSONClient, alg: str) -> None:
    key = SECRET * 2
    assert_refused_everywhere(caller, forge(claims_of(pair.access), alg=alg, key=SECRET))
    assert_refused_everywhere(caller, forge(claims_of(pair.access), alg=alg, key=key))


def test_a_public_key_as_secret(user: Any, caller: JSONClient, settings: Settings) -> None:
    """The confusion of CVE-2017-11424, CVE-2022-29217 and CVE-2024-33663."""
    vector = json.loads((VECTORS / "rfc8037_appendix_a.json").read_text())
    private = find_jwk(vector, "d")
    settings.TEGATA = {"KEYS": [private], "ALGORITHM": "EdDSA"}
    pair = caller.log_in()
    assert caller.get("profile/", pair.access).status_code == 200
    header, payload, _ = pair.access.split(".")
    assert json.loads(base64.urlsafe_b64decode(header + "=="))["alg"] == "EdDSA"

    public = {name: value for name, value in private.items() if name != "d"}
    raw = base64.urlsafe_b64decode(public["x"] + "==")
    spki = bytes.fromhex("302a300506032b6570032100") + raw
    pem = base64.encodebytes(spki).decode()
    for secret in (
        raw,
        public["x"].encode(),
        json.dumps(public).encode(),
        spki,
        f"-----BEGIN PUBLIC KEY-----\n{pem}-----END PUBLIC KEY-----\n".encode(),
        b"",
    ):
        for extra in ({}, {"kid": jwt.get_unverified_header(pair.access).get("kid")}):
            forged_header = encoded({"alg": "HS256", "typ": "at+jwt", **extra})
            content = f"{forged_header}.{payload}"
            signature = hmac.new(secret, content.encode(), hashlib.sha256).digest()
            assert_refused_everywhere(caller, f"{content}.{encoded(signature)}")


def find_jwk(vector: Any, member: str) -> dict[str, str]:
    """The first object with that member, wherever it is in the vector."""
    if isinstance(vector, dict):
        if "kty" in vector and member in vector:
            return vector
        vector = list(vector.values())
    if isinstance(vector, list):
        for each in vector:
            if found := find_jwk(each, member):
                return found
    return {}


@pytest.mark.parametrize(
    "extra",
    [
        {"crit": ["exp"]},
        {"crit": 1},
        {"crit": []},
        {"crit": None},
        {"b64": False, "crit": ["b64"]},
        {"kid": 1},
        {"kid": None},
        {"kid": ["x"]},
        {"typ": 1},
        {"typ": None},
        {"typ": "JWT"},
        {"typ": "at+jwt "},
        {"typ": "rt+jwt"},
        {"typ": ""},
    ],
    ids=str,
)
def test_a_header_that_is_none_of_ours(
    pair: Pair, caller: JSONClient, extra: dict[str, Any]
) -> None:
    header = encoded({"alg": "HS256", "typ": "at+jwt", **extra})
    content = f"{header}.{encoded(claims_of(pair.access))}"
    signature = hmac.new(SECRET, content.encode(), hashlib.sha256).digest()

    assert_refused_everywhere(caller, f"{content}.{encoded(signature)}")


def test_keys_that_the_token_brings_along_are_not_looked_at(pair: Pair, caller: JSONClient) -> None:
    mine = b"a key that the sender chose, 32+."
    jwk = {"kty": "oct", "k": encoded(mine)}
    brought: dict[str, Any] = {
        "jwk": jwk,
        "jku": "https://evil.example.org/jwks",
        "x5u": "https://evil.example",
    }

    token = forge(claims_of(pair.access), key=mine, **brought)

    assert_refused_everywhere(caller, token)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"1",
        b"{",
        b"\xff\xfe",
        b"{}",
        b'{"a":' * 100 + b"1" + b"}" * 100,
        b'{"iss":"tegata","iss":"tegata"}',
    ],
    ids=range(10),
)
def test_a_payload_that_is_none(user: Any, caller: JSONClient, payload: bytes) -> None:
    assert_refused_everywhere(caller, forge(payload))


def test_a_repeated_claim(pair: Pair, caller: JSONClient) -> None:
    text = json.dumps(claims_of(pair.access))

    assert caller.get("profile/", forge(text.encode())).status_code == 200
    repeated = text.replace('"iss"', '"user_id": 2, "iss"', 1)
    assert_refused_everywhere(caller, forge(repeated.encode()))


REQUIRED = (
    "iss",
    "aud",
    "sub",
    "client_id",
    "iat",
    "exp",
    "jti",
    "type",
    "user_id",
    "session_id",
    "generation",
)


@pytest.mark.parametrize("name", REQUIRED)
def test_a_claim_that_is_missing(pair: Pair, caller: JSONClient, name: str) -> None:
    for token, typ in ((pair.access, "at+jwt"), (pair.refresh, "rt+jwt")):
        claims = claims_of(token)
        del claims[name]
        assert_refused_everywhere(caller, forge(claims, typ=typ))


@pytest.mark.parametrize("name", REQUIRED)
def test_a_claim_of_another_type(pair: Pair, caller: JSONClient, name: str) -> None:
    claims = claims_of(pair.access)
    right = claims[name]
    others: list[Any] = [None, True, [], {}, [[]], [right, 1], str(right)]
    if name not in {"iat", "exp"}:
        others += [-1, 1.5, 2**70]
    if name != "aud":
        others.append([right])
    for value in others:
        if value == right:
            continue
        token = forge({**claims, name: value})
        for where in ("profile/", "aprofile/"):
            assert_refused(caller.get(where, token), 401, "invalid_token")
        assert_refused(caller.post("auth/verify/", {"token": token}), 401, "invalid_token")


@pytest.mark.parametrize("value", ["Infinity", "-Infinity", "NaN", "1e999", '"1e999"', "9" * 400])
def test_an_end_of_time_that_is_none(pair: Pair, caller: JSONClient, value: str) -> None:
    claims = json.dumps({**claims_of(pair.access), "exp": 0})

    assert_refused_everywhere(caller, forge(claims.replace('"exp": 0', f'"exp": {value}').encode()))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"iss": "https://tegata"}, "invalid_token"),
        ({"iss": "tega"}, "invalid_token"),
        ({"iss": "TEGATA"}, "invalid_token"),
        ({"iss": "tegata "}, "invalid_token"),
        ({"aud": "other"}, "invalid_token"),
        ({"aud": ["other"]}, "invalid_token"),
        ({"aud": []}, "invalid_token"),
        ({"aud": ["tegata2", "tega", "Tegata"]}, "invalid_token"),
        ({"type": "refresh"}, "invalid_token"),
        ({"type": "sliding"}, "invalid_token"),
        ({"sub": "0"}, "invalid_token"),
        ({"session_id": "A" * 42}, "invalid_token"),
        ({"session_id": "A" * 42 + "\0"}, "invalid_token"),
        ({"session_id": "A" * 43}, "session_not_found"),
    ],
    ids=str,
)
def test_made_for_another(
    pair: Pair, caller: JSONClient, changes: dict[str, Any], code: str
) -> None:
    token = forge({**claims_of(pair.access), **changes})

    assert_refused(caller.get("profile/", token), 401, code)
    assert_refused(caller.post("auth/verify/", {"token": token}), 401, code)


@pytest.mark.parametrize(
    "user_id",
    ["1", "alice", "", "\0", "\ud800", 0, -1, 2**63, 2**64, 1.0, True, None, [], [1], {"pk": 1}],
    ids=repr,
)
def test_a_user_id_of_another_type(pair: Pair, caller: JSONClient, user_id: Any) -> None:
    """A key shared with another issuer brings tokens with whatever that one calls a user."""
    sub = user_id if isinstance(user_id, str) else json.dumps(user_id)
    for token, typ in ((pair.access, "at+jwt"), (pair.refresh, "rt+jwt")):
        claims = {**claims_of(token), "user_id": user_id, "sub": sub}
        forged = forge(claims, typ=typ)
        assert_refused(caller.post("auth/verify/", {"token": forged}), 401, "invalid_token")
    access = forge({**claims_of(pair.access), "user_id": user_id, "sub": sub})
    for where in ("profile/", "aprofile/"):
        assert_refused(caller.get(where, access), 401, "invalid_token")
    assert Session.objects.get().expired_at is None


def test_another_user_s_id_in_a_token_of_one_s_own_session(
    pair: Pair, other_user: Any, caller: JSONClient
) -> None:
    claims = {**claims_of(pair.access), "user_id": other_user.pk, "sub": str(other_user.pk)}

    assert_refused(caller.get("profile/", forge(claims)), 401, "invalid_token")


def test_a_refresh_token_at_the_gate_and_an_access_token_at_refresh(
    pair: Pair, caller: JSONClient
) -> None:
    for where in ("profile/", "aprofile/", "auth/sessions/"):
        assert_refused(caller.get(where, pair.refresh), 401, "invalid_token_type")
    assert_refused(caller.refresh(pair.access), 400, "invalid_token_type")
    # Neither will do with the other's header.
    access_as_refresh = forge(claims_of(pair.access), typ="rt+jwt")
    refresh_as_access = forge(claims_of(pair.refresh), typ="at+jwt")
    assert_refused(caller.refresh(access_as_refresh), 401, "invalid_token")
    assert_refused(caller.get("profile/", refresh_as_access), 401, "invalid_token")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda now: {"exp": now - 11}, "expired_token"),
        (lambda now: {"exp": now - 10}, "expired_token"),
        (lambda now: {"exp": now - 9}, None),
        (lambda now: {"exp": 0}, "expired_token"),
        (lambda now: {"exp": -1}, "invalid_token"),
        (lambda now: {"iat": now + 10}, None),
        (lambda now: {"iat": now + 11}, "invalid_token"),
        (lambda now: {"nbf": now + 10}, None),
        (lambda now: {"nbf": now + 11}, "invalid_token"),
        (lambda now: {"nbf": None}, "invalid_token"),
        (lambda now: {"nbf": "0"}, "invalid_token"),
        (lambda now: {"nbf": now - 1_000_000}, None),
    ],
)
def test_times_with_ten_seconds_of_leeway(
    clock: FrozenDateTimeFactory,
    user: Any,
    caller: JSONClient,
    change: Callable[[float], dict[str, Any]],
    code: str | None,
) -> None:
    claims = claims_of(caller.log_in().access)
    token = forge({**claims, **change(claims["iat"])})

    for where in ("profile/", "aprofile/"):
        response = caller.get(where, token)
        if code is None:
            assert response.status_code == 200
        else:
            assert_refused(response, 401, code)


def test_over_long(user: Any, caller: JSONClient, settings: Settings) -> None:
    settings.TEGATA = {**settings.TEGATA, "MAX_TOKEN_LENGTH": 1024}
    claims = claims_of(caller.log_in().access)

    def of_length(length: int) -> str:
        for padding in range(length):
            token = forge({**claims, "x": "x" * padding})
            if len(token) >= length:
                return token
        raise AssertionError(length)

    assert caller.get("profile/", of_length(1023)).status_code == 200
    longer = of_length(1025)
    assert_refused_everywhere(caller, longer)


def test_other_keys_of_the_set_still_verify(
    pair: Pair, caller: JSONClient, settings: Settings
) -> None:
    settings.TEGATA = {"KEYS": [b"the next key, of 32 bytes or so.", SECRET]}
    assert caller.get("profile/", pair.access).status_code == 200

    settings.TEGATA = {"KEYS": [b"the next key, of 32 bytes or so."]}
    assert_refused_everywhere(caller, pair.access)
