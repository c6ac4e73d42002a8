"""`manage.py tegata_sessions`: list, end and purge sessions."""

from __future__ import annotations

from argparse import RawDescriptionHelpFormatter
from inspect import getdoc
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from tegata.management import arguments, end_sessions, list_sessions, purge_sessions


class Command(BaseCommand):
    """Lists, ends and purges sessions."""

    help = "List, end and purge sessions."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declares `list`, `end` and `purge`."""
        commands = parser.add_subparsers(
            dest="command",
            required=True,
            metavar="command",
            parser_class=arguments.SessionIdParser,
        )
        self._add_list(commands)
        self._add_end(commands)
        self._add_purge(commands)

    def handle(self, *args: Any, **options: Any) -> None:
        """Runs one of them."""
        options["run"](self, options)

    def _add_list(self, commands: Any) -> None:
        parser = commands.add_parser(
            "list",
            help="list sessions, the newest first",
            description=getdoc(list_sessions.run),
            formatter_class=RawDescriptionHelpFormatter,
        )
        parser.add_argument("--user", metavar="NAME", help="of one user, by name or primary key")
        state = parser.add_mutually_exclusive_group()
        state.add_argument(
            "--active", action="store_true", help="only those that can still be used"
        )
        state.add_argument("--ended", action="store_true", help="only those that cannot")
        parser.add_argument(
            "--since",
            type=arguments.instant,
            metavar="WHEN",
            help="only those opened since then: 2026-11-27, or 12h, 30d for so long ago",
        )
        parser.add_argument(
            "--limit",
            type=arguments.limit,
            default=50,
            metavar="N",
            help="how many at most, up to 10000; default: 50",
        )
        parser.add_argument("--json", action="store_true", help="as JSON, for programs")
        parser.set_defaults(run=list_sessions.run)

    def _add_end(self, commands: Any) -> None:
        parser = commands.add_parser(
            "end",
            help="end sessions: their tokens are refused from then on",
            description=getdoc(end_sessions.run),
            epilog="  manage.py tegata_sessions end --user ada --reason lost_phone",
            formatter_class=RawDescriptionHelpFormatter,
        )
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument(
            "--id", nargs="+", dest="ids", metavar="ID", help="these, by id as `list` shows it"
        )
        which.add_argument("--user", metavar="NAME", help="all of one user")
        which.add_argument("--all", action="store_true", help="all of everybody")
        parser.add_argument(
            "--reason",
            type=arguments.reason,
            default="administrator",
            help="the `end_reason` to write; default: administrator",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="only say how many would be ended"
        )
        parser.set_defaults(run=end_sessions.run)

    def _add_purge(self, commands: Any) -> None:
        parser = commands.add_parser(
            "purge",
            help="delete the rows of sessions that nothing can use any more",
            description=getdoc(purge_sessions.run),
            epilog="  manage.py tegata_sessions purge --older-than 7d",
            formatter_class=RawDescriptionHelpFormatter,
        )
        parser.add_argument(
            "--older-than",
            type=arguments.duration,
            metavar="TIME",
            help="how long ago they must have ended: 12h, 30d, 0s; default: SESSION_RETENTION",
        )
        parser.add_argument(
            "--at-once",
            action="store_true",
            help="without pauses, for a site that nobody uses meanwhile",
        )
        parser.add_argument("--dry-run", action="store_true", help="only say how many would go")
        parser.set_defaults(run=purge_sessions.run)
