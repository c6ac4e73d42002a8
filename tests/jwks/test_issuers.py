"""Keys found by the metadata of an issuer, from the first token to a rotation under way."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tegata import jose
from tegata.jwks import JWKS, JWKSUnavailableError
from tests.jwks.issuer import CERTS, REALM, Clock, Issuer, answers

METADATA = f"{REALM}/.well-known/openid-configuration"


def test_openid(issuer: Issuer) -> None:
    keys = JWKS.for_issuer(issuer.name, allow_http=True)
    assert issuer.requests == []
    token = keys.decode(issuer.token(aud="shop-api"), audience="shop-api", require=["exp"])
    assert token.claims["iss"] == issuer.name
    assert [path for path, _ in issuer.requests] == [METADATA, CERTS]


def test_oauth(issuer: Issuer) -> None:
    keys = JWKS.for_issuer(issuer.name, discovery="oauth", allow_http=True)
    assert keys.decode(issuer.token()).claims["sub"] == "alice"
    found_at = f"/.well-known/oauth-authorization-server{REALM}"
    assert [path for path, _ in issuer.requests] == [found_at, CERTS]


async def test_the_issuer_is_checked(issuer: Issuer) -> None:
    keys = JWKS.for_issuer(issuer.name, allow_http=True)
    other = issuer.token(iss="https://other.example")
    for checks in ({}, {"issuer": None}):
        with pytest.raises(jose.WrongIssuerError):
            keys.decode(other, **checks)  # type: ignore[arg-type]
        with pytest.raises(jose.WrongIssuerError):
            await keys.adecode(other, **checks)  # type: ignore[arg-type]
    assert keys.decode(other, issuer="https://other.example").claims["sub"] == "alice"
    plain = JWKS(issuer.certs, allow_http=True)
    assert plain.decode(other).claims["sub"] == "alice"
    with pytest.raises(jose.WrongIssuerError):
        plain.decode(other, issuer=issuer.name)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"issuer": "https://other.example"}, "another issuer"),
        ({"issuer": None}, "another issuer"),
        ({"issuer": "{}/"}, "another issuer"),
        ({"issuer": ["{}"]}, "another issuer"),
        ({"jwks_uri": None}, "names no `jwks_uri`"),
        ({"jwks_uri": ["https://other.example/keys"]}, "names no `jwks_uri`"),
        ({"jwks_uri": "file:///etc/passwd"}, "may not be fetched from"),
        ({"jwks_uri": "data:,{{}}"}, "may not be fetched from"),
        ({"jwks_uri": "https://user:s3cret@other.example/keys"}, "may not be fetched from"),
        ({"jwks_uri": "/keys"}, "may not be fetched from"),
    ],
)
def test_metadata_that_will_not_do(change: dict[str, Any], why: str, issuer: Issuer) -> None:
    metadata = {"issuer": "{}", "jwks_uri": issuer.certs, **change}
    text = json.dumps(metadata).replace("{}", issuer.name)
    issuer.behaviours[METADATA] = answers(text.encode())
    with pytest.raises(JWKSUnavailableError, match=why) as refused:
        JWKS.for_issuer(issuer.name, allow_http=True).key_set()
    assert "s3cret" not in str(refused.value)
    assert [path for path, _ in issuer.requests] == [METADATA]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<html>", "not a JSON object"),
        (b"[]", "not a JSON object"),
        (b"\xff", "not a JSON object"),
        (b"[" * 400_000, "not a JSON object"),
        (b'{"a":' * 100_000, "not a JSON object"),
        (b"1" * 10_000, "not a JSON object"),
        (b" " * 600_000, "more than 524288 bytes"),
        (b"{}", "another issuer"),
        (b'{"issuer": "a", "jwks_uri": "https://a.example", "issuer": "b"}', "a member twice"),
        (b'{"jwks_uri": "https://a.example", "jwks_uri": "https://b.example"}', "a member twice"),
        (b'{"a": [{"b": 1, "\\u0062": 2}]}', "a member twice"),
    ],
)
def test_metadata_of_another_kind(body: bytes, why: str, issuer: Issuer) -> None:
    issuer.behaviours[METADATA] = answers(body)
    with pytest.raises(JWKSUnavailableError, match=why):
        JWKS.for_issuer(issuer.name, allow_http=True).key_set()


def test_a_redirect_of_the_metadata_is_not_followed(issuer: Issuer) -> None:
    elsewhere = {"Location": f"/.well-known/oauth-authorization-server{REALM}"}
    issuer.behaviours[METADATA] = answers(status=301, headers=elsewhere)
    with pytest.raises(JWKSUnavailableError, match="redirects elsewhere"):
        JWKS.for_issuer(issuer.name, allow_http=True).key_set()
    assert len(issuer.requests) == 1


def test_metadata_is_kept_for_as_long_as_it_says(issuer: Issuer, clock: Clock) -> None:
    body = json.dumps({"issuer": issuer.name, "jwks_uri": issuer.certs}).encode()
    issuer.behaviours[METADATA] = answers(body, headers={"Cache-Control": "max-age=900"})
    keys = JWKS.for_issuer(issuer.name, allow_http=True, clock=clock)
    for asked in (1, 2, 3):
        keys.key_set()
        assert (issuer.asked(METADATA), issuer.asked()) == (1, asked)
        clock.pass_by(300)
    keys.key_set()
    assert (issuer.asked(METADATA), issuer.asked()) == (2, 4)


def test_keys_that_move_are_found_again(issuer: Issuer, clock: Clock) -> None:
    body = json.dumps({"issuer": issuer.name, "jwks_uri": issuer.certs}).encode()
    issuer.behaviours[METADATA] = answers(body, headers={"Cache-Control": "max-age=86400"})
    keys = JWKS.for_issuer(issuer.name, allow_http=True, clock=clock)
    first = keys.key_set()
    moved = f"{issuer.origin}/moved"
    issuer.behaviours = {
        METADATA: answers(json.dumps({"issuer": issuer.name, "jwks_uri": moved}).encode()),
        CERTS: answers(status=404),
        "/moved": answers(json.dumps(issuer.keys.to_jwks()).encode()),
    }
    clock.pass_by(300)
    assert keys.key_set() is first
    clock.pass_by(1)
    assert keys.key_set() is not first
    assert issuer.asked("/moved") == 1


def test_a_changed_issuer_is_not_believed(issuer: Issuer, clock: Clock) -> None:
    keys = JWKS.for_issuer(issuer.name, allow_http=True, clock=clock)
    token = issuer.token()
    keys.decode(token)
    other = {"issuer": "https://other.example", "jwks_uri": issuer.certs}
    issuer.behaviours[METADATA] = answers(json.dumps(other).encode())
    clock.pass_by(300)
    assert keys.decode(token).claims["sub"] == "alice"
    clock.pass_by(86_400)
    with pytest.raises(JWKSUnavailableError, match="another issuer"):
        keys.decode(token)


@pytest.fixture(params=["RS256", "ES256"])
def keycloak(request: pytest.FixtureRequest) -> Iterator[Issuer]:
    """Publishes its keys as Keycloak does: one for signatures among one for encryption."""
    key = jose.Key.generate(request.param)
    with Issuer(keys=jose.KeySet([key]), headers={"Cache-Control": "no-cache"}) as issuer:

        def certs(handler: Any) -> None:
            encryption = {"kid": "enc", "kty": "RSA", "alg": "RSA-OAEP", "use": "enc"}
            signing = issuer.keys.to_jwks()["keys"]
            body = json.dumps({"keys": [encryption | {"n": "AQAB", "e": "AQAB"}, *signing]})
            handler.answer(body.encode(), headers=issuer.headers)

        issuer.behaviours[CERTS] = certs
        yield issuer


def test_keys_are_rotated_and_no_token_is_refused(keycloak: Issuer) -> None:
    keys = JWKS.for_issuer(keycloak.name, allow_http=True, min_refetch_interval=0)
    (first,) = keycloak.keys
    done = threading.Event()

    def shop() -> None:
        count = 0
        while not (count and done.is_set()):
            claims = keys.decode(keycloak.token(aud="shop"), audience="shop").claims
            assert claims["iss"] == keycloak.name
            count += 1

    async def ashop() -> None:
        count = 0
        while not (count and done.is_set()):
            await keys.adecode(keycloak.token(aud="shop"), audience="shop")
            count += 1
            await asyncio.sleep(0)

    old = keycloak.token(aud="shop")
    with ThreadPoolExecutor(4) as pool:
        shops = [pool.submit(shop) for _ in range(2)]
        shops += [pool.submit(lambda: asyncio.run(ashop())) for _ in range(2)]
        try:
            for fetches in range(1, 4):
                keycloak.until_asked(fetches)
                # The new key signs from the moment on that it is published.
                newest = jose.Key.generate(first.algorithm)
                keycloak.keys = jose.KeySet([newest, *keycloak.keys])
            keycloak.until_asked(4)
        finally:
            done.set()
        for each in shops:
            each.result(30)
    assert keys.decode(old, audience="shop").claims["sub"] == "alice"
    assert (keycloak.asked(METADATA), keycloak.asked()) == (1, 4)

    # Retired keys are gone once the set is fetched again.
    keycloak.keys = jose.KeySet([jose.Key.generate(first.algorithm)])
    assert keys.decode(keycloak.token()).claims["sub"] == "alice"
    with pytest.raises(jose.UnknownKeyError):
        keys.decode(old, audience="shop")
