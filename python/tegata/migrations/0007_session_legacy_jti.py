"""What a session that was taken over from another library knows of its tokens there."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tegata", "0006_session_location")]

    operations = [
        migrations.AddField(
            "session",
            "legacy_jti",
            models.CharField(blank=True, default=None, editable=False, max_length=255, null=True),
        ),
    ]
