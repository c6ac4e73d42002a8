"""Routes that hand out, refresh, check and end tokens, each of which can be left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from pydantic import BaseModel

from tegata.api import token_views
from tegata.api.answers import (
    RefreshTokenSchema,
    SlidingAnswer,
    SlidingTokenSchema,
    TokenAnswer,
)
from tegata.api.login import LoginPayload
from tegata.api.responses import (
    BAD_BODY,
    BAD_TOKEN,
    NO_PROOF,
    NO_SESSION,
    TOO_MANY,
    WAITS,
    WRONG_TYPE,
)
from tegata.api.route import AuthRouter
from tegata.api.view_body import with_body, with_optional_body
from tegata.challenge_schemas import ChallengeAnswerSchema, ChallengeSchema
from tegata.schemas import (
    AcceptedTokenSchema,
    VerifySchema,
    error_schema,
)


@dataclass(frozen=True)
class _Route:
    view: Callable[[HttpRequest, Any], Any]
    takes: Any
    gives: Any
    refusals: Mapping[int, type[BaseModel]]
    summary: str
    # Whether a cookie can stand for the body.
    may_be_cookie: bool = False


_LOGIN: dict[int, type[BaseModel]] = {
    202: ChallengeSchema,
    401: error_schema("LoginRefusal", "invalid_credentials"),
    **NO_PROOF,
    **TOO_MANY,
    **BAD_BODY,
}
_CHALLENGE: dict[int, type[BaseModel]] = {
    **_LOGIN,
    401: error_schema("ChallengeRefusal", "invalid_challenge", "invalid_credentials"),
}
_REFRESH = {
    **WRONG_TYPE,
    401: error_schema("RefreshRefusal", *BAD_TOKEN, "missing_token"),
    **NO_PROOF,
    **TOO_MANY,
    **BAD_BODY,
}
_ROUTES = {
    "pair": _Route(token_views.pair, LoginPayload, TokenAnswer, _LOGIN, "Log in"),
    "challenge": _Route(
        token_views.challenge,
        ChallengeAnswerSchema,
        TokenAnswer,
        _CHALLENGE,
        "Answer the challenge of a login",
    ),
    "refresh": _Route(
        token_views.refresh,
        RefreshTokenSchema,
        TokenAnswer,
        _REFRESH,
        "Refresh the tokens",
        may_be_cookie=True,
    ),
    "verify": _Route(
        token_views.verify,
        VerifySchema,
        AcceptedTokenSchema,
        {**WRONG_TYPE, 401: error_schema("VerifyRefusal", *BAD_TOKEN), **BAD_BODY},
        "Verify a token that opens views",
    ),
    "blacklist": _Route(
        token_views.blacklist,
        RefreshTokenSchema,
        None,
        {
            **WRONG_TYPE,
            401: error_schema(
                "BlacklistRefusal", "invalid_token", "missing_token", "session_not_found"
            ),
            **NO_PROOF,
            **NO_SESSION,
            **BAD_BODY,
        },
        "End the session of a token",
        may_be_cookie=True,
    ),
    "sliding": _Route(
        token_views.sliding_token, LoginPayload, SlidingAnswer, _LOGIN, "Log in (sliding)"
    ),
    "sliding/challenge": _Route(
        token_views.sliding_challenge,
        ChallengeAnswerSchema,
        SlidingAnswer,
        _CHALLENGE,
        "Answer the challenge of a login (sliding)",
    ),
    "sliding/refresh": _Route(
        token_views.sliding_refresh,
        SlidingTokenSchema,
        SlidingAnswer,
        _REFRESH,
        "Refresh a sliding token",
        may_be_cookie=True,
    ),
}


def create_token_router(
    *routes: str,
    inputs: Mapping[str, type[BaseModel]] | None = None,
    outputs: Mapping[str, type[BaseModel]] | None = None,
    paths: Mapping[str, str] | None = None,
    tags: Sequence[str] = ("token",),
) -> AuthRouter:
    """A router with the token routes that are named, all with the guarantees of the auth routes.

    An input schema is read by the names that the default one has: `refresh_token` for `refresh`
    and `blacklist`, `token` for `verify` and `sliding/refresh`; for `pair` and `sliding` it goes to
    USER_LOGIN_AUTHENTICATOR as it is, and for the challenge routes it has `challenge_token` and
    `answer`. An output schema is filled from `access_token`, `refresh_token`, `expires_in`, `scope`
    and `user` for `pair`, `challenge` and `refresh`, and from `token` and `user` for the sliding
    routes. Where the wire has other names, say so with an alias.

    Where `TEGATA["TRANSPORT"]` has tokens in cookies, `pair`, `challenge` and `refresh` answer as
    `login/` and `refresh/` of the auth routes do, whatever the output schema is, and `refresh` and
    `blacklist` take the refresh token's cookie in place of the default body. Sliding tokens go into
    the access token's cookie.

    Where a login step asks, `pair` and `sliding` answer 202 with its challenge; `challenge` and
    `sliding/challenge` take the answer.

    Args:
        routes: Of `pair`, `challenge`, `refresh`, `verify`, `blacklist`, `sliding`,
            `sliding/challenge` and `sliding/refresh`; without any, the first five.
        inputs: By the name of a route, the schema of its body.
        outputs: By the name of a route, the schema of its answer.
        paths: By the name of a route, its path, if not the name and a slash.
        tags: For the OpenAPI document.

    Raises:
        ImproperlyConfigured: There is no route of that name.
    """
    chosen = routes or ("pair", "challenge", "refresh", "verify", "blacklist")
    inputs, outputs, paths = inputs or {}, outputs or {}, paths or {}
    for name in (*chosen, *inputs, *outputs, *paths):
        if name not in _ROUTES:
            known = ", ".join(map(repr, _ROUTES))
            raise ImproperlyConfigured(f"There is no token route {name!r}; there are {known}.")
    router = AuthRouter(tags=list(tags))
    for name in chosen:
        route = _ROUTES[name]
        router.post(
            paths.get(name, f"{name}/"),
            response={200: outputs.get(name, route.gives), **route.refusals},
            auth=None,
            exclude_none=name not in outputs,
            openapi_extra=WAITS if 429 in route.refusals else None,
            operation_id=f"token_{name.replace('/', '_')}",
            summary=route.summary,
        )(_taking(route, inputs.get(name)))
    return router


def _taking(route: _Route, of_site: type[Any] | None) -> Callable[..., Any]:
    """The view, its body of a schema that is known only now."""
    view, schema = route.view, of_site or route.takes
    # A schema of the site's own says itself what must be there.
    if route.may_be_cookie and of_site is None:
        optional = with_optional_body(view, schema)
        optional.body_may_be_cookie = True  # type: ignore[attr-defined]
        return optional
    return with_body(view, schema)
