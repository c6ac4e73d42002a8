"""Arbitrary claims, clocks and tokens: the two libraries agree."""

from __future__ import annotations

import time
from types import ModuleType
from typing import Any

import jwt as pyjwt
from freezegun import freeze_time
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.compat import jwt as ours
from tests.compat.materials import SECRET, outcome

NOW = 1_800_000_000
PRIVATE_NAMES = st.text(max_size=8).filter(
    lambda name: name not in {"exp", "nbf", "iat", "iss", "aud", "sub", "jti"}
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)
TIMES = st.integers(NOW - 30, NOW + 30)
CLAIMS = st.fixed_dictionaries(
    {},
    optional={
        "exp": TIMES,
        "nbf": TIMES,
        "iat": TIMES,
        "iss": st.sampled_from("abc"),
        "aud": st.sampled_from("abc") | st.lists(st.sampled_from("abc"), min_size=1, max_size=3),
        "sub": st.sampled_from("ab"),
        "jti": st.sampled_from("ab"),
    },
)
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(
            ["verify_exp", "verify_nbf", "verify_iat", "verify_iss", "verify_aud"], st.booleans()
        ),
        "verify_signature": st.booleans(),
        "strict_aud": st.booleans(),
        "require": st.lists(st.sampled_from(["exp", "aud", "jti", "colour"]), max_size=2),
    },
)
ARGUMENTS = st.fixed_dictionaries(
    {"options": OPTIONS},
    optional={
        "audience": st.sampled_from("abc") | st.lists(st.sampled_from("abc"), max_size=3),
        "issuer": st.sampled_from("abc") | st.lists(st.sampled_from("abc"), max_size=3),
        "leeway": st.integers(0, 60),
    },
)


@given(claims=st.dictionaries(PRIVATE_NAMES, VALUES, max_size=5))
def test_claims_come_back(claims: dict[str, Any]) -> None:
    for signer, verifier in ((ours, pyjwt), (pyjwt, ours), (ours, ours)):
        token = signer.encode(claims, SECRET)
        assert verifier.decode(token, SECRET, ["HS256"]) == claims


def test_the_same_tokens_are_accepted() -> None:
    # Both look at the clock of Python.
    with freeze_time("2027-01-15 08:00:00"):
        assert time.time() == NOW
        _compare()


@given(claims=CLAIMS, arguments=ARGUMENTS)
@settings(deadline=None, max_examples=300)
def _compare(claims: dict[str, Any], arguments: dict[str, Any]) -> None:
    token = pyjwt.encode(claims, SECRET)

    def call(library: ModuleType) -> Any:
        return library.decode(token, SECRET, ["HS256"], **arguments)

    (theirs, why), (here, our_why) = outcome(pyjwt, call), outcome(ours, call)
    assert theirs == here
    if theirs == "gives":
        assert why == our_why
    else:
        # Of several faults, either may be named.
        assert "InvalidTokenError" in why
        assert "InvalidTokenError" in our_why


@given(
    token=st.text(max_size=40)
    | st.lists(st.text("abc=-_{}. é", max_size=12), max_size=5).map(".".join)
    | st.binary(max_size=40)
)
def test_what_is_no_token(token: str | bytes) -> None:
    for call in (
        lambda library: library.decode(token, SECRET, ["HS256"]),
        lambda library: library.decode(token, SECRET, ["HS256", "HS512"]),
        lambda library: library.decode(token, options={"verify_signature": False}),
        lambda library: library.get_unverified_header(token),
    ):
        how, bases = outcome(ours, call)
        assert how == "raises"
        assert "DecodeError" in bases or "InvalidAlgorithmError" in bases


@given(st.data())
def test_a_changed_token_is_refused(data: st.DataObject) -> None:
    token = ours.encode({"sub": "alice"}, SECRET)
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from("ABCxyz019-_.=").filter(lambda new: new != token[place]))
    changed = token[:place] + letter + token[place + 1 :]
    how, _ = outcome(ours, lambda library: library.decode(changed, SECRET, ["HS256"]))
    assert how == "raises"
