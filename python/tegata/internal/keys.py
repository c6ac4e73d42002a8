"""Signing keys from the settings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from tegata._tegata import Key

# Far too short for a secret, so it can be nothing else.
DERIVED = "SECRET_KEY"
_LABEL = b"tegata signing key v1"


def load_keys(entries: object, algorithm: str) -> list[Key]:
    """The keys of `TEGATA["KEYS"]`, or those derived from `SECRET_KEY` and its fallbacks.

    Raises:
        ImproperlyConfigured: Names the setting and the entry, never the key.
    """
    if entries is None:
        return _derived(algorithm)
    if not isinstance(entries, list | tuple) or not entries:
        raise ImproperlyConfigured(
            "TEGATA['KEYS'] must be a list of secrets, PEM texts, JWKs or paths to them."
        )
    keys: list[Key] = []
    for index, entry in enumerate(entries):
        keys += _derived("HS256") if entry == DERIVED else [_load(entry, algorithm, index)]
    return keys


def _derived(algorithm: str) -> list[Key]:
    secrets: list[Any] = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    for index, secret in enumerate(secrets):
        # Whoever knows the label could sign with a key that is derived from nothing.
        if not isinstance(secret, str | bytes) or not secret:
            name = f"SECRET_KEY_FALLBACKS[{index - 1}]" if index else "SECRET_KEY"
            raise ImproperlyConfigured(f"{name} must be a text that is not empty.")
    try:
        return [Key.derive(_bytes(secret), _LABEL, algorithm) for secret in secrets]
    except ValueError as error:
        raise ImproperlyConfigured(
            f"TEGATA['ALGORITHM'] is {algorithm!r}, for which SECRET_KEY cannot serve: {error}. "
            "Give the key in TEGATA['KEYS']."
        ) from error


def _load(entry: object, algorithm: str, index: int) -> Key:
    try:
        if isinstance(entry, Path):
            entry = entry.read_bytes()
        if isinstance(entry, Mapping):
            return Key.from_jwk(json.dumps(dict(entry)), str(entry.get("alg", algorithm)))
        if not isinstance(entry, str | bytes):
            raise ValueError("must be a str, bytes, dict or pathlib.Path")
        raw = _bytes(entry)
        if raw.lstrip().startswith(b"-----BEGIN"):
            return Key.from_pem(raw.decode(), algorithm)
        if raw.lstrip().startswith(b"{"):
            jwk = json.loads(raw)
            return Key.from_jwk(raw.decode(), str(jwk.get("alg", algorithm)))
        return Key.from_secret(raw, algorithm)
    except (OSError, ValueError, TypeError) as error:
        problem = error.strerror if isinstance(error, OSError) else _without_input(error)
        raise ImproperlyConfigured(f"TEGATA['KEYS'][{index}]: {problem}.") from None


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def _without_input(error: Exception) -> str:
    # These two quote what they were given, and that is key material.
    if isinstance(error, json.JSONDecodeError):
        return "begins with '{' and is not a JSON object"
    if isinstance(error, UnicodeError):
        return "is not text in UTF-8"
    return str(error)
