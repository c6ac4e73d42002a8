"""Of PyJWT's helpers those that programs import (RFC 7515 section 2)."""

import base64


def force_bytes(value: bytes | str) -> bytes:
    """The bytes, or the UTF-8 of the text. Raises `TypeError` for anything else."""
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, bytes):
        return value
    raise TypeError("Expected a string or bytes value")


def base64url_decode(input: bytes | str) -> bytes:  # noqa: A002 - the name that PyJWT gives it
    """The bytes of base64url, padded or not. Raises `binascii.Error`."""
    text = force_bytes(input)
    return base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))


def base64url_encode(input: bytes) -> bytes:  # noqa: A002 - the name that PyJWT gives it
    """Base64url without padding."""
    return base64.urlsafe_b64encode(input).rstrip(b"=")


def to_base64url_uint(val: int, *, bit_length: int | None = None) -> bytes:
    """Base64urlUInt (RFC 7518 section 2) of as many bits as asked for, or as few as will do.

    Raises `ValueError` for a negative number.
    """
    if val < 0:
        raise ValueError("Must be a positive integer")
    bits = val.bit_length() if bit_length is None else bit_length
    return base64url_encode(val.to_bytes((bits + 7) // 8, "big") or b"\x00")


def from_base64url_uint(val: bytes | str) -> int:
    """The number that `to_base64url_uint` wrote."""
    return int.from_bytes(base64url_decode(val), "big")
