"""The models for the rows of Tegata.

Its number is beyond those of django-ninja-jwt: what is recorded of them stays true, and so do its
tables.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("tegata", "0001_initial")]

    operations = [
        migrations.CreateModel(
            "OutstandingToken",
            fields=[],
            options={
                "ordering": ("user",),
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("tegata.session",),
        ),
        migrations.CreateModel(
            "BlacklistedToken",
            fields=[],
            options={"proxy": True, "indexes": [], "constraints": []},
            bases=("tegata.session",),
        ),
    ]
