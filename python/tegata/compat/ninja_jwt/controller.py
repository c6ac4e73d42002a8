"""The token routes as controllers, for sites that have django-ninja-extra.

`api.register_controllers(NinjaJWTDefaultController)` on a `NinjaExtraAPI`. The routers do the same
without that library. With `ATOMIC_REQUESTS` only the routers will do: a revocation must be
committed before the refusal that tells of it is sent.
"""

from collections.abc import Callable
from typing import Any

from asgiref.sync import sync_to_async
from ninja import Body

try:
    from ninja_extra import (  # type: ignore[import-not-found]
        ControllerBase,
        api_controller,
        http_post,
    )
    from ninja_extra.permissions import AllowAny  # type: ignore[import-not-found]
except ImportError as error:
    raise ImportError(
        "ninja_jwt.controller needs django-ninja-extra; hint: pip install django-ninja-extra, or "
        "take the routers of ninja_jwt.routers, which do without it"
    ) from error

from tegata.compat.ninja_jwt.bodies import answer, body
from tegata.compat.ninja_jwt.openapi import TokenRefusal
from tegata.compat.ninja_jwt.routes import obtained, presented

__all__ = [
    "AsyncNinjaJWTDefaultController",
    "AsyncNinjaJWTSlidingController",
    "AsyncTokenBlackListController",
    "AsyncTokenObtainPairController",
    "AsyncTokenObtainSlidingController",
    "AsyncTokenVerificationController",
    "NinjaJWTDefaultController",
    "NinjaJWTSlidingController",
    "TokenBlackListController",
    "TokenObtainPairController",
    "TokenObtainSlidingController",
    "TokenVerificationController",
]

_REFUSALS: dict[Any, Any] = {frozenset({400, 401, 429, 503}): TokenRefusal}


def _route(path: str, setting: str, name: str, work: Callable[[Any], Any]) -> tuple[Any, Any]:
    """A route as a method, and the same as an async one."""

    def sync(self: Any, payload: Any = Body(...)) -> Any:  # type: ignore[type-arg]
        # An answer with tokens in it is not for caches.
        self.context.response["Cache-Control"] = "no-store"
        return work(payload)

    async def asynchronous(self: Any, payload: Any = Body(...)) -> Any:  # type: ignore[type-arg]
        return await sync_to_async(sync)(self, payload)

    def method(view: Any, suffix: str) -> Any:
        view.__annotations__ = {"payload": body(setting)}
        view.__name__ = f"{name}{suffix}"
        return http_post(
            path,
            response={200: answer(setting), **_REFUSALS},
            url_name=name,
            operation_id=f"{name}{suffix}",
        )(view)

    return method(sync, ""), method(asynchronous, "_async")


_verify = _route("/verify", "TOKEN_VERIFY_INPUT_SCHEMA", "token_verify", presented)
_blacklist = _route("/blacklist", "TOKEN_BLACKLIST_INPUT_SCHEMA", "token_blacklist", presented)
_pair = _route("/pair", "TOKEN_OBTAIN_PAIR_INPUT_SCHEMA", "token_obtain_pair", obtained)
_pair_refresh = _route(
    "/refresh", "TOKEN_OBTAIN_PAIR_REFRESH_INPUT_SCHEMA", "token_refresh", presented
)
_sliding = _route("/sliding", "TOKEN_OBTAIN_SLIDING_INPUT_SCHEMA", "token_obtain_sliding", obtained)
_sliding_refresh = _route(
    "/sliding/refresh",
    "TOKEN_OBTAIN_SLIDING_REFRESH_INPUT_SCHEMA",
    "token_refresh_sliding",
    presented,
)


class TokenVerificationController:
    """`/verify`: whether a token opens views."""

    auto_import = False
    verify_token = _verify[0]


class TokenBlackListController:
    """`/blacklist`: ends the session of a token."""

    auto_import = False
    blacklist_token = _blacklist[0]


class TokenObtainPairController:
    """`/pair` logs in, `/refresh` gives the next tokens."""

    auto_import = False
    obtain_token = _pair[0]
    refresh_token = _pair_refresh[0]


class TokenObtainSlidingController:
    """`/sliding` logs in, `/sliding/refresh` gives the next token."""

    auto_import = False
    obtain_token = _sliding[0]
    refresh_token = _sliding_refresh[0]


class AsyncTokenVerificationController:
    """`TokenVerificationController`, async."""

    auto_import = False
    verify_token = _verify[1]


class AsyncTokenBlackListController:
    """`TokenBlackListController`, async."""

    auto_import = False
    blacklist_token = _blacklist[1]


class AsyncTokenObtainPairController:
    """`TokenObtainPairController`, async."""

    auto_import = False
    obtain_token = _pair[1]
    refresh_token = _pair_refresh[1]


class AsyncTokenObtainSlidingController:
    """`TokenObtainSlidingController`, async."""

    auto_import = False
    obtain_token = _sliding[1]
    refresh_token = _sliding_refresh[1]


def _mounted(name: str, doc: str, *parts: type[Any]) -> Any:
    """A controller of these parts, under `/token`."""
    made = type(
        name,
        (ControllerBase, *parts),
        {"__doc__": doc, "__module__": __name__, "auto_import": False},
    )
    return api_controller("/token", permissions=[AllowAny], tags=["token"], auth=None)(made)


NinjaJWTDefaultController = _mounted(
    "NinjaJWTDefaultController",
    "Pair, refresh and verify.",
    TokenVerificationController,
    TokenObtainPairController,
)
NinjaJWTSlidingController = _mounted(
    "NinjaJWTSlidingController",
    "Sliding tokens, with `ninja_jwt.tokens.SlidingToken` in AUTH_TOKEN_CLASSES.",
    TokenVerificationController,
    TokenObtainSlidingController,
)
AsyncNinjaJWTDefaultController = _mounted(
    "AsyncNinjaJWTDefaultController",
    "Pair, refresh and verify, async.",
    AsyncTokenVerificationController,
    AsyncTokenObtainPairController,
)
AsyncNinjaJWTSlidingController = _mounted(
    "AsyncNinjaJWTSlidingController",
    "Sliding tokens, async.",
    AsyncTokenVerificationController,
    AsyncTokenObtainSlidingController,
)
