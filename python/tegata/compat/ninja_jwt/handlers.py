"""What a refusal looks like over HTTP."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse

from tegata import handlers
from tegata.compat.ninja_jwt import exceptions
from tegata.exceptions import APIError
from tegata.internal.asking import asking_operation

if TYPE_CHECKING:
    from ninja import NinjaAPI


def error_handler(request: HttpRequest, exc: APIError | type[APIError]) -> HttpResponse:
    """Answers with `{"detail": …, "code": …}` and the headers that Tegata gives a refusal."""
    error = exceptions.translated(cast("APIError", exc))
    body: Any = error.detail
    if not isinstance(body, Mapping):
        body = {"detail": error.detail, "code": error.error_code}
    response = handlers.error_handler(request, error)
    response.content = json.dumps(body, cls=DjangoJSONEncoder)
    return response


def answer_by(api: NinjaAPI) -> None:
    """Has an API answer this library's refusals; a handler that the site registered stays."""
    for error in (exceptions.APIException, exceptions.TokenError, APIError):
        if error not in api._exception_handlers:
            api.add_exception_handler(error, error_handler)


def answer_here() -> None:
    """`answer_by`, for the API whose operation is running."""
    operation = asking_operation()
    api = _api_of_extra() if operation is None else operation.api
    if api is not None:
        answer_by(api)


def _api_of_extra() -> NinjaAPI | None:
    # Its async operations read their bodies in a thread, where no operation is among the callers.
    constants: Any = sys.modules.get("ninja_extra.constants")
    context = None if constants is None else constants.ROUTE_CONTEXT_VAR.get(None)
    return getattr(context, "api", None)
