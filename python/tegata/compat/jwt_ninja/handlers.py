"""What a refusal looks like over HTTP."""

from __future__ import annotations

import json
from typing import cast

from django.http import HttpRequest, HttpResponse

from tegata import handlers
from tegata.exceptions import APIError


def error_handler(request: HttpRequest, exc: APIError | type[APIError]) -> HttpResponse:
    """Answers an `APIError` with `{"error_code": …}` and the headers that Tegata gives it."""
    response = handlers.error_handler(request, exc)
    response.content = json.dumps({"error_code": cast("APIError", exc).error_code})
    return response


# For the OpenAPI document of what `JWTAuth` guards.
error_handler.has_detail = False  # type: ignore[attr-defined]
