"""What `manage.py tegata_sessions list` does."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand
from django.db.models import QuerySet
from django.utils import timezone

from tegata import events
from tegata.internal import store
from tegata.internal.newest import COUNT, among_newest
from tegata.management.arguments import user_named
from tegata.management.table import write_table

if TYPE_CHECKING:
    from tegata.models import Session


def run(command: BaseCommand, options: dict[str, Any]) -> None:
    """List sessions, the newest first.

    Of the whole site or of one user, the newest 10,000 are looked at. No token can be read
    anywhere: the rows hold none.
    """
    found = list(_chosen(options)[: options["limit"] + 1])
    sessions = found[: options["limit"]]
    if options["json"]:
        command.stdout.write(json.dumps([_as_object(each) for each in sessions], indent=2))
    elif sessions:
        head = ("id", "user", "active", "from", "device", "since", "last seen", "ended")
        write_table(command.stdout, head, [_as_row(each) for each in sessions])
    if len(found) > len(sessions):
        command.stderr.write(f"there are more than {len(sessions)}\nhint: --limit, --user, --since")
    elif not sessions:
        command.stderr.write("no sessions")


def _chosen(options: dict[str, Any]) -> QuerySet[Session]:
    everything: QuerySet[Session] = store.sessions()
    if options["user"] is not None:
        everything = everything.filter(user_id=user_named(options["user"]).pk)
    chosen = among_newest(everything, everything, COUNT)
    if options["active"]:
        chosen &= store.sessions().active()
    if options["ended"]:
        chosen &= store.sessions().inactive()
    if options["since"] is not None:
        chosen = chosen.filter(created_at__gte=options["since"])
    return chosen.order_by("-created_at").prefetch_related("user")


def _as_object(session: Session) -> dict[str, Any]:
    return {
        "id": session.pk,
        "user_id": events.plain(session.user_id),
        "username": session.user.get_username(),
        "is_active": session.is_active,
        "ip_address": session.ip_address,
        "location": session.location,
        "device": session.device,
        "user_agent": session.user_agent,
        "created_at": session.created_at.isoformat(),
        "last_activity_at": session.updated_at.isoformat(),
        "ended_at": None if session.expired_at is None else session.expired_at.isoformat(),
        "end_reason": session.end_reason or None,
        "generation": session.generation,
    }


def _as_row(session: Session) -> tuple[str, ...]:
    ended = "" if session.expired_at is None else f"{_at(session.expired_at)} {session.end_reason}"
    return (
        session.pk,
        session.user.get_username(),
        "yes" if session.is_active else "no",
        session.ip_address or "-",
        session.device or "-",
        _at(session.created_at),
        _at(session.updated_at),
        ended,
    )


def _at(when: datetime) -> str:
    return timezone.localtime(when).strftime("%Y-%m-%d %H:%M")
