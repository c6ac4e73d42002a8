"""The forty lines of a tutorial. It can be imported once Django is set up."""

from __future__ import annotations

import time
from typing import Any

import jwt
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.http import HttpRequest
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError
from ninja.security import HttpBearer

from sites import ACCESS_SECONDS

_ALGORITHM = "HS256"

api = NinjaAPI()


class Credentials(Schema):
    username: str
    password: str


class Token(Schema):
    access_token: str


class Bearer(HttpBearer):
    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        try:
            return User.objects.get(pk=_claims(token)["user_id"])
        except (jwt.InvalidTokenError, User.DoesNotExist):
            return None


class AsyncBearer(HttpBearer):
    async def authenticate(self, request: HttpRequest, token: str) -> User | None:
        try:
            return await User.objects.aget(pk=_claims(token)["user_id"])
        except (jwt.InvalidTokenError, User.DoesNotExist):
            return None


@api.post("/login", response=Token)
def log_in(request: HttpRequest, credentials: Credentials) -> dict[str, str]:
    user = authenticate(username=credentials.username, password=credentials.password)
    if user is None:
        raise AuthenticationError
    claims = {
        "user_id": user.pk,
        "username": user.get_username(),
        "exp": int(time.time()) + ACCESS_SECONDS,
    }
    return {"access_token": jwt.encode(claims, settings.SECRET_KEY, algorithm=_ALGORITHM)}


def _claims(token: str) -> dict[str, Any]:
    return jwt.decode(token, settings.SECRET_KEY, algorithms=[_ALGORITHM])
