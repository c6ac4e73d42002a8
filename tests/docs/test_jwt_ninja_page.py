"""The code of jwt-ninja's own page, word for word, on its stand-in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import Block, blocks_of
from tests.docs.project import FailedError, Project
from tests.ninja.jwt_ninja_site import RELEASES

_BLOCKS = Path(__file__).parent / "jwt_ninja_blocks.md"
_ONE_LINE = 'import tegata.compat; tegata.compat.install("jwt_ninja")\n'
_FOUND = "from tests.ninja.jwt_ninja_site import OldSite; site = OldSite({release!r})"


class _Page:
    """A site that is written block by block, with the placeholders filled in."""

    def __init__(self, project: Project, one_line: str = _ONE_LINE) -> None:
        self.site = project
        self.left = blocks_of(_BLOCKS)
        settings = project.folder / "mysite" / "settings.py"
        settings.write_text(f"{one_line}{settings.read_text()}")
        self.set('PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]')
        project.write("urls.py", _URLS)

    def set(self, line: str) -> None:
        self.site.write("settings.py", f"{line}\n")

    def paste(self, section: str, *files: str) -> None:
        """Pastes the blocks of a section; `files` are for those that name none."""
        unnamed = iter(files)
        for block in self._take(section):
            self.site.write(block.file_name or next(unnamed), _filled_in(block.code))

    def quick_start(self) -> None:
        self.paste("Quick Start", "mysite/api.py")
        self.paste("Protecting Your Views", "mysite/profile.py")
        self.paste("Per-session state", "mysite/profile.py")
        self.site.write("mysite/profile.py", _ASYNC)
        self.site.write("mysite/api.py", _MORE)

    def _take(self, section: str) -> list[Block]:
        taken = [block for block in self.left if block.section == section]
        self.left = [block for block in self.left if block not in taken]
        return taken


def _filled_in(code: str) -> str:
    return code.replace("    ...,", "    *INSTALLED_APPS,")


@pytest.mark.parametrize("beside", ["nothing", "tegata before", "tegata after", "pyjwt"])
def test_quick_start(project: Project, beside: str) -> None:
    one_line = _ONE_LINE.replace("(", '("jwt", ') if beside == "pyjwt" else _ONE_LINE
    page = _Page(project, one_line)
    if beside == "tegata before":
        page.set('INSTALLED_APPS += ["tegata"]')
    page.quick_start()
    page.paste("Configuration")
    if beside == "tegata after":
        page.set('INSTALLED_APPS += ["tegata.apps.TegataConfig"]')
    assert "No changes" in project.manage("makemigrations", "--check", "--dry-run")
    if beside == "nothing":
        names = ("test_quick_start", "test_defects", "test_j5", "test_by_hand")
        project.check("jwt_ninja_page", *names)
    else:
        project.check("jwt_ninja_page", "test_quick_start")


def test_the_rest_of_the_page(project: Project) -> None:
    page = _Page(project)
    project.write("myapp/models.py", _USER)
    page.set('INSTALLED_APPS += ["myapp"]\nAUTH_USER_MODEL = "myapp.User"')
    page.quick_start()
    page.paste("Configuration")
    page.paste("Custom Claims")
    page.paste("Overriding user_id", "myapp/payloads.py")
    page.paste("Session Management", "pages.py", "pages.py")
    managing = (project.folder / "pages.py").read_text()
    indented = "".join(f"    {line}\n" for line in managing.splitlines())
    project.write("myapp/managing.py", f"def run(user):\n{indented}")
    project.check("jwt_ninja_page", "test_quick_start", "test_custom_claims", "test_managing")
    # `now` is a placeholder of the page, and what has a `token` is not on it.
    project.write(
        "myapp/auth.py", "from django.utils.timezone import now\nfrom ninja import Schema\n"
    )
    project.write("myapp/auth.py", "class MagicLinkSchema(Schema):\n    token: str\n")
    page.paste("Custom Authenticator")
    page.set('JWT_LOGIN_SCHEMA = "myapp.auth.MagicLinkSchema"')
    project.check("jwt_ninja_page", "test_custom_authenticator")
    assert page.left == []
    page.set("del JWT_USER_LOGIN_AUTHENTICATOR, JWT_LOGIN_SCHEMA, JWT_PAYLOAD_CLASS")
    for key, payload in (
        ("models.UUIDField(primary_key=True)", "myapp.payloads.UUIDJWTPayload"),
        ("models.CharField(primary_key=True, max_length=36)", "myapp.payloads.StrPKJWTPayload"),
        ("models.UUIDField(primary_key=True)", "jwt_ninja.types.JWTPayload"),
        ("models.UUIDField(primary_key=True)", "myapp.auth.AnyKeyPayload"),
    ):
        (project.folder / "myapp" / "models.py").write_text(f"{_USER}    id = {key}\n")
        project.write("myapp/auth.py", _ANY_KEY)
        page.set(f'JWT_PAYLOAD_CLASS = "{payload}"')
        project.check("jwt_ninja_page", "test_user_id")


@pytest.mark.parametrize("release", RELEASES)
def test_on_a_database_that_jwt_ninja_filled(project: Project, release: str) -> None:
    page = _Page(project)
    page.quick_start()
    found = _FOUND.format(release=release)
    page.set(
        f"import sys\nsys.path.append({str(_ROOT)!r})\n"
        f"import json\nfrom pathlib import Path\n"
        f"globals().update(json.loads(Path({str(_VECTORS / release)!r} + '.json')"
        ".read_text())['settings'])"
    )
    project.manage("migrate", "auth", "--verbosity", "0")
    page.set('ALLOWED_HOSTS = ["*"]')
    record = "; ".join(
        f"MigrationRecorder(connection).record_applied('jwt_ninja', {name!r})"
        for name in ("0001_initial", "0002_session_refresh_token_rotation")
    )
    project.script(
        f"{found}; site.fill()\n"
        "from django.db import connection\n"
        "from django.db.migrations.recorder import MigrationRecorder\n"
        f"MigrationRecorder(connection).ensure_schema(); {record}"
    )
    project.manage("migrate", "--verbosity", "0")
    assert "Took over" in project.manage("tegata_import_jwt_ninja")
    project.script(
        f"{found}\nfrom tests.docs.checks import jwt_ninja_page as checks\nchecks.moved(site)"
    )


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('JWT_SECRET_KEY = "short"', "JWT_SECRET_KEY: "),
        ('JWT_ALGORITHM = "none"', "JWT_ALGORITHM must be one of"),
        ('JWT_ALGORITHM = "RS256"', "JWT_SECRET_KEY: "),
        ('JWT_REFRESH_TOKEN_TRANSPORT = "header"', "JWT_REFRESH_TOKEN_TRANSPORT must be one of"),
        ("JWT_REFRESH_COOKIE_HTTPONLY = False", "JWT_REFRESH_COOKIE_HTTPONLY must be True"),
        ("JWT_ACCESS_TOKEN_EXPIRE_SECONDS = 'five'", "JWT_ACCESS_TOKEN_EXPIRE_SECONDS must be a"),
    ],
)
def test_a_bad_setting_stops_start_up(project: Project, line: str, message: str) -> None:
    page = _Page(project)
    page.quick_start()
    page.set(line)
    with pytest.raises(FailedError) as refused:
        project.manage("check")
    assert f"ImproperlyConfigured: {message}" in str(refused.value)


_ROOT = Path(__file__).resolve().parents[2]
_VECTORS = _ROOT / "vectors" / "jwt_ninja"
_URLS = """\
from django.contrib import admin
from django.urls import path

from mysite.api import api

urlpatterns = [path("admin/", admin.site.urls), path("api/", api.urls)]
"""
_ASYNC = """\
@router.get("/aprofile/", auth=JWTAuth())
async def aprofile(request: AuthedRequest):
    return {"username": request.auth.user.username, "session_id": request.auth.session.id}
"""
_MORE = """\
from django.contrib.auth import authenticate
from ninja.security import APIKeyHeader
from jwt_ninja import JWTAuth, JWTPayload, generate_jwt
from jwt_ninja.models import Session
from jwt_ninja.request import get_client_ip
from mysite.profile import router as profile_router

api.add_router("", profile_router)


class Key(APIKeyHeader):
    param_name = "X-API-Key"

    def authenticate(self, request, key):
        return "key" if key == "open sesame" else None


@api.get("/either/", auth=[JWTAuth(), Key()])
def either(request):
    return {"user": str(request.user)}


@api.post("/own-login/", auth=None)
def own_login(request, username: str, password: str):
    user = authenticate(request, username=username, password=password)
    if user is None:
        raise APIError("invalid_credentials", 401)
    session = Session.create_session(user, get_client_ip(request))
    import time

    now = int(time.time())
    common = {"user_id": user.id, "session_id": session.id}
    return {
        "access_token": generate_jwt(JWTPayload(type="access", exp=now + 300, **common)),
        "refresh_token": generate_jwt(JWTPayload(type="refresh", exp=now + 3600, **common)),
    }
"""
# What the authenticator and the claims of the page take for granted.
_USER = """\
from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    team_id = models.IntegerField(default=7)
    magic_token = models.CharField(max_length=64, blank=True)
    magic_token_expired_at = models.DateTimeField(null=True)
"""
_ANY_KEY = """\
class AnyKeyPayload(JWTPayload):
    team_id: int
"""
