"""Makes the other files of this folder: what a site with the real jwt-ninja has at some moment.

Run it in an environment of its own with the release that is meant::

    pip install 'jwtninja==2.0.0' 'Django<6'
    python make.py > 2.0.json

Every request goes through jwt-ninja's own routes. Nothing here is a secret.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import django
from django.conf import settings

RELEASE = version("jwtninja")
IS_STRICT = RELEASE.startswith("2.")
KEYS = {"SECRET_KEY": "not a secret"}
if IS_STRICT:
    KEYS |= {
        "JWT_SECRET_KEY": "a key for tests only, of more than 32 bytes",
        "JWT_ISSUER": "https://before.example",
        "JWT_AUDIENCE": "before",
    }
if RELEASE.startswith("1."):
    KEYS |= {"JWT_SECRET_KEY": "a key for tests only, of more than 32 bytes"}

settings.configure(
    ALLOWED_HOSTS=["*"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "jwt_ninja"],
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    JWT_LOGIN_THROTTLE_RATE=None,
    JWT_REFRESH_THROTTLE_RATE=None,
    **KEYS,
)
django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import path  # noqa: E402
from jwt_ninja import APIError  # noqa: E402
from jwt_ninja.api import router  # noqa: E402
from jwt_ninja.handlers import error_handler  # noqa: E402
from jwt_ninja.models import Session  # noqa: E402
from ninja import NinjaAPI  # noqa: E402

api = NinjaAPI()
api.add_router("auth/", router)
api.add_exception_handler(APIError, error_handler)
urlpatterns = [path("api/", api.urls)]

CLIENT = Client(headers={"User-Agent": "Firefox/140.0 (Windows)"})


def post(name: str, body: dict[str, str] | None = None, token: str = "") -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = CLIENT.post(
        f"/api/auth/{name}/", body or {}, content_type="application/json", headers=headers
    )
    assert answer.status_code == 200, answer.content
    return json.loads(answer.content or "null") or {}


def log_in(username: str) -> dict[str, str]:
    return post("login", {"username": username, "password": "pw"})


def plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def main() -> None:
    call_command("migrate", verbosity=0)
    users = get_user_model().objects
    for name in ("alice", "bob", "carol"):
        users.create_user(name, password="pw")
    tokens = {"live": log_in("alice")}
    Session.objects.update(data={"theme": "dark"})
    if not RELEASE.startswith("0."):
        first = log_in("alice")
        tokens["replaced"] = first
        tokens["rotated"] = post("refresh", {"refresh_token": first["refresh_token"]})
    tokens["ended"] = log_in("bob")
    post("logout", token=tokens["ended"]["access_token"])
    tokens["outdated"] = log_in("carol")
    carol = users.get(username="carol")
    carol.set_password("another")
    carol.save()
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, "jwt_ninja_session")
    json.dump(
        {
            "release": RELEASE,
            "made_at": datetime.now(UTC).isoformat(),
            "settings": KEYS,
            "columns": [column.name for column in described],
            "users": list(users.order_by("id").values("id", "username", "password")),
            "sessions": [
                {name: plain(value) for name, value in row.items()}
                for row in Session.objects.order_by("id").values()
            ],
            "tokens": tokens,
        },
        sys.stdout,
        indent=2,
    )
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
