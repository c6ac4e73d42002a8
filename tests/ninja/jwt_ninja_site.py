"""What a site with the real jwt-ninja had at some moment: see `vectors/jwt_ninja`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection, models
from freezegun import freeze_time

from tegata.internal import jwt_ninja_table

_FOLDER = Path(__file__).resolve().parents[2] / "vectors" / "jwt_ninja"
RELEASES = ("0.2", "1.1", "2.0")


class OldSite:
    """One release's site: its settings, users, sessions and tokens."""

    def __init__(self, release: str) -> None:
        made = json.loads((_FOLDER / f"{release}.json").read_text())
        self.release = release
        self.settings: dict[str, str] = made["settings"]
        self.made_at = datetime.fromisoformat(made["made_at"])
        self.tokens: dict[str, dict[str, str]] = made["tokens"]
        self._made = made

    @property
    def has_stamps(self) -> bool:
        """Whether sessions there end with a new password."""
        return self.release == "2.0"

    @property
    def accept_legacy(self) -> dict[str, Any]:
        """What a site writes that moves over by Tegata's own names."""
        given: dict[str, Any] = {
            "KEYS": [self.settings.get("JWT_SECRET_KEY", self.settings["SECRET_KEY"])],
            "UNTIL": self.made_at + timedelta(days=365),
        }
        if self.has_stamps:
            given |= {
                "ISSUER": self.settings["JWT_ISSUER"],
                "AUDIENCE": self.settings["JWT_AUDIENCE"],
                "TYP": {"access": "at+jwt", "refresh": "rt+jwt"},
            }
        return given

    def refresh_token(self, name: str) -> str:
        return self.tokens[name]["refresh_token"]

    def access_token(self, name: str) -> str:
        return self.tokens[name]["access_token"]

    @contextmanager
    def at(self, seconds: float = 1) -> Iterator[None]:
        """So long after the site was left."""
        with freeze_time(self.made_at + timedelta(seconds=seconds), real_asyncio=True):
            yield

    @contextmanager
    def table(self) -> Iterator[None]:
        """The database with the site's users and its table, as it was left."""
        self.fill()
        try:
            yield
        finally:
            model = jwt_ninja_table.old_sessions("default")
            if model is not None:
                with connection.schema_editor() as editor:
                    editor.delete_model(model)

    def fill(self) -> None:
        """Puts the site's users and its table into a database."""
        get_user_model().objects.bulk_create(
            get_user_model()(**columns) for columns in self._made["users"]
        )
        with connection.schema_editor() as editor:
            editor.create_model(_model(self._made["columns"]))
        model = jwt_ninja_table.old_sessions("default")
        names = {field.name for field in model._meta.fields}
        for row in self._made["sessions"]:
            model.objects.create(**{name: row[name] for name in names})


def _model(columns: list[str]) -> type[models.Model]:
    """The table as the migrations of that release made it."""
    given = {
        "id": models.CharField(primary_key=True, max_length=43),
        "created_at": models.DateTimeField(),
        "updated_at": models.DateTimeField(),
        "expired_at": models.DateTimeField(null=True, db_index=True),
        "ip_address": models.GenericIPAddressField(null=True),
        "data": models.JSONField(),
        "user_agent": models.TextField(default=""),
        "location": models.JSONField(null=True),
        "refresh_jti": models.CharField(max_length=43, null=True),
        "previous_refresh_jti": models.CharField(max_length=43, null=True),
        "rotated_at": models.DateTimeField(null=True),
        "security_stamp": models.CharField(max_length=64, null=True),
    }
    fields: dict[str, Any] = {name: given[name] for name in columns if name != "user_id"}
    fields["user"] = models.ForeignKey(
        get_user_model(), models.CASCADE, related_name="+", db_column="user_id"
    )

    class Meta:
        app_label = "jwt_ninja_of_before"
        db_table = jwt_ninja_table.TABLE
        managed = False

    from django.apps import apps

    name = f"Session{abs(hash(tuple(columns)))}"
    model = type(name, (models.Model,), {"__module__": __name__, "Meta": Meta, **fields})
    # It is no model of this site, or deleting a user would look into its table.
    apps.all_models.pop("jwt_ninja_of_before", None)
    apps.clear_cache()
    return model
