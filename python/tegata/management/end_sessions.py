"""What `manage.py tegata_sessions end` does."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tegata import conf
from tegata._tegata import is_session_id, keeps_legacy_rows
from tegata.internal import clock, store
from tegata.management.arguments import user_named
from tegata.management.progress import progress
from tegata.models import Session, SessionQuerySet

# How many are ended by one statement, whose locks nobody waits for long.
_BATCH = 500
_OPENING = (
    "Refresh tokens of the library of before that were not used yet have no session that could be "
    "ended, and open one when they come. Take their entry out of TEGATA['ACCEPT_LEGACY'], and they "
    "do not."
)


def run(command: BaseCommand, options: dict[str, Any]) -> None:
    """End sessions: their tokens are refused from then on.

    An end is final. What has ended already keeps its reason. An id that is nobody's is an error,
    and then nothing is ended.
    """
    chosen = _chosen(options)
    if options["dry_run"]:
        command.stdout.write(f"{_counted(chosen.count())} would be ended")
        return
    reason = options["reason"]
    if options["user"] is not None:
        count = Session.invalidate_all_user_sessions(user_named(options["user"]), reason=reason)
    elif options["all"]:
        count = _end_all(command, chosen, reason)
        if keeps_legacy_rows(conf.engine(), clock.now()):
            command.stderr.write(command.style.WARNING(_OPENING))
    else:
        count = chosen.end(reason)
    command.stdout.write(f"{_counted(count)} ended")


def _chosen(options: dict[str, Any]) -> SessionQuerySet:
    unended = store.sessions().filter(expired_at__isnull=True)
    if options["user"] is not None:
        return unended.filter(user_id=user_named(options["user"]).pk)
    if options["all"]:
        return unended
    ids = set(options["ids"])
    known = {each for each in ids if is_session_id(each)}
    known = set(store.sessions().filter(pk__in=known).values_list("pk", flat=True))
    if unknown := sorted(ids - known):
        raise CommandError(
            f"there is no session {', '.join(map(repr, unknown))}\n"
            "hint: `tegata_sessions list` shows the ids"
        )
    return unended.filter(pk__in=known)


def _end_all(command: BaseCommand, unended: SessionQuerySet, reason: str) -> int:
    count = 0
    # By the index of those that have not ended, each batch from where the last one ended.
    rest = unended.order_by("minted_at")
    with progress(command, "ended", None) as advance:
        while True:
            batch = list(rest.values_list("pk", "minted_at")[:_BATCH])
            ended = store.sessions().filter(pk__in=[pk for pk, _ in batch]).end(reason)
            count += ended
            advance(ended)
            if len(batch) < _BATCH:
                return count
            rest = rest.filter(minted_at__gte=batch[-1][1])


def _counted(count: int) -> str:
    return f"{count} session" if count == 1 else f"{count} sessions"
