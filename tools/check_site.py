"""Check that every link inside a built site leads somewhere.

The generator checks the links that are written in Markdown; this also finds those of the
navigation and of HTML inside the pages.
"""

from __future__ import annotations

import argparse
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LINKS = ("href", "src")


class Page(HTMLParser):
    """What one page links to, and the places in it that can be linked to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value is None:
                continue
            if name == "id" or (tag == "a" and name == "name"):
                self.anchors.add(value)
            elif name in LINKS:
                self.links.append(value)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("site", type=Path, help="the folder of the built site")
    site = parser.parse_args().site.resolve()

    pages = {file: Page(file.read_text()) for file in sorted(site.rglob("*.html"))}
    if not pages:
        sys.exit(f"error: there is no page in {site}\nhint: build the site first: make docs")
    dead = [
        (file, link)
        for file, page in pages.items()
        for link in page.links
        if not leads_somewhere(link, file, site, pages)
    ]
    for file, link in dead:
        print(f"error: {file.relative_to(site)} links to {link}, which does not exist")
    if dead:
        sys.exit("hint: correct the link in docs/ or in the navigation in zensical.toml")
    print(f"{len(pages)} pages, no dead link")


def leads_somewhere(link: str, file: Path, site: Path, pages: dict[Path, Page]) -> bool:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return True
    path = unquote(parts.path)
    if path.startswith("/"):
        target = site / path.lstrip("/")
    else:
        target = file.parent / path if path else file
    target = target.resolve()
    if target.is_dir():
        target /= "index.html"
    if not target.is_file():
        return False
    # Scripts make the anchors that begin with two underscores.
    fragment = unquote(parts.fragment)
    if not fragment or fragment.startswith("__") or target not in pages:
        return True
    return fragment in pages[target].anchors


if __name__ == "__main__":
    main()
