"""The exceptions have the names and the bases of PyJWT's."""

from __future__ import annotations

import inspect
import pickle
from types import ModuleType

import jwt as pyjwt
import pytest

from tegata.compat import jwt as ours
from tests.compat.materials import SECRET


def _tree(module: ModuleType) -> dict[str, list[str]]:
    return {
        name: [base.__name__ for base in kind.__mro__]
        for name, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, Exception)
    }


@pytest.mark.parametrize("module", ["exceptions", "warnings"])
def test_same_tree(module: str) -> None:
    tree = _tree(getattr(ours, module))
    added = tree.keys() - _tree(getattr(pyjwt, module)).keys()
    assert added == ({"NotSupportedError"} if module == "exceptions" else set())
    assert {name: tree[name] for name in tree.keys() - added} == _tree(getattr(pyjwt, module))


def test_everything_of_the_package_is_there() -> None:
    assert set(ours.__all__) == set(pyjwt.__all__)
    assert ours.__version__ == pyjwt.__version__


def test_missing_claim_says_which() -> None:
    with pytest.raises(ours.MissingRequiredClaimError) as caught:
        ours.decode(ours.encode({}, SECRET), SECRET, ["HS256"], {"require": ["exp"]})
    assert caught.value.claim == "exp"
    assert str(caught.value) == str(pyjwt.MissingRequiredClaimError("exp"))
    again = pickle.loads(pickle.dumps(caught.value))
    assert (type(again), again.claim) == (ours.MissingRequiredClaimError, "exp")


@pytest.mark.parametrize(
    ("claims", "arguments", "message"),
    [
        ({"exp": 1}, {}, "Signature has expired"),
        ({"nbf": 4_000_000_000}, {}, "The token is not yet valid (nbf)"),
        ({"iat": 4_000_000_000}, {}, "The token is not yet valid (iat)"),
        ({"iss": "a"}, {"issuer": "b"}, "Invalid issuer"),
        ({"iss": "a"}, {"issuer": ["b"]}, "Invalid issuer"),
        ({"sub": "a"}, {"subject": "b"}, "Invalid subject"),
        ({"sub": 5}, {}, "Subject must be a string"),
        ({"jti": 5}, {}, "JWT ID must be a string"),
        ({"exp": "a"}, {}, "Expiration Time claim (exp) must be an integer."),
        ({"nbf": "a"}, {}, "Not Before claim (nbf) must be an integer."),
        ({"iat": "a"}, {}, "Issued At claim (iat) must be an integer."),
        ({"aud": 5}, {"audience": "a"}, "Invalid claim format in token"),
        ({"aud": "a"}, {"audience": []}, "Audience doesn't match"),
        ({}, {"audience": "a"}, 'Token is missing the "aud" claim'),
        ({}, {"key": SECRET[::-1]}, "Signature verification failed"),
        ({}, {"algorithms": ["HS512"]}, "The specified alg value is not allowed"),
        ({}, {"algorithms": ["HS384", "HS512"]}, "The specified alg value is not allowed"),
    ],
)
def test_messages_that_programs_compare(
    claims: dict[str, object], arguments: dict[str, object], message: str
) -> None:
    token = pyjwt.encode(claims, SECRET)
    given = {"key": SECRET, "algorithms": ["HS256"], **arguments}
    for library in (pyjwt, ours):
        with pytest.raises(library.InvalidTokenError) as caught:
            library.decode(token, **given)
        assert str(caught.value) == message
