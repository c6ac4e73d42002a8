"""`manage.py flushexpiredtokens`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from tegata.models import Session


class Command(BaseCommand):
    """Deletes the rows that no token can use any more, in small batches."""

    help = "Flushes any expired tokens"

    def handle(self, *args: Any, **options: Any) -> None:
        """Does it, and says how many."""
        count = Session.purge_expired_sessions()
        if options["verbosity"] > 1:
            self.stdout.write(f"Deleted {count} rows.")
