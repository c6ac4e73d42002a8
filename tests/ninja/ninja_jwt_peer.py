"""A program: django-ninja-jwt or simplejwt itself reads tokens, and makes some.

It has a process of its own, since the stand-in bears the library's name. A JSON object comes in on
standard input: `library`, `settings` for SIMPLE_JWT, `tokens` to read by the name of a class, and
the `user_id` to make others for. What is read, and what is made, goes out.
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
    settings.configure(
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"],
        SECRET_KEY="another secret than that of the site, on purpose",
        SIMPLE_JWT=asked["settings"],
        USE_TZ=True,
    )
    django.setup()
    tokens: Any = import_module(f"{asked['library']}.tokens")
    read = {
        name: dict(getattr(tokens, name)(text).payload) for name, text in asked["tokens"].items()
    }
    made = {}
    for name in ("AccessToken", "RefreshToken", "SlidingToken"):
        token = getattr(tokens, name)()
        token["user_id"] = asked["user_id"]
        made[name] = str(token)
    json.dump({"read": read, "made": made}, sys.stdout)


if __name__ == "__main__":
    main()
