"""Keys as the objects of `cryptography`, for the libraries that take them prepared so."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from material import Keys


def private_key(keys: Keys) -> Any:
    """The secret, or the parsed private key."""
    if keys.is_secret:
        return keys.secret
    serialization = import_module("cryptography.hazmat.primitives.serialization")
    return serialization.load_pem_private_key(keys.private_pem, password=None)


def public_key(keys: Keys) -> Any:
    """The secret, or the parsed public key."""
    if keys.is_secret:
        return keys.secret
    serialization = import_module("cryptography.hazmat.primitives.serialization")
    return serialization.load_pem_public_key(keys.public_pem)
