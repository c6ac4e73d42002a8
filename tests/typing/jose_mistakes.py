"""Mistakes with `tegata.jose` that a type checker must find, marked as in `mistakes.py`."""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from pathlib import Path

from tegata import jose
from tegata.jose import Key, KeySet


def wrong_keys(key: Key, secret: bytes, path: Path) -> None:
    """A key is no text, and no text is a key."""
    jose.decode("token", secret)  # type: ignore[arg-type]
    jose.decode("token", [key])  # type: ignore[arg-type]
    jose.encode({}, "secret")  # type: ignore[arg-type]
    Key.from_pem(path, "ES256")  # type: ignore[arg-type]
    Key.from_secret(secret)  # type: ignore[call-arg]
    Key.from_secret(secret, "HS256", True)  # type: ignore[call-arg]
    KeySet([secret])  # type: ignore[list-item]
    KeySet.from_jwks({}, True)  # type: ignore[call-arg]
    KeySet(key)  # type: ignore[arg-type]


def wrong_arguments(key: Key) -> None:
    """Checks go by name, and none by the name of another library."""
    jose.encode(["claims"], key)  # type: ignore[arg-type]
    jose.encode({}, key, "HS256")  # type: ignore[call-arg, arg-type]
    jose.decode(7, key)  # type: ignore[arg-type]
    jose.decode("token", key, ["HS256"])  # type: ignore[call-arg]
    jose.decode("token", key, algorithms=["HS256"])  # type: ignore[call-arg]
    jose.decode("token", key, issuer=7)  # type: ignore[arg-type]
    jose.decode("token", key, leeway="5")  # type: ignore[arg-type]
    jose.decode("token", key, claims=["sub"])  # type: ignore[arg-type]


def frozen(key: Key, token: jose.Token) -> None:
    """Neither keys nor tokens change."""
    key.kid = "another"  # type: ignore[misc]
    token.claims = {}  # type: ignore[misc]


def absent(key: Key, error: jose.JoseError) -> None:
    """What is not there."""
    key.secret  # type: ignore[attr-defined]  # noqa: B018
    error.claim  # type: ignore[attr-defined]  # noqa: B018


class MyKey(Key):  # type: ignore[misc]
    """Key is final."""
