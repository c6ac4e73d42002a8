"""The programs outside Rust and Python that some tests need.

``install`` adds the missing ones where that is possible, and tells which tests are left out where
it is not; ``left-out`` only tells. With CI set in the environment a missing one is an error.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.browser.chromium import ChromiumNotFoundError, find_chromium
from tests.postgres import PostgresNotFoundError, find_programs
from tests.redis import RedisNotFoundError, find_server


@dataclass(frozen=True)
class Component:
    name: str
    package: str
    """The package of Debian and Ubuntu."""
    tests: str
    """The tests that cannot run without it."""
    is_present: Callable[[], bool]


def has_postgres() -> bool:
    try:
        find_programs()
    except PostgresNotFoundError:
        return False
    return True


def has_redis() -> bool:
    try:
        find_server()
    except RedisNotFoundError:
        return False
    return True


def has_chromium() -> bool:
    try:
        find_chromium()
    except ChromiumNotFoundError:
        return False
    return True


def has_nginx() -> bool:
    # Debian has it where a user's PATH has not.
    return any(shutil.which("nginx", path=path) for path in (None, "/usr/sbin"))


COMPONENTS = (
    Component(
        name="PostgreSQL",
        package="postgresql",
        tests="the Python tests on PostgreSQL",
        is_present=has_postgres,
    ),
    Component(
        name="Redis",
        package="redis-server",
        tests="the tests of the session cache on Redis",
        is_present=has_redis,
    ),
    Component(
        name="Chromium",
        package="chromium",
        tests="the tests in a browser",
        is_present=has_chromium,
    ),
    Component(
        name="nginx",
        package="nginx-light",
        tests="the tests of the reverse proxies' guide in nginx",
        is_present=has_nginx,
    ),
    Component(
        name="curl",
        package="curl",
        tests="the quick starts of the README and the documentation",
        is_present=lambda: shutil.which("curl") is not None,
    ),
    Component(
        name="Node.js",
        package="nodejs",
        tests="the JavaScript client of the documentation",
        is_present=lambda: shutil.which("node") is not None,
    ),
    Component(
        name="OpenSSL",
        package="openssl",
        tests="the key commands of the documentation",
        is_present=lambda: shutil.which("openssl") is not None,
    ),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("action", choices=["install", "left-out"])
    action = parser.parse_args().action

    missing = find_missing()
    if missing and action == "install" and can_install():
        install(missing)
        missing = find_missing()
    for component in missing:
        report(component)
    if missing and os.environ.get("CI"):
        sys.exit("error: with CI set, no test may be left out")


def find_missing() -> list[Component]:
    return [component for component in COMPONENTS if not component.is_present()]


def can_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(missing: list[Component]) -> None:
    packages = [component.package for component in missing]
    print(f"Installing {', '.join(packages)} by apt-get", flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "--quiet"],
        ["apt-get", "install", "--quiet", "--yes", "--no-install-recommends", *packages],
    ):
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False)
        if done.returncode:
            print(f"warning: `{' '.join(command)}` failed", file=sys.stderr)
            return


def report(component: Component) -> None:
    print(
        f"left out: {component.tests}, because {component.name} is not installed\n"
        f"hint: install it (Debian, Ubuntu: apt-get install {component.package}) "
        "and run `make test` again",
        file=sys.stderr,
    )


if __name__ == "__main__":
    main()
