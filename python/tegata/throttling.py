"""The login's throttle, for views of your own that check a secret."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.db import InterfaceError, OperationalError
from django.dispatch import Signal

from tegata._tegata import client_network
from tegata.addresses import client_address
from tegata.exceptions import APIError
from tegata.internal import throttle

if TYPE_CHECKING:
    from django.http import HttpRequest

__all__ = ["attempt", "login_throttled"]

# Sent for a login that the throttle refused, with `request`, `credentials` (no password among
# them) and `retry_after` in seconds; the sender is the user model. No password was looked at, so
# Django's `user_login_failed` is not sent for it.
login_throttled = Signal()


class attempt:  # noqa: N801 (reads as what it does: `with attempt(…)`)
    """One attempt to log in, counted by `TEGATA["LOGIN_THROTTLE"]`: `with` or `async with`.

    It is counted where the block begins, so check the secret inside, and call `succeeded()` if it
    was right. Any other attempt stays counted, unless it was the database that failed.

    Args:
        request: The request; its address is what counts.
        account: The account as the client names it. Every spelling of a name counts as one.
            `None` if none is named: then the limit by address alone holds.
        scope: What is tried. Attempts of another scope count for themselves.

    Raises:
        APIError: On entry: `rate_limited` (429) with `Retry-After`, or `service_unavailable` (503)
            if the cache is down and `TEGATA["THROTTLE_FAILURE"]` is `"closed"`.
    """

    def __init__(self, request: HttpRequest, account: str | None, *, scope: str = "login") -> None:
        self._request = request
        self._account = account
        self._scope = scope
        self._guess = throttle.Guess()
        self._has_succeeded = False

    def succeeded(self) -> None:
        """Says that the secret was right: the attempt is given back when the block is left."""
        self._has_succeeded = True

    def __enter__(self) -> Self:
        address = client_address(self._request)
        source = None if address is None else client_network(address)
        try:
            self._guess = throttle.guess(self._scope, self._account, source)
        except APIError as error:
            self._tell(error)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._has_succeeded:
            self._guess.succeeded()
        elif isinstance(error, OperationalError | InterfaceError):
            self._guess.undo()
        else:
            self._guess.failed()

    async def __aenter__(self) -> Self:
        return await sync_to_async(self.__enter__)()

    async def __aexit__(self, *error: Any) -> None:
        await sync_to_async(self.__exit__)(*error)

    def _tell(self, error: APIError) -> None:
        if self._scope != "login" or error.error_code != "rate_limited":
            return
        user_model: Any = get_user_model()
        credentials = {} if self._account is None else {user_model.USERNAME_FIELD: self._account}
        login_throttled.send(
            sender=user_model,
            request=self._request,
            credentials=credentials,
            retry_after=error.retry_after,
        )
