"""`GET csrf/`."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import patch_vary_headers

from tegata.internal import csrf


def csrf_token(request: HttpRequest) -> HttpResponse:
    """Gives a page the token that it sends along with whatever it changes, in `X-CSRFToken`.

    The cookie that belongs to it is set besides. The token stays good after a login.
    """
    response = csrf.issue_token(request, lambda token: JsonResponse({"csrf_token": token}))
    patch_vary_headers(response, ("Cookie",))
    return response
