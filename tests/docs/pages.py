"""The code blocks of a Markdown page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"

_FENCE = re.compile(r"^(?P<indent> *)(?P<fence>`{3,})(?P<language>[^`\n]*)$")
_FILE_NAME = re.compile(r"^(?:#|//) (?P<name>[\w./-]+\.\w+)$")


@dataclass(frozen=True)
class Block:
    """One fenced block."""

    page: Path
    line: int
    """Where its code begins, for messages."""
    section: str
    """The `##` heading that it stands under."""
    language: str
    code: str

    @property
    def file_name(self) -> str | None:
        """What a comment on its first line names: `# settings.py`."""
        found = _FILE_NAME.match(self.code.partition("\n")[0])
        return found["name"] if found else None

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks_of(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    blocks: list[Block] = []
    section, opened, lines = "", None, list[str]()
    for number, line in enumerate(page.read_text().splitlines(), start=1):
        fence = _FENCE.match(line)
        if opened is None:
            if line.startswith("## "):
                section = line.removeprefix("## ").strip()
            elif fence:
                opened, lines = (fence, number + 1), []
        elif fence and fence["fence"] == opened[0]["fence"] and not fence["language"].strip():
            indent = len(opened[0]["indent"])
            code = "".join(f"{each[indent:]}\n" for each in lines)
            blocks.append(Block(page, opened[1], section, opened[0]["language"].strip(), code))
            opened = None
        else:
            lines.append(line)
    if opened is not None:
        raise ValueError(f"{page}:{opened[1]}: the block is never closed")
    return blocks


def pages() -> list[Path]:
    """Every page of the documentation."""
    return sorted(DOCS.rglob("*.md"))
