"""What `manage.py tegata_sessions purge` does."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tegata import conf
from tegata.internal import retention
from tegata.management.progress import is_terminal, progress


def run(command: BaseCommand, options: dict[str, Any]) -> None:
    """Delete the rows of sessions that nothing can use any more.

    Those are ended ones, those past SESSION_LIFETIME, and those that were not refreshed in time.
    Login challenges whose time is up go too, of whatever age.
    They go in small batches with pauses in between, so that nobody has to wait for it. SQLite lets
    one write at a time, so there the pauses are long: expect some 50,000 rows an hour, or close the
    site and say --at-once. It can be stopped and started again at any time. Without --older-than,
    what TEGATA['SESSION_RETENTION'] keeps is kept.
    """
    age = options["older_than"]
    if age is None:
        age = conf.current().SESSION_RETENTION
    if age is None:
        raise CommandError(
            "TEGATA['SESSION_RETENTION'] is None, which keeps all rows\n"
            "hint: say which may go: --older-than 30d"
        )
    if options["dry_run"]:
        command.stdout.write(f"{_counted(retention.count_due(age))} would go")
        return
    total = retention.count_due(age) if is_terminal(command) else None
    with progress(command, "removed", total) as advance:
        count = retention.remove_all(age, on_batch=advance, pauses=not options["at_once"])
    command.stdout.write(f"{_counted(count)} removed")


def _counted(count: int) -> str:
    return f"{count} row" if count == 1 else f"{count} rows"
