"""Build the package's wheel for an interpreter and install it into that interpreter's environment.

A wheel of the stable ABI serves every interpreter that it allows; any other is built once for each
version. Nothing is built or installed again while the sources stay the same.

Tests are served with cargo's profile `dev`: it is built in half the time, and what it does in
release without a word, such as an overflow, is a panic there.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
SOURCES = (
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "crates",
    "pyproject.toml",
    "python",
)
# What editable installs and imports leave between the sources.
BUILT = (".pyc", ".pyd", ".so")

_DESCRIBE = """
import json, sys, sysconfig
print(json.dumps({
    "implementation": sys.implementation.name,
    "version": list(sys.version_info[:2]),
    "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    "prefix": sys.prefix,
    "is_environment": sys.prefix != sys.base_prefix,
}))
"""


@dataclass(frozen=True)
class Interpreter:
    """A Python interpreter, and what decides which wheels it takes."""

    path: Path
    tag: str
    version: tuple[int, int]
    prefix: Path
    takes_stable_abi: bool

    @classmethod
    def describe(cls, path: Path) -> Interpreter:
        output = subprocess.run(
            [path, "-c", _DESCRIBE], check=True, capture_output=True, text=True
        ).stdout
        found = json.loads(output)
        if not found["is_environment"]:
            fail(
                f"{path} belongs to no virtual environment",
                "name the interpreter of one, such as .venv/bin/python",
            )
        major, minor = found["version"]
        kind = "cp" if found["implementation"] == "cpython" else found["implementation"]
        suffix = "t" if found["free_threaded"] else ""
        return cls(
            path=path,
            tag=f"{kind}{major}{minor}{suffix}",
            version=(major, minor),
            prefix=Path(found["prefix"]),
            takes_stable_abi=kind == "cp" and not suffix,
        )

    def takes(self, wheel: Path) -> bool:
        """Whether a wheel that was built on this machine fits this interpreter."""
        python, abi, _platform = wheel.stem.split("-")[-3:]
        if abi != "abi3":
            return abi == self.tag
        lowest = re.fullmatch(r"cp(\d)(\d+)", python)
        return (
            self.takes_stable_abi
            and lowest is not None
            and (int(lowest[1]), int(lowest[2])) <= self.version
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("interpreter", type=Path, help="the interpreter of a virtual environment")
    parser.add_argument("--profile", default="release", help="cargo's: `release`, or `dev`")
    arguments = parser.parse_args()
    interpreter = Interpreter.describe(arguments.interpreter.absolute())
    profile: str = arguments.profile

    if not (ROOT / "Cargo.lock").is_file():
        # The build would write it, and change the digest of the sources on the way.
        subprocess.run(["cargo", "generate-lockfile"], cwd=ROOT, check=True)
    digest = digest_of_sources()
    stamp = interpreter.prefix / ".tegata-wheel"
    installed = f"{digest}/{profile}"
    if stamp.is_file() and stamp.read_text() == installed:
        return
    folder = target_folder() / "tegata-wheels" / installed
    wheel = find(folder, interpreter) or build(folder, interpreter, profile)
    stamp.unlink(missing_ok=True)
    install(wheel, interpreter)
    stamp.write_text(installed)


def digest_of_sources() -> str:
    """A digest of all that the wheel is made from."""
    digest = hashlib.sha256()
    for name in SOURCES:
        source = ROOT / name
        files = sorted(source.rglob("*")) if source.is_dir() else [source]
        for file in files:
            if file.is_file() and file.suffix not in BUILT:
                digest.update(f"{file.relative_to(ROOT)}\0{file.stat().st_size}\0".encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def target_folder() -> Path:
    return ROOT / os.environ.get("CARGO_TARGET_DIR", "target")


def find(folder: Path, interpreter: Interpreter) -> Path | None:
    return next((wheel for wheel in folder.glob("*.whl") if interpreter.takes(wheel)), None)


def build(folder: Path, interpreter: Interpreter, profile: str) -> Path:
    # Wheels of earlier states of the sources serve nothing any more.
    if not folder.parent.is_dir():
        shutil.rmtree(folder.parent.parent, ignore_errors=True)
    maturin = [sys.executable, "-m", "maturin", "build", "--profile", profile]
    options = ["--interpreter", str(interpreter.path), "--auditwheel", "skip", "--out", str(folder)]
    if subprocess.run([*maturin, *options], cwd=ROOT, check=False).returncode:
        fail(
            f"the wheel for {interpreter.path} could not be built",
            f"the first error above is the cause; `cargo build --profile {profile}` may show more",
        )
    wheel = find(folder, interpreter)
    if wheel is None:
        built = ", ".join(wheel.name for wheel in folder.glob("*.whl"))
        fail(
            f"maturin built no wheel that fits {interpreter.path}, only {built or 'none at all'}",
            "compare `requires-python` in pyproject.toml with the abi3 feature of crates/python",
        )
    return wheel


def install(wheel: Path, interpreter: Interpreter) -> None:
    pip = [str(interpreter.path), "-m", "pip", "install"]
    quiet = ["--quiet", "--disable-pip-version-check"]
    # The version does not change from one build to the next, so pip has to be made to install it;
    # the second call adds the dependencies that are missing and leaves the others as they are.
    for options in (["--no-deps", "--force-reinstall"], []):
        command = [*pip, *quiet, *options, str(wheel)]
        if subprocess.run(command, check=False).returncode:
            fail(
                f"{wheel.name} could not be installed into {interpreter.prefix}",
                "`make clean` removes every environment, and the next build makes them anew",
            )


def fail(problem: str, hint: str) -> NoReturn:
    sys.exit(f"error: {problem}\nhint: {hint}")


if __name__ == "__main__":
    main()
