"""Indexes for a table with millions of rows."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

ENDED, UNENDED = Q(expired_at__isnull=False), Q(expired_at__isnull=True)


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("tegata", "0002_session_refreshed_at_repeats"),
    ]

    operations = [
        migrations.AddIndex(
            "session", models.Index(fields=["user", "-created_at"], name="tegata_session_user")
        ),
        migrations.AlterField(
            "session",
            "user",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="tegata_sessions",
                to=settings.AUTH_USER_MODEL,
                verbose_name="user",
            ),
        ),
        migrations.RemoveIndex("session", "tegata_session_unended"),
        migrations.AddIndex(
            "session",
            models.Index(
                condition=UNENDED,
                fields=["user", "expired_at", "-created_at"],
                name="tegata_session_unended",
            ),
        ),
        migrations.RemoveIndex("session", "tegata_session_expired_at"),
        migrations.AddIndex(
            "session",
            models.Index(condition=ENDED, fields=["expired_at"], name="tegata_session_expired_at"),
        ),
        migrations.RemoveIndex("session", "tegata_session_minted_at"),
        migrations.AddIndex(
            "session",
            models.Index(condition=UNENDED, fields=["minted_at"], name="tegata_session_minted_at"),
        ),
        migrations.AddIndex(
            "session",
            models.Index(
                condition=ENDED,
                fields=["end_reason", "-created_at"],
                name="tegata_session_end_reason",
            ),
        ),
        migrations.AddIndex(
            "session",
            models.Index(fields=["ip_address", "-created_at"], name="tegata_session_ip_address"),
        ),
    ]
