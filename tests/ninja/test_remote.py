"""Tokens of another issuer at a gate: verified with the keys that it publishes, for us alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import RequestFactory
from ninja import NinjaAPI
from pytest_django import Settings

from tegata import APIError, AuthedRequest, JWTAuth, jose
from tegata.jwks import JWKS
from tegata.remote import RemoteJWTAuth
from tests.jwks.certificates import make_ca
from tests.jwks.issuer import CERTS, Issuer
from tests.ninja.helpers import JSONClient, Pair, assert_refused, new_api

# No row is read, so a run on another database would only do the same once more.
if os.environ.get("TEGATA_TEST_DATABASE", "sqlite") != "sqlite":
    pytestmark = pytest.mark.skip("no row is read")

BOTH = pytest.mark.parametrize("where", ["plain/", "aplain/"])


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issuer]:
    """One issuer for all, which speaks HTTP."""
    ca = make_ca(tmp_path_factory.mktemp("ca"))[0]
    with Issuer() as issuer, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(ca))
        yield issuer


@pytest.fixture
def keys(issuer: Issuer) -> JWKS:
    return JWKS(issuer.certs, allow_http=True)


@pytest.fixture
def serve_views(
    issuer: Issuer, keys: JWKS, serve: Callable[[NinjaAPI], None]
) -> Callable[[RemoteJWTAuth | None], None]:
    def put(gate: RemoteJWTAuth | None = None) -> None:
        gate = gate or RemoteJWTAuth(keys, issuer=issuer.name, audience="shop")
        api = new_api()

        def about(request: AuthedRequest[Any, Any]) -> Any:
            user = request.auth.user
            return [user.pk, user.is_staff, user.is_superuser, str(request.auth)]

        @api.get("/plain/", auth=gate)
        def plain(request: AuthedRequest[Any, Any]) -> Any:
            return about(request)

        @api.get("/aplain/", auth=gate)
        async def aplain(request: AuthedRequest[Any, Any]) -> Any:
            assert await request.auser() == request.auth.user
            return about(request)

        @api.get("/either/", auth=[gate, JWTAuth(session_check="refresh")])
        def either(request: AuthedRequest[Any, Any]) -> Any:
            return type(request.auth).__name__

        serve(api)

    return put


@BOTH
def test_a_token_of_the_issuer_opens_views(
    issuer: Issuer, serve_views: Callable[..., None], caller: JSONClient, where: str
) -> None:
    serve_views()
    claims = {"aud": "shop", "is_staff": True, "is_superuser": True, "user_id": "mallory"}
    answer = caller.get(where, issuer.token(**claims))
    # Its word makes nobody staff here, and its names are not ours.
    assert answer.json() == ["alice", False, False, "alice"]


@BOTH
def test_what_is_refused(
    issuer: Issuer, serve_views: Callable[..., None], caller: JSONClient, where: str
) -> None:
    serve_views()
    strangers = jose.Key.generate("ES256")
    for token in (
        issuer.token(aud="another"),
        issuer.token(),
        issuer.token(aud="shop", iss="https://elsewhere.example"),
        jose.encode({"iss": issuer.name, "aud": "shop", "sub": "alice"}, issuer.keys),
        jose.encode({"iss": issuer.name, "aud": "shop", "sub": "m", "exp": 9**10}, strangers),
        "a.b.c",
        "x",
    ):
        assert_refused(caller.get(where, token), 401, "invalid_token")
    assert_refused(caller.get(where, issuer.token(aud="shop", exp=1)), 401, "expired_token")
    assert_refused(caller.get(where), 401, "missing_token")


@BOTH
@pytest.mark.parametrize("team", [["a"], {"a": 1}, True, 1.5, None])
def test_a_user_id_of_another_type(
    issuer: Issuer,
    keys: JWKS,
    serve_views: Callable[..., None],
    caller: JSONClient,
    where: str,
    team: Any,
) -> None:
    gate = RemoteJWTAuth(keys, issuer=issuer.name, audience="shop", user_id_claim="team")
    serve_views(gate)
    assert caller.get(where, issuer.token(aud="shop", team=7)).json()[0] == 7
    assert_refused(caller.get(where, issuer.token(aud="shop", team=team)), 401, "invalid_token")
    assert_refused(caller.get(where, issuer.token(aud="shop")), 401, "invalid_token")


def test_in_a_list_our_own_tokens_reach_the_next_one(
    issuer: Issuer, serve_views: Callable[..., None], caller: JSONClient, pair: Pair
) -> None:
    serve_views()
    assert caller.get("either/", issuer.token(aud="shop")).json() == "RemoteAuthDetails"
    assert caller.get("either/", pair.access).json() == "AuthDetails"


@BOTH
def test_without_keys_it_says_so(
    issuer: Issuer, serve_views: Callable[..., None], caller: JSONClient, where: str
) -> None:
    serve_views()
    issuer.behaviours[CERTS] = lambda handler: handler.answer(b"", status=500)
    try:
        assert_refused(caller.get(where, issuer.token(aud="shop")), 503, "service_unavailable")
    finally:
        issuer.behaviours.clear()


@BOTH
def test_a_rule_of_ones_own_is_asked_everywhere(
    issuer: Issuer,
    keys: JWKS,
    serve_views: Callable[..., None],
    caller: JSONClient,
    where: str,
) -> None:
    class Picky(RemoteJWTAuth):
        def authenticate(self, request: Any, token: str) -> Any:
            details = super().authenticate(request, token)
            if details.claims["sub"] == "mallory":
                raise APIError.refuse("invalid_user", "gate")
            return details

    serve_views(Picky(keys, issuer=issuer.name, audience="shop"))
    assert caller.get(where, issuer.token(aud="shop")).status_code == 200
    refused = caller.get(where, issuer.token(aud="shop", sub="mallory"))
    assert_refused(refused, 401, "invalid_user")


def test_users_of_ones_own_table(
    issuer: Issuer, keys: JWKS, serve_views: Callable[..., None], caller: JSONClient, user: Any
) -> None:
    class Known(RemoteJWTAuth):
        def user_for(self, claims: Any) -> Any:
            return type(user).objects.get(username=claims["sub"])

    serve_views(Known(keys, issuer=issuer.name, audience="shop"))
    assert caller.get("plain/", issuer.token(aud="shop")).json()[0] == user.pk


def test_n8_keys_at_a_url_of_the_settings(issuer: Issuer, settings: Settings) -> None:
    with pytest.raises(ImproperlyConfigured, match="needs keys, or TEGATA"):
        RemoteJWTAuth(audience="shop", issuer="x")
    settings.TEGATA = {"JWK_URL": "https://issuer.example/keys"}
    gate = RemoteJWTAuth(audience="shop", issuer="https://issuer.example")
    assert gate.keys is RemoteJWTAuth(audience="shop", issuer="https://issuer.example").keys
    for bad in ("file:///etc/passwd", "http://issuer.example/keys", "ftp://x", "no url"):
        settings.TEGATA = {"JWK_URL": bad}
        with pytest.raises(ImproperlyConfigured, match=r"TEGATA\['JWK_URL'\]"):
            RemoteJWTAuth(audience="shop", issuer="https://issuer.example")


def test_without_an_issuer_or_an_audience_there_is_no_gate(keys: JWKS) -> None:
    for audience, name in (("", "https://issuer.example"), ([], "x"), ("shop", None)):
        with pytest.raises(ImproperlyConfigured, match="an issuer and an audience"):
            RemoteJWTAuth(keys, audience=audience, issuer=name)
    known = JWKS.for_issuer("https://issuer.example")
    assert RemoteJWTAuth(known, audience="shop").issuer == "https://issuer.example"


def test_there_is_no_session(issuer: Issuer, keys: JWKS) -> None:
    gate = RemoteJWTAuth(keys, issuer=issuer.name, audience="shop")
    details = gate.authenticate(RequestFactory().get("/"), issuer.token(aud="shop"))
    with pytest.raises(APIError) as caught:
        _ = details.session
    assert caught.value.error_code == "session_not_found"
