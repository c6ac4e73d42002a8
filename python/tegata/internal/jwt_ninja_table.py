"""The table of jwt-ninja, of any release, as a model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.apps.registry import Apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connections, models
from django.db.models import Field

from tegata.internal.user_model import user_model

TABLE = "jwt_ninja_session"
# From 1.0 on, and the last one from 2.0 on.
_LATER: dict[str, Callable[[], Field[Any, Any]]] = {
    "user_agent": lambda: models.TextField(),
    "location": lambda: models.JSONField(null=True, encoder=DjangoJSONEncoder),
    "refresh_jti": lambda: models.CharField(max_length=43, null=True),
    "security_stamp": lambda: models.CharField(max_length=64, null=True),
}


def old_sessions(alias: str) -> Any:
    """The model of the table as it is there; `None` if there is none.

    Its attributes are those of the columns; `user_id` is the key of the user.
    """
    connection = connections[alias]
    with connection.cursor() as cursor:
        if TABLE not in connection.introspection.table_names(cursor):
            return None
        described = connection.introspection.get_table_description(cursor, TABLE)
    columns = {column.name for column in described}

    class Meta:
        apps = Apps()
        app_label = "jwt_ninja"
        db_table = TABLE
        managed = False

    fields: dict[str, Any] = {
        "id": models.CharField(primary_key=True, max_length=43),
        "created_at": models.DateTimeField(),
        "updated_at": models.DateTimeField(),
        "expired_at": models.DateTimeField(null=True),
        "ip_address": models.GenericIPAddressField(null=True),
        "data": models.JSONField(encoder=DjangoJSONEncoder),
        "user_id": key_of_users(),
        **{name: make() for name, make in _LATER.items() if name in columns},
    }
    return type("OldSession", (models.Model,), {"__module__": __name__, "Meta": Meta, **fields})


def batches(model: Any, alias: str, size: int) -> Iterator[list[Any]]:
    """All rows by their ids, so many at once; one that is added meanwhile may be left out."""
    last = ""
    while True:
        rows = list(model.objects.using(alias).filter(id__gt=last).order_by("id")[:size])
        if not rows:
            return
        yield rows
        last = rows[-1].id


def key_of_users(**extra: Any) -> Field[Any, Any]:
    """A column that holds keys of users, without being a foreign key."""
    key: Any = user_model()._meta.pk
    while key.remote_field is not None:
        key = key.target_field
    if isinstance(key, models.AutoField | models.BigAutoField | models.SmallAutoField):
        return models.BigIntegerField(**extra)
    _, _, arguments, options = key.deconstruct()
    kept = {
        name: each for name, each in options.items() if name not in ("primary_key", "db_column")
    }
    field: Field[Any, Any] = type(key)(*arguments, **kept | extra)
    return field
