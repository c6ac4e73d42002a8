"""`manage.py tegata_import_blacklist`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import router

from tegata import conf
from tegata._tegata import keeps_legacy_rows
from tegata.internal import blacklist_tables, clock
from tegata.internal.taking_over_blacklist import Count, take_over
from tegata.models import Session


class Command(BaseCommand):
    """Takes over a blacklist of django-ninja-jwt or simplejwt: what it refuses is refused on."""

    help = (
        "Takes over the blacklist of django-ninja-jwt or simplejwt. It can be run again, and while "
        "the site serves."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The options."""
        parser.add_argument("--database", help="The alias of the database.")
        parser.add_argument("--dry-run", action="store_true", help="Write nothing, only count.")
        parser.add_argument(
            "--user-id-claim", help="What tokens call their user by; USER_ID_CLAIM unless given."
        )
        parser.add_argument(
            "--drop",
            action="store_true",
            help="Drop both tables afterwards. Their rows would keep users from being deleted.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Runs it."""
        alias, dry_run = options["database"] or router.db_for_write(Session), options["dry_run"]
        if dry_run and options["drop"]:
            raise CommandError("--dry-run writes nothing, so it cannot --drop.")
        model = blacklist_tables.blacklisted_tokens(alias)
        if model is None:
            self.stdout.write(
                f"There are no tables {blacklist_tables.OUTSTANDING} and "
                f"{blacklist_tables.BLACKLISTED}: nothing to take over."
            )
            return
        is_accepted = keeps_legacy_rows(conf.engine(), clock.now())
        if not is_accepted:
            self.stderr.write(
                self.style.WARNING(
                    "No entry of TEGATA['ACCEPT_LEGACY'] has SESSION_ID_CLAIM None, so no token of "
                    "that library is accepted, and the next purge removes what is taken over."
                )
            )
        total = model.objects.using(alias).count()
        claim = options["user_id_claim"] or conf.current().USER_ID_CLAIM
        count = Count()
        for count in take_over(model, alias, claim, dry_run=dry_run):
            self._show(count, total)
        self.stdout.write(
            f"{'Would take' if dry_run else 'Took'} over {count.taken} of {count.seen} blacklisted "
            f"tokens. {count.expired} expired, {count.ended} had opened a session, "
            f"{count.left} left out."
        )
        if count.unnamed:
            self.stderr.write(self.style.WARNING(_unnamed(count, claim)))
        if options["drop"]:
            if count.unnamed:
                raise CommandError("Nothing was dropped, since not all was taken over.")
            if count.usable and not is_accepted:
                raise CommandError(
                    f"Nothing was dropped: {count.usable} of these tokens have not expired, and "
                    "what was taken over may be purged before they are accepted. Set "
                    "TEGATA['ACCEPT_LEGACY'] first."
                )
            blacklist_tables.drop(model, alias)
            self.stdout.write(
                f"Dropped {blacklist_tables.BLACKLISTED} and {blacklist_tables.OUTSTANDING}."
            )

    def _show(self, count: Count, total: int) -> None:
        if self.stdout.isatty():
            self.stdout.write(
                f"\r{count.seen} of {total}", ending="\n" if count.seen >= total else ""
            )


def _unnamed(count: Count, claim: str) -> str:
    return (
        f"{count.unnamed} were left out because they have no claim {claim!r}, so they are not "
        "refused here. Name the right one with --user-id-claim, and run this again."
    )
