"""The life of a key in a JWK Set file: it signs, then it verifies, then it goes.

Three members of each JWK say when, in seconds since the epoch: `iat`, when it was made, `nbf`, from
when on it signs, and `exp`, until when there may be tokens that it signed. They are those that
OpenID Federation gives keys; whoever does not know them passes them over (RFC 7517 section 4).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

Jwk = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rotation:
    """A set of keys, rotated.

    Attributes:
        keys: The new key first, then those that verify on.
        dropped: Those of which nobody can hold a token any more.
    """

    keys: list[Jwk]
    dropped: list[Jwk]


def rotate(
    keys: list[Jwk], new: Jwk, now: datetime, lifetime: timedelta, *, keep: bool = False
) -> Rotation:
    """Puts a new key in front of a set.

    Args:
        keys: The set; its first key signs up to now.
        new: The key that signs from now on.
        now: The time.
        lifetime: For how long a token of the old key may be good.
        keep: Whether what is due stays all the same.
    """
    at = _seconds(now)
    until = _seconds(now + lifetime)
    # Of one that is not the first and has no end, nobody knows until when it has signed.
    aging = [
        jwk if index and _is_number(jwk.get("exp")) else {**jwk, "exp": until}
        for index, jwk in enumerate(keys)
    ]
    due = [] if keep else [jwk for jwk in aging if jwk["exp"] <= at]
    kept = [jwk for jwk in aging if jwk not in due]
    return Rotation([{**new, "iat": at, "nbf": at}, *kept], due)


def _seconds(when: datetime) -> int:
    return int(when.timestamp())


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
