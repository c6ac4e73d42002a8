"""What a site's own code around `JWTAuth` may get wrong, and must not let anybody in."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpRequest
from ninja.throttling import AuthRateThrottle

from tegata import APIError, AuthedRequest, JWTAuth
from tests.ninja.helpers import JSONClient, Pair, assert_refused, new_api, pair_of


def audited(authenticate: Callable[..., Any]) -> Callable[..., Any]:
    """A decorator that knows nothing of async functions."""

    @functools.wraps(authenticate)
    def wrapper(*args: Any) -> Any:
        return authenticate(*args)

    # Some decorators hide what they wrap.
    del wrapper.__wrapped__
    return wrapper


class HiddenAsync(JWTAuth):
    """Has an async rule behind a decorator."""

    @audited
    async def authenticate(self, request: HttpRequest, token: str) -> Any:
        raise APIError("never", 403)


@pytest.mark.parametrize("where", ["profile/", "aprofile/"])
def test_an_answer_that_was_never_awaited_is_no_yes(pair: Pair, serve: Any, where: str) -> None:
    api = new_api()

    @api.get("/profile/", auth=HiddenAsync())
    def profile(request: AuthedRequest) -> str:
        return "in"

    @api.get("/aprofile/", auth=HiddenAsync())
    async def aprofile(request: AuthedRequest) -> str:
        return "in"

    serve(api)
    with pytest.raises(TypeError, match="override aauthenticate"):
        JSONClient().get(where, pair.access)


def test_called_by_hand_in_an_open_view(pair: Pair, serve: Any) -> None:
    api = new_api()

    @api.get("/maybe/", auth=None)
    def maybe(request: HttpRequest) -> str:
        return str(JWTAuth()(request).user.get_username())

    serve(api)
    caller = JSONClient()
    assert caller.get("maybe/", pair.access).json() == "alice"
    assert_refused(caller.get("maybe/"), 401, "missing_token")
    assert_refused(caller.get("maybe/", "garbage"), 401, "invalid_token")


class Nobody(JWTAuth):
    """Knows the user and refuses all the same."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        super().authenticate(request, token)
        raise APIError("nobody", 403, str(request.user))


def test_a_refused_request_has_no_user(pair: Pair, serve: Any) -> None:
    api = new_api()

    @api.get("/profile/", auth=Nobody())
    def profile(request: AuthedRequest) -> str:
        return "in"

    serve(api)
    refused = JSONClient().get("profile/", pair.access)
    assert (refused.status_code, refused.json()["detail"]) == (403, "AnonymousUser")


def test_a_throttle_counts_the_user_and_not_the_token(pair: Pair, serve: Any) -> None:
    api = new_api()

    @api.get("/profile/", auth=JWTAuth(), throttle=[AuthRateThrottle("1/h")])
    def profile(request: AuthedRequest) -> str:
        return "in"

    serve(api)
    caller = JSONClient()
    assert caller.get("profile/", pair.access).status_code == 200
    renewed = pair_of(caller.refresh(pair.refresh))
    assert caller.get("profile/", renewed.access).status_code == 429
