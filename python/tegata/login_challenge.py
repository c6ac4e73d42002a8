"""The table of logins that wait for one more answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tegata.internal import clock

if TYPE_CHECKING:
    from datetime import datetime


class LoginChallenge(models.Model):
    """A login between a correct password and the tokens.

    Rows are written by Tegata's own statements only: inserted when a step asks, counted up before
    an answer is looked at, and deleted when one was right or time is up. No row answers a
    challenge: of the token that the client has there is only a digest.
    """

    # The types are for checkers without a plugin for Django.
    id: models.CharField[str, str] = models.CharField(
        _("id"), primary_key=True, max_length=43, editable=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.CASCADE,
        related_name="tegata_login_challenges",
        # There is a longer one below that begins with it.
        db_index=False,
    )
    step: models.CharField[str, str] = models.CharField(_("step"), max_length=64)
    passed: models.TextField[str, str] = models.TextField(_("steps passed"), blank=True, default="")
    state: models.TextField[str, str] = models.TextField(default="{}", editable=False)
    security_stamp: models.CharField[str, str] = models.CharField(max_length=43, editable=False)
    client: models.CharField[str, str] = models.CharField(max_length=43, editable=False)
    created_at: models.DateTimeField[datetime, datetime] = models.DateTimeField(
        _("created at"), default=clock.now
    )
    attempts: models.PositiveSmallIntegerField[int, int] = models.PositiveSmallIntegerField(
        _("attempts"), default=0
    )

    if TYPE_CHECKING:
        user_id: Any

    class Meta:
        verbose_name = _("login challenge")
        verbose_name_plural = _("login challenges")
        indexes = [
            models.Index(fields=["user", "-created_at"], name="tegata_challenge_user"),
            models.Index(fields=["created_at"], name="tegata_challenge_created_at"),
        ]

    def __str__(self) -> str:
        return f"{self.step} of {self.user_id}"
