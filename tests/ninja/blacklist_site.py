"""What a site on django-ninja-jwt or simplejwt has left behind: its tokens and its two tables."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection, models

from tegata.internal import blacklist_tables
from tests.ninja.helpers import SECRET

LIBRARIES = ("ninja_jwt", "rest_framework_simplejwt")
_PROGRAM = Path(__file__).parent / "blacklist_peer.py"


class LeftSite:
    """A site that the real library has served.

    Args:
        library: One of `LIBRARIES`.
    """

    def __init__(self, library: str) -> None:
        self._made = _left_behind(library)

    def token(self, name: str) -> str:
        """One that the library has made."""
        return str(self._made["tokens"][name])

    @contextmanager
    def tables(self) -> Iterator[None]:
        """The database with the site's user and its tables, as they were left."""
        get_user_model().objects.create(**self._made["user"])
        outstanding, blacklisted = _models()
        for model in (outstanding, blacklisted):
            with connection.schema_editor() as editor:
                editor.create_model(model)
            table = model._meta.db_table
            # Else it would not be the library's table that is read here.
            assert {field.column for field in model._meta.fields} == set(
                self._made["columns"][table]
            )
            for row in self._made["rows"][table]:
                model.objects.create(**row)
        try:
            yield
        finally:
            left = blacklist_tables.blacklisted_tokens("default")
            if left is not None:
                blacklist_tables.drop(left, "default")


@cache
def _left_behind(library: str) -> dict[str, Any]:
    asked = {"library": library, "settings": {"SIGNING_KEY": SECRET.decode()}}
    done = subprocess.run(
        [sys.executable, _PROGRAM],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    made: dict[str, Any] = json.loads(done.stdout)
    return made


@cache
def _models() -> tuple[Any, Any]:
    """The tables as the libraries' migrations make them."""
    from django.apps import apps

    class OutstandingToken(models.Model):  # noqa: DJ008 (nobody sees one)
        id = models.BigAutoField(primary_key=True, serialize=False)
        user = models.ForeignKey(
            get_user_model(), on_delete=models.SET_NULL, null=True, related_name="+"
        )
        jti = models.CharField(unique=True, max_length=255)
        token = models.TextField()
        created_at = models.DateTimeField(null=True)
        expires_at = models.DateTimeField()

        class Meta:
            app_label = "token_blacklist_of_before"
            db_table = blacklist_tables.OUTSTANDING
            managed = False

    class BlacklistedToken(models.Model):  # noqa: DJ008 (as above)
        id = models.BigAutoField(primary_key=True, serialize=False)
        token = models.OneToOneField(OutstandingToken, on_delete=models.CASCADE)
        blacklisted_at = models.DateTimeField()

        class Meta:
            app_label = "token_blacklist_of_before"
            db_table = blacklist_tables.BLACKLISTED
            managed = False

    # They are no models of this site, or deleting a user would look into their tables.
    apps.all_models.pop("token_blacklist_of_before", None)
    apps.clear_cache()
    return OutstandingToken, BlacklistedToken
