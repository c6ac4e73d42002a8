"""The tables of django-ninja-jwt's blacklist app, which are simplejwt's, as models."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps.registry import Apps
from django.db import connections, models

from tegata.internal.jwt_ninja_table import key_of_users

OUTSTANDING = "token_blacklist_outstandingtoken"
BLACKLISTED = "token_blacklist_blacklistedtoken"


def blacklisted_tokens(alias: str) -> Any:
    """The model of the tokens that were blacklisted; `None` if the tables are not there.

    Its `token` is a row of the other table, whose `user_id` is the key of the user, or null.
    """
    connection = connections[alias]
    with connection.cursor() as cursor:
        if not {OUTSTANDING, BLACKLISTED} <= set(connection.introspection.table_names(cursor)):
            return None
    registry = Apps()

    class Outstanding(models.Model):  # noqa: DJ008 (nobody sees one)
        id = models.BigAutoField(primary_key=True)
        user_id = key_of_users(null=True)
        jti = models.CharField(unique=True, max_length=255)
        token = models.TextField()
        created_at = models.DateTimeField(null=True)
        expires_at = models.DateTimeField()

        class Meta:
            apps = registry
            app_label = "token_blacklist"
            db_table = OUTSTANDING
            managed = False

    class Blacklisted(models.Model):  # noqa: DJ008 (as above)
        id = models.BigAutoField(primary_key=True)
        token = models.OneToOneField(Outstanding, models.CASCADE)
        blacklisted_at = models.DateTimeField()

        class Meta:
            apps = registry
            app_label = "token_blacklist"
            db_table = BLACKLISTED
            managed = False

    return Blacklisted


def batches(model: Any, alias: str, size: int) -> Iterator[list[Any]]:
    """All rows in their order, so many at once, each with its token's."""
    last = 0
    while True:
        rows = model.objects.using(alias).select_related("token").filter(id__gt=last)
        batch = list(rows.order_by("id")[:size])
        if not batch:
            return
        yield batch
        last = batch[-1].id


def drop(model: Any, alias: str) -> None:
    """Drops both tables."""
    with connections[alias].schema_editor() as editor:
        editor.delete_model(model)
        editor.delete_model(model._meta.get_field("token").related_model)
