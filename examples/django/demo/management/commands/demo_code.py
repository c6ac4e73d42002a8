"""The ``demo_code`` command."""

import time

from django.core.management.base import BaseCommand, CommandError
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice


class Command(BaseCommand):
    """Print the one-time code that the demo's `otp` account is asked for now."""

    help = "Print the one-time code of the account otp; it changes every 30 seconds."

    def handle(self, *args: object, **options: object) -> None:
        """Print the code, and how long it is good.

        Args:
            *args: Unused.
            **options: Unused.

        Raises:
            CommandError: The demo was not seeded yet.
        """
        device = TOTPDevice.objects.filter(user__username="otp", confirmed=True).first()
        if device is None:
            raise CommandError("There is no such device yet; run manage.py seed_demo first.")
        now = time.time()
        totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
        totp.time = now
        left = device.step - int(now - device.t0) % device.step
        self.stdout.write(f"{totp.token():0{device.digits}}")
        self.stderr.write(f"Good for {left} more seconds, and once.")
