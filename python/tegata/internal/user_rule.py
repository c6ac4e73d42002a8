"""Whether a user may be let in at all."""

from __future__ import annotations

from inspect import isawaitable, iscoroutine
from typing import Any

from tegata import conf


def may_log_in(user: Any) -> bool:
    """What `TEGATA["USER_AUTHENTICATION_RULE"]` says of a user, or else `is_active`.

    Raises:
        TypeError: The rule gave an awaitable, which would count as a yes.
    """
    rule = conf.current().USER_AUTHENTICATION_RULE
    if rule is None:
        return bool(user.is_active)
    answer: Any = rule(user)
    if isawaitable(answer):
        if iscoroutine(answer):
            answer.close()
        raise TypeError("TEGATA['USER_AUTHENTICATION_RULE'] must answer without an await")
    return bool(answer)
