"""Looking again and again whether a connection may go on."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from asgiref.sync import sync_to_async
from django.core.exceptions import ImproperlyConfigured
from django.db import close_old_connections

from tegata import conf
from tegata.auth_details import AuthDetails
from tegata.exceptions import APIError
from tegata.internal import clock
from tegata.issuers.details import IssuerAuthDetails

if TYPE_CHECKING:
    from tegata._tegata import AccessClaims

# After so many looks that the database did not answer, nobody can know whether to go on.
_PATIENCE = 3


class Watch:
    """Tells when what let a connection in is no longer good.

    In an `async with Watch(request.auth):` the block is cancelled then, and what comes out of it is
    the `APIError` that says why.

    Its session and its user are looked at again and again, in the cache where SESSION_CHECK is
    `"cache"`, and its token ends when it expires. Where SESSION_CHECK is `"off"` there is only the
    user to look at, and for the token of another issuer only its expiry.

    Args:
        auth: What `JWTAuth` gave: `request.auth`.
        every: How long an end may go unnoticed, a timedelta or seconds; each look is one query.
        past_expiry: Whether it may go on after its token has expired, for as long as its session
            lives.

    Raises:
        ImproperlyConfigured: `every` is nothing that one can wait for, or no expiry and no session
            would ever end it.
    """

    def __init__(
        self,
        auth: AuthDetails[Any, Any],
        *,
        every: float | timedelta = 30,
        past_expiry: bool = False,
    ) -> None:
        seconds = every.total_seconds() if isinstance(every, timedelta) else every
        if not seconds > 0:
            raise ImproperlyConfigured("Watch: `every` is a timedelta or seconds, more than none.")
        if past_expiry and auth._token is None:
            raise ImproperlyConfigured(
                "Watch: a token of another issuer has no session here; leave out `past_expiry`."
            )
        self._auth = auth
        self._every = seconds
        self._past_expiry = past_expiry
        self._renewed = asyncio.Event()
        self._misses = 0
        self._looked_at = time.monotonic()
        self._refusal: APIError | None = None
        self._guard: asyncio.Task[None] | None = None
        self._guarded: asyncio.Task[Any] | None = None
        self._cancelling = 0

    @property
    def auth(self) -> AuthDetails[Any, Any]:
        """What lets the connection in by now."""
        return self._auth

    def renew(self, auth: AuthDetails[Any, Any]) -> None:
        """Goes on with a newer token of the same session.

        Args:
            auth: What `JWTAuth` gave for it.

        Raises:
            APIError: `invalid_token`, if it is of another session or another user.
        """
        if _whose(auth) != _whose(self._auth):
            raise APIError.refuse("invalid_token", "gate")
        self._auth = auth
        self._renewed.set()

    async def ended(self) -> APIError:
        """Waits for the end.

        Returns:
            The reason, which is one of `expired_token`, `session_expired`, `session_not_found`,
            `invalid_user`, or `service_unavailable` after three looks that nobody answered.
        """
        while True:
            self._renewed.clear()
            try:
                async with asyncio.timeout(self._until_the_next_look()):
                    await self._renewed.wait()
                continue
            except TimeoutError:
                pass
            if (refusal := await sync_to_async(self.look)()) is not None:
                return refusal

    def look(self) -> APIError | None:
        """Looks now, for sync code; gives why it is over, or `None`."""
        self._looked_at = time.monotonic()
        close_old_connections()
        try:
            if not self._past_expiry and clock.now() >= _expiry(self._auth):
                return APIError.refuse("expired_token", "gate")
            _require_good(self._auth)
        except APIError as error:
            self._misses += 1
            is_known = error.error_code != "service_unavailable"
            return error if is_known or self._misses >= _PATIENCE else None
        finally:
            close_old_connections()
        self._misses = 0
        return None

    @property
    def is_due(self) -> bool:
        """Whether `look` is to be called, by sync code that does so on its way."""
        has_expired = not self._past_expiry and clock.now() >= _expiry(self._auth)
        return has_expired or time.monotonic() - self._looked_at >= self._every

    async def __aenter__(self) -> Self:
        if (task := asyncio.current_task()) is None:
            raise RuntimeError("Watch needs a task that it can cancel")
        self._guarded, self._cancelling = task, task.cancelling()
        self._guard = asyncio.create_task(self._cancel_at_the_end(task))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._guard is not None:
            self._guard.cancel()
        if self._refusal is None or self._guarded is None:
            return
        # A cancellation that is not ours goes on, as with asyncio's own timeouts.
        is_ours = self._guarded.uncancel() <= self._cancelling
        if is_ours and kind is asyncio.CancelledError:
            raise self._refusal from None

    async def _cancel_at_the_end(self, guarded: asyncio.Task[Any]) -> None:
        self._refusal = await self.ended()
        guarded.cancel()

    def _until_the_next_look(self) -> float:
        if self._past_expiry:
            return self._every
        left = (_expiry(self._auth) - clock.now()).total_seconds()
        return min(self._every, max(left, 0))


def _require_good(auth: AuthDetails[Any, Any]) -> None:
    # Not before: whoever has no sessions needs no tables.
    from tegata.internal import gate

    if auth._token is not None:
        of_site = conf.current().SESSION_CHECK
        gate.admit(auth._token, of_site if of_site == "cache" else gate.resolve(gate.BY_ROWS))


def _expiry(auth: AuthDetails[Any, Any]) -> datetime:
    if isinstance(auth, IssuerAuthDetails):
        return auth._read.expires_at
    return _own(auth).expires_at


def _whose(auth: AuthDetails[Any, Any]) -> tuple[Any, ...]:
    if isinstance(auth, IssuerAuthDetails):
        return (auth.issuer, auth.subject)
    token = _own(auth)
    return (token.session_id, token.user_id)


def _own(auth: AuthDetails[Any, Any]) -> AccessClaims:
    if auth._token is None:
        raise TypeError("Watch takes what a gate of this package gave, and no details made by hand")
    return auth._token
