"""What a user agent is called: `Firefox on Linux`."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

# As long as a stored one at most (`tegata::Device`).
_MAX_USER_AGENT = 512
_MAX_NAME = 40
# A name may hold parts of what the client sent.
_FOREIGN = re.compile(r"[^\w .+/!()-]")
_UNKNOWN = "Other"


def device_name(user_agent: str) -> str | None:
    """Browser and system, by the database of ua-parser; what neither is known of is `None`.

    Args:
        user_agent: As it is stored. A longer one is cut.
    """
    return _named(user_agent[:_MAX_USER_AGENT]) if user_agent else None


@lru_cache(maxsize=1024)
def _named(user_agent: str) -> str | None:
    parser = _parser()
    if parser is None:
        return None
    found = parser.parse(user_agent)
    browser = _clean(found.user_agent.family) if found.user_agent else ""
    system = _clean(found.os.family) if found.os else ""
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or None


def _clean(family: str) -> str:
    name = " ".join(_FOREIGN.sub("", family).split())[:_MAX_NAME]
    return "" if name == _UNKNOWN else name


@cache
def _parser() -> Any:
    """That of ua-parser, an extra (`tegata[devices]`); its expressions are compiled only once."""
    try:
        import ua_parser
    except ImportError:
        return None
    return ua_parser.parser
