"""How often somebody may guess, and how often refresh.

A guess at a secret is counted before the secret is looked at, so that guesses at the same time
cannot slip past the limit together; one that was right is given back. Three limits hold, each of
which the others would leave a way round:

- `account_and_address`: one client at one account, so that neither its neighbours nor the owner of
  the account, who is elsewhere, are held up by it;
- `account`: all clients at one account, for guesses that come from many addresses;
- `address`: one client at all accounts, for one password tried on many names.

The last two do not hold for an account at an address where it lately logged in well, as long as the
first does: so its owner can log in while others guess, and whoever shares an address with a guesser
can too.

A limit's keys are keyed hashes of what it counts, so nobody reads a name or an address in them.
"""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.crypto import salted_hmac

from tegata import conf
from tegata._tegata import Rate
from tegata.exceptions import APIError
from tegata.internal import clock, throttle_cache
from tegata.internal.outage import OutageError

logger = logging.getLogger("tegata")

PAIR = "account_and_address"
ACCOUNT = "account"
ADDRESS = "address"
SESSION = "session"

# How long an account's good address is known.
_KNOWN_SECONDS = 30 * 24 * 60 * 60
# A guess that was begun in one window may be given back after its end.
_SLACK_SECONDS = 60
_OUTAGE = "The cache that counts attempts cannot answer now; try again."
_OUTAGE_RETRY_SECONDS = 1
# Guesses that are still being checked are counted too, and may be given back at any moment.
_RETRY_WHILE_OTHERS_ARE_CHECKED = 1
_FAILED = ":failed"
# Of a longer name the beginning is enough, and a schema of the site's own may take any.
_MAX_ACCOUNT = 1024


class Guess:
    """One guess, which is counted.

    Whoever checks it says how it went: `succeeded()`, `failed()`, or `undo()` where nothing was
    checked. One of which nobody says so stays counted.
    """

    def __init__(self, known_key: str | None = None, counted: Iterable[_Limit] = ()) -> None:
        self._known_key = known_key
        self._counted = tuple(counted)

    def failed(self) -> None:
        """Leaves the guess counted, and says that it will not be given back any more."""
        counted, self._counted = self._counted, ()
        with suppress(OutageError):
            for limit in counted:
                if limit.count_failed() == limit.most:
                    logger.warning("%s: the limit by %s is reached", limit.scope, limit.name)

    def succeeded(self) -> None:
        """Gives the guess back, and remembers that this account is at home at this address."""
        self.undo()
        if self._known_key is not None:
            with suppress(OutageError):
                throttle_cache.current().remember(self._known_key, _KNOWN_SECONDS)

    def undo(self) -> None:
        """Gives the guess back; doing so twice gives nothing more."""
        counted, self._counted = self._counted, ()
        with suppress(OutageError):
            throttle_cache.current().take_back([limit.key for limit in counted])


@dataclass(frozen=True, slots=True)
class _Limit:
    """One limit, as it stands at one moment."""

    scope: str
    name: str
    key: str
    most: int
    retry_after: int

    @classmethod
    def at(cls, now: datetime, scope: str, name: str, rate: Rate, *of: str) -> _Limit:
        digest = _digest(scope, name, *of)
        number, retry_after = rate.window_at(now, int(digest[:16], 16))
        return cls(scope, name, f"tegata:throttle:{digest}:{number}", rate.limit, retry_after)

    def count(self) -> int:
        return throttle_cache.current().count(self.key, self.retry_after + _SLACK_SECONDS)

    def count_failed(self) -> int:
        key = self.key + _FAILED
        return throttle_cache.current().count(key, self.retry_after + _SLACK_SECONDS)

    def wait(self, found: dict[str, Any]) -> int:
        """Seconds until it opens, by what the cache holds; 0 if it is open."""
        if _number(found.get(self.key + _FAILED)) >= self.most:
            return self.retry_after
        is_full = _number(found.get(self.key)) >= self.most
        return _RETRY_WHILE_OTHERS_ARE_CHECKED if is_full else 0


def guess(scope: str, account: str | None, source: str | None) -> Guess:
    """Counts a guess, unless there were too many; call it before the secret is looked at.

    Args:
        scope: What is guessed, such as `login`: each scope counts for itself.
        account: Whose secret it is, as the client names it; `None` if it names nobody.
        source: Where the guess comes from: the network of an address, a session; `None` if that is
            unknown. Then the limit by account alone holds.

    Raises:
        APIError: `rate_limited` (429) with `Retry-After`, or `service_unavailable` (503) if the
            cache is down and `THROTTLE_FAILURE` is `"closed"`.
    """
    rules = conf.current()
    if not rules.LOGIN_THROTTLE:
        return Guess()
    try:
        return _guess(rules.LOGIN_THROTTLE, scope, account, source)
    except OutageError:
        raise _unavailable() from None


def _guess(rates: dict[str, Rate], scope: str, account: str | None, source: str | None) -> Guess:
    now = clock.now()
    name = None if account is None else normalised(account)
    of = {
        PAIR: None if name is None or source is None else (name, source),
        ACCOUNT: None if name is None else (name,),
        ADDRESS: None if source is None else (source,),
    }
    limits = [
        _Limit.at(now, scope, limit, rate, *parts)
        for limit, rate in rates.items()
        if (parts := of[limit]) is not None
    ]
    known_key = None
    if name is not None and source is not None:
        known_key = f"tegata:known:{_digest(scope, 'known', name, source)}"
    keys = [key for limit in limits for key in (limit.key, limit.key + _FAILED)]
    if known_key is not None:
        keys.append(known_key)
    found = throttle_cache.current().get_many(keys)
    # Something has to hold at home too.
    is_at_home = PAIR in rates and known_key in found
    binding = [limit for limit in limits if limit.name == PAIR or not is_at_home]
    if wait := max((limit.wait(found) for limit in binding), default=0):
        raise refusal(wait)
    counted: list[_Limit] = []
    for limit in limits:
        number = limit.count()
        counted.append(limit)
        if number > limit.most and limit in binding:
            Guess(None, counted).undo()
            raise refusal(_RETRY_WHILE_OTHERS_ARE_CHECKED)
    return Guess(known_key, counted)


def count(scope: str, name: str, rate: Rate | None, of: str | None) -> None:
    """Counts something that is no guess and never given back, such as a refresh.

    Args:
        scope: What is counted.
        name: By what.
        rate: How often that may be; `None` is as often as one likes.
        of: Whose; `None` if that is unknown, which is nobody's.

    Raises:
        APIError: As `guess`.
    """
    if rate is None or of is None:
        return
    limit = _Limit.at(clock.now(), scope, name, rate, of)
    try:
        number = limit.count()
    except OutageError:
        raise _unavailable() from None
    if number > limit.most:
        raise refusal(limit.retry_after)


def refusal(retry_after: int) -> APIError:
    """The 429.

    Args:
        retry_after: Seconds until the limit opens.
    """
    seconds = "1 second" if retry_after == 1 else f"{retry_after} seconds"
    detail = f"Too many attempts; try again in {seconds}."
    return APIError.refuse("rate_limited", "endpoint", detail=detail, retry_after=retry_after)


def normalised(account: str) -> str:
    """An account's name without what a database may take for the same.

    Django looks for the name as it is, but collations differ: case, width and other forms of
    compatibility, accents, spaces and invisible characters may count for nothing.
    """
    start = account[:_MAX_ACCOUNT]
    letters = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", start).casefold())
    return "".join(
        letter
        for letter in letters
        if not unicodedata.combining(letter) and unicodedata.category(letter)[0] not in "CZ"
    )


def _unavailable() -> APIError:
    return APIError.refuse(
        "service_unavailable", "endpoint", detail=_OUTAGE, retry_after=_OUTAGE_RETRY_SECONDS
    )


def _digest(*parts: str) -> str:
    # Each with its length, so that no two lists of parts read the same.
    text = "".join(f"{len(part)}:{part}" for part in parts)
    encoded = text.encode(errors="surrogatepass")
    return salted_hmac("tegata.throttle", encoded, algorithm="sha256").hexdigest()


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0
