"""`tegata.compat.install("ninja_aio.auth")`, each case in a process of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.compat.test_install import run

# What old releases of Django and Django Ninja say to each other is not ours.
_DJANGO = """
import sys
import warnings
warnings.simplefilter("ignore", DeprecationWarning)
import tegata.compat
tegata.compat.install("ninja_aio.auth")
tegata.compat.install("ninja_aio.auth")
assert "ninja" not in sys.modules
from django.conf import settings
settings.configure(USE_TZ=True)
"""
_NAMES = """
from ninja_aio.auth import (
    JWT_MANDATORY_CLAIMS, AsyncJwtBearer, AsyncJwtCookie, JwtAuthMixin, decode_jwt,
    delete_jwt_cookie, encode_jwt, set_jwt_cookie, validate_key, validate_mandatory_claims,
)
import ninja_aio.auth
import tegata.auth
assert ninja_aio.auth.AsyncJwtBearer is tegata.auth.AsyncJwtBearer
assert ninja_aio.auth is sys.modules["ninja_aio.auth"]
assert ninja_aio.auth is sys.modules["tegata.compat.ninja_aio.auth"]
assert ninja_aio.auth.__name__ == ninja_aio.auth.__spec__.name == "tegata.compat.ninja_aio.auth"
assert ninja_aio.auth.default_algorithm() == "RS256"
assert JWT_MANDATORY_CLAIMS == [("iss", "JWT_ISSUER"), ("aud", "JWT_AUDIENCE")]
"""


def test_without_the_library() -> None:
    more = """
assert ninja_aio.__name__ == "tegata.compat.ninja_aio"
for name in ("ninja_aio.api", "ninja_aio.auth.more", "ninja_aio_other"):
    try:
        __import__(name)
    except ImportError:
        continue
    raise AssertionError(name)
"""
    done = run(_DJANGO + _NAMES + more)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture
def library(tmp_path: Path) -> str:
    """A package that is laid out as the library is; gives the line that makes it importable."""
    package = tmp_path / "ninja_aio"
    package.mkdir()
    (package / "__init__.py").write_text("VERSION = 'theirs'\n")
    (package / "api.py").write_text("from ninja_aio import auth\nfrom .auth import encode_jwt\n")
    (package / "auth.py").write_text("raise AssertionError('theirs')\n")
    return f"import sys\nsys.path.insert(0, {str(tmp_path)!r})\n"


def test_the_rest_of_the_library_stays_what_it_is(library: str) -> None:
    more = """
import ninja_aio.api
assert ninja_aio.VERSION == "theirs"
assert ninja_aio.__file__.startswith(sys.path[0]) and ninja_aio.api.__file__.startswith(sys.path[0])
assert ninja_aio.api.encode_jwt is tegata.auth.encode_jwt and ninja_aio.api.auth is ninja_aio.auth
"""
    done = run(library + _DJANGO + _NAMES + more)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_library_may_be_there_already_but_not_its_module(library: str) -> None:
    done = run(f"{library}import ninja_aio\n{_DJANGO}{_NAMES}")
    assert (done.returncode, done.stderr) == (0, "")
    Path(library.split("'")[1], "ninja_aio", "auth.py").write_text("")
    done = run(f"{library}import ninja_aio.auth\n{_DJANGO}")
    assert "another library was imported as `ninja_aio.auth` already" in done.stderr
    assert "tegata.compat.install('ninja_aio.auth')" in done.stderr


def test_beside_the_other_stand_ins() -> None:
    more = """
tegata.compat.install("jwt", "ninja_jwt")
import jwt
assert jwt.__name__ == "tegata.compat.jwt"
assert sys.modules["ninja_jwt"].__name__ == "tegata.compat.ninja_jwt"
"""
    done = run(_DJANGO + _NAMES + more)
    assert (done.returncode, done.stderr) == (0, "")
