"""What django-ninja-aio-crud gets wrong, one test for each."""

from __future__ import annotations

import asyncio
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from importlib.metadata import requires
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from ninja.testing import TestAsyncClient
from pytest_django import Settings

from tegata import jose
from tegata.auth import decode_jwt, delete_jwt_cookie, encode_jwt
from tests.ninja.async_jwt_site import (
    NO_ROWS,
    PRIVATE,
    Bearer,
    claims,
    guarded,
    signed,
    token,
)
from tests.ninja.helpers import JSONClient, bearer, forge

pytestmark = NO_ROWS
LATER = 4_000_000_000


async def authenticated(text: str) -> Any:
    return await Bearer().authenticate(HttpRequest(), text)


async def test_a1_concurrent_requests_do_not_get_each_other_s_identity() -> None:
    class Slow(Bearer):
        async def auth_handler(self, request: Any) -> Any:
            await asyncio.sleep(0)
            return await super().auth_handler(request)

    client = TestAsyncClient(guarded(Slow()))
    names = [f"user-{number}" for number in range(50)]
    asked = [client.get("/aplain/", headers=bearer(token(sub=name))) for name in names]
    answers = [answer.json() for answer in await asyncio.gather(*asked)]
    assert answers == [[{"user_id": name}, name] for name in names]


def test_a2_an_unauthenticated_request_on_the_same_thread_reads_no_claims(serve: Any) -> None:
    serve(guarded(Bearer()))
    for before, after in (("plain/", "open/"), ("aplain/", "aopen/"), ("plain/", "aopen/")):
        assert Client().get(f"/api/{before}", headers=bearer(token())).status_code == 200
        assert Client().get(f"/api/{after}").json() is None


@pytest.mark.parametrize("left_out", ["iss", "aud", "exp"])
async def test_a3_a_token_without_a_claim_that_has_a_rule_or_without_exp(left_out: str) -> None:
    payload = claims(exp=LATER)
    assert await authenticated(signed(payload))
    del payload[left_out]
    assert await authenticated(signed(payload)) is False


async def test_a4_a_list_valued_issuer_and_an_infinite_expiry() -> None:
    key = jose.Key.generate("HS256")

    class Secret(Bearer):
        jwt_public, algorithms = key, ["HS256"]

    raw = json.dumps(claims(exp=LATER)).encode()
    secret = _secret_of(key)
    assert await Secret().authenticate(HttpRequest(), forge(raw, typ="JWT", key=secret))
    for bad in (
        json.dumps(claims(exp=LATER, iss=["https://auth.example"])),
        json.dumps(claims(exp=LATER, sub=["alice"])),
        json.dumps(claims(exp=float("inf"))),
        json.dumps(claims(exp=LATER)).replace(str(LATER), "1e999"),
        json.dumps(claims(exp=str(LATER))),
        json.dumps(claims(exp=True)),
        json.dumps(claims(exp=None) | {"exp": None}),
    ):
        forged = forge(bad.encode(), typ="JWT", key=secret)
        assert await Secret().authenticate(HttpRequest(), forged) is False, bad


@pytest.mark.parametrize("crit", [1, "exp", [], ["exp"], None, {}, [1]])
def test_a5_a_header_with_crit_is_no_500(serve: Any, caller: JSONClient, crit: Any) -> None:
    serve(guarded(Bearer()))
    _, payload, signature = token().split(".")
    with_crit = _segment({"alg": "RS256", "crit": crit})
    for where in ("plain/", "aplain/"):
        answer = caller.get(where, f"{with_crit}.{payload}.{signature}")
        assert answer.status_code == 401
        assert caller.get(where, f"{with_crit}.{payload}.").status_code == 401
    with pytest.raises(jose.InvalidTokenError):
        decode_jwt(f"{with_crit}.{payload}.{signature}", PRIVATE)


def test_a6_no_release_of_joserfc_is_asked_for() -> None:
    assert [each for each in requires("tegata") or [] if "joserfc" in each] == []


async def test_a7_decode_jwt_refuses_a_token_that_expired_in_1970() -> None:
    for bad in (
        signed(claims(exp=1)),
        signed(claims()),
        signed(claims(exp=LATER, nbf=LATER - 1)),
        signed(claims(exp=LATER, iat=LATER - 1)),
    ):
        with pytest.raises(jose.InvalidClaimError):
            decode_jwt(bad, PRIVATE)
    assert decode_jwt(signed(claims()), PRIVATE, require=()).claims == claims()
    with pytest.raises(jose.ExpiredTokenError):
        decode_jwt(signed(claims(exp=1)), PRIVATE, require=())


@pytest.mark.parametrize(
    "said",
    [
        {"type": "refresh"},
        {"token_type": "refresh"},
        {"token_type": "Refresh_Token"},
        {"token_use": "id"},
        {"typ": "Refresh"},
        {"typ": "Offline"},
    ],
)
async def test_a8_a_refresh_token_is_no_access_token(said: dict[str, Any]) -> None:
    assert await authenticated(token(**said)) is False
    assert await authenticated(token(**dict.fromkeys(said, "access")))
    (name,) = said

    # For a class that is for them, its rule decides.
    class Refreshing(Bearer):
        claims = {**Bearer.claims, name: {"value": said[name]}}

    assert await Refreshing().authenticate(HttpRequest(), token(**said))
    assert await Refreshing().authenticate(HttpRequest(), token()) is False


@pytest.mark.parametrize(
    ("typ", "let_in"),
    [
        *(("JWT", True), ("jwt", True), ("at+jwt", True), ("application/at+jwt", True)),
        *((None, True), ("rt+jwt", False), ("logout+jwt", False), ("", False)),
    ],
)
async def test_a8_nor_is_one_of_another_media_type(typ: str | None, let_in: bool) -> None:
    assert bool(await authenticated(signed(claims(exp=LATER), typ=typ))) is let_in


def test_a8_a_caller_s_exp_does_not_lengthen_the_duration() -> None:
    for own in (LATER, float(LATER), float("inf")):
        made = decode_jwt(encode_jwt(claims(exp=own), 60, PRIVATE), PRIVATE).claims
        assert made["exp"] - made["iat"] == 60


@pytest.mark.parametrize("debug", [True, False])
def test_a9_the_cookie_is_cleared_with_its_attributes(settings: Settings, debug: bool) -> None:
    settings.DEBUG = debug
    response = HttpResponse()
    delete_jwt_cookie(response)
    cleared = response.cookies["access_token"]
    assert (cleared["samesite"], cleared["path"], cleared["httponly"]) == ("Lax", "/", True)
    assert bool(cleared["secure"]) is not debug
    response = HttpResponse()
    delete_jwt_cookie(response, samesite="None", secure=True)
    cleared = response.cookies["access_token"]
    assert (cleared["samesite"], cleared["secure"]) == ("None", True)


def _segment(header: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()


def _secret_of(key: jose.Key) -> bytes:
    text: str = key.to_jwk()["k"]
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
