"""A body that may be left out, as the OpenAPI document shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Body
from pydantic import BaseModel, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema


class _Optional:
    """Shows it not as one that may be null, which is refused."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        document = handler(schema)
        # Pydantic 2.7 asks twice.
        documents: list[JsonSchemaValue] = document.get("anyOf", [document])
        return documents[0]


def with_optional_body(view: Callable[..., Any], schema: type[BaseModel]) -> Callable[..., Any]:
    """The view with a body that may be left out, for one router.

    Pydantic 2.7 writes into the parameter, so no two routers may share it.

    Args:
        view: Takes the request, and the body or `None`.
        schema: Of the body.
    """

    def taking(
        request: HttpRequest,
        payload: Any = Body(None),  # type: ignore[type-arg]
    ) -> Any:
        return view(request, payload)

    annotation: Any = Annotated[schema | None, _Optional()]
    taking.__annotations__ = {"request": HttpRequest, "payload": annotation}
    taking.__name__, taking.__doc__ = view.__name__, view.__doc__
    taking.__dict__.update(vars(view))
    return taking
