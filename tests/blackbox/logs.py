"""What must not be in the log of a server."""

from __future__ import annotations

import re

# An id of a session is random, so some begin as every token does.
_SESSION_ID = re.compile(r"(?<![\w.-])[\w-]{43}(?![\w.-])")


def has_token(log: str) -> bool:
    """Whether there is a JWT in it, or a piece of one."""
    return "eyJ" in _SESSION_ID.sub("", log)
