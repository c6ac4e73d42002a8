"""A table for logins that wait for one more answer."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from tegata.internal import clock


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("tegata", "0004_session_unended_by_refresh"),
    ]

    operations = [
        migrations.CreateModel(
            name="LoginChallenge",
            fields=[
                (
                    "id",
                    models.CharField(
                        editable=False,
                        max_length=43,
                        primary_key=True,
                        serialize=False,
                        verbose_name="id",
                    ),
                ),
                ("step", models.CharField(max_length=64, verbose_name="step")),
                (
                    "passed",
                    models.TextField(blank=True, default="", verbose_name="steps passed"),
                ),
                ("state", models.TextField(default="{}", editable=False)),
                ("security_stamp", models.CharField(editable=False, max_length=43)),
                ("client", models.CharField(editable=False, max_length=43)),
                (
                    "created_at",
                    models.DateTimeField(default=clock.now, verbose_name="created at"),
                ),
                (
                    "attempts",
                    models.PositiveSmallIntegerField(default=0, verbose_name="attempts"),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tegata_login_challenges",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "login challenge",
                "verbose_name_plural": "login challenges",
                "indexes": [
                    models.Index(fields=["user", "-created_at"], name="tegata_challenge_user"),
                    models.Index(fields=["created_at"], name="tegata_challenge_created_at"),
                ],
            },
        ),
    ]
