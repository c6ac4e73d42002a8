"""The Python tests, on the oldest and the newest Django and Django Ninja that are supported."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NoReturn

import nox
from nox.command import CommandFailed
from nox.project import dependency_groups, load_toml

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))

from tools.components import has_postgres  # noqa: E402
from tools.interpreters import find_interpreters  # noqa: E402

nox.needs_version = ">=2026.10.20"
nox.options.default_venv_backend = "virtualenv"
nox.options.download_python = "never"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["tests", "free_threaded"]

OLDEST = ["Django~=5.2.0", "django-ninja==1.4.0", "pydantic~=2.7.0"]
NEWEST_DJANGO = "Django>=6.1,<7"
NEWEST_NINJA = "django-ninja>=1.7,<2"
# Older releases register a path converter that Django 6 refuses.
OLDEST_NINJA_ON_NEWEST_DJANGO = "django-ninja==1.4.2"
NEWEST_DJANGO_NEEDS = (3, 12)
# They ask for a newer Django Ninja than the oldest that we support.
NINJA_PEERS = [
    "django-ninja-extra>=0.31.7",
    "django-ninja-jwt>=5.4.5",
    "djangorestframework-simplejwt>=5.5.1",
]
# It drives the Chromium of the machine.
PLAYWRIGHT = "playwright>=1.65.2"

INTERPRETERS = find_interpreters(at_least=(3, 11))
OLDEST_PYTHON, NEWEST_PYTHON = min(INTERPRETERS), max(INTERPRETERS)
# The shims of a version manager can stand on PATH for interpreters that they refuse to start.
for version in (NEWEST_PYTHON, OLDEST_PYTHON):
    os.environ["PATH"] = f"{INTERPRETERS[version].parent}{os.pathsep}{os.environ['PATH']}"


def folders(*names: str) -> tuple[str, ...]:
    """Folders and files of tests."""
    return tuple(f"tests/{name}" for name in names)


# What depends on the versions. Each pair of a version and another, or of one and a database, meets
# in some corner; what takes long is tested at the newest.
FACE = folders("django", "ninja")
# What of it reads no row, and is left out where the database is another than SQLite.
FACE_OF_NO_ROW = folders(
    "ninja/test_async_jwt_cookies.py",
    "ninja/test_async_jwt_current.py",
    "ninja/test_async_jwt_gate.py",
    "ninja/test_async_jwt_tokens.py",
    "ninja/test_issuer_presets.py",
    "ninja/test_issuers.py",
    "ninja/test_peer_regressions_ninja_aio.py",
    "ninja/test_remote.py",
)
ALL = folders(*(folder.name for folder in sorted(Path(ROOT, "tests").glob("[!_]*/"))))
# What never asks the run's database: once is enough. The documentation makes one of its own.
OF_NO_DATABASE = folders("browser", "compat", "docs", "jose", "jwks", "typing")


def without(*left_out: str) -> tuple[str, ...]:
    """All tests but these."""
    return tuple(folder for folder in ALL if folder not in left_out)


def corner(
    name: str, python: tuple[int, int], requirements: list[str], **runs: tuple[str, ...]
) -> Any:
    """One combination of versions, and what is tested with it on which database."""
    return nox.param(".".join(map(str, python)), requirements, runs, id=name)


@nox.session
@nox.parametrize(
    "python,requirements,runs",
    [
        corner(
            "django-5.2-ninja-1.4",
            OLDEST_PYTHON,
            OLDEST,
            sqlite=folders("compat", "jose", "jwks", "docs/test_quick_start.py"),
            postgres=(*FACE, *folders("blackbox")),
        ),
        corner("django-5.2-ninja-new", OLDEST_PYTHON, [OLDEST[0], NEWEST_NINJA], sqlite=FACE),
        corner(
            "django-new-ninja-1.4",
            NEWEST_PYTHON,
            [NEWEST_DJANGO, OLDEST_NINJA_ON_NEWEST_DJANGO],
            sqlite=FACE,
        ),
        corner(
            "django-new-ninja-new",
            NEWEST_PYTHON,
            [NEWEST_DJANGO, NEWEST_NINJA, *NINJA_PEERS, PLAYWRIGHT],
            sqlite=(*without(*FACE), *FACE_OF_NO_ROW),
            # The servers meet PostgreSQL at the oldest.
            postgres=without(*OF_NO_DATABASE, *folders("blackbox")),
        ),
    ],
)
def tests(session: nox.Session, requirements: list[str], runs: dict[str, tuple[str, ...]]) -> None:
    """Run the tests on one corner's databases; arguments after -- go to pytest.

    TEGATA_TEST_ONLY names one of the databases.
    """
    if NEWEST_DJANGO in requirements and NEWEST_PYTHON < NEWEST_DJANGO_NEEDS:
        leave_out(
            session,
            "the newest Django needs Python 3.12, and none was found",
            "install Python 3.12 or newer, or add it to PATH",
        )
    install(session, requirements)
    failed = []
    # With bytecode kept, pytest rewrites the tests' assertions once for each interpreter and not
    # once for each run; some machines are set up to keep none.
    only = os.environ.get("TEGATA_TEST_ONLY")
    for database, tested in runs.items():
        if only not in {None, database}:
            continue
        if database == "postgres" and not has_postgres():
            # conftest.py says so for each test, and makes them fail in CI.
            session.warn("PostgreSQL is not installed: its tests are left out")
        try:
            session.run(
                "pytest",
                *(session.posargs or tested),
                env={"TEGATA_TEST_DATABASE": database, "PYTHONDONTWRITEBYTECODE": None},
            )
        except CommandFailed:
            failed.append(database)
    if failed:
        session.error(f"the tests failed on {' and '.join(failed)}")


def find_free_threaded() -> str | None:
    """The newest interpreter without a GIL that is installed and starts; now it is on PATH."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    folders = [os.environ["PATH"], *map(str, pyenv.glob("versions/*t/bin"))]
    for name in ("3.15t", "3.14t"):
        found = shutil.which(f"python{name}", path=os.pathsep.join(folders))
        code = "import sys; sys.exit(sys._is_gil_enabled())"
        if found and not subprocess.call([found, "-c", code], stderr=subprocess.DEVNULL):
            os.environ["PATH"] = f"{Path(found).parent}{os.pathsep}{os.environ['PATH']}"
            return name
    return None


FREE_THREADED = find_free_threaded()


@nox.session(python=FREE_THREADED or False)
def free_threaded(session: nox.Session) -> None:
    """Run the tests of tegata.jose on an interpreter without a GIL."""
    if FREE_THREADED is None:
        # In CI too, unlike what `leave_out` does: its machine has none.
        session.skip(
            "left out: no free-threaded interpreter was found, and there is none on the machine "
            "that CI runs on, so what tegata.jose does without a GIL is tested nowhere yet\n"
            "hint: put python3.14t on PATH"
        )
    install(session, [])
    session.run("pytest", *(session.posargs or ["tests/jose"]))


def install(session: nox.Session, requirements: list[str]) -> None:
    """Install what the session needs, unless the run before left it there."""
    wanted = [*requirements, *dependency_groups(load_toml("pyproject.toml"), "test")]
    digest = hashlib.sha256("\n".join(wanted).encode()).hexdigest()
    stamp = Path(session.virtualenv.location) / ".requirements"
    if not stamp.is_file() or stamp.read_text() != digest:
        session.install(*wanted)
        stamp.write_text(digest)
    python = Path(session.virtualenv.bin) / "python"
    # Nox itself runs in the environment that has maturin.
    command = [sys.executable, "tools/install_extension.py", "--profile", "dev", str(python)]
    session.run(*command, external=True)


def leave_out(session: nox.Session, problem: str, hint: str) -> NoReturn:
    """Skip the session; in CI, where nothing may be left out, fail it."""
    message = f"{problem}\nhint: {hint}"
    if os.environ.get("CI"):
        session.error(message)
    session.skip(f"left out: {message}")
