"""The quick start of the README and of the front page, run to the letter.

Blocks of Python go into the files that they name; each line of a `console` block is one command.
Only the host and port are replaced, and what a reader fills in: `$ACCESS_TOKEN` and `"…"`.
"""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, ROOT, Block, blocks_of
from tests.docs.project import Project, find_program

PASSWORD = "correct horse battery staple"
_ADDRESS = "http://127.0.0.1:8000"
_LEFT_TO_THE_READER = re.compile(r'"(?P<name>\w+)": "…"')
# What this test does in its own way: the package is installed already, and the server gets a port.
_KNOWN = {
    "pip install tegata",
    "django-admin startproject mysite .",
    "python manage.py runserver",
}


class Reader:
    """Somebody who types what the page says, and remembers the answers."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.known = {"password": PASSWORD}

    def type(self, command: str) -> str:
        superuser = {
            "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
            "DJANGO_SUPERUSER_EMAIL": "alice@example.org",
        }
        tokens = {name.upper(): value for name, value in self.known.items()}
        return self.project.run("bash", "-c", command, env=superuser | tokens)

    def curl(self, command: str, address: str) -> dict[str, object]:
        assert _ADDRESS in command, f"{command}: asks another server"
        filled_in = _LEFT_TO_THE_READER.sub(
            lambda found: f'"{found["name"]}": "{self.known[found["name"]]}"', command
        )
        answer = json.loads(self.type(filled_in.replace(_ADDRESS, address)))
        assert isinstance(answer, dict), answer
        self.known |= {name: value for name, value in answer.items() if "token" in name}
        return answer


def commands_of(blocks: list[Block]) -> list[str]:
    """One command a line; a backslash carries on."""
    text = "".join(block.code for block in blocks if block.language == "console")
    return [line for line in text.replace("\\\n", " ").splitlines() if line.strip()]


@pytest.mark.parametrize("page", [ROOT / "README.md", DOCS / "index.md"], ids=["README", "index"])
def test_quick_start(page: Path, project: Project) -> None:
    find_program("curl")
    reader = Reader(project)
    blocks = [block for block in blocks_of(page) if block.section == "Quick start"]
    assert {block.language for block in blocks} == {"python", "console"}
    files = [project.paste(block).name for block in blocks if block.language == "python"]
    assert files == ["settings.py", "urls.py"]

    commands = commands_of(blocks)
    curls = [command for command in commands if command.startswith("curl ")]
    for command in commands:
        if command in _KNOWN or command in curls:
            continue
        assert command.startswith("python manage.py "), f"{command}: this test cannot run it"
        # `createsuperuser` asks for what its options do not say.
        asks = shlex.split(command)[2] == "createsuperuser"
        reader.type(f"{command} --noinput" if asks else command)

    with project.serve() as address:
        answers = [reader.curl(command, address) for command in curls]

    assert [sorted(answer) for answer in answers] == [
        ["access_token", "refresh_token"],
        ["session", "username"],
        ["access_token", "refresh_token"],
    ]
    logged_in, profile, refreshed = answers
    assert profile["username"] == "alice"
    assert len({str(logged_in["refresh_token"]), str(refreshed["refresh_token"])}) == 2
