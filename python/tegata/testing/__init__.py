"""Help for the tests of a site: signed-in clients, tokens of any time, forgeries, a frozen clock.

Nothing here is needed to serve a site, and nothing of it opens one: there is no route, no secret
and no key of its own. Tokens are made with the keys that the settings hold, by code that could use
them anyway. `manage.py check --deploy` warns if a site's own code imports it (`tegata.W020`).

Every function that reads or writes the database has an async twin with an `a` in front. The names
are loaded on first use, so that this can be imported before Django is set up, and without pytest.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tegata.testing.forging import FLAWS as FLAWS
    from tegata.testing.forging import Flaw as Flaw
    from tegata.testing.forging import Forgery as Forgery
    from tegata.testing.forging import aforged as aforged
    from tegata.testing.forging import aforgeries as aforgeries
    from tegata.testing.forging import forged as forged
    from tegata.testing.forging import forgeries as forgeries
    from tegata.testing.frozen_clock import FrozenClock as FrozenClock
    from tegata.testing.frozen_clock import Moment as Moment
    from tegata.testing.frozen_clock import frozen as frozen
    from tegata.testing.issuing import IssuedTokens as IssuedTokens
    from tegata.testing.issuing import TokenOptions as TokenOptions
    from tegata.testing.issuing import atokens as atokens
    from tegata.testing.issuing import bearer as bearer
    from tegata.testing.issuing import tokens as tokens
    from tegata.testing.signing_in import aclient as aclient
    from tegata.testing.signing_in import alog_in as alog_in
    from tegata.testing.signing_in import client as client
    from tegata.testing.signing_in import log_in as log_in

_MODULES = {
    "forging": ("FLAWS", "Flaw", "Forgery", "aforged", "aforgeries", "forged", "forgeries"),
    "frozen_clock": ("FrozenClock", "Moment", "frozen"),
    "issuing": ("IssuedTokens", "TokenOptions", "atokens", "bearer", "tokens"),
    "signing_in": ("aclient", "alog_in", "client", "log_in"),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "FLAWS",
    "Flaw",
    "Forgery",
    "FrozenClock",
    "IssuedTokens",
    "Moment",
    "TokenOptions",
    "aclient",
    "aforged",
    "aforgeries",
    "alog_in",
    "atokens",
    "bearer",
    "client",
    "forged",
    "forgeries",
    "frozen",
    "log_in",
    "tokens",
]


def __getattr__(name: str) -> Any:
    try:
        home = _HOMES[name]
    except KeyError:
        raise AttributeError(f"module 'tegata.testing' has no attribute {name!r}") from None
    return getattr(import_module(f"tegata.testing.{home}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
