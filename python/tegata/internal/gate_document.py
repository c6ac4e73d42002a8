"""What a guarded operation says about its guard in the OpenAPI document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import NoReverseMatch, reverse
from ninja.security.base import SecuritySchema

from tegata import conf
from tegata._tegata import BrowserGuard, Refusal
from tegata.exceptions import APIError

if TYPE_CHECKING:
    from ninja import NinjaAPI
    from ninja.openapi.schema import OpenAPISchema
    from ninja.operation import Operation

TOKEN_ROUTE = "tegata_token"  # noqa: S105 (a route's name)
# Those of the closed list that a protected route can answer with a 401.
_UNAUTHORIZED = (
    "missing_token",
    "invalid_token",
    "invalid_token_type",
    "expired_token",
    "invalid_user",
    "session_not_found",
    "session_expired",
)
_FRESH = (*_UNAUTHORIZED, "login_required")
_SCOPES = ("insufficient_scope",)
_COOKIE = ("csrf_failed",)
_UNAVAILABLE = ("service_unavailable",)


class _Alternative(dict[str, Any]):
    """The second requirement of a gate that takes tokens in two places."""


def security_scheme(api: NinjaAPI, transport: str = "header") -> SecuritySchema:
    """A login form for Swagger where the token route is mounted, else a plain scheme.

    Args:
        api: The API.
        transport: Where tokens are looked for; where that is the cookie alone, it is the scheme.
    """
    if transport == "cookie":
        return SecuritySchema("apiKey", name=conf.cookies().access().name, **{"in": "cookie"})
    scheme = conf.current().AUTH_HEADER_TYPES[0].lower()
    if scheme != "bearer":
        # What the form hands out goes into the header under `Bearer`.
        return SecuritySchema("http", scheme=scheme, bearerFormat="JWT")
    try:
        token_url = reverse(f"{api.urls_namespace}:{TOKEN_ROUTE}")
    except NoReverseMatch:
        return SecuritySchema("http", scheme="bearer", bearerFormat="JWT")
    scopes = dict(conf.current().SCOPES)
    return SecuritySchema("oauth2", flows={"password": {"tokenUrl": token_url, "scopes": scopes}})


def security_of_site(name: str) -> list[dict[str, Any]]:
    """The requirements of a gate that takes tokens as the site does: one of them has to be met.

    Args:
        name: That of the gate's class.
    """
    names = [name, f"{name}Cookie"] if conf.current().TRANSPORT == "both" else [name]
    return [{each: []} for each in names]


def document_gate(
    document: OpenAPISchema, operation: Operation, requirements: list[dict[str, Any]]
) -> None:
    """Adds the 401 of the gate to an operation, its scopes, and a 403 and 503 if there can be one.

    Answers that the operation describes itself are left alone.

    Args:
        document: Where it stands.
        operation: The operation.
        requirements: What is written of its security requirements; each has no scopes yet.
    """
    # All of a list, so that the answer is the same whoever of them is asked.
    gates = operation.auth_callbacks
    own = [each for each in requirements if not isinstance(each, _Alternative)]
    written: list[dict[str, Any]] = []
    for gate, requirement in zip(filter(_has_scheme, gates), own, strict=False):
        written += _of_gate(document, gate, requirement)
    requirements[:] = written
    if any(getattr(gate, "fresh", None) is not None for gate in gates):
        _document(document, operation, 401, "FreshGateRefusal", _FRESH)
    else:
        _document(document, operation, 401, "GateRefusal", _UNAUTHORIZED)
    forbidden = {"Scope": _SCOPES} if any(getattr(gate, "scopes", ()) for gate in gates) else {}
    if any(map(_takes_cookies, gates)) and not all(map(BrowserGuard.is_safe, operation.methods)):
        forbidden = {"Cookie": _COOKIE, **forbidden}
    if forbidden:
        codes = tuple(code for each in forbidden.values() for code in each)
        _document(document, operation, 403, f"{''.join(forbidden)}Refusal", codes)
    if any(getattr(gate, "may_be_unavailable", False) for gate in gates):
        _document(document, operation, 503, "UnavailableRefusal", _UNAVAILABLE)


def _of_gate(
    document: OpenAPISchema, gate: object, requirement: dict[str, Any]
) -> list[dict[str, Any]]:
    """The requirement of a gate, with its scopes, and another one where it takes tokens in cookies
    besides. A scheme is named after the gate's class, so it says what the site's TRANSPORT is; of a
    gate with a transport of its own it has a name of its own."""
    name, scopes = type(gate).__name__, list(getattr(gate, "scopes", ()))
    if not hasattr(gate, "transport"):
        requirement[name] = scopes
        return [requirement]
    of_site = conf.current().TRANSPORT
    transport = getattr(gate, "transport", None) or of_site
    found: list[dict[str, Any]] = []
    for each in ("header", "cookie") if transport == "both" else (transport,):
        is_main = each == ("cookie" if of_site == "cookie" else "header")
        scheme = name if is_main else f"{name}{each.title()}"
        found.append(_Alternative({scheme: scopes}))
        if not is_main:
            document.securitySchemes[scheme] = security_scheme(document.api, each)
    # The first stands where Django Ninja has put its own.
    requirement.clear()
    requirement.update(found[0])
    return [requirement, *found[1:]]


def _takes_cookies(gate: object) -> bool:
    return (getattr(gate, "transport", "header") or conf.current().TRANSPORT) != "header"


def _has_scheme(gate: object) -> bool:
    # Without a look at its value: asking for that brought us here.
    name = "openapi_security_schema"
    return hasattr(type(gate), name) or name in getattr(gate, "__dict__", ())


def _document(
    document: OpenAPISchema,
    operation: Operation,
    status: int,
    component: str,
    codes: tuple[str, ...],
) -> None:
    if status in operation.response_models:
        return
    document.add_schema_definitions({component: _schema(document.api, component, codes)})
    schema = {"$ref": f"#/components/schemas/{component}"}
    description = {401: "Unauthorized", 403: "Forbidden", 503: "Service Unavailable"}[status]
    answer = {"description": description, "content": {"application/json": {"schema": schema}}}
    extra: dict[str, Any] = dict(operation.openapi_extra or {})
    responses = extra.get("responses", {})
    if status not in responses and str(status) not in responses:
        operation.openapi_extra = {**extra, "responses": {**responses, status: answer}}


def _schema(api: NinjaAPI, component: str, codes: tuple[str, ...]) -> dict[str, Any]:
    enum = [Refusal(code).code for code in codes]
    properties = {"error_code": {"title": "Error Code", "type": "string", "enum": enum}}
    # A handler that answers for another library says so.
    if getattr(api._exception_handlers.get(APIError), "has_detail", True):
        properties["detail"] = {"title": "Detail", "type": "string"}
    return {
        "title": component,
        "type": "object",
        "required": list(properties),
        "properties": properties,
    }
