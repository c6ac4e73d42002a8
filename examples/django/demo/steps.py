"""What the demo's logins ask for besides the password."""

from base64 import b32encode

from django.contrib.auth.models import User
from django.http import HttpRequest
from django_otp import verify_token
from django_otp.plugins.otp_totp.models import TOTPDevice
from ninja import Schema
from pydantic import Field

from tegata.steps import PASS, Challenge, LoginStep, Outcome

# Public on purpose, as the passwords are.
_TOTP_KEY = b"tegata demo otp key."
# As django-otp stores it, and as an authenticator app takes it.
TOTP_KEY = _TOTP_KEY.hex()
TOTP_KEY_FOR_APPS = b32encode(_TOTP_KEY).decode()


class TOTPAnswer(Schema):
    """The code of the moment."""

    code: str = Field(pattern="^[0-9]{6}$", repr=False)


class TOTPStep(LoginStep[TOTPAnswer]):
    """Asks those who have a device for its code."""

    name = "totp"
    answer_schema = TOTPAnswer

    def begin(self, request: HttpRequest, user: User) -> Outcome:
        """Ask if the user has a device.

        Args:
            request: The login request.
            user: Whose password was right.

        Returns:
            A challenge that remembers the device, or a pass.
        """
        device = TOTPDevice.objects.filter(user=user, confirmed=True).first()
        if device is None:
            return PASS
        return Challenge(state={"device": device.persistent_id})

    def complete(
        self, request: HttpRequest, user: User, challenge: Challenge, answer: TOTPAnswer
    ) -> bool:
        """Hold the code against the device.

        Args:
            request: The request with the code.
            user: The user.
            challenge: The challenge, with the device that was asked.
            answer: The code.

        Returns:
            Whether it is right, was not used before, and no guesses came just before it.
        """
        return verify_token(user, challenge.state["device"], answer.code) is not None
