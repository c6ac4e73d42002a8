"""A site of its own, in a process of its own, with another user model.

    python -m tests.ninja.other_user_model {uuid,text,big,public}

Logs in, refreshes, lists and logs out, and prints what came back as JSON.
"""

from __future__ import annotations

import json
import sys
from types import ModuleType
from typing import Any

import django
from django.conf import settings

URLCONF = ModuleType("urlconf")
USER_MODELS = {"uuid": "UUIDUser", "text": "TextUser", "big": "BigUser", "public": "PublicIdUser"}


def main(kind: str) -> None:
    """Runs the whole story for one user model."""
    settings.configure(
        ALLOWED_HOSTS=["*"],
        AUTH_USER_MODEL=f"accounts.{USER_MODELS[kind]}",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        # Before Django's own apps, which sites do too.
        INSTALLED_APPS=[
            "tegata",
            "tests.ninja.accounts",
            "django.contrib.auth",
            "django.contrib.contenttypes",
        ],
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        ROOT_URLCONF=URLCONF,
        SECRET_KEY="not a secret: this site serves one test only",
        TEGATA={
            "UPDATE_LAST_LOGIN": False,
            "USER_ID_FIELD": "public_id" if kind == "public" else None,
        },
        USE_TZ=True,
    )
    django.setup()
    sys.stdout.write(json.dumps(story()))


def story() -> dict[str, Any]:
    """What a client sees of the auth routes, and what is in the rows afterwards."""
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.test import override_settings
    from ninja import NinjaAPI

    from tegata import AuthedRequest, JWTAuth
    from tegata.models import Session
    from tests.ninja.helpers import JSONClient, claims_of, pair_of, urlconf_of

    call_command("migrate", run_syncdb=True, verbosity=0)
    api = NinjaAPI()
    from tegata import mount

    mount(api)

    @api.get("/who/", auth=JWTAuth())
    def who(request: AuthedRequest[Any, Any]) -> dict[str, Any]:
        return {
            "user": str(request.auth.user.pk),
            "claim": request.auth.claims.user_id,
            "type": type(request.auth.claims.user_id).__name__,
        }

    URLCONF.__dict__["urlpatterns"] = urlconf_of(api).__dict__["urlpatterns"]
    user = get_user_model().objects.create_user("alice@example.org", "a password")
    caller = JSONClient()
    body = {"username": "alice@example.org", "password": "a password"}
    login = caller.post("auth/login/", body)
    first = pair_of(login)
    second = pair_of(caller.refresh(first.refresh))
    verified = caller.post("auth/verify/", {"token": second.access}).json()
    who_am_i = caller.get("who/", second.access).json()
    listed = caller.get("auth/sessions/", second.access).json()
    loaded = {}
    for check in ("user", "refresh", "off"):
        with override_settings(TEGATA={**settings.TEGATA, "SESSION_CHECK": check}):
            loaded[check] = caller.get("who/", second.access).json()["user"]
    logout = caller.post("auth/logout/", {"refresh_token": first.refresh}, second.access)
    user.refresh_from_db()
    return {
        "pk": str(user.pk),
        "login": login.status_code,
        "claims": {name: claims_of(second.access)[name] for name in ("sub", "user_id")},
        "verified": verified["user_id"],
        "who": who_am_i,
        "loaded": loaded,
        "listed": len(listed),
        "logout": logout.status_code,
        "ended": Session.objects.get().end_reason,
        "after": caller.get("who/", second.access).json()["error_code"],
        "last_login": str(user.last_login),
    }


if __name__ == "__main__":
    main(sys.argv[1])
