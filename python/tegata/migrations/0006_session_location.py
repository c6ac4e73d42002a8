"""A column for where a login came from, if the site says so."""

import django.core.serializers.json
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tegata", "0005_login_challenge")]

    operations = [
        migrations.AddField(
            "session",
            "location",
            models.JSONField(
                blank=True,
                null=True,
                encoder=django.core.serializers.json.DjangoJSONEncoder,
                verbose_name="location",
            ),
        ),
    ]
