"""The body of a view of which several routers have one each, and one that may be left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Body
from pydantic import BaseModel, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema


class _Optional:
    """Shows a body that may be left out: not as one that may be null, which is refused."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        document = handler(schema)
        # Pydantic 2.7 asks twice.
        documents: list[JsonSchemaValue] = document.get("anyOf", [document])
        return documents[0]


def with_body(view: Callable[..., Any], body: Any, default: Any = ...) -> Callable[..., Any]:
    """The view with a body of a type that is known only now, for one router.

    Pydantic 2.7 writes into the parameter, so no two routers may share it.

    Args:
        view: Takes the request, and the body.
        body: Its type.
        default: What the view gets where there is none; without one there must be a body.
    """

    def taking(
        request: HttpRequest,
        payload: Any = Body(default),  # type: ignore[type-arg]
    ) -> Any:
        return view(request, payload)

    taking.__annotations__ = {"request": HttpRequest, "payload": body}
    taking.__name__, taking.__doc__ = view.__name__, view.__doc__
    taking.__dict__.update(vars(view))
    return taking


def with_optional_body(view: Callable[..., Any], schema: type[BaseModel]) -> Callable[..., Any]:
    """The view with a body that may be left out, and then is `None`; else as `with_body`."""
    return with_body(view, Annotated[schema | None, _Optional()], None)
