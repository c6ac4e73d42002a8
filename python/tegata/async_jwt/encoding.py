"""Making and reading tokens with `exp`, `iss` and `aud`."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from tegata import jose
from tegata.async_jwt.claim_rules import JWT_MANDATORY_CLAIMS
from tegata.async_jwt.errors import known_to_all
from tegata.async_jwt.keys import default_algorithm, signing_key, verifying_keys
from tegata.internal import clock


def validate_mandatory_claims(claims: Mapping[str, Any]) -> dict[str, Any]:
    """The claims, with `iss` and `aud` from JWT_ISSUER and JWT_AUDIENCE where they have none.

    Returns:
        A dict of its own; what was given stays as it is.

    Raises:
        ValueError: One is neither there nor set.
    """
    completed = dict(claims)
    for claim, setting_name in JWT_MANDATORY_CLAIMS:
        if completed.get(claim) is not None:
            continue
        value = getattr(settings, setting_name, None)
        if value is None:
            raise ValueError(
                f"jwt {claim} is required; hint: give the claim, or set {setting_name}"
            )
        completed[claim] = value
    return completed


def encode_jwt(
    claims: Mapping[str, Any],
    duration: float | timedelta,
    private_key: Any = None,
    algorithm: str | None = None,
    *,
    kid: str | None = None,
) -> str:
    """Signs claims that are good for a while.

    `iat` and `nbf` are the present moment unless `claims` say otherwise. `exp` is `duration` from
    now, or what `claims` say if that is sooner.

    Args:
        claims: The payload; `iss` and `aud` come from the settings if it has none.
        duration: Seconds, or a timedelta.
        private_key: A key of `tegata.jose` or joserfc, instead of JWT_PRIVATE_KEY.
        algorithm: The `alg`; if not said, JWT_ALGORITHM, or else what the key is for: RS256 for an
            RSA key that does not say.
        kid: The header's `kid`, if not that of the key.

    Raises:
        ValueError: There is no such key, or what cannot be in a token.
    """
    key = signing_key(private_key, algorithm or default_algorithm(), "JWT_PRIVATE_KEY")
    completed = validate_mandatory_claims(claims)
    now = int(clock.now().timestamp())
    end = now + _seconds("duration", duration)
    own = completed.get("exp")
    payload = {"iat": now, "nbf": now, **completed}
    payload["exp"] = end if own is None else min(_time("exp", own), end)
    with known_to_all():
        return jose.encode(payload, key if kid is None else key.with_kid(kid))


def decode_jwt(
    token: str | bytes,
    public_key: Any = None,
    algorithms: Sequence[str] | str | None = None,
    *,
    leeway: float = 0,
    require: Collection[str] = ("exp",),
) -> jose.Token:
    """Verifies a token: its signature, the types of its registered claims, and its times.

    What `iss`, `aud` and the rest say is the caller's own affair.

    Args:
        token: A compact JWS.
        public_key: A key or key set of `tegata.jose` or joserfc, instead of JWT_PUBLIC_KEY.
        algorithms: Those accepted; if not said, JWT_ALGORITHM, or else what the key is for.
        leeway: How many seconds clocks may disagree.
        require: The claims that must be there.

    Returns:
        Its `header` and `claims`.

    Raises:
        ValueError: There is no key, or none for these algorithms.
        JoseError: The token is refused; it is a `ValueError` too, and joserfc's `JoseError` if that
            is installed.
    """
    keys = verifying_keys(public_key, algorithms or default_algorithm(), "JWT_PUBLIC_KEY")
    return read_jwt(token, keys, leeway=leeway, require=tuple(require))


def read_jwt(
    token: str | bytes, keys: jose.KeySet, *, leeway: float = 0, require: tuple[str, ...]
) -> jose.Token:
    """`decode_jwt`, with keys that are the engine's already."""
    with known_to_all():
        return jose.decode(
            token, keys, leeway=leeway, require=require, skip=("aud",), now=clock.now()
        )


def _seconds(name: str, span: object) -> int:
    number = span.total_seconds() if isinstance(span, timedelta) else span
    if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
        raise ValueError(f"{name}: give seconds or a timedelta")
    return math.floor(number)


def _time(name: str, moment: object) -> float:
    if isinstance(moment, datetime) and moment.tzinfo is not None:
        return math.floor(moment.timestamp())
    # Compared with infinity, the end of the duration is sooner.
    if isinstance(moment, bool) or not isinstance(moment, int | float) or math.isnan(moment):
        raise ValueError(f"{name}: give seconds since 1970 or a datetime with a timezone")
    return moment
