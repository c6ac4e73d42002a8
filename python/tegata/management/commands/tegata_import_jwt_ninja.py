"""`manage.py tegata_import_jwt_ninja`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections, router

from tegata import conf
from tegata.compat.jwt_ninja import settings
from tegata.internal import jwt_ninja_table
from tegata.internal.taking_over import Count, WrongKeyError, take_over
from tegata.models import Session


class Command(BaseCommand):
    """Takes over the sessions in jwt-ninja's table, so that nobody has to log in again."""

    help = (
        "Takes over the sessions in jwt-ninja's table. It can be run again, and while the site "
        "serves: what Tegata has done to a session stays."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The options."""
        parser.add_argument("--database", help="The alias of the database.")
        parser.add_argument("--dry-run", action="store_true", help="Write nothing, only count.")
        parser.add_argument(
            "--drop",
            action="store_true",
            help="Drop jwt-ninja's table afterwards. Its rows would keep users from being deleted.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Runs it."""
        alias, dry_run = options["database"] or router.db_for_write(Session), options["dry_run"]
        if dry_run and options["drop"]:
            raise CommandError("--dry-run writes nothing, so it cannot --drop.")
        model = jwt_ninja_table.old_sessions(alias)
        if model is None:
            self.stdout.write(f"There is no table {jwt_ninja_table.TABLE}: nothing to take over.")
            return
        if not conf.current().ACCEPT_LEGACY:
            self.stderr.write(
                self.style.WARNING(
                    "TEGATA['ACCEPT_LEGACY'] is not set, so no token of jwt-ninja is accepted."
                )
            )
        total = model.objects.using(alias).count()
        key = settings.value("SECRET_KEY") if settings.is_set("SECRET_KEY") else None
        count = Count()
        try:
            for count in take_over(model, alias, key, dry_run=dry_run):
                self._show(count, total)
        except WrongKeyError:
            raise CommandError(
                "JWT_SECRET_KEY is not the one that these sessions were made with, or SECRET_KEY "
                "is not. Both are needed to see whose password has changed since."
            ) from None
        self.stdout.write(
            f"{'Would take' if dry_run else 'Took'} over {count.taken} of {count.seen} sessions "
            f"({count.outdated} of them ended: their user has a new password). "
            f"{count.renewed} renewed, {count.ended} ended, {count.left} left out."
        )
        if options["drop"]:
            with connections[alias].schema_editor() as editor:
                editor.delete_model(model)
            self.stdout.write(f"Dropped {jwt_ninja_table.TABLE}.")

    def _show(self, count: Count, total: int) -> None:
        if self.stdout.isatty():
            self.stdout.write(
                f"\r{count.seen} of {total}", ending="\n" if count.seen >= total else ""
            )
