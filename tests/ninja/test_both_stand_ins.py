"""The stand-ins for jwt-ninja and django-ninja-jwt in one site, which is a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.docs.pages import ROOT

SITE = """
import json
from datetime import timedelta

import tegata.compat
tegata.compat.install("jwt_ninja", "ninja_jwt")

import django
from django.conf import settings

KEY = "a key for tests only, of more than 32 bytes"
settings.configure(
    SECRET_KEY="a secret for tests only, of more than 32 bytes",
    ALLOWED_HOSTS=["testserver"],
    ROOT_URLCONF="__main__",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=[
        "django.contrib.auth", "django.contrib.contenttypes", *%(apps)r,
    ],
    JWT_SECRET_KEY=KEY,
    JWT_ACCESS_TOKEN_EXPIRE_SECONDS=120,
    JWT_REFRESH_TOKEN_EXPIRE_SECONDS=7200,
    SIMPLE_JWT={"SIGNING_KEY": KEY, "LEEWAY": 3, "ROTATE_REFRESH_TOKENS": True},
)
django.setup()

from django.core.management import call_command
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import path
from ninja import NinjaAPI

from tegata import conf
import jwt_ninja.api, jwt_ninja.auth_classes
import ninja_jwt.authentication
from ninja_jwt.routers.obtain import obtain_pair_router
from tegata.models import Session

api = NinjaAPI()
api.add_router("auth/", jwt_ninja.api.router)
api.add_router("token", obtain_pair_router)

@api.get("jwt-ninja/", auth=jwt_ninja.auth_classes.JWTAuth())
def first(request):
    return request.user.get_username()

@api.get("ninja-jwt/", auth=ninja_jwt.authentication.JWTAuth())
def second(request):
    return request.user.get_username()

urlpatterns = [path("api/", api.urls)]
call_command("migrate", verbosity=0)
call_command("check")
get_user_model().objects.create_user("alice", password="correct horse")

def post(where, **body):
    return Client().post(f"/api/{where}", json.dumps(body), content_type="application/json")

# What one of the two says stands, whatever the other one's defaults are.
rules = conf.current()
assert rules.ACCESS_TOKEN_LIFETIME == timedelta(seconds=120), rules
assert rules.REFRESH_TOKEN_LIFETIME == timedelta(seconds=7200), rules
assert rules.LEEWAY == timedelta(seconds=3), rules
assert rules.ROTATE_REFRESH_TOKENS is True, rules
assert rules.KEYS == [KEY]

login = {"username": "alice", "password": "correct horse"}
theirs, ours = post("auth/login/", **login).json(), post("token/pair", **login).json()
for token in (theirs["access_token"], ours["access"]):
    for where in ("jwt-ninja/", "ninja-jwt/"):
        answer = Client().get(f"/api/{where}", headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json()) == (200, "alice"), (where, answer.content)
assert post("token/refresh", refresh=theirs["refresh_token"]).status_code == 200
assert post("auth/refresh/", refresh_token=ours["refresh"]).status_code == 200
assert Session.objects.count() == 2
wrong = {"username": "alice", "password": "wrong"}
print(post("auth/login/", **wrong).status_code, post("token/pair", **wrong).json()["code"])
"""


LIFETIMES = (
    SITE.partition("from django.core.management")[0]
    + """
from django.test import override_settings
from tegata import conf

def lifetimes(days, **jwt):
    with override_settings(SIMPLE_JWT={"REFRESH_TOKEN_LIFETIME": timedelta(days=days)}, **jwt):
        assert conf.engine()
        return conf.current().REFRESH_TOKEN_LIFETIME, conf.current().SESSION_LIFETIME

del settings.JWT_REFRESH_TOKEN_EXPIRE_SECONDS
page, month, years = timedelta(hours=365), timedelta(days=30), timedelta(days=800)
assert lifetimes(1) == (timedelta(days=1), page)
assert lifetimes(30) == (month, month)
assert lifetimes(800) == (years, years)
settings.SIMPLE_JWT = {}
with override_settings(JWT_SESSION_EXPIRE_SECONDS=3600):
    assert conf.engine()
    assert conf.current().REFRESH_TOKEN_LIFETIME == timedelta(hours=1)
    assert conf.current().SESSION_LIFETIME == timedelta(hours=1)
"""
)


def run(code: str, order: int) -> str:
    apps = ["jwt_ninja", "ninja_jwt", "ninja_jwt.token_blacklist"][::order]
    done = subprocess.run(
        [sys.executable, "-c", code % {"apps": apps}],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("order", [1, -1])
def test_a_lifetime_of_one_gives_way_to_what_the_site_says_to_the_other(order: int) -> None:
    run(LIFETIMES, order)


@pytest.mark.parametrize("order", [1, -1])
def test_side_by_side(order: int) -> None:
    assert run(SITE, order).splitlines()[-1] == "401 authentication_failed"
