"""A site's code with token classes as it is meant to be written; type checkers read it alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, assert_type

from django.contrib.auth.models import User
from ninja import NinjaAPI, Schema

from tegata import AuthedRequest, JWTAuth, StatelessJWTAuth, TokenUser
from tegata.api import create_token_router
from tegata.tokens import AccessToken, BlacklistMixin, RefreshToken, SlidingToken, Token, TokenError


class Invitation(Token):
    """A type of its own."""

    token_type = "invitation"
    lifetime = timedelta(days=3)


class EndableToken(BlacklistMixin, AccessToken):
    """An access token that can end its session."""


class LongRefreshToken(RefreshToken):
    """A refresh token with another access token."""

    lifetime = timedelta(days=7)
    access_token_class = EndableToken
    no_copy_claims = ("device",)


class Refresh(Schema):
    """A body of the site's own."""

    refresh_token: str


api = NinjaAPI()
api.add_router("token/", create_token_router("pair", "refresh", inputs={"refresh": Refresh}))


@api.get("/board/", auth=StatelessJWTAuth(token_classes=[AccessToken, SlidingToken]))
def board(request: AuthedRequest[TokenUser]) -> list[str]:
    """A view without a user row."""
    user = request.auth.user
    assert_type(user, TokenUser)
    assert_type(user.is_staff, bool)
    assert_type(user.groups, tuple[str, ...])
    assert_type(user.has_perm("auth.view_group"), bool)
    return list(user.groups)


@api.get("/profile/", auth=JWTAuth(session_check="user", token_classes=[AccessToken]))
def profile(request: AuthedRequest) -> str:
    """A view with one."""
    return request.auth.user.username


def make(user: User) -> str:
    """Tokens by hand."""
    refresh = LongRefreshToken.for_user(user, session=True, data={"theme": "dark"})
    assert_type(refresh, LongRefreshToken)
    refresh["team"] = 7
    assert_type(refresh["team"], Any)
    assert_type(refresh.access_token, AccessToken)
    assert_type(refresh.lifetime, timedelta)
    return str(refresh.access_token)


async def amake(user: User) -> SlidingToken:
    """And in async code."""
    token = await SlidingToken.afor_user(user)
    assert_type(token, SlidingToken)
    assert_type(await token.ablacklist(), bool)
    return token


def read(text: str) -> dict[str, Any]:
    """Reading one."""
    try:
        token = Invitation(text, allow_expired=True)
    except TokenError as error:
        return {"code": error.error_code}
    token.check_exp()
    return token.payload
