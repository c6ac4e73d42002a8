"""Signing keys from the settings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from tegata._tegata import Key, KeySchedule, KeyTimes

# Far too short for a secret, so it can be nothing else.
DERIVED = "SECRET_KEY"
_LABEL = b"tegata signing key v1"


class NamedKey(NamedTuple):
    """A key, and where it is from.

    Attributes:
        source: Such as `KEYS[0]` or `SECRET_KEY`.
        path: The file, if it is from one.
        key: The key.
        times: When it comes and goes; only a JWK says so.
    """

    source: str
    path: Path | None
    key: Key
    times: KeyTimes = KeyTimes()


def load_keys(entries: object, algorithm: str) -> list[Key]:
    """The keys of `TEGATA["KEYS"]`, or those derived from `SECRET_KEY` and its fallbacks.

    Raises:
        ImproperlyConfigured: Names the setting and the entry, never the key.
    """
    return [each.key for each in named_keys(entries, algorithm)]


def named_keys(entries: object, algorithm: str) -> list[NamedKey]:
    """`load_keys`, with where each key is from.

    Raises:
        ImproperlyConfigured: As `load_keys`.
    """
    if entries is None:
        return _derived(algorithm)
    keys: list[NamedKey] = []
    for index, entry in enumerate(_entries(entries, "TEGATA['KEYS']")):
        if entry == DERIVED:
            keys += _derived("HS256")
        else:
            path = entry if isinstance(entry, Path) else None
            loaded = _load_timed(entry, algorithm, f"TEGATA['KEYS'][{index}]")
            keys += [NamedKey(f"KEYS[{index}]", path, key, times) for key, times in loaded]
    return keys


def key_schedule(keys: list[NamedKey], retention: timedelta) -> KeySchedule:
    """Who of them signs and verifies when."""
    return KeySchedule([(each.key, each.times) for each in keys], retention)


def key_files(entries: object) -> list[Path]:
    """The files that `TEGATA["KEYS"]` names."""
    if isinstance(entries, Path):
        return [entries]
    if not isinstance(entries, list | tuple):
        return []
    return [entry for entry in entries if isinstance(entry, Path)]


def load_legacy_keys(entries: object, algorithm: str, name: str) -> list[Key]:
    """Keys that verify and never sign, whatever their strength.

    Raises:
        ImproperlyConfigured: Names the setting, which is `name`, and the entry, never the key.
    """
    return [
        key
        for index, entry in enumerate(_entries(entries, name))
        for key in load_entry(entry, algorithm, f"{name}[{index}]", legacy=True)
    ]


def _entries(entries: object, name: str) -> list[object]:
    if isinstance(entries, Path):
        return [entries]
    if not isinstance(entries, list | tuple) or not entries:
        raise ImproperlyConfigured(
            f"{name} must be a list of secrets, PEM texts, JWKs, JWK Sets or paths to them."
        )
    return list(entries)


def _derived(algorithm: str) -> list[NamedKey]:
    secrets: list[Any] = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    names = [
        f"SECRET_KEY_FALLBACKS[{index - 1}]" if index else "SECRET_KEY"
        for index in range(len(secrets))
    ]
    for name, secret in zip(names, secrets, strict=True):
        # Whoever knows the label could sign with a key that is derived from nothing.
        if not isinstance(secret, str | bytes) or not secret:
            raise ImproperlyConfigured(f"{name} must be a text that is not empty.")
    try:
        return [
            NamedKey(name, None, Key.derive(_bytes(secret), _LABEL, algorithm))
            for name, secret in zip(names, secrets, strict=True)
        ]
    except ValueError as error:
        raise ImproperlyConfigured(
            f"TEGATA['ALGORITHM'] is {algorithm!r}, for which SECRET_KEY cannot serve: {error}. "
            "Give the key in TEGATA['KEYS']."
        ) from error


def load_entry(entry: object, algorithm: str, name: str, *, legacy: bool = False) -> list[Key]:
    """One key, or all those of a JWK Set; `legacy` ones verify and never sign.

    Raises:
        ImproperlyConfigured: Names the setting, which is `name`, never the key.
    """
    return [key for key, _ in _load_timed(entry, algorithm, name, legacy=legacy)]


def _load_timed(
    entry: object, algorithm: str, name: str, *, legacy: bool = False
) -> list[tuple[Key, KeyTimes]]:
    try:
        if isinstance(entry, Path):
            raw = entry.read_bytes()
            # Whatever else it holds would do for a secret.
            if entry.suffix == ".json" and not raw.lstrip().startswith(b"{"):
                raise ValueError("holds no JSON object, though the file's name says so")
            entry = raw
        if isinstance(entry, Mapping):
            return _from_object(dict(entry), json.dumps(dict(entry)), algorithm, legacy)
        if not isinstance(entry, str | bytes):
            raise ValueError("must be a str, bytes, dict or pathlib.Path")
        raw = _bytes(entry)
        if raw.lstrip().startswith(b"-----BEGIN"):
            return [(Key.from_pem(raw.decode(), algorithm, legacy=legacy), KeyTimes())]
        if raw.lstrip().startswith(b"{"):
            return _from_object(json.loads(raw), raw.decode(), algorithm, legacy)
        return [(Key.from_secret(raw, algorithm, legacy=legacy), KeyTimes())]
    except (OSError, ValueError, TypeError) as error:
        problem = error.strerror if isinstance(error, OSError) else _without_input(error)
        raise ImproperlyConfigured(f"{name}: {problem}.") from None


def _from_object(
    members: dict[str, Any], text: str, algorithm: str, legacy: bool
) -> list[tuple[Key, KeyTimes]]:
    """The key of a JWK, or all those of a JWK Set (RFC 7517 section 5)."""
    if "keys" not in members:
        return [_from_jwk(members, text, algorithm, legacy)]
    jwks = members["keys"]
    if not isinstance(jwks, list) or not jwks or not all(isinstance(jwk, dict) for jwk in jwks):
        raise ValueError("is a JWK Set whose `keys` are not a list of one JWK or more")
    return [_from_jwk(jwk, json.dumps(jwk), algorithm, legacy) for jwk in jwks]


def _from_jwk(jwk: dict[str, Any], text: str, algorithm: str, legacy: bool) -> tuple[Key, KeyTimes]:
    key = Key.from_jwk(text, str(jwk.get("alg", algorithm)), legacy=legacy)
    return key, KeyTimes(text)


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def _without_input(error: Exception) -> str:
    # These two quote what they were given, and that is key material.
    if isinstance(error, json.JSONDecodeError):
        return "begins with '{' and is not a JSON object"
    if isinstance(error, UnicodeError):
        return "is not text in UTF-8"
    return str(error)
