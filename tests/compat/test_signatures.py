"""Functions and methods take what PyJWT's take, by the same names and in the same order."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import jwt as pyjwt
import pytest

from tegata.compat import jwt as ours

_CALLABLES = [
    *("encode", "decode", "decode_complete", "get_unverified_header", "get_algorithm_by_name"),
    *("register_algorithm", "unregister_algorithm", "PyJWT", "PyJWT.encode", "PyJWT.decode"),
    *("PyJWT.decode_complete", "PyJWS", "PyJWS.get_algorithms", "PyJWS.get_algorithm_by_name"),
    *("PyJWS.get_unverified_header", "PyJWK", "PyJWK.from_dict", "PyJWK.from_json", "PyJWKSet"),
    *("PyJWKSet.from_dict", "PyJWKSet.from_json", "exceptions.MissingRequiredClaimError"),
    *("algorithms.get_default_algorithms", "algorithms.HMACAlgorithm", "algorithms.RSAAlgorithm"),
    *("algorithms.ECAlgorithm", "algorithms.OKPAlgorithm", "algorithms.RSAAlgorithm.from_jwk"),
    *("utils.force_bytes", "utils.base64url_decode", "utils.base64url_encode"),
    *("utils.to_base64url_uint", "utils.from_base64url_uint"),
]


def _found(library: object, name: str) -> Callable[..., Any]:
    for part in name.split("."):
        library = getattr(library, part)
    assert callable(library)
    return library


def _parameters(function: Callable[..., Any]) -> list[tuple[str, Any, Any]]:
    return [
        (each.name, each.kind, _without_marks(each.default))
        for each in inspect.signature(function).parameters.values()
    ]


def _without_marks(default: Any) -> Any:
    # An object that only stands for "not given" is another in each library.
    return "not given" if type(default) is object else default


@pytest.mark.parametrize("name", _CALLABLES)
def test_same_parameters(name: str) -> None:
    assert _parameters(_found(ours, name)) == _parameters(_found(pyjwt, name))


@pytest.mark.parametrize("name", ["Options", "SigOptions", "FullOptions"])
def test_same_options(name: str) -> None:
    from jwt import types as theirs

    from tegata.compat.jwt import types

    for keys in ("__required_keys__", "__optional_keys__"):
        assert getattr(getattr(types, name), keys) == getattr(getattr(theirs, name), keys)
