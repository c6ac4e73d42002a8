"""Tokens that must be refused: what an attacker, or a careless client, would send."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from asgiref.sync import sync_to_async
from django.views.decorators.debug import sensitive_variables

from tegata import conf, jose
from tegata.internal import clock
from tegata.testing.issuing import limits, site_key, tokens

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

Flaw = Literal[
    "alg_none",
    "confused_algorithm",
    "disagreeing_types",
    "embedded_key",
    "expired",
    "issued_in_future",
    "no_expiry",
    "no_signature",
    "not_yet_valid",
    "other_audience",
    "other_issuer",
    "other_key",
    "other_kind",
    "other_subject",
    "tampered_claims",
    "tampered_signature",
    "wrong_typ",
]
"""What is wrong with a forged token, and nothing else is."""

FLAWS: tuple[Flaw, ...] = get_args(Flaw)
"""Every flaw, for `pytest.mark.parametrize`."""


class Forgery(NamedTuple):
    """A token that must be refused.

    Attributes:
        flaw: What is wrong with it.
        token: The token.
        error_code: What it is refused with.
    """

    flaw: Flaw
    token: str
    error_code: str

    def __repr__(self) -> str:
        return f"<Forgery {self.flaw}>"


@sensitive_variables()
def forged(
    user: AbstractBaseUser, flaw: Flaw, *, kind: Literal["access", "refresh"] = "access"
) -> Forgery:
    """A token with one flaw, of a live session of `user`.

    Without the flaw it would be let in. It is refused whatever SESSION_CHECK says, since every
    flaw is one of the token and none of its rows.

    Args:
        user: Whose, saved and active.
        flaw: What is wrong with it:
            `alg_none` has the `alg` "none" and no signature (RFC 8725 section 2.1);
            `confused_algorithm` is signed by HMAC with the site's public key or, where the site
            signs by HMAC, with its secret under another hash;
            `disagreeing_types` is of one kind by its `typ` and of the other by its claim;
            `embedded_key` is signed with the key that its own header brings along;
            `expired`, `not_yet_valid` and `issued_in_future` lie beyond the leeway by `exp`, `nbf`
            and `iat`; `no_expiry` has no `exp`;
            `no_signature` is cut off;
            `other_issuer`, `other_audience` and `other_key` are of somebody else by `iss`, `aud`
            and signature;
            `other_kind` is a refresh token in the place of an access token, or the reverse;
            `other_subject` names two users, by `sub` and by the claim of the site;
            `tampered_claims` and `tampered_signature` were changed after signing;
            `wrong_typ` has the `typ` of any JWT (RFC 8725 section 3.11).
        kind: Of which kind.

    Raises:
        ValueError: There is no such flaw.
    """
    if flaw not in _MAKERS:
        raise ValueError(f"{flaw!r} is none of {', '.join(FLAWS)}")
    pair = tokens(user)
    access, refresh = pair.access_token, pair.refresh_token
    token, other = (access, refresh) if kind == "access" else (refresh, access)
    read = jose.decode_unverified(token, **limits())
    genuine = _Genuine(token, other, read.header, read.claims, site_key())
    return Forgery(flaw, _MAKERS[flaw](genuine), _CODES.get(flaw, "invalid_token"))


def forgeries(
    user: AbstractBaseUser, *, kind: Literal["access", "refresh"] = "access"
) -> list[Forgery]:
    """A token for each flaw, as `forged` makes them.

    Args:
        user: Whose, saved and active.
        kind: Of which kind.
    """
    return [forged(user, flaw, kind=kind) for flaw in FLAWS]


@dataclass(frozen=True, slots=True, repr=False)
class _Genuine:
    """A good token, and what it takes to write one like it."""

    token: str
    other: str
    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    key: jose.Key

    def signed(self, key: jose.Key | None = None, **header: Any) -> str:
        """The same claims under another key or header."""
        headers = {"typ": self.header["typ"], **header}
        return jose.encode(self.claims, key or self.key, headers=headers)

    def claiming(self, **changes: Any) -> str:
        """Other claims under the site's signature; `None` leaves one out."""
        claims = {
            name: value for name, value in {**self.claims, **changes}.items() if value is not None
        }
        return jose.encode(claims, self.key, headers={"typ": self.header["typ"]})

    def by_hand(self, sign: Callable[[bytes], bytes], **header: Any) -> str:
        """The same claims as no library would sign them."""
        message = f"{_part({**self.header, **header})}.{self.token.split('.')[1]}"
        return f"{message}.{_base64url(sign(message.encode()))}"


def _confused_algorithm(genuine: _Genuine) -> str:
    key = genuine.key
    if key.algorithm.startswith("HS"):
        known = key.to_jwk()["k"]
        other = "HS512" if key.algorithm != "HS512" else "HS256"
        secret = base64.urlsafe_b64decode(known + "=" * (-len(known) % 4))
    else:
        other, secret = "HS256", key.public().to_pem().encode()
    digest = f"sha{other.removeprefix('HS')}"
    return genuine.by_hand(lambda message: hmac.digest(secret, message, digest), alg=other)


def _disagreeing_types(genuine: _Genuine) -> str:
    name = conf.current().TOKEN_TYPE_CLAIM
    other = {"access": "refresh", "refresh": "access"}
    return genuine.claiming(**{name: other[genuine.claims[name]]})


def _embedded_key(genuine: _Genuine) -> str:
    key = jose.Key.generate("ES256")
    return genuine.signed(key, jwk=key.public().to_jwk())


def _expired(genuine: _Genuine) -> str:
    rules = conf.current()
    end = clock.now().timestamp() - rules.LEEWAY.total_seconds() - 1
    return genuine.claiming(exp=end, iat=end - rules.ACCESS_TOKEN_LIFETIME.total_seconds())


def _later(claim: str) -> Callable[[_Genuine], str]:
    def make(genuine: _Genuine) -> str:
        begin = clock.now() + conf.current().LEEWAY + timedelta(seconds=60)
        return genuine.claiming(**{claim: begin.timestamp()})

    return make


def _tampered_claims(genuine: _Genuine) -> str:
    header, _, signature = genuine.token.split(".")
    return f"{header}.{_part({**genuine.claims, 'is_superuser': True})}.{signature}"


def _tampered_signature(genuine: _Genuine) -> str:
    signed, _, signature = genuine.token.rpartition(".")
    # Not the last character, of which some bits belong to no byte.
    return f"{signed}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"


_MAKERS: dict[Flaw, Callable[[_Genuine], str]] = {
    "alg_none": lambda genuine: genuine.by_hand(lambda _: b"", alg="none"),
    "confused_algorithm": _confused_algorithm,
    "disagreeing_types": _disagreeing_types,
    "embedded_key": _embedded_key,
    "expired": _expired,
    "issued_in_future": _later("iat"),
    "no_expiry": lambda genuine: genuine.claiming(exp=None),
    "no_signature": lambda genuine: genuine.by_hand(lambda _: b""),
    "not_yet_valid": _later("nbf"),
    "other_audience": lambda genuine: genuine.claiming(aud="https://audience.invalid"),
    "other_issuer": lambda genuine: genuine.claiming(iss="https://issuer.invalid"),
    "other_key": lambda genuine: genuine.signed(
        jose.Key.generate(genuine.key.algorithm).with_kid(genuine.key.kid)
    ),
    "other_kind": lambda genuine: genuine.other,
    "other_subject": lambda genuine: genuine.claiming(sub=f"{genuine.claims['sub']}0"),
    "tampered_claims": _tampered_claims,
    "tampered_signature": _tampered_signature,
    "wrong_typ": lambda genuine: genuine.signed(typ="JWT"),
}
_CODES: dict[Flaw, str] = {"expired": "expired_token", "other_kind": "invalid_token_type"}


def _part(value: Mapping[str, Any]) -> str:
    return _base64url(json.dumps(value, separators=(",", ":")).encode())


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


aforged = sync_to_async(forged)
aforgeries = sync_to_async(forgeries)
