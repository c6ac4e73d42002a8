"""What a guarded operation says about its guard in the OpenAPI document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import NoReverseMatch, reverse
from ninja.security.base import SecuritySchema

from tegata._tegata import Refusal

if TYPE_CHECKING:
    from ninja import NinjaAPI
    from ninja.openapi.schema import OpenAPISchema
    from ninja.operation import Operation

TOKEN_ROUTE = "tegata_token"  # noqa: S105 (a route's name)
_COMPONENT = "GateRefusal"
# Those of the closed list that a protected route can answer with a 401.
_CODES = (
    "missing_token",
    "invalid_token",
    "invalid_token_type",
    "expired_token",
    "invalid_user",
    "session_not_found",
    "session_expired",
)


def security_scheme(api: NinjaAPI) -> SecuritySchema:
    """A login form for Swagger where the token route is mounted, else a plain bearer scheme."""
    try:
        token_url = reverse(f"{api.urls_namespace}:{TOKEN_ROUTE}")
    except NoReverseMatch:
        return SecuritySchema("http", scheme="bearer", bearerFormat="JWT")
    return SecuritySchema("oauth2", flows={"password": {"tokenUrl": token_url, "scopes": {}}})


def document_refusals(document: OpenAPISchema, operation: Operation) -> None:
    """Adds the 401 of the gate to an operation that does not describe one itself."""
    if 401 in operation.response_models:
        return
    document.add_schema_definitions({_COMPONENT: _schema()})
    reference = {"$ref": f"#/components/schemas/{_COMPONENT}"}
    answer = {"description": "Unauthorized", "content": {"application/json": {"schema": reference}}}
    extra: dict[str, Any] = dict(operation.openapi_extra or {})
    responses = extra.get("responses", {})
    if 401 not in responses and "401" not in responses:
        operation.openapi_extra = {**extra, "responses": {**responses, 401: answer}}


def _schema() -> dict[str, Any]:
    codes = [Refusal(code).code for code in _CODES]
    return {
        "title": _COMPONENT,
        "type": "object",
        "required": ["error_code", "detail"],
        "properties": {
            "error_code": {"title": "Error Code", "type": "string", "enum": codes},
            "detail": {"title": "Detail", "type": "string"},
        },
    }
