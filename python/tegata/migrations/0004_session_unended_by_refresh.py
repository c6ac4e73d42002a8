"""An index that passes over the sessions of a user that have timed out."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("tegata", "0003_session_indexes")]

    operations = [
        migrations.RemoveIndex("session", "tegata_session_unended"),
        migrations.AddIndex(
            "session",
            models.Index(
                condition=Q(expired_at__isnull=True),
                fields=["user", "expired_at", "-refreshed_at"],
                name="tegata_session_unended",
            ),
        ),
    ]
