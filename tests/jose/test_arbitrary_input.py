"""Whatever comes in, what comes out is an answer or a `JoseError`."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tegata import jose
from tests.jose.materials import KEY, base64url, by_hand, of_parts, signing_key

PUBLIC = signing_key("ES256").public()
KEYS = [KEY, PUBLIC, jose.KeySet([KEY.with_kid("a"), PUBLIC, KEY])]
REGISTERED = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"]

ANY_TEXT = st.text(st.characters())
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=8,
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.complex_numbers()
    | ANY_TEXT
    | st.binary()
    | st.datetimes(timezones=st.none() | st.timezones())
    | st.dates()
    | st.times()
    | st.timedeltas()
    | st.uuids()
    | st.decimals(allow_nan=False)
    | st.fractions()
    | st.sampled_from([object(), int, len, ..., NotImplemented, range(3), KEY, json])
)
OBJECTS: st.SearchStrategy[Any] = st.recursive(
    # Some decimals that are no number cannot be hashed.
    SCALARS | st.decimals(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.lists(inner, max_size=3).map(iter)
        | st.dictionaries(SCALARS, inner, max_size=3)
        | st.dictionaries(ANY_TEXT, inner, max_size=3)
        | st.dictionaries(ANY_TEXT, inner, max_size=3).map(MappingProxyType)
        | st.frozensets(SCALARS, max_size=3)
    ),
    max_leaves=8,
)
NAMES = st.sampled_from(REGISTERED) | ANY_TEXT
LETTERS = st.text("abcAB01-_=.{} é", max_size=12)
PARTS = (
    LETTERS
    | st.binary(max_size=24).map(base64url)
    | JSON.map(json.dumps).map(lambda text: base64url(text.encode()))
)


def refused(call: Callable[[], object]) -> bool:
    """Whether a call raises a `JoseError`; any other exception passes through and fails."""
    try:
        call()
    except jose.JoseError as error:
        assert type(error).code  # noqa: PT017
        return True
    return False


@given(
    ANY_TEXT
    | st.binary()
    | st.binary().map(bytearray)
    | st.binary().map(lambda raw: memoryview(raw))
    | st.binary(min_size=2).map(lambda raw: memoryview(raw)[::2])
    | st.lists(PARTS, max_size=5).map(".".join)
    | OBJECTS
)
@settings(deadline=None)
def test_any_object_as_a_token(token: Any) -> None:
    for keys in KEYS:
        assert refused(lambda keys=keys: jose.decode(token, keys))  # type: ignore[misc]
    refused(lambda: jose.decode_unverified(token))


@given(
    header=st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jwk"]), JSON),
    more=st.dictionaries(ANY_TEXT, JSON, max_size=2),
    keeps_alg=st.booleans(),
    claims=st.dictionaries(NAMES, JSON) | JSON,
)
@settings(deadline=None, max_examples=300)
def test_any_json_under_a_good_signature(
    header: dict[str, Any], more: dict[str, Any], keeps_alg: bool, claims: Any
) -> None:
    token = by_hand(claims, **{**more, **header, **({"alg": "HS256"} if keeps_alg else {})})
    for keys in KEYS:
        refused(lambda keys=keys: jose.decode(token, keys))  # type: ignore[misc]
        refused(lambda keys=keys: jose.decode(token, keys, skip=REGISTERED))  # type: ignore[misc]
    refused(lambda: jose.decode_unverified(token))


@given(header=st.binary(max_size=40), payload=st.binary(max_size=40))
@settings(deadline=None)
def test_any_bytes_under_a_good_signature(header: bytes, payload: bytes) -> None:
    refused(lambda: jose.decode(of_parts(header, payload), KEY))
    refused(lambda: jose.decode(of_parts(b'{"alg":"HS256"}', payload), KEY))


@given(st.dictionaries(NAMES, OBJECTS) | OBJECTS)
@settings(deadline=None, max_examples=300)
def test_any_object_as_claims(claims: Any) -> None:
    read: list[jose.Token] = []

    def there_and_back() -> None:
        token = jose.encode(claims, KEY)
        skip = ["exp", "nbf", "iat", "aud"]
        read.append(jose.decode(token, KEY, skip=skip, max_token_length=10**6))

    # What is signed can be read.
    assert refused(there_and_back) or read[0].claims.keys() == claims.keys()


@given(st.dictionaries(st.sampled_from(["alg", "typ", "kid", "crit", "x"]), OBJECTS) | OBJECTS)
@settings(deadline=None)
def test_any_object_as_headers(headers: Any) -> None:
    def there_and_back() -> None:
        jose.decode(jose.encode({}, KEY, headers=headers), KEY.with_kid(None))

    refused(there_and_back)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            **dict.fromkeys(["issuer", "audience", "require", "skip"], OBJECTS),
            **dict.fromkeys(["leeway", "max_age"], OBJECTS | st.timedeltas(timedelta(0))),
            "now": OBJECTS | st.datetimes(timezones=st.timezones()),
            "claims": OBJECTS | st.dictionaries(st.just("sub"), OBJECTS),
        },
    )
)
@settings(deadline=None, max_examples=300)
def test_any_object_as_an_argument(arguments: dict[str, Any]) -> None:
    token = by_hand({"sub": "alice", "iss": "me", "iat": 1_800_000_000})
    refused(lambda: jose.decode(token, KEY, **arguments))


@given(OBJECTS | st.dictionaries(st.sampled_from(["kty", "k", "crv", "x", "alg"]), OBJECTS))
@settings(deadline=None)
def test_any_object_as_a_key(value: Any) -> None:
    for read in (
        lambda: jose.Key.from_secret(value, "HS256"),
        lambda: jose.Key.from_pem(value, "ES256"),
        lambda: jose.Key.from_jwk(value),
        lambda: jose.Key.from_jwk(value, "HS256", legacy=True),
        lambda: jose.KeySet.from_jwks(value),
        lambda: jose.KeySet.from_jwks({"keys": [value]}, private=True),
        lambda: jose.KeySet(value),
        lambda: jose.encode({}, value),
        lambda: jose.decode(by_hand({}), value),
    ):
        refused(read)


@given(st.binary() | st.binary().map(lambda raw: b"\x30\x82" + raw))
@settings(deadline=None)
def test_any_bytes_as_a_key(raw: bytes) -> None:
    for alg in ("ES256", "RS256", "EdDSA"):
        assert refused(lambda alg=alg: jose.Key.from_der(raw, alg))  # type: ignore[misc]
        pem = b"-----BEGIN PUBLIC KEY-----\n" + raw + b"\n-----END PUBLIC KEY-----\n"
        assert refused(lambda alg=alg, pem=pem: jose.Key.from_pem(pem, alg))  # type: ignore[misc]
