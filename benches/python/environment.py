"""The environment that the Python libraries are measured in, and what is built for it."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.append(str(ROOT))

from tools.interpreters import find_interpreters  # noqa: E402

_OLDEST = (3, 11)
_PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")


@dataclass(frozen=True)
class Environment:
    """A virtual environment with Tegata and its peers."""

    python: Path
    apart: Path


def target_folder() -> Path:
    """Where everything goes that the benchmark makes."""
    return ROOT / os.environ.get("CARGO_TARGET_DIR", "target")


def newest_interpreter() -> Path:
    """The newest Python of this machine: some peers have no wheels for the older ones."""
    found = find_interpreters(at_least=_OLDEST)
    if not found:
        fail("there is no Python 3.11 or newer", "name an interpreter: --python /path/to/python3")
    return found[max(found)]


def make(interpreter: Path) -> Environment:
    """The environment for an interpreter, with the newest peers that it takes, and Tegata."""
    folder = _folder(interpreter)
    environment = Environment(folder / "bin" / "python", folder / "apart")
    stamp = _Stamp(folder, ("requirements.txt", "requirements-apart.txt"))
    if not stamp.is_current:
        _install(interpreter, folder, "requirements.txt")
        _install_apart(environment)
        stamp.renew()
    _install_tegata(environment.python)
    return environment


def make_for_requests(interpreter: Path) -> Path:
    """The interpreter of another such environment, for the peers in Django Ninja."""
    folder = _folder(interpreter, "-requests")
    stamp = _Stamp(folder, ("requirements-requests.txt",))
    if not stamp.is_current:
        _install(interpreter, folder, "requirements-requests.txt")
        stamp.renew()
    python = folder / "bin" / "python"
    _install_tegata(python)
    return python


@dataclass(frozen=True)
class _Stamp:
    """Says what an environment was made of."""

    folder: Path
    requirements: tuple[str, ...]

    @property
    def is_current(self) -> bool:
        return self._file.is_file() and self._file.read_text() == self._digest

    def renew(self) -> None:
        self._file.write_text(self._digest)

    @property
    def _file(self) -> Path:
        return self.folder / ".requirements"

    @property
    def _digest(self) -> str:
        wanted = b"".join((HERE / name).read_bytes() for name in self.requirements)
        return hashlib.sha256(wanted).hexdigest()


def _folder(interpreter: Path, suffix: str = "") -> Path:
    name = subprocess.run(
        [interpreter, "-c", "import sys; print(sys.implementation.cache_tag)"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    return target_folder() / "benches" / f"{name}{suffix}"


def _install(interpreter: Path, folder: Path, requirements: str) -> None:
    _say(f"making the environment {folder}")
    _run(interpreter, "-m", "venv", "--clear", str(folder))
    python = folder / "bin" / "python"
    _run(python, *_PIP, "--requirement", str(HERE / requirements))


def _install_apart(environment: Environment) -> None:
    """A peer that has to be built may be missing; the table then says so."""
    _say("building pyjwt-rs")
    options = ("--no-deps", "--target", str(environment.apart))
    listed = str(HERE / "requirements-apart.txt")
    command: list[str | Path] = [environment.python, *_PIP, *options, "--requirement", listed]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        _say("pyjwt-rs could not be built, and is left out")


def _install_tegata(python: Path) -> None:
    """With the Python that runs this, if it has maturin, else with the environment's own."""
    builder = Path(sys.executable)
    if find_spec("maturin") is None:
        builder = python
        _run(builder, *_PIP, "maturin>=1.16,<2")
    _run(builder, str(ROOT / "tools" / "install_extension.py"), str(python))


def build_rust(workspace: str = "rust") -> Path:
    """Build a workspace of this folder, and say where its programs are."""
    manifest = ROOT / "benches" / workspace / "Cargo.toml"
    target = target_folder()
    options = ("--release", "--quiet", "--manifest-path", str(manifest))
    _say(f"building benches/{workspace}")
    _run(Path("cargo"), "build", *options, "--target-dir", str(target))
    return target / "release"


def fail(problem: str, hint: str) -> NoReturn:
    """End the program."""
    sys.exit(f"error: {problem}\nhint: {hint}")


def _run(program: Path, *arguments: str) -> None:
    if subprocess.run([program, *arguments], cwd=ROOT, check=False).returncode:
        fail(
            f"`{program} {' '.join(arguments)}` failed",
            "the first error above is the cause",
        )


def _say(what: str) -> None:
    print(f"bench: {what}", file=sys.stderr)
