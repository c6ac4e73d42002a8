"""The statements about login challenges; each commits by itself."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import DatabaseError, router
from django.db.models import F, QuerySet

from tegata import conf
from tegata._tegata import ChallengeAttempt, ChallengeRow, OpenedChallenge, challenge_id
from tegata.internal import clock, user_key
from tegata.internal.retention import unless_locked
from tegata.login_challenge import LoginChallenge

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

logger = logging.getLogger("tegata")

# Each insert adds one row, so this catches up with any number of them.
_ALONG_THE_WAY = 20


def load(token: str) -> LoginChallenge | None:
    """The row of a token, with its user as that is now, on the database that is written to."""
    key = challenge_id(token)
    if key is None:
        return None
    return _rows().select_related("user").filter(pk=key).first()


def row_of(challenge: LoginChallenge) -> ChallengeRow:
    """The columns that decide."""
    return ChallengeRow(
        challenge.id,
        user_key.of(challenge.user),
        challenge.step,
        challenge.security_stamp,
        challenge.client,
        challenge.created_at,
        challenge.attempts,
    )


def insert(
    opened: OpenedChallenge, user: AbstractBaseUser, step: str, passed: Iterable[str], state: str
) -> None:
    """Inserts a challenge, and removes what is beyond the user's newest, or past its time.

    Raises:
        IntegrityError: The user is gone.
    """
    challenge = LoginChallenge(
        id=opened.id,
        user_id=user.pk,
        step=step,
        passed=" ".join(passed),
        state=state,
        security_stamp=opened.security_stamp,
        client=opened.client,
        created_at=opened.created_at,
    )
    challenge.save(force_insert=True, using=_rows().db)
    try:
        own = _rows().filter(user_id=user.pk).exclude(pk=opened.id)
        _delete(own.order_by("-created_at", "id")[opened.at_most - 1 :])
        rules = conf.current()
        over = clock.now() - rules.LEEWAY - rules.CHALLENGE_LIFETIME
        _delete(_rows().filter(created_at__lte=over).order_by("created_at"))
    # A login does not fail because of what it does for the housekeeping.
    except DatabaseError as error:
        logger.warning("no old login challenges were removed: %s", error)


def count(attempt: ChallengeAttempt) -> int:
    """Counts an attempt where there is one left; says how many rows that hit."""
    left = _rows().filter(pk=attempt.id, attempts__lt=attempt.limit)
    return left.update(attempts=F("attempts") + 1)


def consume(attempt: ChallengeAttempt) -> int:
    """Deletes a challenge; says how many rows that hit."""
    meant = _rows().filter(pk=attempt.id)
    # Where a site listens to every deletion, the public way would read the row first.
    return meant._raw_delete(meant.db)


def _rows() -> QuerySet[LoginChallenge]:
    # A replica may not know of it yet, or still.
    return LoginChallenge._base_manager.using(router.db_for_write(LoginChallenge))


def _delete(rows: QuerySet[LoginChallenge]) -> None:
    ids = list(rows.values_list("pk", flat=True)[:_ALONG_THE_WAY])
    if ids:
        with unless_locked(_rows(), ids) as free:
            meant = _rows().filter(pk__in=free)
            meant._raw_delete(meant.db)
