"""Finds the Python interpreters of this machine."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_DESCRIBE = """
import json, sys, sysconfig
print(json.dumps({
    "cpython": sys.implementation.name == "cpython",
    "final": sys.version_info.releaselevel == "final",
    "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    "path": getattr(sys, "_base_executable", None) or sys.executable,
    "version": list(sys.version_info[:2]),
}))
"""


def find_interpreters(at_least: tuple[int, int]) -> dict[tuple[int, int], Path]:
    """One released CPython for each version from ``at_least`` on, the one first on PATH."""
    found: dict[tuple[int, int], Path] = {}
    for candidate in _candidates():
        described = _describe(candidate)
        if described is None:
            continue
        version, path = described
        if version >= at_least:
            found.setdefault(version, path)
    return found


def _candidates() -> Iterator[Path]:
    yield Path(sys.executable)
    folders = [Path(entry) for entry in os.environ.get("PATH", "").split(os.pathsep) if entry]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    folders += sorted(pyenv.glob("versions/*/bin"), reverse=True)
    for folder in folders:
        for file in sorted(folder.glob("python3.*")):
            if re.fullmatch(r"python3\.\d+", file.name):
                yield file


def _describe(candidate: Path) -> tuple[tuple[int, int], Path] | None:
    """The version of an interpreter and where it is; None for one that does not fit or start."""
    try:
        done = subprocess.run(
            [candidate, "-c", _DESCRIBE], capture_output=True, check=True, text=True, timeout=30
        )
    except (OSError, subprocess.SubprocessError):
        return None
    about = json.loads(done.stdout)
    if not about["cpython"] or not about["final"] or about["free_threaded"]:
        return None
    major, minor = about["version"]
    return (major, minor), Path(about["path"])
