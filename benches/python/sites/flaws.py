"""Requests that must not be let in, and which of them a site lets in all the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import jwt
from material import Keys

from sites import Library
from sites.accounts import Account, Tokens, UnexpectedAnswerError
from sites.client import Asked, Client
from sites.urls import PROTECTED

_DAY = 86_400


@dataclass(frozen=True)
class Attempt:
    """Somebody who is let in so far."""

    account: Account
    tokens: Tokens
    client: Client
    library: Library
    keys: Keys


def taken(client: Client, library: Library, keys: Keys) -> list[str]:
    """The flaws with which a request is let in, each tried by a user of its own.

    Raises:
        UnexpectedAnswerError: A good token is refused, so that a refusal would show nothing.
    """

    def is_let_in(token: str | None) -> bool:
        return client.ask(Asked("GET", PROTECTED, token=token)).status == 200

    found = []
    for flaw, spoil in _FLAWS.items():
        account = Account(f"flaw {flaw}", client, library)
        attempt = Attempt(account, account.log_in(), client, library, keys)
        access = attempt.tokens.access
        # The second shows that what is signed here is refused for nothing but its times.
        if not is_let_in(access) or not is_let_in(_signed_again(access, keys, late=0)):
            raise UnexpectedAnswerError("a good token is refused")
        if is_let_in(spoil(attempt)):
            found.append(flaw)
    return found


def _missing(attempt: Attempt) -> str | None:
    return None


def _forged(attempt: Attempt) -> str:
    signed, _, signature = attempt.tokens.access.rpartition(".")
    return f"{signed}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"


def _expired(attempt: Attempt) -> str:
    return _signed_again(attempt.tokens.access, attempt.keys, late=_DAY)


def _of_another_type(attempt: Attempt) -> str | None:
    # Without a refresh token there is nothing to be mistaken.
    return attempt.tokens.refresh


def _logged_out(attempt: Attempt) -> str:
    route, access = attempt.library.ROUTES.log_out, attempt.tokens.access
    if route:
        # Where no sessions are kept it may be refused, and ends nothing either way.
        attempt.client.ask(Asked("POST", route, token=access))
    return access


def _inactive(attempt: Attempt) -> str:
    user = attempt.account.user
    user.is_active = False
    user.save(update_fields=["is_active"])
    return attempt.tokens.access


def _password_changed(attempt: Attempt) -> str:
    user = attempt.account.user
    user.set_password("another one")
    user.save(update_fields=["password"])
    return attempt.tokens.access


_FLAWS: dict[str, Callable[[Attempt], str | None]] = {
    "missing": _missing,
    "forged": _forged,
    "expired": _expired,
    "refresh": _of_another_type,
    "logged-out": _logged_out,
    "inactive": _inactive,
    "password": _password_changed,
}


def _signed_again(token: str, keys: Keys, late: int) -> str:
    """The same token, as if it had been made and had ended some seconds earlier."""
    claims = jwt.decode(token, options={"verify_signature": False})
    for name in ("exp", "iat", "nbf"):
        if name in claims:
            claims[name] -= late
    header = jwt.get_unverified_header(token)
    return jwt.encode(claims, keys.secret or keys.private_pem, keys.algorithm, headers=header)
