"""The code of django-ninja-jwt's own page, word for word, on its stand-in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import blocks_of
from tests.docs.project import FailedError, Project

_BLOCKS = Path(__file__).parent / "ninja_jwt_blocks.md"
_ONE_LINE = 'import tegata.compat; tegata.compat.install("ninja_jwt")\n'
# What the placeholder stands for: the page's urls.py serves the admin.
_OTHER_APPS = """\
*(f"django.contrib.{name}" for name in ("admin", "sessions", "messages", "staticfiles")),
"""
_BACKEND = "'ninja_jwt.authentication.JWTAuthBackend', # Important for token authentication\n"


class _Page:
    """A site with the Quickstart."""

    def __init__(self, project: Project) -> None:
        self.site = project
        self._settings = project.folder / "mysite" / "settings.py"
        self._settings.write_text(f"{_ONE_LINE}{self._settings.read_text()}")
        for block in blocks_of(_BLOCKS):
            if block.section.endswith(".py"):
                code = block.code.replace("# ... other apps\n", _OTHER_APPS)
                project.write(block.section, code)

    def set(self, line: str) -> None:
        self.site.write("settings.py", f"{line}\n")

    def replace(self, before: str, after: str) -> None:
        settings = self._settings.read_text()
        assert before in settings
        self._settings.write_text(settings.replace(before, after))


def test_quickstart(project: Project) -> None:
    page = _Page(project)
    assert "No changes" in project.manage("makemigrations")
    project.manage("migrate", "--verbosity", "0")
    project.manage(
        *("createsuperuser", "--noinput", "--username", "youruser", "--email", "y@example.org"),
        env={"DJANGO_SUPERUSER_PASSWORD": "yourpassword"},
    )
    # Neither a warning nor a hint of ours.
    assert "no issues" in project.manage("check")
    with project.serve() as address:
        project.script(
            f"from tests.docs.checks import ninja_jwt_page as checks; checks.over_http({address!r})"
        )
    page.set('PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]')
    project.check("ninja_jwt_page")


def test_its_common_errors(project: Project) -> None:
    page = _Page(project)
    original = page._settings.read_text()

    def refused(line: str) -> str:
        page.set(line)
        with pytest.raises(FailedError) as refusal:
            project.manage("check")
        page._settings.write_text(original)
        return str(refusal.value)

    for value in ("''", "None"):
        said = refused(f'SIMPLE_JWT["SIGNING_KEY"] = {value}')
        assert (
            "django.core.exceptions.ImproperlyConfigured: "
            "The 'SIGNING_KEY' setting must not be empty. Set SIMPLE_JWT['SIGNING_KEY'] to"
        ) in said
    said = refused('INSTALLED_APPS.remove("ninja_jwt")')
    assert "'ninja_jwt' is missing from INSTALLED_APPS" in said
    assert "Add 'ninja_jwt' to INSTALLED_APPS and run `manage.py migrate`." in said
    said = refused('INSTALLED_APPS.append("rest_framework_simplejwt")')
    assert "rest_framework_simplejwt" in said
    said = refused("AUTHENTICATION_BACKENDS.pop(0)")
    assert "ninja_jwt.E001" in said
    assert "Add 'django.contrib.auth.backends.ModelBackend'" in said

    page.replace(_BACKEND, "")
    said = project.run("bash", "-c", "python manage.py check 2>&1")
    assert "ninja_jwt.W001" in said
    assert "Add 'ninja_jwt.authentication.JWTAuthBackend' to AUTHENTICATION_BACKENDS" in said
    # There is a user all the same, without any middleware.
    page.set("MIDDLEWARE = []")
    page.set('SILENCED_SYSTEM_CHECKS = ["admin.E408", "admin.E409", "admin.E410"]')
    said = project.run("bash", "-c", "python manage.py check 2>&1")
    assert "ninja_jwt.I001" in said
    assert "Guard the view with auth=JWTAuth()" in said
    page.set('PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]')
    project.check("ninja_jwt_page", "test_quickstart", "test_headers")


def test_with_the_blacklist_app_and_tegata_beside(project: Project) -> None:
    page = _Page(project)
    page.set('INSTALLED_APPS += ["ninja_jwt.token_blacklist", "tegata.apps.TegataConfig"]')
    # A database that django-ninja-jwt has migrated knows migrations that are not here.
    project.manage("migrate", "auth", "--verbosity", "0")
    project.script(
        "from django.db import connection\n"
        "from django.db.migrations.recorder import MigrationRecorder\n"
        "for name in ('0001_initial', '0012_alter_outstandingtoken_user'):\n"
        "    MigrationRecorder(connection).record_applied('token_blacklist', name)"
    )
    project.manage("migrate", "--verbosity", "0")
    assert "No changes" in project.manage("makemigrations", "--check", "--dry-run")
    project.manage("flushexpiredtokens")
    page.set('PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]')
    project.check("ninja_jwt_page", "test_quickstart")
