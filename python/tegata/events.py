"""What happens to sessions, as Django signals and as log records.

`EVENTS` is the whole list. Every other module only reports to the functions below, which do next to
nothing for an event that no receiver and no log handler waits for. A record of the logger
`tegata.events` holds the event's name as `event` and each of its fields as an attribute; a signal
is sent with the same fields and with `request`. Neither ever holds a token or a password.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from django.apps import apps
from django.db import router
from django.dispatch import Signal
from django.http import HttpRequest

from tegata import signals
from tegata._tegata import Advance, Repeat
from tegata.addresses import stored_address
from tegata.exceptions import APIError
from tegata.internal.commit import after_commit
from tegata.internal.delivery import deliver, deliver_async

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.db.models import Model

    from tegata._tegata import NewSession, Place, RefreshClaims, Renew, SlidingClaims

P = ParamSpec("P")
R = TypeVar("R")

logger = logging.getLogger("tegata.events")

_SESSION = {
    "session_id": "the session",
    "user_id": "its user's primary key, as tokens have it: an `int` or a `str`",
}
_ADDRESS = {"ip_address": "the client's address, or `None`"}
_GENERATION = {"generation": "of the tokens that went out"}


@dataclass(frozen=True, slots=True)
class Event:
    """A kind of event.

    Attributes:
        name: The `event` of its log records, and the name of its signal in `tegata.signals`.
        level: That of its log records.
        meaning: When it is told.
        fields: What it is told with, each with its meaning.
        signal: Its signal.
    """

    name: str
    level: int
    meaning: str
    fields: Mapping[str, str]
    signal: Signal = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "signal", getattr(signals, self.name))

    def is_heard(self) -> bool:
        """Whether anybody would hear of it."""
        return bool(self.signal.receivers) or logger.isEnabledFor(self.level)


LOGIN_CHALLENGED = Event(
    "login_challenged",
    logging.INFO,
    "A password was right, and a login step asks for more. There is no session yet.",
    {"user_id": _SESSION["user_id"], "step": "the name of the step", **_ADDRESS},
)
SESSION_OPENED = Event(
    "session_opened",
    logging.INFO,
    "A user logged in, or came with a token of before a move; the session is in the table.",
    {**_SESSION, **_ADDRESS, "user_agent": "what the client said that it is"},
)
SESSION_REFRESHED = Event(
    "session_refreshed",
    logging.INFO,
    "A refresh token was exchanged.",
    {**_SESSION, **_GENERATION, **_ADDRESS},
)
SESSION_REPEATED = Event(
    "session_repeated",
    logging.INFO,
    "The answer to a refresh was given again: it was lost, or two tabs asked at once.",
    {**_SESSION, **_GENERATION, **_ADDRESS},
)
REUSE_DETECTED = Event(
    "reuse_detected",
    logging.WARNING,
    "A refresh token was used twice, by its user and by somebody else. The session has been ended.",
    {**_SESSION, "generation": "of the token that was presented", **_ADDRESS},
)
SESSION_ENDED = Event(
    "session_ended",
    logging.INFO,
    "A session was ended. Of many that end at once, each is told of.",
    {**_SESSION, "reason": "the `end_reason` of the row", **_ADDRESS},
)
REFUSED = Event(
    "refused",
    logging.INFO,
    "A request was refused: a login, a refresh, a token at a view or at `verify/`.",
    {
        "error_code": "as the client gets it",
        "status": "the HTTP status",
        "place": "`gate` for a protected view, `endpoint` for an auth route",
        "route": "the pattern of the URL, without its values; `None` outside of a request",
        **_ADDRESS,
    },
)
EVENTS = (
    LOGIN_CHALLENGED,
    SESSION_OPENED,
    SESSION_REFRESHED,
    SESSION_REPEATED,
    REUSE_DETECTED,
    SESSION_ENDED,
    REFUSED,
)

_request: ContextVar[HttpRequest | None] = ContextVar("tegata_event_request", default=None)


@contextmanager
def during(request: HttpRequest | None) -> Iterator[None]:
    """Within it, what is reported comes of this request."""
    token = _request.set(request)
    try:
        yield
    finally:
        _request.reset(token)


def told(function: Callable[P, R]) -> Callable[P, R]:
    """Tells of what a function refuses, and of what it does as done by the request it is given."""

    @wraps(function)
    def telling(*args: P.args, **kwargs: P.kwargs) -> R:
        given = (each for each in (*args, *kwargs.values()) if isinstance(each, HttpRequest))
        request = next(given, _request.get())
        with during(request):
            try:
                return function(*args, **kwargs)
            except APIError as error:
                refused(request, error, "endpoint")
                raise

    return telling


def challenged(user: AbstractBaseUser, step: str) -> None:
    """Reports a login challenge whose row was inserted."""
    if LOGIN_CHALLENGED.is_heard():
        model = apps.get_model("tegata", "LoginChallenge")
        _tell(LOGIN_CHALLENGED, model, {"user_id": plain(user.pk), "step": step})


def opened(row: NewSession, user_id: object) -> None:
    """Reports a session whose row was inserted."""
    if SESSION_OPENED.is_heard():
        _tell_of_session(
            SESSION_OPENED,
            row.session_id,
            user_id,
            ip_address=row.ip_address,
            user_agent=row.user_agent,
        )


def rotated(
    claims: RefreshClaims | SlidingClaims, rotation: Advance | Repeat | Renew, user_id: object
) -> None:
    """Reports a refresh that was written."""
    event, generation = SESSION_REFRESHED, claims.generation
    if isinstance(rotation, Advance):
        generation = rotation.next_generation
    elif isinstance(rotation, Repeat):
        event, generation = SESSION_REPEATED, rotation.generation
    if event.is_heard():
        _tell_of_session(event, claims.session_id, user_id, generation=generation)


def reused(claims: RefreshClaims | SlidingClaims, user_id: object) -> None:
    """Reports a refresh token that was used twice, after the end of its session was written."""
    if REUSE_DETECTED.is_heard():
        _tell_of_session(REUSE_DETECTED, claims.session_id, user_id, generation=claims.generation)


def ended(session_id: str, user_id: object, reason: str, using: str) -> None:
    """Reports the end of a session; see `internal/ending.py`."""
    _tell_of_session(SESSION_ENDED, session_id, user_id, using, reason=reason)


def refused(request: HttpRequest | None, error: APIError, place: Place) -> None:
    """Reports a refusal that is on its way to the client; of one error, once."""
    if REFUSED.is_heard() and (fields := _refusal(request, error, place)):
        _log(REFUSED, fields)
        deliver(REFUSED.signal, sender=APIError, request=request, **fields)


async def arefused(request: HttpRequest | None, error: APIError, place: Place) -> None:
    """`refused` for async code, where receivers may take their time."""
    if REFUSED.is_heard() and (fields := _refusal(request, error, place)):
        _log(REFUSED, fields)
        await deliver_async(REFUSED.signal, sender=APIError, request=request, **fields)


def _refusal(request: HttpRequest | None, error: APIError, place: Place) -> dict[str, Any]:
    if error.__dict__.get("_is_told"):
        return {}
    error.__dict__["_is_told"] = True
    route = getattr(getattr(request, "resolver_match", None), "route", None)
    return {
        "error_code": error.error_code,
        "status": error.http_status_code,
        "place": place,
        # The path itself may well hold a secret, such as that of a link in a mail.
        "route": route if isinstance(route, str) else None,
        "ip_address": _address(request),
    }


def _tell_of_session(
    event: Event, session_id: str, user_id: object, using: str | None = None, **fields: Any
) -> None:
    model = apps.get_model("tegata", "Session")
    fields = {"session_id": session_id, "user_id": plain(user_id)} | fields
    _tell(event, model, fields, using)


def _tell(
    event: Event, model: type[Model], fields: dict[str, Any], using: str | None = None
) -> None:
    request = _request.get()
    if "ip_address" not in fields:
        fields["ip_address"] = _address(request)

    def tell() -> None:
        _log(event, fields)
        deliver(event.signal, sender=model, request=request, **fields)

    after_commit(using or router.db_for_write(model), tell)


def _log(event: Event, fields: Mapping[str, Any]) -> None:
    if logger.isEnabledFor(event.level):
        # What a client says that it is may be long, and is left to those who read fields.
        shown = {name: fields[name] for name in event.fields if name != "user_agent"}
        words = ", ".join(f"{name}={value}" for name, value in shown.items() if value is not None)
        extra = {"event": event.name, **fields}
        logger.log(event.level, "%s: %s", event.name.replace("_", " "), words, extra=extra)


def plain(user_id: object) -> int | str:
    """A user's primary key as tokens have it."""
    return user_id if isinstance(user_id, int) else str(user_id)


def _address(request: HttpRequest | None) -> str | None:
    return None if request is None else stored_address(request)
