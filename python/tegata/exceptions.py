"""The one exception that Tegata raises at a client's request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from ninja.errors import HttpError

from tegata._tegata import Refusal

if TYPE_CHECKING:
    from tegata._tegata import Place


class APIError(HttpError):
    """A refusal on its way to the client.

    It is an `HttpError`, so that a site which forgot to register `tegata.handlers.error_handler`
    answers with the right status all the same.

    Attributes:
        error_code: The code of the closed list, or one of the site's own.
        http_status_code: The HTTP status.
        detail: One sentence for a developer; never a secret.
        retry_after: Seconds for the `Retry-After` header, or `None`.
        challenge: The value of `WWW-Authenticate` on a 401, and on a 403 if it names an `error`
            (RFC 6750 section 3).
    """

    def __init__(
        self,
        error_code: str,
        http_status_code: int = 401,
        detail: str = "",
        *,
        retry_after: int | None = None,
        challenge: str = "Bearer",
    ) -> None:
        super().__init__(http_status_code, detail or error_code)
        self.error_code = error_code
        self.http_status_code = http_status_code
        self.detail = detail
        self.retry_after = retry_after
        self.challenge = challenge

    @classmethod
    def refuse(
        cls,
        refusal: Refusal | str,
        place: Place,
        *,
        detail: str = "",
        retry_after: int | None = None,
        challenge: str = "",
    ) -> Self:
        """The error for an entry of the closed list, with its status at `place`.

        Args:
            refusal: The engine's refusal, or its code.
            place: Where it is answered: `gate`, `endpoint` or `resource`.
            detail: A sentence more telling than the list's own.
            retry_after: Seconds for `Retry-After`.
            challenge: A `WWW-Authenticate` more telling than the list's own.
        """
        if isinstance(refusal, str):
            refusal = Refusal(refusal)
        return cls(
            refusal.code,
            refusal.status(place),
            detail or refusal.detail,
            retry_after=retry_after,
            challenge=challenge or refusal.challenge,
        )
