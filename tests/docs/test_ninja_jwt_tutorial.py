"""A tutorial written for PyJWT, its code word for word, on PyJWT and on its stand-in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import blocks_of
from tests.docs.project import Project

_BLOCKS = Path(__file__).parent / "ninja_jwt_tutorial_blocks.md"
_FILES = {
    "Step 2: Create a JWT Utility File": "app/auth_utils.py",
    "Step 3: Create Login API That Returns JWT": "app/api.py",
    "Step 4: Create JWT Authentication Class": "app/api.py",
    "Step 5: Protect an Endpoint": "app/api.py",
    "Optional: Token Expiry and Refresh": "app/auth_utils.py",
}
_URLS = """\
from django.urls import path

from app.api import api

urlpatterns = [path("api/", api.urls)]
"""
_ONE_LINE = 'import tegata.compat; tegata.compat.install("jwt")\n'


@pytest.mark.parametrize("library", ["tegata", "pyjwt"])
def test_tutorial(library: str, project: Project) -> None:
    settings = project.folder / "mysite" / "settings.py"
    if library == "tegata":
        settings.write_text(f"{_ONE_LINE}{settings.read_text()}")
    for block in blocks_of(_BLOCKS):
        project.write(_FILES[block.section], block.code)
    project.write("urls.py", _URLS)
    project.check("ninja_jwt_tutorial", f"test_with_{library}", "test_flow", "test_refresh")
    project.manage("migrate", "--verbosity", "0")
    with project.serve() as address:
        check = "from tests.docs.checks import ninja_jwt_tutorial as checks"
        project.script(f"{check}; checks.over_http({address!r})")
