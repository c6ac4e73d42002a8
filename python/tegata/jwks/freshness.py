"""How long an answer says that it stays fresh (RFC 9111 section 4.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime

# More than 68 years, which is what RFC 9111 section 1.2.2 makes of larger numbers.
_LONGEST = 2**31

_DIRECTIVE = re.compile(
    r"""(?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]+)
        (?: = (?: "(?P<quoted>(?:[^"\\]|\\.)*)" | (?P<token>[^\s,;"]*) ) )?""",
    re.VERBOSE,
)


def stated_lifetime(headers: Mapping[str, str]) -> int | None:
    """The seconds for which an answer may be used from now on, or `None` if it does not say.

    `no-store` and `no-cache` say 0, and so does a number that cannot be read. `s-maxage` is for
    caches that several clients share, so it is not for this one.

    Args:
        headers: Those of the answer, by lower-case names.
    """
    directives = list(_directives(headers.get("cache-control", "")))
    if any(name in {"no-store", "no-cache"} and value is None for name, value in directives):
        return 0
    ages = [_delta_seconds(value) or 0 for name, value in directives if name == "max-age"]
    if ages:
        lifetime = min(ages)
    elif "expires" in headers:
        lifetime = _until(headers["expires"], headers.get("date", ""))
    else:
        return None
    return max(lifetime - (_delta_seconds(headers.get("age")) or 0), 0)


def stated_pause(headers: Mapping[str, str]) -> float | None:
    """The seconds for which an answer asks to be left alone (RFC 9110 section 10.2.3), if it does.

    Args:
        headers: Those of the answer, by lower-case names.
    """
    text = headers.get("retry-after")
    if text is None:
        return None
    seconds = _delta_seconds(text)
    return _until(text, headers.get("date", "")) if seconds is None else seconds


def _directives(text: str) -> Iterator[tuple[str, str | None]]:
    for found in _DIRECTIVE.finditer(text):
        quoted = found["quoted"]
        yield found["name"].lower(), found["token"] if quoted is None else quoted


def _delta_seconds(text: str | None) -> int | None:
    if text is None or not re.fullmatch("[0-9]+", text.strip()):
        return None
    digits = text.strip().lstrip("0") or "0"
    return _LONGEST if len(digits) > 10 else min(int(digits), _LONGEST)


def _until(expires: str, date: str) -> int:
    try:
        span = parsedate_to_datetime(expires) - parsedate_to_datetime(date)
    # Neither names a moment, or one of them names no timezone.
    except (ValueError, TypeError, OverflowError, IndexError):
        return 0
    return min(max(int(span.total_seconds()), 0), _LONGEST)
