"""What is raised, and what is answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.utils.translation import gettext_lazy as _

from tegata import tokens
from tegata._tegata import Refusal
from tegata.auth import ForeignTokenError
from tegata.exceptions import APIError

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as Text

    from tegata._tegata import Place

_INVALID = 'Bearer error="invalid_token"'


class TokenError(tokens.TokenError):
    """A token that is not good; where nobody catches it, a 401.

    Args:
        message: One sentence, which `args[0]` is too.
    """

    def __init__(self, message: Any = "") -> None:
        super().__init__("token_not_valid", 401, str(message), challenge=_INVALID)
        self.args = (message,)


class TokenBackendError(Exception):
    """What `ninja_jwt.backends.TokenBackend` raises."""


class APIException(APIError):  # noqa: N818 (the name is the other library's)
    """A refusal with a body of its own.

    Args:
        detail: What the body says: one sentence, or a dict that is merged into the body.
        code: Its `code`.

    Attributes:
        detail: The body, a dict.
    """

    status: ClassVar[int] = 500
    default_detail: ClassVar[str | Text] = _("A server error occurred.")
    default_code: ClassVar[str] = "error"
    challenge_of_class: ClassVar[str] = "Bearer"

    def __init__(
        self, detail: Mapping[str, Any] | str | Text | None = None, code: str | None = None
    ) -> None:
        body: dict[str, Any] = {"detail": self.default_detail, "code": self.default_code}
        if isinstance(detail, Mapping):
            body.update(detail)
        elif detail is not None:
            body["detail"] = detail
        if code is not None:
            body["code"] = code
        super().__init__(
            str(body["code"]), self.status, str(body["detail"]), challenge=self.challenge_of_class
        )
        self.detail: Any = body

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
        """The error with the sentence of an entry of the closed list."""
        known = APIError.refuse(refusal, place, detail=detail)
        return cls(known.detail, known.error_code)


class NotAuthenticated(APIException):
    """The request has no token."""

    status = 401
    default_detail = _("Authentication credentials were not provided.")
    default_code = "not_authenticated"


class AuthenticationFailed(APIException):
    """The credentials were not accepted, or the user may not be let in."""

    status = 401
    default_detail = _("Incorrect authentication credentials.")
    default_code = "authentication_failed"


class InvalidToken(AuthenticationFailed):
    """The token is not good."""

    default_detail = _("Token is invalid or expired")
    default_code = "token_not_valid"
    challenge_of_class = _INVALID


class UnknownTokenError(InvalidToken, ForeignTokenError):
    """A token that no key of ours signed: another authenticator may know it."""


class ValidationError(APIException):
    """The body is not what it must be."""

    status = 400
    default_detail = _("Invalid input.")
    default_code = "invalid"


_BLACKLISTED = _("Token is blacklisted")
_OF_TOKENS: dict[str, str | Text] = {
    "expired_token": InvalidToken.default_detail,
    "invalid_token": InvalidToken.default_detail,
    "invalid_token_type": _("Token has wrong type"),
    "session_expired": _BLACKLISTED,
    "session_not_found": _BLACKLISTED,
    "token_reuse_detected": _BLACKLISTED,
}
NO_ACTIVE_ACCOUNT = _("No active account found with the given credentials")
USER_NOT_FOUND = _("User not found")
USER_INACTIVE = _("User is inactive")
NOT_VALID_FOR_ANY_TYPE = _("Given token not valid for any token type")
NO_USER_IN_TOKEN = _("Token contained no recognizable user identification")


def message_of(error: APIError) -> Any:
    """What this library says of a refusal of Tegata."""
    if error.error_code == "invalid_user":
        return USER_NOT_FOUND
    return _OF_TOKENS.get(error.error_code, error.detail)


def translated(error: APIError) -> APIError:
    """A refusal of Tegata as this library's; what it knows no name for stays as it is."""
    if isinstance(error, APIException | TokenError) or error.http_status_code == 404:
        # 404 is the answer of a site without sessions.
        return error
    if (made := _by_our_names(error)) is None:
        return error
    # What `tegata.events` has told of once is not told again.
    vars(made).update(_is_told=vars(error).get("_is_told", False))
    return made


def _by_our_names(error: APIError) -> APIException | None:
    code = error.error_code
    if code == "missing_token":
        return NotAuthenticated()
    if code == "invalid_credentials":
        return AuthenticationFailed(NO_ACTIVE_ACCOUNT)
    if code == "invalid_user":
        return AuthenticationFailed(USER_NOT_FOUND)
    return InvalidToken(_OF_TOKENS[code]) if code in _OF_TOKENS else None
