"""Columns for the idle timeout and for the number of repeats."""

from typing import Any

from django.db import migrations, models

from tegata.internal import clock


def refreshed_when_minted(apps: Any, schema_editor: Any) -> None:
    """Until now every refresh that rotated minted a generation."""
    sessions = apps.get_model("tegata", "Session").objects.using(schema_editor.connection.alias)
    sessions.update(refreshed_at=models.F("minted_at"))


class Migration(migrations.Migration):
    dependencies = [("tegata", "0001_initial")]

    operations = [
        migrations.AddField(
            "session",
            "refreshed_at",
            models.DateTimeField(default=clock.now, verbose_name="refreshed at"),
        ),
        migrations.AddField(
            "session", "repeats", models.PositiveIntegerField(default=0, verbose_name="repeats")
        ),
        migrations.RunPython(refreshed_when_minted, migrations.RunPython.noop),
    ]
