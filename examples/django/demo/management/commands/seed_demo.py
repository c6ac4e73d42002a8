"""The ``seed_demo`` command."""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand


@dataclass(frozen=True)
class Account:
    """A user the demo needs."""

    username: str
    password: str
    email: str
    administrator: bool


ACCOUNTS = (
    Account("demo", "tegata-demo", "demo@example.com", administrator=False),
    Account("admin", "tegata-admin", "admin@example.com", administrator=True),
)


class Command(BaseCommand):
    """Create the demo's users, or put them back as they were."""

    help = "Create the demo's users; safe to run again."

    def handle(self, *args: object, **options: object) -> None:
        """Make every account exist as described.

        Args:
            *args: Unused.
            **options: Unused.
        """
        for account in ACCOUNTS:
            created = self._ensure(account)
            state = "created" if created else "present"
            self.stdout.write(f"{account.username} / {account.password}: {state}")

    def _ensure(self, account: Account) -> bool:
        """Create or repair one account.

        Args:
            account: The account as it should be.

        Returns:
            Whether the account had to be created.
        """
        user, created = User.objects.update_or_create(
            username=account.username,
            defaults={
                "email": account.email,
                "is_active": True,
                "is_staff": account.administrator,
                "is_superuser": account.administrator,
            },
        )
        # A fresh hash of the same password would still sign the account out
        # of the admin, so one that already matches is left alone.
        if not user.check_password(account.password):
            user.set_password(account.password)
            user.save(update_fields=["password"])
        return created
