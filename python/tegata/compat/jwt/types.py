"""The types of PyJWT's arguments."""

from collections.abc import Callable
from typing import Any, TypedDict

JWKDict = dict[str, Any]
HashlibHash = Callable[..., Any]


class SigOptions(TypedDict, total=False):
    """The options about the signature."""

    verify_signature: bool
    enforce_minimum_key_length: bool


class Options(TypedDict, total=False):
    """The options of `jwt.decode`.

    Each `verify_…` is true by default; with `verify_signature` false, the others are false by
    default.
    """

    verify_signature: bool
    require: list[str]
    """Claims that must be there and not be null."""
    strict_aud: bool
    """`aud` has to be one string, equal to `audience`."""
    verify_aud: bool
    verify_exp: bool
    verify_iat: bool
    verify_iss: bool
    verify_jti: bool
    verify_nbf: bool
    verify_sub: bool
    enforce_minimum_key_length: bool
    """Refuse a weak key, in the place of a warning."""


class FullOptions(TypedDict):
    """As `Options`, each with a value."""

    verify_signature: bool
    require: list[str]
    strict_aud: bool
    verify_aud: bool
    verify_exp: bool
    verify_iat: bool
    verify_iss: bool
    verify_jti: bool
    verify_nbf: bool
    verify_sub: bool
    enforce_minimum_key_length: bool
