"""The model for the rows of Tegata.

Its number is beyond those of jwt-ninja: what is recorded of them stays true, and so does its table.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("tegata", "0001_initial")]

    operations = [
        migrations.CreateModel(
            "Session",
            fields=[],
            options={
                "verbose_name": "JWT Session",
                "verbose_name_plural": "JWT Sessions",
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("tegata.session",),
        ),
    ]
