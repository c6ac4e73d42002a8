"""A gate for tokens from elsewhere: whose they are, what they cover, and issuers that fail."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import os
import sys
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from asgiref.testing import ApplicationCommunicator
from django.core.exceptions import ImproperlyConfigured
from django.test import AsyncClient, RequestFactory
from freezegun import freeze_time
from ninja import NinjaAPI
from ninja.throttling import AuthRateThrottle
from pydantic import BaseModel

from tegata import APIError, AuthedRequest, JWTAuth, jose
from tegata.issuers import Issuer, IssuerAuth, IssuerAuthDetails, IssuerClaims, RemoteUser
from tegata.jwks import JWKS
from tegata.live import Watch
from tegata.websockets import WebSocketAuth
from tests.jwks.certificates import make_ca
from tests.jwks.issuer import CERTS, REALM, Clock, answers, drips, nobody_at
from tests.jwks.issuer import Issuer as Server
from tests.ninja.helpers import JSONClient, Pair, assert_refused, bearer, new_api

# No row is read, so a run on another database would only do the same once more.
if os.environ.get("TEGATA_TEST_DATABASE", "sqlite") != "sqlite":
    pytestmark = pytest.mark.skip("no row is read")

OPENID = f"{REALM}/.well-known/openid-configuration"
OAUTH = f"/.well-known/oauth-authorization-server{REALM}"
BOTH = pytest.mark.parametrize("where", ["plain/", "aplain/"])
LOCAL: Any = {"allow_http": True}


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory, one_ca: str) -> Iterator[Server]:
    """An issuer that speaks HTTP."""
    with Server() as server:
        yield server


@pytest.fixture(scope="module")
def one_ca(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One CA in place of all, which take longer to read than a test."""
    ca = str(make_ca(tmp_path_factory.mktemp("ca"))[0])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", ca)
        yield ca


@pytest.fixture
def clock() -> Clock:
    """A clock for the keys, which the test moves."""
    return Clock()


Serve = Callable[..., None]


@pytest.fixture
def serve_views(serve: Callable[[NinjaAPI], None]) -> Serve:
    def put(*gates: JWTAuth) -> None:
        api = new_api()

        @api.get("/plain/", auth=list(gates))
        def plain(request: AuthedRequest[Any, Any]) -> Any:
            assert request.user == request.auth.user
            return str(request.auth)

        @api.get("/aplain/", auth=list(gates))
        async def aplain(request: AuthedRequest[Any, Any]) -> Any:
            assert await request.auser() == await request.auth.aget_user()
            return str(request.auth)

        serve(api)

    return put


def gate(server: Server, **more: Any) -> IssuerAuth:
    return IssuerAuth(issuer=server.name, **{"audience": "shop", "fetch": LOCAL, **more})


def rotated(server: Server) -> str:
    """A token by a key that was published this moment."""
    server.keys = jose.KeySet([jose.Key.generate("ES256"), *server.keys])
    return server.token(aud="shop")


@BOTH
def test_a_token_says_whose_it_is(
    server: Server, serve_views: Serve, caller: JSONClient, where: str
) -> None:
    serve_views(gate(server))
    answer = caller.get(where, server.token(aud="shop", is_staff=True, user_id="mallory"))
    assert answer.json() == f"{server.name} alice"
    assert_refused(caller.get(where), 401, "missing_token")


@BOTH
@pytest.mark.parametrize("change", ["{}/", "{}#", " {}", "{}\u200b", "UPPER", "\u043e"])
def test_an_issuer_that_looks_like_it_is_another(
    server: Server, serve_views: Serve, caller: JSONClient, where: str, change: str
) -> None:
    serve_views(gate(server))
    name = server.name
    iss = {"UPPER": name.upper(), "\u043e": name.replace("o", "\u043e")}.get(change)
    token = server.token(aud="shop", iss=iss or change.format(name))
    assert_refused(caller.get(where, token), 401, "invalid_token")
    # Nobody who is not known has anything fetched.
    assert server.requests == []


def test_tokens_of_nobody(server: Server, serve_views: Serve, caller: JSONClient) -> None:
    serve_views(gate(server))
    strange = jose.Key.generate("ES256")
    claims = {"iss": server.name, "aud": "shop", "sub": "m", "exp": 9**10}
    for token in (
        "x",
        "a.b.c",
        "e30.e30.e30",
        jose.encode(claims, strange),
        jose.encode(claims, strange.with_kid(server.keys.keys[0].kid)),
        with_the_public_key_for_a_secret(claims, server.keys.keys[0]),
        server.token(aud="another"),
        server.token(),
        server.token(aud="shop", sub=""),
        jose.encode({name: claims[name] for name in ("iss", "aud", "sub")}, server.keys),
    ):
        for where in ("plain/", "aplain/"):
            assert_refused(caller.get(where, token), 401, "invalid_token")
    expired = server.token(aud="shop", exp=1)
    assert_refused(caller.get("plain/", expired), 401, "expired_token")


def with_the_public_key_for_a_secret(claims: dict[str, Any], key: jose.Key) -> str:
    """As RFC 8725 section 2.1 has it; no library makes one."""
    header = {"alg": "HS256", "kid": key.kid}
    parts = [urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=") for each in (header, claims)]
    body = b".".join(parts)
    signature = hmac.digest(key.public().to_pem().encode(), body, "sha256")
    return (body + b"." + urlsafe_b64encode(signature).rstrip(b"=")).decode()


def test_several_issuers_side_by_side(
    server: Server, serve_views: Serve, caller: JSONClient, pair: Pair
) -> None:
    with Server() as other:
        both = IssuerAuth(
            Issuer(server.name, audience="shop", fetch=LOCAL),
            Issuer(other.name, audience="shop", fetch=LOCAL),
        )
        serve_views(both, JWTAuth(session_check="refresh"))
        for each in (server, other):
            assert caller.get("plain/", each.token(aud="shop")).json() == f"{each.name} alice"
        # Ours reach the one that comes next.
        assert caller.get("plain/", pair.access).status_code == 200
        # What the one says, signed by the other.
        forged = server.token(aud="shop", iss=other.name)
        for where in ("plain/", "aplain/"):
            assert_refused(caller.get(where, forged), 401, "invalid_token")
        # One that is down is no reason to refuse what the other has signed.
        other.behaviour = answers(status=500)
        assert caller.get("aplain/", server.token(aud="shop")).status_code == 200


@BOTH
def test_issuers_in_a_list_of_gates(
    server: Server, serve_views: Serve, caller: JSONClient, where: str
) -> None:
    with Server() as other:
        serve_views(gate(server), gate(other, scopes=["read"]), gate(server, audience="stock"))
        for token in (
            server.token(aud="shop"),
            server.token(aud="stock"),
            other.token(aud="shop", scope="read"),
        ):
            assert caller.get(where, token).status_code == 200
        challenge = 'Bearer error="insufficient_scope", scope="read"'
        poor = caller.get(where, other.token(aud="shop"))
        # The gates after it know less.
        assert_refused(poor, 403, "insufficient_scope", challenge)


def test_scopes(server: Server, serve_views: Serve, caller: JSONClient) -> None:
    serve_views(gate(server, scopes=["a", "b"]))
    challenge = 'Bearer error="insufficient_scope", scope="a b"'
    for where in ("plain/", "aplain/"):
        for good in ({"scope": "b c a"}, {"scp": ["a", "b"]}, {"scope": "a", "scp": "b"}):
            assert caller.get(where, server.token(aud="shop", **good)).status_code == 200
        for poor in ({}, {"scope": "a"}, {"roles": ["a", "b"]}, {"scope": ["a b"]}, {"scope": 1}):
            refused = caller.get(where, server.token(aud="shop", **poor))
            assert_refused(refused, 403, "insufficient_scope", challenge)


def test_a_recent_login(server: Server, serve_views: Serve, caller: JSONClient) -> None:
    serve_views(gate(server, fresh=60))
    now = int(time.time())
    assert caller.get("plain/", server.token(aud="shop", auth_time=now)).status_code == 200
    challenge = 'Bearer error="insufficient_user_authentication", max_age="60"'
    for old in ({}, {"auth_time": now - 3600}):
        refused = caller.get("aplain/", server.token(aud="shop", **old))
        assert_refused(refused, 401, "login_required", challenge)


class Address(BaseModel):
    country: str


class ShopClaims(IssuerClaims):
    team: str
    address: Address | None = None


def test_typed_claims(
    server: Server, serve: Callable[[NinjaAPI], None], caller: JSONClient
) -> None:
    api = new_api()

    @api.get("/team/", auth=gate(server, claims_class=ShopClaims))
    async def team(request: AuthedRequest[RemoteUser, ShopClaims]) -> Any:
        claims = request.auth.claims
        return [claims.team, claims.address and claims.address.country, request.user.pk]

    serve(api)
    token = server.token(aud="shop", team="red", address={"country": "JP"})
    assert caller.get("team/", token).json() == ["red", "JP", "alice"]
    for team_ in (None, 7, ["red"], {"red": True}):
        bad = server.token(aud="shop", team=team_)
        assert_refused(caller.get("team/", bad), 401, "invalid_token")
    assert_refused(caller.get("team/", server.token(aud="shop")), 401, "invalid_token")


def test_claims_are_told_to_nobody(
    server: Server, serve_views: Serve, caller: JSONClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "tegata")
    serve_views(gate(server, claims_class=ShopClaims))
    tokens = [server.token(aud="s3cret"), server.token(aud="shop", team=["s3cret"])]
    for token in tokens:
        answer = caller.get("plain/", token)
        assert b"s3cret" not in answer.content
        assert token not in caplog.text
    assert "s3cret" not in caplog.text
    assert "do not fit" in caplog.text


def test_no_row_and_no_session(server: Server) -> None:
    details = gate(server).authenticate(RequestFactory().get("/"), server.token(aud="shop"))
    assert isinstance(details, IssuerAuthDetails)
    assert (details.issuer, details.subject, details.tenant) == (server.name, "alice", None)
    user = details.user
    assert (user.pk, user.is_staff, user.is_superuser) == ("alice", False, False)
    with pytest.raises(APIError) as caught:
        _ = details.session
    assert caught.value.error_code == "session_not_found"


@pytest.mark.django_db
def test_a_connection_ends_with_its_token(server: Server) -> None:
    def let_in(**more: Any) -> IssuerAuthDetails[Any, Any]:
        token = server.token(aud="shop", **more)
        return cast("Any", gate(server).authenticate(RequestFactory().get("/"), token))

    auth = let_in(exp=int(time.time()) + 60)
    watch = Watch(auth)
    assert watch.look() is None
    watch.renew(longer := let_in(exp=int(time.time()) + 600))
    assert watch.auth is longer
    with pytest.raises(APIError) as caught:
        watch.renew(let_in(sub="mallory"))
    assert caught.value.error_code == "invalid_token"
    with freeze_time(datetime.now(UTC) + timedelta(seconds=61)):
        assert (over := Watch(auth).look()) is not None
        assert over.error_code == "expired_token"
        assert watch.look() is None


# Connections to the database are looked after, whether or not there are any.
@pytest.mark.django_db(transaction=True)
async def test_a_websocket_lives_as_long_as_its_token(server: Server) -> None:
    async def chat(scope: Any, receive: Any, send: Any) -> None:
        while (message := await receive())["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
            said = f"{scope['auth'].subject} {scope['user'].pk}"
            await send({"type": "websocket.send", "text": said})
        assert message["reason"] == "expired_token"

    token = server.token(aud="shop", exp=int(time.time()) + 2)
    app = WebSocketAuth(chat, gate=gate(server))
    offered = {"headers": [], "subprotocols": ["chat", f"bearer.{token}"]}
    client = ApplicationCommunicator(app, {"type": "websocket", "path": "/", **offered})
    await client.send_input({"type": "websocket.connect"})
    accepted = await client.receive_output(5)
    assert (accepted["type"], accepted["subprotocol"]) == ("websocket.accept", "chat")
    assert (await client.receive_output(5))["text"] == "alice alice"
    closed = await client.receive_output(5)
    assert (closed["code"], closed["reason"]) == (4401, "expired_token")
    await client.wait(5)


def test_one_subject_of_two_issuers_is_two_users(server: Server) -> None:
    request = RequestFactory().get("/")
    with Server() as other:
        one, two, again = (
            gate(each).authenticate(request, each.token(aud="shop"))
            for each in (server, other, server)
        )
    assert one.user != two.user
    assert one.user == again.user
    assert len({one.user, two.user, again.user}) == 2
    assert len({str(one), str(two), str(again)}) == 2


def test_throttled_by_issuer_and_subject(
    server: Server, serve: Callable[[NinjaAPI], None], caller: JSONClient
) -> None:
    api = new_api()

    @api.get("/once/", auth=gate(server), throttle=[AuthRateThrottle("1/d")])
    def once(request: AuthedRequest[Any, Any]) -> Any:
        return "once"

    serve(api)
    statuses = [
        caller.get("once/", server.token(aud="shop", sub=sub)).status_code
        for sub in ("alice", "alice", "bob")
    ]
    assert statuses == [200, 429, 200]


def test_a_rule_of_ones_own(server: Server, serve_views: Serve, caller: JSONClient) -> None:
    class Picky(IssuerAuth):
        def authenticate(self, request: Any, token: str) -> Any:
            details = super().authenticate(request, token)
            if details.claims.sub == "mallory":
                raise APIError.refuse("invalid_user", "gate")
            return details

    serve_views(Picky(issuer=server.name, audience="shop", fetch=LOCAL))
    for where in ("plain/", "aplain/"):
        assert caller.get(where, server.token(aud="shop")).status_code == 200
        refused = caller.get(where, server.token(aud="shop", sub="mallory"))
        assert_refused(refused, 401, "invalid_user")


def test_gates_share_the_keys_of_an_issuer(server: Server, serve_views: Serve) -> None:
    request = RequestFactory().get("/")
    for scopes in (None, ["a"], ["b"]):
        token = server.token(aud="shop", scope="a b")
        assert str(gate(server, scopes=scopes).authenticate(request, token)).endswith(" alice")
    assert server.asked() == server.asked(OPENID) == 1


# Discovery.


def test_the_form_of_rfc_8414_where_there_is_no_other(server: Server) -> None:
    server.behaviours[OPENID] = answers(status=404)
    request = RequestFactory().get("/")
    assert str(gate(server).authenticate(request, server.token(aud="shop"))).endswith(" alice")
    assert [path for path, _ in server.requests] == [OPENID, OAUTH, CERTS]


def test_an_issuer_in_trouble_is_not_asked_for_the_other_form(
    server: Server, serve_views: Serve, caller: JSONClient
) -> None:
    server.behaviours[OPENID] = answers(status=500)
    serve_views(gate(server))
    refused = caller.get("plain/", server.token(aud="shop"))
    assert_refused(refused, 503, "service_unavailable")
    assert [path for path, _ in server.requests] == [OPENID]


@pytest.mark.parametrize("name", ["{}/", "https://elsewhere.example", "UPPER", None, 7])
@pytest.mark.parametrize("path", [OPENID, OAUTH])
def test_metadata_of_another_issuer(
    server: Server, serve_views: Serve, caller: JSONClient, name: Any, path: str
) -> None:
    if isinstance(name, str):
        name = server.name.upper() if name == "UPPER" else name.format(server.name)
    server.behaviours[OPENID] = answers(status=404)
    metadata = {"issuer": name, "jwks_uri": server.certs}
    server.behaviours[path] = answers(json.dumps(metadata).encode())
    serve_views(gate(server))
    for where in ("plain/", "aplain/"):
        refused = caller.get(where, server.token(aud="shop"))
        assert_refused(refused, 503, "service_unavailable")
    assert server.asked() == 0


def test_keys_by_their_address(server: Server) -> None:
    issuer = gate(server, jwks=server.certs)
    details = issuer.authenticate(RequestFactory().get("/"), server.token(aud="shop"))
    assert str(details) == f"{server.name} alice"
    assert [path for path, _ in server.requests] == [CERTS]


# Issuers that fail. Each is asked by a gate that has no keys yet, and by one that has.


def leak(alg: str) -> bytes:
    return json.dumps({"keys": [jose.Key.generate(alg).to_jwk()]}).encode()


def symmetric() -> bytes:
    return b'{"keys":[{"kty":"oct","alg":"HS256","kid":"s","k":"' + b"A" * 64 + b'"}]}'


FAILURES = {
    "down": answers(status=500),
    "not found": answers(status=404),
    "slow": drips(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"),
    "slow headers": drips(b"HTTP/1.1 200 OK\r\nX-Header: "),
    "huge": answers(b" " * 600_000),
    "endless": drips(b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 600_000),
    "not JSON": answers(b"<html>"),
    "not a set": answers(b"[]"),
    "deep": answers(b"[" * 100_000),
    "empty": answers(b'{"keys": []}'),
    "a private key": answers(leak("ES256")),
    "a symmetric key": answers(symmetric()),
    "a redirect": answers(status=302, headers={"Location": "http://127.0.0.1:1/keys"}),
    "compressed": answers(b"x", headers={"Content-Encoding": "gzip"}),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_an_issuer_that_fails(
    server: Server, serve_views: Serve, caller: JSONClient, clock: Clock, failure: str
) -> None:
    good = server.token(aud="shop")
    forged = jose.encode(
        {"iss": server.name, "aud": "shop", "sub": "m", "exp": 9**10},
        jose.Key.from_secret(b"A" * 48, "HS256").with_kid("s"),
    )
    server.behaviours[CERTS] = FAILURES[failure]
    # Of those that never come to an end, a short one is waited for; the others end by themselves.
    is_slow = failure in {"slow", "slow headers", "endless"}
    fetch = {**LOCAL, "timeout": 0.75 if is_slow else 10, "clock": clock}
    serve_views(gate(server, fetch=fetch))
    begun = time.monotonic()
    for where in ("plain/", "aplain/"):
        for token in (good, forged):
            refused = caller.get(where, token)
            assert_refused(refused, 503, "service_unavailable")
            assert 1 <= int(refused.headers["Retry-After"]) <= 2
    assert time.monotonic() - begun < 30
    # All those who came in the pause had nothing asked.
    assert server.asked() == 1

    server.behaviours.clear()
    clock.pass_by(2)
    assert caller.get("plain/", good).status_code == 200
    server.behaviours[CERTS] = FAILURES[failure]
    clock.pass_by(300)
    for where in ("plain/", "aplain/"):
        assert caller.get(where, good).status_code == 200
        assert_refused(caller.get(where, forged), 401, "invalid_token")
    # The last good keys are too old.
    clock.pass_by(86_400)
    assert_refused(caller.get("plain/", good), 503, "service_unavailable")


def test_nobody_there(serve_views: Serve, caller: JSONClient, server: Server) -> None:
    with nobody_at() as name:
        serve_views(IssuerAuth(issuer=name, audience="shop", fetch=LOCAL))
        for where in ("plain/", "aplain/"):
            refused = caller.get(where, server.token(iss=name, aud="shop"))
            assert_refused(refused, 503, "service_unavailable")
            assert int(refused.headers["Retry-After"]) >= 1


def test_retry_after_of_the_issuer_is_kept_to(
    server: Server, serve_views: Serve, caller: JSONClient, clock: Clock
) -> None:
    server.behaviours[CERTS] = answers(status=429, headers={"Retry-After": "60"})
    serve_views(gate(server, fetch={**LOCAL, "clock": clock}))
    token = server.token(aud="shop")
    refused = caller.get("plain/", token)
    assert 60 <= int(refused.headers["Retry-After"]) <= 75
    clock.pass_by(59)
    assert_refused(caller.get("plain/", token), 503, "service_unavailable")
    assert server.asked() == 1
    server.behaviours.clear()
    clock.pass_by(16)
    assert caller.get("plain/", token).status_code == 200


def test_an_unknown_key_of_an_issuer_that_cannot_be_asked(
    server: Server, serve_views: Serve, caller: JSONClient, clock: Clock
) -> None:
    serve_views(gate(server, fetch={**LOCAL, "clock": clock}))
    assert caller.get("plain/", server.token(aud="shop")).status_code == 200
    new = rotated(server)
    server.behaviours[CERTS] = answers(status=500)
    for where in ("plain/", "aplain/"):
        # It may be good: nobody knows.
        refused = caller.get(where, new)
        assert_refused(refused, 503, "service_unavailable")
        assert int(refused.headers["Retry-After"]) >= 1
    server.behaviours.clear()
    clock.pass_by(60)
    assert caller.get("aplain/", new).status_code == 200
    # An issuer that can be asked does not know this one.
    strange = jose.encode({"iss": server.name}, jose.Key.generate("ES256"))
    assert_refused(caller.get("plain/", strange), 401, "invalid_token")


def test_metadata_may_not_send_to_http(
    serve_views: Serve, caller: JSONClient, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ca, context = make_ca(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(ca))
    with Server(context) as secure, Server() as plain:
        metadata = {"issuer": secure.name, "jwks_uri": plain.certs}
        secure.behaviours[OPENID] = answers(json.dumps(metadata).encode())
        plain.keys = secure.keys
        serve_views(IssuerAuth(issuer=secure.name, audience="shop"))
        refused = caller.get("plain/", secure.token(aud="shop"))
        assert_refused(refused, 503, "service_unavailable")
        assert plain.requests == []


def test_keys_are_rotated_under_load(server: Server, serve_views: Serve) -> None:
    serve_views(gate(server, fetch={**LOCAL, "min_refetch_interval": 0}))
    done = threading.Event()
    strange = jose.Key.generate("ES256")
    forged = jose.encode(
        {"iss": server.name, "aud": "shop", "sub": "m", "exp": 9**10}, strange.with_kid(None)
    )

    def ask() -> list[int]:
        client, statuses = JSONClient(), []
        while not (statuses and done.is_set()):
            statuses.append(client.get("plain/", server.token(aud="shop")).status_code)
            assert client.get("plain/", forged).status_code == 401
        return statuses

    async def aask() -> list[int]:
        client, statuses = AsyncClient(), []
        while not (statuses and done.is_set()):
            headers = bearer(server.token(aud="shop"))
            statuses.append((await client.get("/api/aplain/", headers=headers)).status_code)
        return statuses

    with ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(ask), pool.submit(ask), pool.submit(asyncio.run, aask())]
        try:
            for fetches in range(1, 4):
                server.until_asked(fetches)
                rotated(server)
            server.until_asked(4)
        finally:
            done.set()
        statuses = [each.result(30) for each in asking]
    assert {status for each in statuses for status in each} == {200}
    assert server.asked() <= 6


# What cannot be, and what the document says.


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: IssuerAuth(), "needs an issuer"),
        (lambda: IssuerAuth(audience="a"), r"audience=… belongs to an issuer"),
        (lambda: IssuerAuth(issuer="https://a.example"), "neither an audience"),
        (lambda: IssuerAuth(issuer="https://a.example", audience=""), "an empty one"),
        (lambda: IssuerAuth(issuer="https://a.example", audience=7), "a text, or a list"),
        (lambda: IssuerAuth(issuer="", audience="a"), "no name"),
        (lambda: IssuerAuth(issuer="a.example", audience="a"), "https"),
        (lambda: IssuerAuth(issuer="http://a.example", audience="a"), "http is not trusted"),
        (lambda: IssuerAuth(issuer="https://a.example?x", audience="a"), "no query"),
        (lambda: IssuerAuth(issuer="https://a.example", audience="a", jwks="file:///x"), "https"),
        (lambda: IssuerAuth("https://a.example"), "takes Issuer objects, not str"),
        (lambda: gate_at("a", algorithms=["HS256"]), "takes HS256, which verifies"),
        (lambda: gate_at("a", algorithms=["none"]), "algorithm"),
        (lambda: gate_at("a", scopes=[]), "has no scopes"),
        (lambda: gate_at("a", scopes="read"), "a list of names"),
        (lambda: gate_at("a", scopes=["a b"]), "no scope"),
        (lambda: gate_at("a", fresh=True), r"IssuerAuth\(fresh=…\)"),
        (lambda: IssuerAuth(*[Issuer("https://a.example", audience="a")] * 2), "twice"),
        (
            lambda: IssuerAuth(
                Issuer(TEMPLATE, audience="a", jwks="https://a.example/keys"),
                Issuer(TEMPLATE.format(tenantid=GUID), audience="b"),
            ),
            "twice",
        ),
    ],
)
def test_gates_that_cannot_be(make: Any, problem: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=problem):
        make()


GUID = "6f4c1ad2-0b63-4c39-9ee1-3d1f7f3b0a01"
TEMPLATE = "https://a.example/{tenantid}/v2.0"


def gate_at(audience: str, **more: Any) -> IssuerAuth:
    return IssuerAuth(issuer="https://a.example", audience=audience, **more)


def test_without_the_extra_the_message_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("tegata.jwks")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "httpx2", None)
    with pytest.raises(ImproperlyConfigured, match=r"tegata\[jwks\]"):
        Issuer("https://never.example", audience="a")


def test_a_set_of_ones_own(server: Server) -> None:
    keys = JWKS(server.certs, allow_http=True)
    issuer = IssuerAuth(Issuer(server.name, audience="shop", keys=keys))
    details = issuer.authenticate(RequestFactory().get("/"), server.token(aud="shop"))
    assert str(details) == f"{server.name} alice"


def test_the_openapi_document(serve: Callable[[NinjaAPI], None], caller: JSONClient) -> None:
    api = new_api()
    gates = {"plain": gate_at("a"), "scoped": gate_at("a", scopes=["read"])}
    for name, each in gates.items():
        api.get(f"/{name}/", auth=each)(lambda request: "")
    serve(api)
    document = caller.get("openapi.json").json()
    schemes = document["components"]["securitySchemes"]
    assert schemes["IssuerAuth"] == {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    plain, scoped = (document["paths"][f"/api/{name}/"]["get"] for name in gates)
    assert plain["security"] == [{"IssuerAuth": []}]
    assert scoped["security"] == [{"IssuerAuth": ["read"]}]
    assert {"401", "503"} <= {str(status) for status in plain["responses"]}
    assert {"401", "403", "503"} <= {str(status) for status in scoped["responses"]}
    codes = document["components"]["schemas"]["UnavailableRefusal"]["properties"]["error_code"]
    assert codes["enum"] == ["service_unavailable"]
