"""Keys of ours or of joserfc, as the engine has them."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from tegata._tegata import algorithms as all_algorithms
from tegata.jose import InvalidKeyError, Key, KeySet, NoPublicPartError


class KeySettingError(ImproperlyConfigured, ValueError):
    """A key that is missing or of no use; the message names the setting."""


def validate_key(key: Any, setting_name: str) -> Any:
    """The key, or that of a setting.

    Args:
        key: A `tegata.jose.Key` or `KeySet`, a key or key set of joserfc, or `None`.
        setting_name: The Django setting to take instead of `None`.

    Returns:
        The very object that was given or set.

    Raises:
        ValueError: There is neither, or it is no key.
    """
    if key is None:
        key = getattr(settings, setting_name, None)
    if key is None:
        raise KeySettingError(f"{setting_name} is required; hint: set it, or give the key itself")
    if not _singles(key):
        raise KeySettingError(
            f"{setting_name} must be a key of tegata.jose or joserfc, not a {type(key).__name__}; "
            "hint: read text with tegata.jose.Key.from_pem or from_jwk"
        )
    return key


def default_algorithm() -> str | None:
    """JWT_ALGORITHM; `None` for what each key is for."""
    name: str | None = getattr(settings, "JWT_ALGORITHM", None)
    return name


def signing_key(key: Any, algorithm: str | None, setting_name: str) -> Key:
    """What signs: the key, or the first of a set.

    Args:
        key: As `validate_key` takes it.
        algorithm: The `alg`, or `None` for what the key is for: RS256 for an RSA key that does not
            say.
        setting_name: As `validate_key` takes it.

    Raises:
        ValueError: There is none, it is public, or it is for another algorithm.
    """
    first = _singles(validate_key(key, setting_name))[0]
    try:
        signing = _converted(first, algorithm, private=True)
    except InvalidKeyError as error:
        raise KeySettingError(f"{setting_name}: {error}") from None
    if not signing.can_sign:
        raise KeySettingError(f"{setting_name}: a public key cannot sign; hint: give the private")
    return signing


def verifying_keys(key: Any, algorithms: Sequence[str] | str | None, setting_name: str) -> KeySet:
    """What verifies: the public half of each key, for each of the algorithms that it can do.

    Args:
        key: As `validate_key` takes it.
        algorithms: Those accepted; `None` for what each key is for.
        setting_name: As `validate_key` takes it.

    Raises:
        ValueError: There is no key, or none for any of the algorithms.
    """
    key = validate_key(key, setting_name)
    names = (algorithms,) if isinstance(algorithms, str) else tuple(algorithms or ())
    if unknown := set(names).difference(all_algorithms()):
        raise KeySettingError(
            f"algorithms: no signature algorithm is called {', '.join(map(repr, sorted(unknown)))}"
        )
    if isinstance(key, Key | KeySet):
        return _key_set(key, names, setting_name)
    known = _KNOWN.get(id(key))
    if known is None or known[0]() is not key:
        # Converting takes longer than verifying.
        known = _KNOWN[id(key)] = (weakref.ref(key, partial(_drop, id(key))), {})
    sets = known[1]
    if names not in sets:
        sets[names] = _key_set(key, names, setting_name)
    return sets[names]


# By identity: joserfc's keys cannot be hashed.
_KNOWN: dict[int, tuple[weakref.ref[Any], dict[tuple[str, ...], KeySet]]] = {}


def _drop(number: int, gone: weakref.ref[Any]) -> None:
    known = _KNOWN.get(number)
    # By now another key may be where this one was.
    if known is not None and known[0] is gone:
        del _KNOWN[number]


def _key_set(key: Any, algorithms: tuple[str, ...], setting_name: str) -> KeySet:
    found: list[Key] = []
    reason = "it is for another algorithm"
    singles = _singles(key)
    for single in singles:
        for algorithm in algorithms or (None,):
            try:
                converted = _converted(single, algorithm, private=False)
            except InvalidKeyError as error:
                reason = str(error)
                continue
            # Of one key alone, the name decides nothing.
            found.append(converted.with_kid(None) if len(singles) == 1 else converted)
    if not found:
        wanted = ", ".join(algorithms)
        raise KeySettingError(
            f"{setting_name}: no key for {wanted or 'any algorithm'}: {reason}; "
            "hint: say which in `algorithms`"
        )
    return KeySet(found)


def _converted(key: Any, algorithm: str | None, *, private: bool) -> Key:
    if isinstance(key, Key):
        if algorithm not in (None, key.algorithm):
            raise InvalidKeyError(f"the key is for {key.algorithm}")
        return key if private else _public(key)
    private = private and key.is_private
    secret = key.key_type == "oct"
    converted = Key.from_jwk(key.as_dict(private=private or secret), algorithm)
    return converted if key.kid is not None else converted.with_kid(None)


def _public(key: Key) -> Key:
    try:
        return key.public()
    except NoPublicPartError:
        return key


def _singles(key: Any) -> list[Any]:
    """The keys that it is made of; none if it is no key at all."""
    if isinstance(key, Key):
        return [key]
    if isinstance(key, KeySet):
        return list(key.keys)
    # Whoever has a key of joserfc has imported it.
    jwk = sys.modules.get("joserfc.jwk")
    if jwk is None:
        return []
    kinds = (jwk.RSAKey, jwk.ECKey, jwk.OKPKey, jwk.OctKey)
    members: Iterable[Any] = key if isinstance(key, jwk.KeySet) else [key]
    return [each for each in members if isinstance(each, kinds)]
