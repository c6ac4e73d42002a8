"""A call of PyJWT and the same of its stand-in give the same, or raise what is caught as one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import warnings
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from types import ModuleType
from typing import Any
from uuid import UUID

import jwt as pyjwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ed448

from tegata.compat import jwt as ours
from tests.compat.materials import FAR, LIBRARIES, OBJECTS, SECRET, WEAK_RSA, outcome, public_pem

Call = Callable[[ModuleType], Any]


def _signed(claims: Any, headers: dict[str, Any] | None = None, alg: str = "HS256") -> str:
    """A token by PyJWT's lower half, which asks nothing about the claims."""
    payload = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    return pyjwt.PyJWS().encode(payload, SECRET, alg, headers)


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _unencoded(**header: Any) -> str:
    """A token that says that its payload is not base64url (RFC 7797)."""
    return f"{_part({'alg': 'HS256', 'b64': False, **header})}.{_part({'a': 1})}.abcd"


def decoding(token: str | bytes, *arguments: Any, **named: Any) -> Call:
    given = {"key": SECRET, "algorithms": ["HS256"], **named} if not arguments else named
    return lambda library: library.decode(token, *arguments, **given)


def claiming(claims: Any, **named: Any) -> Call:
    return decoding(_signed(claims), **named)


def encoding(claims: Any, *arguments: Any, **named: Any) -> Call:
    def call(library: ModuleType) -> Any:
        token = library.encode(claims, *(arguments or (SECRET,)), **named)
        header = library.get_unverified_header(token)
        payload = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
        return header, payload

    return call


class Weekday:
    """What JSON has no form for."""


class WeekdayEncoder(json.JSONEncoder):
    def default(self, o: Any) -> Any:
        return "Monday" if isinstance(o, Weekday) else super().default(o)


class Everybody:
    """A container that cannot be gone through."""

    def __contains__(self, name: object) -> bool:
        return name == "everybody"


NOW = int(datetime.now(UTC).timestamp())
GOOD = _signed({"sub": "alice", "exp": FAR})
SIGNATURE_ONLY = {"verify_signature": False}

SAME: dict[str, Call] = {
    # Times.
    "no claims": claiming({}),
    "exp ahead": claiming({"exp": FAR}),
    "exp past": claiming({"exp": NOW - 100}),
    "exp now": claiming({"exp": NOW}),
    "exp as a fraction": claiming({"exp": NOW + 100.5}),
    "exp past as a fraction": claiming({"exp": NOW - 100.5}),
    "exp null": claiming({"exp": None}),
    "exp a word": claiming({"exp": "tomorrow"}),
    "exp a list": claiming({"exp": [1]}),
    "exp past within leeway": claiming({"exp": NOW - 100}, leeway=1000),
    "exp past within leeway as timedelta": claiming(
        {"exp": NOW - 100}, leeway=timedelta(minutes=10)
    ),
    "exp past beyond leeway": claiming({"exp": NOW - 100}, leeway=10.5),
    "exp past, unchecked": claiming({"exp": 1}, options={"verify_exp": False}),
    "exp a word, unchecked": claiming({"exp": "tomorrow"}, options={"verify_exp": False}),
    "nbf past": claiming({"nbf": 1}),
    "nbf ahead": claiming({"nbf": FAR}),
    "nbf ahead within leeway": claiming({"nbf": NOW + 100}, leeway=1000),
    "nbf ahead, unchecked": claiming({"nbf": FAR}, options={"verify_nbf": False}),
    "nbf a word": claiming({"nbf": "tomorrow"}),
    "iat past": claiming({"iat": 1}),
    "iat ahead": claiming({"iat": FAR}),
    "iat ahead within leeway": claiming({"iat": NOW + 100}, leeway=1000),
    "iat ahead, unchecked": claiming({"iat": FAR}, options={"verify_iat": False}),
    "iat a word": claiming({"iat": "yesterday"}),
    "iat null": claiming({"iat": None}),
    # Audience.
    "aud and nobody asks": claiming({"aud": "a"}),
    "aud list and nobody asks": claiming({"aud": ["a"]}),
    "aud unchecked": claiming({"aud": "a"}, options={"verify_aud": False}),
    "aud unchecked though asked for": claiming(
        {"aud": "a"}, audience="b", options={"verify_aud": False}
    ),
    "aud is it": claiming({"aud": "a"}, audience="a"),
    "aud is another": claiming({"aud": "a"}, audience="b"),
    "aud is missing": claiming({}, audience="a"),
    "aud list has it": claiming({"aud": ["a", "b"]}, audience="b"),
    "aud list has it not": claiming({"aud": ["a", "b"]}, audience="c"),
    "aud in those asked for": claiming({"aud": "a"}, audience=["b", "a"]),
    "aud in a set asked for": claiming({"aud": "a"}, audience={"b", "a"}),
    "aud in a generator asked for": lambda library: library.decode(
        _signed({"aud": "a"}), SECRET, ["HS256"], audience=(name for name in "ba")
    ),
    "aud lists overlap": claiming({"aud": ["a", "b"]}, audience=["b", "c"]),
    "aud lists do not overlap": claiming({"aud": ["a", "b"]}, audience=["c"]),
    "aud none asked for": claiming({"aud": "a"}, audience=[]),
    "aud None among those asked for": claiming({"aud": "a"}, audience=[None, "a"]),
    "aud only None asked for": claiming({"aud": "a"}, audience=[None]),
    "aud none asked for and missing": claiming({}, audience=[]),
    "aud a number": claiming({"aud": 5}, audience="a"),
    "aud list with a number": claiming({"aud": ["a", 5]}, audience="a"),
    "aud number asked for": claiming({"aud": "a"}, audience=5),
    "aud a number, unchecked": claiming({"aud": 5}, options={"verify_aud": False}),
    "aud strict is it": claiming({"aud": "a"}, audience="a", options={"strict_aud": True}),
    "aud strict is another": claiming({"aud": "a"}, audience="b", options={"strict_aud": True}),
    "aud strict list": claiming({"aud": ["a"]}, audience="a", options={"strict_aud": True}),
    "aud strict, list asked for": claiming(
        {"aud": "a"}, audience=["a"], options={"strict_aud": True}
    ),
    "aud strict missing": claiming({}, audience="a", options={"strict_aud": True}),
    "aud strict and nobody asks": claiming({"aud": "a"}, options={"strict_aud": True}),
    # Issuer.
    "iss and nobody asks": claiming({"iss": "a"}),
    "iss a number and nobody asks": claiming({"iss": 5}),
    "iss is it": claiming({"iss": "a"}, issuer="a"),
    "iss is another": claiming({"iss": "a"}, issuer="b"),
    "iss is missing": claiming({}, issuer="a"),
    "iss in those asked for": claiming({"iss": "a"}, issuer=["a", "b"]),
    "iss in a set asked for": claiming({"iss": "a"}, issuer=frozenset({"a"})),
    "iss in a container asked for": claiming({"iss": "everybody"}, issuer=Everybody()),
    "iss not in a container asked for": claiming({"iss": "a"}, issuer=Everybody()),
    "iss not in those asked for": claiming({"iss": "a"}, issuer=["b"]),
    "iss none asked for": claiming({"iss": "a"}, issuer=[]),
    "iss a number": claiming({"iss": 5}, issuer="5"),
    "iss number asked for": claiming({"iss": "a"}, issuer=5),
    "iss unchecked though asked for": claiming(
        {"iss": "a"}, issuer="b", options={"verify_iss": False}
    ),
    "iss a part of the one asked for": claiming({"iss": "a"}, issuer="abc"),
    # Subject and identifier.
    "sub": claiming({"sub": "a"}),
    "sub a number": claiming({"sub": 5}),
    "sub null": claiming({"sub": None}),
    "sub a number, unchecked": claiming({"sub": 5}, options={"verify_sub": False}),
    "sub is it": claiming({"sub": "a"}, subject="a"),
    "sub is another": claiming({"sub": "a"}, subject="b"),
    "sub unchecked though asked for": claiming(
        {"sub": "a"}, subject="b", options={"verify_sub": False}
    ),
    "jti": claiming({"jti": "a"}),
    "jti a number": claiming({"jti": 5}),
    "jti a number, unchecked": claiming({"jti": 5}, options={"verify_jti": False}),
    # What has to be there.
    "required and there": claiming({"exp": FAR, "a": 1}, options={"require": ["exp", "a"]}),
    "required and missing": claiming({}, options={"require": ["exp"]}),
    "required of one's own and missing": claiming({}, options={"require": ["a"]}),
    "required of one's own and null": claiming({"a": None}, options={"require": ["a"]}),
    "required and null, unchecked": claiming(
        {"sub": None}, options={"require": ["sub"], "verify_sub": False}
    ),
    "required and missing, unchecked": claiming(
        {}, options={"require": ["exp"], "verify_exp": False}
    ),
    # Without a look at the signature.
    "unverified": decoding(GOOD, options=SIGNATURE_ONLY),
    "unverified without key": lambda library: library.decode(GOOD, options=SIGNATURE_ONLY),
    "unverified under another key": decoding(GOOD, "other", options=SIGNATURE_ONLY),
    "unverified and expired": claiming({"exp": 1, "aud": "a"}, options=SIGNATURE_ONLY),
    "unverified, required and missing": claiming(
        {}, options={**SIGNATURE_ONLY, "require": ["exp"]}
    ),
    "unverified, required and there": claiming(
        {"exp": 1}, options={**SIGNATURE_ONLY, "require": ["exp"]}
    ),
    "unverified b64": lambda library: library.decode(_unencoded(), options=SIGNATURE_ONLY),
    "unverified b64 that is critical": lambda library: library.decode(
        _unencoded(crit=["b64"]), options=SIGNATURE_ONLY
    ),
    "unverified algorithm none": lambda library: library.decode(
        f"{_part({'alg': 'none'})}.{_part({'a': 1})}.", options=SIGNATURE_ONLY
    ),
    "unverified, exp checked": claiming({"exp": 1}, options={**SIGNATURE_ONLY, "verify_exp": True}),
    "unverified, exp checked and good": claiming(
        {"exp": FAR, "aud": 5}, options={**SIGNATURE_ONLY, "verify_exp": True}
    ),
    "unverified, exp checked and a word": claiming(
        {"exp": "tomorrow", "sub": 5}, options={**SIGNATURE_ONLY, "verify_exp": True}
    ),
    "unverified, aud checked": claiming(
        {"exp": 1, "aud": "a"}, audience="b", options={**SIGNATURE_ONLY, "verify_aud": True}
    ),
    "unverified, iss checked": claiming(
        {"iss": "a"}, issuer="a", options={**SIGNATURE_ONLY, "verify_iss": True}
    ),
    "unverified, exp checked within leeway": claiming(
        {"exp": NOW - 100}, leeway=1000, options={**SIGNATURE_ONLY, "verify_exp": True}
    ),
    "unverified, nbf checked": claiming(
        {"nbf": FAR}, options={**SIGNATURE_ONLY, "verify_nbf": True}
    ),
    "unverified, iat checked": claiming(
        {"iat": FAR}, options={**SIGNATURE_ONLY, "verify_iat": True}
    ),
    "unverified, aud checked and nobody asks": claiming(
        {"aud": "a"}, options={**SIGNATURE_ONLY, "verify_aud": True}
    ),
    "unverified, aud checked, none asked for": claiming(
        {"aud": "a"}, audience=[], options={**SIGNATURE_ONLY, "verify_aud": True}
    ),
    "unverified, aud strict": claiming(
        {"aud": ["a"]},
        audience="a",
        options={**SIGNATURE_ONLY, "verify_aud": True, "strict_aud": True},
    ),
    "unverified, iss in a container": claiming(
        {"iss": "everybody"}, issuer=Everybody(), options={**SIGNATURE_ONLY, "verify_iss": True}
    ),
    "unverified, iss not in a container": claiming(
        {"iss": "a"}, issuer=Everybody(), options={**SIGNATURE_ONLY, "verify_iss": True}
    ),
    "unverified, iss checked and missing": claiming(
        {}, issuer="a", options={**SIGNATURE_ONLY, "verify_iss": True}
    ),
    "unverified, sub checked": claiming(
        {"sub": 7, "exp": 1}, options={**SIGNATURE_ONLY, "verify_sub": True}
    ),
    "unverified, sub is another": claiming(
        {"sub": "a"}, subject="b", options={**SIGNATURE_ONLY, "verify_sub": True}
    ),
    "unverified, jti checked": claiming({"jti": 5}, options={**SIGNATURE_ONLY, "verify_jti": True}),
    "unverified, large numbers among what is checked": claiming(
        {"exp": FAR, "a": 2**80, "b": 1e300}, options={**SIGNATURE_ONLY, "verify_exp": True}
    ),
    "unverified and long, exp checked": claiming(
        {"exp": FAR, "a": "a" * 700_000}, options={**SIGNATURE_ONLY, "verify_exp": True}
    ),
    # Signature, algorithm, form.
    "good": decoding(GOOD),
    "good as bytes": decoding(GOOD.encode()),
    "good by place": decoding(GOOD, SECRET, ["HS256"]),
    "secret as bytes": decoding(GOOD, SECRET.encode(), ["HS256"]),
    "one of several algorithms": decoding(GOOD, algorithms=["HS512", "HS256"]),
    "one of a set of algorithms": decoding(GOOD, algorithms={"HS512", "HS256"}),
    "algorithms as a text": decoding(GOOD, algorithms="HS256"),
    "algorithms as another text": decoding(GOOD, algorithms="HS512"),
    "unknown algorithms besides": decoding(GOOD, algorithms=["none", "XY1", "HS256"]),
    "another key": decoding(GOOD, key=SECRET[::-1]),
    "another algorithm": decoding(GOOD, algorithms=["HS512"]),
    "none of several algorithms": decoding(GOOD, algorithms=["HS384", "HS512"]),
    "no algorithms": decoding(GOOD, algorithms=None),
    "None for the algorithm": decoding(GOOD, algorithms=[None]),
    "None for the algorithm, and no token": decoding("abc", algorithms=[None]),
    "None among the algorithms": decoding(GOOD, algorithms=[None, "HS256"]),
    "a number for the algorithm": decoding(GOOD, algorithms=[5]),
    "a list for the algorithm": decoding(GOOD, algorithms=[["HS256"]]),
    "an empty list of algorithms": decoding(GOOD, algorithms=[]),
    "algorithms and no key": decoding(GOOD, key=""),
    "no str": decoding(5),  # type: ignore[arg-type]
    "no str for several algorithms": decoding(None, algorithms=["HS256", "HS512"]),  # type: ignore[arg-type]
    "empty": decoding(""),
    "one part": decoding("abc"),
    "two parts": decoding("abc.def"),
    "four parts": decoding(f"{GOOD}.abc"),
    "no base64": decoding("?.?.?"),
    "no JSON in the header": decoding(f"abcd.{GOOD.partition('.')[2]}"),
    "a list for a header": decoding(f"{_part([])}.{GOOD.partition('.')[2]}"),
    "payload changed": decoding(GOOD.replace(GOOD.split(".")[1], _part({"sub": "bob"}))),
    "signature cut": decoding(GOOD[:-4]),
    "signature gone": decoding(GOOD.rpartition(".")[0] + "."),
    "payload no JSON": decoding(_signed(b"alice")),
    "payload no JSON, one of several algorithms": decoding(
        _signed(b"alice"), algorithms=["HS512", "HS256"]
    ),
    "payload no JSON, none of several algorithms": decoding(
        _signed(b"alice"), algorithms=["HS384", "HS512"]
    ),
    "payload no JSON, under another key": decoding(
        _signed(b"alice"), SECRET[::-1], algorithms=["HS512", "HS256"]
    ),
    "payload a list": decoding(_signed([])),
    "payload a text": decoding(_signed("alice")),
    "payload empty": decoding(_signed(b"")),
    "unknown alg": decoding(f"{_part({'alg': 'XY1'})}.{_part({})}.abcd"),
    "algorithm none": decoding(f"{_part({'alg': 'none'})}.{_part({})}."),
    "no typ": decoding(_signed({}, {"typ": None})),
    "another typ": decoding(_signed({}, {"typ": "at+jwt"})),
    "kid of nobody": decoding(_signed({}, {"kid": "somebody"})),
    "kid a number, header only": lambda library: library.get_unverified_header(
        f"{_part({'alg': 'HS256', 'kid': 5})}.{_part({})}.abcd"
    ),
    "crit, header only": lambda library: library.get_unverified_header(
        f"{_part({'alg': 'HS256', 'crit': ['a'], 'a': 1})}.{_part({})}.abcd"
    ),
    "crit": decoding(f"{_part({'alg': 'HS256', 'crit': ['a'], 'a': 1})}.{_part({})}.abcd"),
    "a private key's public half": decoding(
        pyjwt.encode({}, OBJECTS["ES256"], "ES256"), OBJECTS["ES256"], ["ES256"]
    ),
    "PEM as a secret": decoding(GOOD, key=public_pem(OBJECTS["RS256"])),
    "JWK as a secret": decoding(GOOD, key='{"kty":"oct","k":"YWJj"}'),
    "a number as key": decoding(GOOD, key=5),
    "None as key": decoding(GOOD, key=None),
    "an RSA key for ES256": decoding(
        pyjwt.encode({}, OBJECTS["ES256"], "ES256"), public_pem(OBJECTS["RS256"]), ["ES256"]
    ),
    "P-384 for ES256": decoding(
        pyjwt.encode({}, OBJECTS["ES256"], "ES256"), public_pem(OBJECTS["ES384"]), ["ES256"]
    ),
    "no PEM for RS256": decoding(pyjwt.encode({}, OBJECTS["RS256"], "RS256"), "no PEM", ["RS256"]),
    "header only": lambda library: library.get_unverified_header(GOOD),
    "header of a token without claims": lambda library: library.get_unverified_header(
        _signed(b"alice")
    ),
    "header of a very deep token": lambda library: library.get_unverified_header(
        _signed(b'{"a":' * 17 + b"1" + b"}" * 17)
    ),
    "header with b64": lambda library: library.get_unverified_header(_unencoded()),
    "header with b64 that is critical": lambda library: library.get_unverified_header(
        _unencoded(crit=["b64"])
    ),
    "header of no token": lambda library: library.get_unverified_header("abc"),
    "complete": lambda library: library.decode_complete(GOOD, SECRET, ["HS256"]),
    "complete and unverified": lambda library: library.decode_complete(
        GOOD, options=SIGNATURE_ONLY
    ),
    # Odd arguments.
    "verify=False does nothing": decoding(GOOD, "other", ["HS256"], verify=False),
    "verify=False warns": decoding(GOOD, verify=False),
    "verify=False with its option": decoding(GOOD, verify=False, options=SIGNATURE_ONLY),
    "an argument that there is not": decoding(GOOD, colour="red"),
    "an option that there is not": decoding(GOOD, options={"verify_colour": True}),
    # An object with options of its own.
    "own options": lambda library: library.PyJWT({"verify_exp": False}).decode(
        _signed({"exp": 1}), SECRET, ["HS256"]
    ),
    "own options and those of the call": lambda library: library.PyJWT(
        {"verify_exp": False, "require": ["sub"]}
    ).decode(_signed({"exp": 1, "aud": "a"}), SECRET, ["HS256"], options={"verify_aud": False}),
    "own options leave the signature checked": lambda library: library.PyJWT(
        {"verify_signature": False}
    ).decode(GOOD, "a secret of somebody else, long enough", ["HS256"]),
    # Encoding.
    "encode": encoding({"sub": "alice", "n": [1, 2.5, None, True, {"a": "ü"}]}),
    "encode nothing": encoding({}),
    "encode a list": encoding([]),
    "encode a text": encoding("alice"),
    "encode None": encoding(None),
    "encode naive datetimes": encoding(
        {name: datetime(2100, 1, 2, 3, 4, 5) for name in ("exp", "nbf", "iat")}  # noqa: DTZ001
    ),
    "encode aware datetimes": encoding(
        {"exp": datetime(2100, 1, 2, 3, 4, 5, 999_999, timezone(timedelta(hours=9)))}
    ),
    "encode an issuer that is no text": encoding({"iss": 5}),
    "encode an audience": encoding({"aud": ["a", "b"]}),
    "encode an audience that is null": encoding({"aud": None}),
    "encode an audience of numbers": encoding({"aud": [5]}),
    "encode a sub that is a number": encoding({"sub": 7}),
    "encode a sub that is null": encoding({"sub": None}),
    "encode a jti that is a number": encoding({"jti": 5}),
    "encode an issuer that is null": encoding({"iss": None}),
    "encode a sub that is a number, and numbers for names": encoding({"sub": 7, 1: "a"}),
    "encode a sub that is a number, with an encoder": encoding(
        {"sub": 7, "day": Weekday()}, json_encoder=WeekdayEncoder
    ),
    "a sub that is a number, there and back": lambda library: library.decode(
        library.encode({"sub": 7}, SECRET), SECRET, ["HS256"], options={"verify_sub": False}
    ),
    "a sub that is a number, there and refused": lambda library: library.decode(
        library.encode({"sub": 7}, SECRET), SECRET, ["HS256"]
    ),
    "encode an object": encoding({"day": Weekday()}),
    "encode bytes": encoding({"a": b"a"}),
    "encode a set": encoding({"a": {1}}),
    "encode an object with an encoder": encoding(
        {"day": Weekday(), "n": 1}, json_encoder=WeekdayEncoder
    ),
    "encode an object in the header": encoding(
        {}, headers={"day": Weekday()}, json_encoder=WeekdayEncoder
    ),
    "encode numbers for names": encoding({1: "a", "b": {None: 1, True: 2, 2.5: 3}}),
    "encode a pair for a name": encoding({(1, 2): "a"}),
    "encode a tuple": encoding({"a": (1, 2)}),
    "encode a large number": encoding({"a": 2**80}),
    "encode and leave the claims alone": lambda library: _untouched(library),
    "encode with kid": encoding({}, headers={"kid": "a"}),
    "encode with a kid that is no text": encoding({}, headers={"kid": 5}),
    "encode with headers": encoding({}, headers={"x": [1], "typ": "at+jwt"}),
    "encode without typ": encoding({}, headers={"typ": None}),
    "encode with an empty typ": encoding({}, headers={"typ": ""}),
    "encode with alg in the header": encoding({}, headers={"alg": "HS512"}),
    "encode with headers unsorted": encoding({}, headers={"a": 1}, sort_headers=False),
    "encode for HS384": encoding({}, SECRET, "HS384"),
    "encode for ES256 without kid": encoding({}, OBJECTS["ES256"], "ES256"),
    "encode for an algorithm that there is not": lambda library: _kind_of(
        NotImplementedError, lambda: library.encode({}, SECRET, "XY1")
    ),
    "encode under a number": encoding({}, 5),
    "encode under PEM as a secret": encoding({}, public_pem(OBJECTS["RS256"])),
    "encode under an empty secret": encoding({}, ""),
    "encode under no PEM": encoding({}, "no PEM", "RS256"),
}


def _untouched(library: ModuleType) -> Any:
    claims = {"exp": datetime(2100, 1, 1, tzinfo=UTC)}
    headers = {"alg": "HS512", "typ": None}
    library.encode(claims, SECRET, headers=headers)
    return claims, headers


def _kind_of(base: type[Exception], call: Callable[[], object]) -> bool:
    try:
        call()
    except base:
        return True
    return False


@pytest.mark.parametrize("name", SAME)
def test_same(name: str) -> None:
    assert outcome(ours, SAME[name]) == outcome(pyjwt, SAME[name])


def _padded(token: str) -> str:
    """As some load balancers sign their tokens."""
    header = base64.urlsafe_b64encode(b'{"alg":"HS256"}  ').decode()
    assert header.endswith("=")
    signed = f"{header}.{token.split('.')[1]}"
    signature = hmac.digest(SECRET.encode(), signed.encode(), hashlib.sha256)
    return f"{signed}.{base64.urlsafe_b64encode(signature).decode()}"


def _quietly(call: Callable[..., Any], *arguments: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return call(*arguments)


def _compressing(library: ModuleType) -> Any:
    class Compressing(library.PyJWT):  # type: ignore[misc, name-defined]
        def _encode_payload(self, payload: Any, *_: Any, **__: Any) -> bytes:
            return zlib.compress(json.dumps(payload).encode())

        def _decode_payload(self, decoded: dict[str, Any]) -> Any:
            return json.loads(zlib.decompress(decoded["payload"]))

    return Compressing


# What differs on purpose, each a line of the guide: what PyJWT does, and what its stand-in does.
DIFFERENT: dict[str, tuple[Call, str, str]] = {
    "a short secret signs": (encoding({}, "short"), "gives", "InvalidKeyError"),
    "algorithm none": (encoding({}, None, "none"), "gives", "NotSupportedError"),
    "algorithm None": (encoding({}, None, None), "gives", "NotSupportedError"),
    "subject and no sub": (claiming({}, subject="a"), "gives", "MissingRequiredClaimError"),
    "exp as a text": (claiming({"exp": str(FAR)}), "gives", "DecodeError"),
    "exp true": (claiming({"exp": True}, leeway=FAR), "gives", "DecodeError"),
    "iat as a text": (claiming({"iat": "1"}), "gives", "InvalidIssuedAtError"),
    "exp before 1970": (claiming({"exp": -1}), "ExpiredSignatureError", "DecodeError"),
    "aud empty and nobody asks": (claiming({"aud": []}), "gives", "InvalidAudienceError"),
    "aud null and nobody asks": (claiming({"aud": None}), "gives", "InvalidAudienceError"),
    "aud empty and asked for": (
        claiming({"aud": []}, audience="a"),
        "MissingRequiredClaimError",
        "InvalidAudienceError",
    ),
    "a name twice": (decoding(_signed(b'{"a":1,"a":2}')), "gives", "DecodeError"),
    "NaN": (decoding(_signed(b'{"a":NaN}')), "gives", "DecodeError"),
    "encode NaN": (encoding({"a": float("nan")}), "gives", "InvalidTokenError"),
    "encode a word for exp": (encoding({"exp": "tomorrow"}), "gives", "InvalidTokenError"),
    "encode crit": (encoding({}, headers={"crit": ["a"], "a": 1}), "raises", "InvalidTokenError"),
    "very deep": (decoding(_signed(b'{"a":' * 17 + b"1" + b"}" * 17)), "gives", "DecodeError"),
    "very long": (claiming({"a": "a" * 1_000_000}), "gives", "DecodeError"),
    "kid a number": (
        decoding(f"{_part({'alg': 'HS256', 'kid': 5})}.{_part({})}.abcd"),
        "InvalidTokenError",
        "DecodeError",
    ),
    "no alg": (
        decoding(f"{_part({})}.{_part({})}.abcd"),
        "InvalidAlgorithmError",
        "DecodeError",
    ),
    "header, and the rest no base64url": (
        lambda library: library.get_unverified_header(f"{_part({'alg': 'HS256'})}.?.?"),
        "DecodeError",
        "gives",
    ),
    "header with b64 and nothing else": (
        lambda library: library.get_unverified_header(
            f"{_part({'alg': 'HS256', 'b64': False})}..abcd"
        ),
        "gives",
        "DecodeError",
    ),
    "a key without UTF-8": (decoding(GOOD, "\ud800" * 32, ["HS256"]), "raises", "InvalidKeyError"),
    "encode with a kid that is null": (
        encoding({}, headers={"kid": None}),
        "InvalidTokenError",
        "gives",
    ),
    "base64url with padding": (
        lambda library: library.decode(_padded(GOOD), SECRET, ["HS256"]),
        "gives",
        "DecodeError",
    ),
    "encode null for exp": (encoding({"exp": None}), "gives", "InvalidTokenError"),
    "encode a word for iat": (encoding({"iat": "now"}), "gives", "InvalidTokenError"),
    "ES521": (
        decoding(
            pyjwt.encode({}, OBJECTS["ES512"], "ES521"), OBJECTS["ES512"].public_key(), ["ES521"]
        ),
        "gives",
        "InvalidAlgorithmError",
    ),
    "Ed448": (
        encoding({}, ed448.Ed448PrivateKey.generate(), "EdDSA"),
        "gives",
        "InvalidKeyError",
    ),
    "a weak RSA key for RS384": (
        lambda library: library.decode(
            _quietly(pyjwt.encode, {}, WEAK_RSA, "RS384"), WEAK_RSA.public_key(), ["RS384"]
        ),
        "gives",
        "InvalidKeyError",
    ),
    "the hooks of a subclass": (
        lambda library: _compressing(library)().decode(
            _compressing(pyjwt)().encode({"a": 1}, SECRET), SECRET, ["HS256"]
        ),
        "gives",
        "DecodeError",
    ),
    "encode a UUID": (encoding({"a": UUID(int=1)}), "TypeError", "gives"),
    "leeway below zero": (claiming({}, leeway=-1), "gives", "InvalidArgumentError"),
    "encode a Decimal": (encoding({"a": Decimal("1.5")}), "TypeError", "gives"),
    "encode a datetime of one's own": (
        encoding({"a": datetime(2100, 1, 1, tzinfo=UTC)}),
        "TypeError",
        "gives",
    ),
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_different(name: str) -> None:
    call, theirs, expected = DIFFERENT[name]
    for library, wanted in ((pyjwt, theirs), (ours, expected)):
        how, what = outcome(library, call)
        assert wanted in {how, what[0] if how == "raises" else ""}, f"{library.__name__}: {what}"


def test_null_in_the_header_is_left_out() -> None:
    headers = {"x": None, "y": [None]}
    theirs, here = (
        library.get_unverified_header(library.encode({}, SECRET, headers=headers))
        for library in (pyjwt, ours)
    )
    assert theirs == here | {"x": None}
    assert "x" not in here


@pytest.mark.parametrize("library", LIBRARIES.values(), ids=LIBRARIES)
def test_a_detached_payload(library: ModuleType) -> None:
    with pytest.raises(library.PyJWTError):
        library.decode(GOOD, SECRET, ["HS256"], detached_payload=b"{}")
