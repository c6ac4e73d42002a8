"""A Django project of a test's own, which the code of a page is pasted into."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, Block
from tests.ports import free_port

_PYTEST_INI = f"""\
[pytest]
DJANGO_SETTINGS_MODULE = mysite.settings
addopts =
    -p pytest_django.plugin -p pytest_asyncio.plugin -p no:cacheprovider
    --confcutdir=. --import-mode=importlib --nomigrations -q
asyncio_default_fixture_loop_scope = function
asyncio_mode = auto
pythonpath = . {ROOT}
"""


class FailedError(AssertionError):
    """A command of a page did not do what the page says; holds what it printed."""


@dataclass(frozen=True)
class Project:
    """What `django-admin startproject mysite .` makes in `folder`."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """This process's, with the interpreter of the tests as `python` and none of its settings.

        Answers of 400 and above make curl fail, whatever a page's command line says of it.
        """
        ours = {name: value for name, value in os.environ.items() if name not in _NOT_THEIRS}
        return ours | {
            "CURL_HOME": str(self.folder),
            "DJANGO_SETTINGS_MODULE": "mysite.settings",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def paste(self, block: Block) -> Path:
        """Puts a block where its first line says.

        `settings.py` and other modules grow by it; `urls.py` and templates are replaced.
        """
        assert block.file_name, f"{block}: the first line does not name a file"
        return self.write(block.file_name, block.code)

    def write(self, name: str, code: str) -> Path:
        """As `paste`, for code that is no block."""
        in_package = name in {"settings.py", "urls.py"}
        path = self.folder / "mysite" / name if in_package else self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        before = path.read_text() if path.exists() and path.name != "urls.py" else ""
        path.write_text(f"{before}\n\n{code}" if before else code)
        for folder in path.parents:
            if path.suffix != ".py" or folder == self.folder:
                break
            (folder / "__init__.py").touch()
        return path

    def run(self, *command: str | Path, env: Mapping[str, str] | None = None) -> str:
        """Runs a command in the project's folder; gives what it printed.

        Raises:
            FailedError: It exited with another status than 0.
        """
        done = subprocess.run(
            [str(part) for part in command],
            cwd=self.folder,
            env=self.environment | dict(env or {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode:
            said = f"{done.stdout}\n{done.stderr}"
            raise FailedError(f"{' '.join(map(str, command))}: exit {done.returncode}\n{said}")
        return done.stdout

    def manage(self, *arguments: str, env: Mapping[str, str] | None = None) -> str:
        """Runs `python manage.py`."""
        return self.run("python", "manage.py", *arguments, env=env)

    def script(self, code: str, env: Mapping[str, str] | None = None) -> str:
        """Runs code that belongs to no file; it may import `tests`."""
        # Without imports of the shell's own, which would hide those that a block forgot.
        command = ("shell", "--no-imports", "--command", code)
        return self.manage(*command, env={"PYTHONPATH": str(ROOT), **(env or {})})

    def check(self, name: str, *tests: str) -> None:
        """Runs the tests of `checks/{name}.py`, or some of them, inside the project."""
        file = Path(__file__).parent / "checks" / f"{name}.py"
        which = [f"{file}::{test}" for test in tests] or [str(file)]
        # Loading every plugin that happens to be installed would take longer than the tests.
        alone = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        command = ("python", "-m", "pytest", "-c", "pytest.ini", "--rootdir", ".", *which)
        self.run(*command, env=alone)

    @contextmanager
    def serve(self, *command: str) -> Iterator[str]:
        """Runs a server on a free port of its own; gives its address.

        Args:
            command: Another one than `python manage.py runserver`; gets `{port}` filled in.
        """
        port = str(free_port())
        command = command or ("python", "manage.py", "runserver", "--noreload", "{port}")
        log = self.folder / "server.log"
        with log.open("w") as output:
            server = subprocess.Popen(
                [part.replace("{port}", port) for part in command],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
            try:
                _wait_for(int(port), server, log)
                yield f"http://127.0.0.1:{port}"
            finally:
                server.terminate()
                server.wait(20)


def start_project(folder: Path) -> Project:
    """Makes the project."""
    folder.mkdir(parents=True, exist_ok=True)
    project = Project(folder)
    (folder / ".curlrc").write_text("fail-with-body\nmax-time = 30\nsilent\nshow-error\n")
    (folder / "pytest.ini").write_text(_PYTEST_INI)
    django_admin = ("python", "-m", "django", "startproject", "mysite", ".")
    project.run(*django_admin, env={"DJANGO_SETTINGS_MODULE": ""})
    return project


def find_program(name: str) -> str:
    """A program that a page's commands call; without it the test is left out, in CI it fails."""
    if found := shutil.which(name):
        return found
    message = f"{name} is not installed, so a page's commands cannot be run"
    if os.environ.get("CI"):
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


_NOT_THEIRS = {"DJANGO_SETTINGS_MODULE", "PYTEST_ADDOPTS", "PYTEST_CURRENT_TEST", "PYTHONPATH"}


def _wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise FailedError(f"the server does not answer:\n{log.read_text()}")
