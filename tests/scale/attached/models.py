"""Models that hang on sessions in every way that Django has."""

from __future__ import annotations

from django.db import models

from tegata.models import Session


class Attachment(models.Model):
    """Something of the site's."""

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{type(self).__name__} {self.pk}"


class Note(Attachment):
    """Goes with its session."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE)


class Seal(Attachment):
    """Keeps a note, and with it the session."""

    note = models.ForeignKey(Note, on_delete=models.PROTECT)


class Receipt(Attachment):
    """Keeps its session."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="+")


class Warrant(Attachment):
    """Keeps its session, in another way."""

    session = models.OneToOneField(Session, on_delete=models.RESTRICT)


class Trace(Attachment):
    """Outlives its session."""

    session = models.ForeignKey(Session, on_delete=models.SET_NULL, null=True)
