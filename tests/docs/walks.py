"""Going through a page: its blocks are pasted section by section, and none may be left over."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from tests.docs.pages import Block, blocks_of
from tests.docs.project import Project

# What is code and therefore has to be run; the others are data to look at.
CODE = {"python", "javascript", "console"}


@dataclass
class Walk:
    """A reader with a page and a project."""

    page: Path
    site: Project
    blocks: list[Block] = field(init=False)
    left: list[Block] = field(init=False)

    def __post_init__(self) -> None:
        self.blocks = blocks_of(self.page)
        self.left = [block for block in self.blocks if block.language in CODE]

    def take(self, section: str) -> list[Block]:
        """The blocks of a section that are still to be gone through, which they now are."""
        taken = [block for block in self.left if block.section == section]
        assert taken, f"{self.page}: no code left under `{section}`"
        self.left = [block for block in self.left if block not in taken]
        return taken

    def paste(self, *sections: str) -> None:
        """Pastes the blocks of the sections into their files; runs those that have none."""
        for section in sections:
            for block in self.take(section):
                if block.file_name:
                    self.site.paste(block)
                else:
                    assert block.language == "python", f"{block}: names no file"
                    self.site.script(block.code)

    def paste_the_rest(self) -> None:
        """Pastes whatever is left, in the order of the page."""
        for section in dict.fromkeys(block.section for block in self.left):
            self.paste(section)
