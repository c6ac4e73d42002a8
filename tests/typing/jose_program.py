"""A program that uses `tegata.jose` without Django; mypy and pyright check it, nothing runs it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, assert_type
from uuid import UUID

from tegata import jose
from tegata.jose import ExpiredTokenError, InvalidClaimError, JoseError, Key, KeySet, Token


def keys_of(folder: Path, secret: bytes) -> KeySet:
    """Every way to a key."""
    pem = folder / "key.pem"
    private = Key.from_pem(pem.read_text(), "ES256")
    assert_type(private, Key)
    assert_type(private.algorithm, str)
    assert_type(private.kid, str | None)
    assert_type(private.can_sign, bool)
    assert_type(private.public().thumbprint(), str)
    assert_type(private.to_pem(), str)
    assert_type(private.to_der(), bytes)
    assert_type(private.to_jwk(), dict[str, Any])
    others = [
        Key.from_pem(pem.read_bytes(), "ES256", legacy=True),
        Key.from_der(private.to_der(), "ES256"),
        Key.from_secret(secret, "HS256"),
        Key.from_secret("as text", "HS256", legacy=True),
        Key.derive(secret, b"label", "HS512"),
        Key.from_jwk(private.to_jwk()),
        Key.from_jwk(MappingProxyType({"kty": "oct", "k": "AAAA"}), "HS256"),
        Key.from_jwk(pem.read_text()).with_kid(None).with_kid("a"),
        Key.generate("EdDSA"),
    ]
    keys = KeySet([private, *others])
    assert_type(keys.keys, tuple[Key, ...])
    assert_type(iter(keys), Iterator[Key])
    assert_type(len(keys), int)
    KeySet(key for key in keys if key.can_sign)
    return keys


def publish(keys: KeySet) -> dict[str, list[dict[str, Any]]]:
    """Sets go out and come in."""
    KeySet.from_jwks(keys.to_jwks())
    KeySet.from_jwks('{"keys": []}')
    KeySet.from_jwks(keys.to_jwks(private=True), private=True)
    return keys.to_jwks()


def sign(key: Key, keys: KeySet, claims: Mapping[str, Any]) -> str:
    """Claims and headers are any mappings."""
    now = datetime.now(UTC)
    assert_type(jose.encode({"sub": "alice", "exp": now, "id": UUID(int=7)}, key), str)
    return jose.encode(claims, keys, headers={"typ": "at+jwt", "kid": None})


def is_admin(roles: list[str]) -> bool:
    """A rule."""
    return "admin" in roles


def read(token: str, keys: KeySet, raw: bytes) -> str:
    """Every argument of `decode`."""
    read = jose.decode(
        token,
        keys,
        issuer="https://login.example",
        audience={"a", "b"},
        leeway=timedelta(seconds=5),
        require=("exp", "sub"),
        claims={
            "tenant": 7,
            "scope": {"read", "write"},
            "roles": is_admin,
            "name": str.isalpha,
        },
        typ="at+jwt",
        max_age=60,
        now=datetime.now(UTC),
        skip=["jti"],
        max_token_length=4_096,
        max_depth=4,
    )
    assert_type(read, Token)
    assert_type(read.claims, dict[str, Any])
    assert_type(read.header, dict[str, Any])
    jose.decode(raw, keys.keys[0], issuer=["a"], leeway=0.5, now=1_800_000_000.0)
    jose.decode(memoryview(raw), keys)
    jose.decode_unverified(raw, max_token_length=100)
    jose.check_claims(read.claims, issuer="a", rules={"sub": str.isalpha}, now=datetime.now(UTC))
    subject: str = read.claims["sub"]
    return subject


def refused(token: str, keys: KeySet) -> str:
    """What there is to catch."""
    try:
        jose.decode(token, keys)
    except ExpiredTokenError as error:
        assert_type(error.claim, str)
        return error.code
    except InvalidClaimError as error:
        return error.claim
    except JoseError as error:
        assert_type(error.code, str)
        return type(error).code
    return ""
