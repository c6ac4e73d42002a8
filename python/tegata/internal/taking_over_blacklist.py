"""Taking over a blacklist: each token that could still be used becomes a session that has ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tegata import conf
from tegata._tegata import decode_unverified, take_over_ended
from tegata.internal import blacklist_tables, clock, giving_up, user_key
from tegata.internal.user_model import user_model
from tegata.jose import JoseError
from tegata.models import Session, SessionQuerySet

BATCH = 500


@dataclass
class Count:
    """What became of the tokens so far.

    Attributes:
        seen: How many there were.
        taken: How many are new here.
        ended: How many had opened a session here, which is ended now.
        expired: How many nobody can use any more.
        left: How many are nobody's: the user is gone.
        unnamed: How many do not say whose they are by the claim that was given.
    """

    seen: int = 0
    taken: int = 0
    ended: int = 0
    expired: int = 0
    left: int = 0
    unnamed: int = 0

    @property
    def usable(self) -> int:
        """How many could still be used where their library's tokens are accepted."""
        return self.seen - self.expired


def take_over(model: Any, alias: str, user_id_claim: str, *, dry_run: bool) -> Iterator[Count]:
    """Takes over all tokens, in batches that commit by themselves.

    Args:
        model: As `blacklist_tables.blacklisted_tokens` gives it.
        alias: The database.
        user_id_claim: What tokens call their user by.
        dry_run: Whether to write nothing.

    Yields:
        The count after each batch; the same object.
    """
    count = Count()
    for rows in blacklist_tables.batches(model, alias, BATCH):
        _take(rows, alias, user_id_claim, count, dry_run=dry_run)
        yield count


def _take(rows: list[Any], alias: str, claim: str, count: Count, *, dry_run: bool) -> None:
    now = clock.now() - conf.current().LEEWAY
    count.seen += len(rows)
    usable = [row for row in rows if _is_usable(row.token, now)]
    count.expired += len(rows) - len(usable)
    users = _users([row.token for row in usable], alias, claim)
    made: dict[str, Session] = {}
    for row in usable:
        user = users.get(row.token.id)
        if user is None:
            is_named = row.token.user_id is not None or claim in _claims(row.token, {claim: None})
            count.left += is_named
            count.unnamed += not is_named
            continue
        ended = row.blacklisted_at
        begun = min(row.token.created_at or ended, ended)
        of_token = take_over_ended(user_key.of(user), row.token.jti, begun, ended)
        made[of_token.session_id] = giving_up.ended(of_token, user.pk)
    sessions = SessionQuerySet(Session, using=alias)
    known = set(sessions.filter(pk__in=list(made)).values_list("pk", flat=True))
    new = [session for session_id, session in made.items() if session_id not in known]
    live = sessions.filter(pk__in=list(known), expired_at__isnull=True)
    count.taken += len(new)
    if dry_run:
        count.ended += live.count()
        return
    giving_up.insert_unless_there(new, alias)
    # With those that came to be meanwhile.
    count.ended += sessions.filter(pk__in=list(made)).end("log_out")


def _is_usable(token: Any, now: datetime) -> bool:
    if token.expires_at > now:
        return True
    # A sliding token is refreshed past its `exp`, of which alone that column knows.
    deadline = _claims(token).get("refresh_exp")
    return isinstance(deadline, int | float) and deadline > now.timestamp()


def _users(tokens: list[Any], alias: str, claim: str) -> dict[int, Any]:
    """The users of tokens, by the ids of those."""
    # Of one that a rotation replaced, only the token itself tells; the library has put it there.
    users = user_model()._base_manager.using(alias)
    by_key = users.in_bulk({token.user_id for token in tokens if token.user_id is not None})
    found = {token.id: by_key.get(token.user_id) for token in tokens if token.user_id is not None}
    named = {}
    for token in tokens:
        user_id = _claims(token).get(claim) if token.user_id is None else None
        if isinstance(user_id, int | str) and not isinstance(user_id, bool):
            value = user_key.prepared(user_id, alias)
            if value is not None:
                named[token.id] = user_key.field().to_python(user_id)
    name = user_key.field().name
    by_name = {
        getattr(user, user_key.field().attname): user
        for user in users.filter(**{f"{name}__in": set(named.values())})
    }
    return found | {token_id: by_name.get(value) for token_id, value in named.items()}


def _claims(token: Any, otherwise: dict[str, Any] | None = None) -> dict[str, Any]:
    try:
        return decode_unverified(token.token).claims
    except (JoseError, ValueError):
        # Nobody can use what is no token.
        return otherwise or {}
