"""Keys and key sets in JSON (RFC 7517)."""

import json
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from tegata import jose
from tegata.compat.jwt.algorithms import HMACAlgorithm, get_default_algorithms
from tegata.compat.jwt.exceptions import PyJWKError, PyJWKSetError, PyJWTError
from tegata.compat.jwt.keys import SYMMETRIC, Jwk, as_object, key_for
from tegata.compat.jwt.refusals import refusal
from tegata.compat.jwt.types import JWKDict


class PyJWK:
    """A JWK and the one algorithm that it is for.

    Args:
        jwk_data: The JWK.
        algorithm: The `alg`; else that of the JWK, else what its type and curve say.

    Raises:
        InvalidKeyError: A member is missing or wrong.
        PyJWKError: There is no such algorithm.
    """

    def __init__(self, jwk_data: JWKDict, algorithm: str | None = None) -> None:
        self._jwk_data = jwk_data
        self.material = Jwk(jwk_data)
        try:
            self.algorithm_name = algorithm or jwk_data.get("alg") or self._own_algorithm()
            if self.algorithm_name not in get_default_algorithms():
                raise PyJWKError("the algorithm of the JWK is not supported")
            key_for(self.material, self.algorithm_name)
        except jose.InvalidKeyError as error:
            raise refusal(error) from error
        self.Algorithm = get_default_algorithms()[self.algorithm_name]

    def _own_algorithm(self) -> str:
        if self.key_type == "oct":
            return "HS256"
        return jose.Key.from_jwk(self.material.members, legacy=True).algorithm

    @staticmethod
    def from_dict(obj: JWKDict, algorithm: str | None = None) -> "PyJWK":
        """The same as the constructor."""
        return PyJWK(obj, algorithm)

    @staticmethod
    def from_json(data: str, algorithm: str | None = None) -> "PyJWK":
        """From JSON. Raises as the constructor, and `ValueError` for what is no JSON."""
        return PyJWK.from_dict(json.loads(data), algorithm)

    @cached_property
    def key(self) -> Any:
        """The key without its algorithm, as `jwt.encode` and `jwt.decode` take it.

        A secret is `bytes`; others are objects of `cryptography`, or PEM without that library.
        """
        if self.algorithm_name in SYMMETRIC:
            return HMACAlgorithm.from_jwk(self.material.members)
        return as_object(key_for(self.material, self.algorithm_name).key)

    @property
    def key_type(self) -> str | None:
        """`kty`."""
        return self._jwk_data.get("kty")

    @property
    def key_id(self) -> str | None:
        """`kid`."""
        return self._jwk_data.get("kid")

    @property
    def public_key_use(self) -> str | None:
        """`use`."""
        return self._jwk_data.get("use")


class PyJWKSet:
    """Those keys of a JWK Set that can be used.

    Raises:
        PyJWKSetError: There is none.
    """

    def __init__(self, keys: list[JWKDict]) -> None:
        if not keys:
            raise PyJWKSetError("The JWK Set did not contain any keys")
        if not isinstance(keys, list):
            raise PyJWKSetError("Invalid JWK Set value")
        self.keys: list[PyJWK] = []
        for key in keys:
            try:
                self.keys.append(PyJWK(key))
            except (PyJWTError, AttributeError, TypeError):
                # Members of kinds that nobody here knows are passed over (RFC 7517 section 5).
                continue
        if not self.keys:
            raise PyJWKSetError("The JWK Set did not contain any usable keys.")

    @staticmethod
    def from_dict(obj: dict[str, Any]) -> "PyJWKSet":
        """From `{"keys": […]}`."""
        return PyJWKSet(obj.get("keys", []))

    @staticmethod
    def from_json(data: str) -> "PyJWKSet":
        """From JSON. Raises as the constructor, and `ValueError` for what is no JSON."""
        return PyJWKSet.from_dict(json.loads(data))

    def __getitem__(self, kid: str) -> PyJWK:
        for key in self.keys:
            if key.key_id == kid:
                return key
        raise KeyError(f"keyset has no key for kid: {kid}")

    def __iter__(self) -> Iterator[PyJWK]:
        return iter(self.keys)
