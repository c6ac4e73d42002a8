"""The ``seed_demo`` command."""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand
from django_otp.plugins.otp_totp.models import TOTPDevice

from demo.steps import TOTP_KEY


@dataclass(frozen=True)
class Account:
    """A user the demo needs."""

    username: str
    password: str
    email: str
    administrator: bool
    totp_key: str | None = None


ACCOUNTS = (
    Account("demo", "tegata-demo", "demo@example.com", administrator=False),
    Account("admin", "tegata-admin", "admin@example.com", administrator=True),
    Account("otp", "tegata-otp", "otp@example.com", administrator=False, totp_key=TOTP_KEY),
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
            asks = ", asks for a code: manage.py demo_code" if account.totp_key else ""
            self.stdout.write(f"{account.username} / {account.password}: {state}{asks}")

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
        if account.totp_key:
            TOTPDevice.objects.update_or_create(
                user=user,
                name="demo",
                # As new: no clock has drifted, no code was used, and nobody has guessed.
                defaults={
                    "key": account.totp_key,
                    "confirmed": True,
                    "drift": 0,
                    "last_t": -1,
                    "throttling_failure_count": 0,
                    "throttling_failure_timestamp": None,
                },
            )
        return created
