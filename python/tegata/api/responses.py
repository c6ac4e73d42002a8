"""The refusals that several auth routes document."""

from __future__ import annotations

from typing import Any

from tegata.schemas import error_schema

BAD_BODY = {
    415: error_schema("UnsupportedMediaType", "unsupported_media_type"),
    422: error_schema("InvalidRequest", "invalid_request"),
    503: error_schema("ServiceUnavailable", "service_unavailable"),
}
TOO_MANY = {429: error_schema("RateLimited", "rate_limited")}
RETRY_AFTER = {
    "headers": {
        "Retry-After": {
            "description": "Seconds until the next attempt is let pass (RFC 9110 section 10.2.3).",
            "schema": {"type": "integer", "minimum": 1},
        }
    }
}
# `openapi_extra` of a route that answers with `TOO_MANY`.
WAITS: dict[str, Any] = {"responses": {429: RETRY_AFTER}}
NO_PROOF = {403: error_schema("CSRFRefusal", "csrf_failed")}
NO_SESSION = {404: error_schema("SessionNotFound", "session_not_found")}
WRONG_TYPE = {400: error_schema("WrongTokenType", "invalid_token_type")}
BAD_TOKEN = (
    "expired_token",
    "invalid_token",
    "invalid_user",
    "session_expired",
    "session_not_found",
    "token_reuse_detected",
)
