"""A program: a site on django-ninja-jwt or simplejwt itself, with its blacklist, is used and left.

It has a process of its own, since the stand-in bears the library's name. A JSON object comes in on
standard input: `library`, and the `settings` for SIMPLE_JWT. Out go `tokens` by their names, what
the tables hold, and the names of their columns.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from typing import Any

import django
from django.conf import settings


def main() -> None:
    asked = json.load(sys.stdin)
    library = asked["library"]
    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            library,
            f"{library}.token_blacklist",
        ],
        SECRET_KEY="another secret than that of the site, on purpose",
        SIMPLE_JWT=asked["settings"],
        USE_TZ=True,
    )
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    json.dump(left_behind(import_module(f"{library}.tokens")), sys.stdout, default=str)


def left_behind(tokens: Any) -> dict[str, Any]:
    from django.apps import apps
    from django.contrib.auth import get_user_model
    from django.db import connection

    users = get_user_model().objects
    alice = users.create_user("alice", password="correct horse battery staple")
    gone = users.create_user("gone", password="correct horse battery staple")
    made = {
        "access": str(tokens.RefreshToken.for_user(alice).access_token),
        "live": str(tokens.RefreshToken.for_user(alice)),
        "sliding": str(tokens.SlidingToken.for_user(alice)),
    }

    def blacklisted(name: str, token: Any) -> None:
        made[name] = str(token)
        token.blacklist()

    blacklisted("blacklisted", tokens.RefreshToken.for_user(alice))
    blacklisted("sliding blacklisted", tokens.SlidingToken.for_user(alice))
    # As a refresh does it, twice: what was rotated is only known from then on.
    rotated = tokens.RefreshToken.for_user(alice)
    for name in ("rotated", "rotated twice"):
        blacklisted(name, rotated)
        rotated.set_jti()
        rotated.set_exp()
        rotated.set_iat()
    made["successor"] = str(rotated)
    expired = tokens.RefreshToken.for_user(alice)
    expired.set_exp(lifetime=-expired.lifetime)
    blacklisted("expired", expired)
    Outstanding = apps.get_model("token_blacklist", "OutstandingToken")  # noqa: N806
    Outstanding.objects.filter(jti=expired["jti"]).update(
        token=str(expired), expires_at="2020-01-01T00:00Z"
    )
    blacklisted("of nobody", tokens.RefreshToken.for_user(gone))
    Outstanding.objects.filter(user=gone).update(user=None)
    gone.delete()
    rows, columns = {}, {}
    for name in ("OutstandingToken", "BlacklistedToken"):
        model = apps.get_model("token_blacklist", name)
        rows[model._meta.db_table] = list(model.objects.order_by("pk").values())
        with connection.cursor() as cursor:
            described = connection.introspection.get_table_description(cursor, model._meta.db_table)
        columns[model._meta.db_table] = [column.name for column in described]
    user = users.values("id", "username", "password").get()
    return {"tokens": made, "user": user, "rows": rows, "columns": columns}


if __name__ == "__main__":
    main()
