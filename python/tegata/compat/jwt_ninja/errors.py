"""What is raised, and every code."""

from __future__ import annotations

from typing import Any, Literal

from tegata.exceptions import APIError

__all__ = [
    "APIError",
    "ErrorCode",
    "JWTError",
    "JWTExpiredError",
    "JWTInvalidPayloadFormat",
    "JWTInvalidTokenError",
]

ErrorCode = Literal[
    "invalid_credentials",
    "expired_token",
    "invalid_token",
    "invalid_token_type",
    "invalid_user",
    "session_not_found",
    "session_expired",
    "token_reuse_detected",
    "unsupported_media_type",
    "csrf_failed",
    "rate_limited",
]


class JWTError(Exception):
    """Why `decode_jwt` or `generate_jwt` refused.

    Attributes:
        error_code: One of the codes.
        error_friendly: A sentence.
        http_status_code: The HTTP status.
    """

    def __init__(
        self, error_code: str, error_friendly: str, http_status_code: int, **kwargs: Any
    ) -> None:
        super().__init__(error_friendly)
        self.error_code = error_code
        self.error_friendly = error_friendly
        self.http_status_code = http_status_code


class JWTExpiredError(JWTError):
    """The token is past its `exp`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("expired_token", "Token has expired", 401, **kwargs)


class JWTInvalidTokenError(JWTError):
    """The token is malformed, or not signed by a key of this site."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("invalid_token", "Token is invalid", 401, **kwargs)


class JWTInvalidPayloadFormat(JWTError):  # noqa: N818 (the name is jwt-ninja's)
    """The claims are not those of the payload class."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            "invalid_payload_format", "Payload could not be deserialized", 401, **kwargs
        )
