"""Tokens that the real libraries and the stand-in make for each other, with the same settings."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from freezegun.api import FrozenDateTimeFactory
from pytest_django import Settings

from tegata import jose
from tegata.models import Session
from tests.ninja import ninja_jwt_site
from tests.ninja.helpers import SECRET, JSONClient, claims_of, forge, new_api, urlconf_of

PROGRAM = Path(__file__).parent / "ninja_jwt_peer.py"
PRIVATE = jose.Key.generate("ES256")
OF_THE_SITE = {
    "secret": {"SIGNING_KEY": SECRET.decode()},
    "issuer and audience": {
        "SIGNING_KEY": SECRET.decode(),
        "ISSUER": "https://site.example",
        "AUDIENCE": "api",
        "TOKEN_TYPE_CLAIM": "kind",
    },
    "pair of keys": {
        "ALGORITHM": "ES256",
        "SIGNING_KEY": PRIVATE.to_pem(),
        "VERIFYING_KEY": PRIVATE.public().to_pem(),
    },
}


@pytest.fixture(autouse=True)
def facade(settings: Settings) -> Iterator[None]:
    ninja_jwt_site.install(settings)
    yield
    ninja_jwt_site.forget()


def serve(settings: Settings) -> None:
    from ninja_jwt.authentication import JWTAuth, JWTTokenUserAuth  # type: ignore[import-not-found]
    from ninja_jwt.views import AuthRouter  # type: ignore[import-not-found]

    api = new_api(mounted=False)
    api.add_router("auth/", AuthRouter())
    api.get("/user/", auth=JWTAuth())(lambda request: request.user.id)
    api.get("/stateless/", auth=JWTTokenUserAuth())(lambda request: request.user.id)
    settings.ROOT_URLCONF = urlconf_of(api)


def theirs(**claims: Any) -> dict[str, Any]:
    """Claims as those libraries make them."""
    return {"token_type": "access", "exp": 2**31, "iat": 1, "jti": "x", "user_id": 1, **claims}


@pytest.mark.parametrize("library", ["ninja_jwt", "rest_framework_simplejwt"])
@pytest.mark.parametrize("which", OF_THE_SITE)
def test_both_ways(
    user: Any, caller: JSONClient, settings: Settings, library: str, which: str
) -> None:
    if find_spec("rest_framework_simplejwt") is None:
        pytest.skip("the real libraries are not installed")
    simple_jwt = {
        **OF_THE_SITE[which],
        "AUTH_TOKEN_CLASSES": ["ninja_jwt.tokens.AccessToken", "ninja_jwt.tokens.SlidingToken"],
    }
    settings.SIMPLE_JWT = simple_jwt
    from ninja_jwt import tokens  # type: ignore[import-not-found]

    serve(settings)
    refresh = tokens.RefreshToken.for_user(user)
    ours = {
        "AccessToken": refresh.access_token,
        "RefreshToken": refresh,
        "SlidingToken": tokens.SlidingToken.for_user(user),
        "UntypedToken": refresh,
    }
    asked = {
        "library": library,
        "settings": OF_THE_SITE[which],
        "tokens": {name: str(token) for name, token in ours.items()},
        "user_id": user.pk,
    }
    done = subprocess.run(
        [sys.executable, PROGRAM],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["read"] == {name: dict(token) for name, token in ours.items()}
    made = said["made"]
    settings.INSTALLED_APPS = [
        each for each in settings.INSTALLED_APPS if each != "ninja_jwt.token_blacklist"
    ]
    for name, text in made.items():
        assert getattr(tokens, name)(text).payload == claims_of(text)
        assert tokens.UntypedToken(text)["user_id"] == user.pk
        for where in ("user/", "stateless/"):
            answer = caller.get(where, text)
            assert answer.status_code == (401 if name == "RefreshToken" else 200), answer.content
    with pytest.raises(Exception, match="Token has wrong type"):
        tokens.AccessToken(str(refresh))
    with pytest.raises(Exception, match="Token is invalid or expired"):
        tokens.AccessToken(made["RefreshToken"])


@pytest.mark.parametrize(
    "claims",
    [
        theirs(token_type="refresh"),
        theirs(token_type=None),
        theirs(token_type=["access"]),
        theirs(token_type={}),
        theirs(user_id=None),
        theirs(user_id=True),
        theirs(user_id=[1]),
        theirs(exp=1),
        theirs(exp="soon"),
        theirs(aud="another site"),
        {name: value for name, value in theirs().items() if name != "exp"},
        {name: value for name, value in theirs().items() if name != "jti"},
        {name: value for name, value in theirs().items() if name != "token_type"},
        b"[]",
    ],
)
def test_what_only_looks_like_theirs_is_refused(
    user: Any, caller: JSONClient, settings: Settings, claims: Any
) -> None:
    serve(settings)
    assert caller.get("stateless/", forge(theirs(), typ="JWT")).status_code == 200
    for where in ("user/", "stateless/"):
        assert caller.get(where, forge(claims, typ="JWT")).status_code == 401
        # Nor under a type of ours, which has more claims.
        assert caller.get(where, forge(theirs(), typ="at+jwt")).status_code == 401
        assert caller.get(where, forge(theirs(), typ=None)).status_code == 401
        assert caller.get(where, forge(theirs(), typ="JWT", key=b"x" * 32)).status_code == 401


def test_theirs_of_no_tenant_or_another_opens_none(
    user: Any, caller: JSONClient, settings: Settings
) -> None:
    settings.TEGATA = {"TENANT": lambda request: request.headers.get("X-Tenant")}
    serve(settings)
    tokens = {
        name: forge(theirs(user_id=user.pk, **({"tenant": name} if name else {})), typ="JWT")
        for name in (None, "acme", "beta")
    }
    for where in ("user/", "stateless/"):
        for at in tokens:
            for of, token in tokens.items():
                headers = {"X_Tenant": at} if at else {}
                assert caller.get(where, token, **headers).status_code == (200 if of == at else 401)


def test_of_their_refresh_token_no_access_token_is_made(user: Any, settings: Settings) -> None:
    from ninja_jwt.exceptions import TokenError
    from ninja_jwt.tokens import RefreshToken

    settings.INSTALLED_APPS = [
        each for each in settings.INSTALLED_APPS if each != "ninja_jwt.token_blacklist"
    ]
    token = RefreshToken(forge(theirs(user_id=user.pk, token_type="refresh"), typ="JWT"))
    with pytest.raises(TokenError, match="Token is blacklisted"):
        token.access_token  # noqa: B018 (asking makes it)


@pytest.mark.parametrize("token", [7, ["a"], {"a": 1}, None, b"\xff", "\ud800"])
def test_the_backend_takes_anything_for_a_token(user: Any, rf: Any, token: Any) -> None:
    from ninja_jwt.authentication import JWTAuthBackend

    assert JWTAuthBackend().authenticate(rf.get("/"), token=token) is None


def test_theirs_is_checked_by_the_user_and_has_no_session(
    user: Any, caller: JSONClient, settings: Settings, clock: FrozenDateTimeFactory
) -> None:
    from ninja_jwt.exceptions import TokenError  # type: ignore[import-not-found]
    from ninja_jwt.tokens import RefreshToken

    serve(settings)
    token = forge(theirs(user_id=user.pk, exp=int(time.time()) + 60), typ="JWT")
    refresh = forge(theirs(user_id=user.pk, token_type="refresh"), typ="JWT")
    assert caller.get("user/", token).json() == user.pk
    assert caller.post("auth/token/refresh/", {"refresh": refresh}).status_code == 401
    with pytest.raises(TokenError, match="Token is blacklisted"):
        # The app is installed, so the row is asked, and there is none.
        RefreshToken(refresh)
    for check, status in (("request", 401), ("cache", 401), ("user", 200), ("off", 200)):
        settings.TEGATA = {"SESSION_CHECK": check}
        assert caller.get("user/", token).status_code == status
    settings.TEGATA = {}
    for keys in ({"SIGNING_KEY": "another key of more than 32 bytes, surely"}, {}):
        settings.SIMPLE_JWT = keys
        assert caller.get("user/", token).status_code == 401
    settings.SIMPLE_JWT = ninja_jwt_site.SIMPLE_JWT
    clock.tick(timedelta(seconds=61))
    assert caller.get("user/", token).status_code == 401
    clock.tick(timedelta(seconds=-61))
    user.is_active = False
    user.save()
    assert caller.get("user/", token).json()["detail"] == "User is inactive"
    assert not Session.objects.exists()
