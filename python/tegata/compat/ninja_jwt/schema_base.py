"""What the schemas of the token routes have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.http import HttpRequest
from ninja import Schema
from ninja.schema import DjangoGetter
from pydantic import ValidationInfo

import tegata.compat.ninja_jwt.installed  # noqa: F401 (ahead of what needs the tables)
from tegata import events
from tegata.compat.ninja_jwt import exceptions
from tegata.compat.ninja_jwt.handlers import answer_here
from tegata.exceptions import APIError


class InputSchemaMixin:
    """Of every schema that a setting may name."""

    _request: HttpRequest | None = None

    @classmethod
    def get_response_schema(cls) -> type[Schema]:
        """The schema of the answer."""
        raise NotImplementedError("Must implement `get_response_schema`")

    def to_response_schema(self) -> Any:
        """The answer."""
        return self.get_response_schema()(**self.model_dump())  # type: ignore[attr-defined]


@contextmanager
def refusals(request: HttpRequest | None = None) -> Iterator[None]:
    """Refusals of Tegata as those of this library, whoever's API is answering."""
    try:
        yield
    except APIError as error:
        answer_here()
        refusal = exceptions.translated(error)
        events.refused(request, refusal, "endpoint")
        raise refusal from None


def request_of(info: ValidationInfo) -> HttpRequest | None:
    """The request whose body is read."""
    context: Any = info.context
    return context.get("request") if isinstance(context, Mapping) else None


def members_of(values: Any) -> dict[str, Any] | None:
    """The members of a body; `None` for what is none."""
    found = values._obj if isinstance(values, DjangoGetter) else values
    return found if isinstance(found, dict) else None
