"""This library's answers in the OpenAPI document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ninja import Schema

if TYPE_CHECKING:
    from ninja.openapi.schema import OpenAPISchema
    from ninja.operation import Operation

_COMPONENT = "TokenRefusal"


class TokenMessage(Schema):
    """What one class says of a token."""

    token_class: str
    token_type: str
    message: str


class TokenRefusal(Schema):
    """The body of every refusal.

    Attributes:
        detail: One sentence, in the language of the request.
        code: Such as `token_not_valid`.
        messages: Of a token at the gate, what each class that could have taken it says.
    """

    detail: str
    code: str
    messages: list[TokenMessage] | None = None


def document_refusals(document: OpenAPISchema, operation: Operation) -> None:
    """Adds the 401 of the gate to an operation that does not describe one itself."""
    if 401 in operation.response_models:
        return
    template = "#/components/schemas/{model}"
    schema = TokenRefusal.model_json_schema(ref_template=template)
    definitions = schema.pop("$defs")
    document.add_schema_definitions({**definitions, _COMPONENT: schema})
    reference = {"$ref": template.format(model=_COMPONENT)}
    answer = {"description": "Unauthorized", "content": {"application/json": {"schema": reference}}}
    extra: dict[str, Any] = dict(operation.openapi_extra or {})
    responses = extra.get("responses", {})
    if 401 not in responses and "401" not in responses:
        operation.openapi_extra = {**extra, "responses": {**responses, 401: answer}}
