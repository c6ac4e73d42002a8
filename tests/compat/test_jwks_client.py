"""`PyJWKClient` against an issuer on 127.0.0.1, beside PyJWT's own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from tegata import jose
from tegata.compat import jwt as ours
from tests.compat.materials import LIBRARIES
from tests.jwks.issuer import Issuer


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with Issuer() as issuer:
        yield issuer


def _client(library: ModuleType, url: str, **options: Any) -> Any:
    # PyJWT takes http from anybody.
    opt_in = {"allow_http": True} if library is ours else {}
    return library.PyJWKClient(url, **options, **opt_in)


@pytest.mark.parametrize("library", LIBRARIES.values(), ids=LIBRARIES)
def test_the_way_of_the_documentation(library: ModuleType, issuer: Issuer) -> None:
    client = _client(library, issuer.certs, headers={"X-Colour": "red"})
    token = issuer.token()
    for _ in range(2):
        key = client.get_signing_key_from_jwt(token)
        for each in (key, key.key):
            assert library.decode(token, each, algorithms=["ES256"])["sub"] == "alice"
    assert isinstance(key.key, EllipticCurvePublicKey)
    assert [each.key_id for each in client.get_signing_keys()] == [key.key_id]
    assert client.get_jwk_set()[key.key_id].key_type == "EC"
    assert issuer.asked() == 1
    assert issuer.requests[0][1]["X-Colour"] == "red"


@pytest.mark.parametrize("library", LIBRARIES.values(), ids=LIBRARIES)
def test_a_new_key_is_fetched(library: ModuleType, issuer: Issuer) -> None:
    client = _client(library, issuer.certs, cooldown_duration=0)
    client.get_signing_key_from_jwt(issuer.token())
    issuer.keys = jose.KeySet([jose.Key.generate("EdDSA")])
    token = issuer.token()
    key = client.get_signing_key_from_jwt(token)
    assert library.decode(token, key)["sub"] == "alice"
    assert issuer.asked() == 2


def test_no_more_is_read_than_the_header(issuer: Issuer) -> None:
    header, _, signature = issuer.token().split(".")
    key = _client(ours, issuer.certs).get_signing_key_from_jwt(f"{header}.YWJj.{signature}")
    assert key.key_id == issuer.keys.keys[0].kid


@pytest.mark.parametrize("library", LIBRARIES.values(), ids=LIBRARIES)
def test_an_unknown_key(library: ModuleType, issuer: Issuer) -> None:
    client = _client(library, issuer.certs)
    stranger = jose.encode({}, jose.Key.generate("ES256"))
    with pytest.raises(library.PyJWKClientError):
        client.get_signing_key_from_jwt(stranger)
    nameless = jose.encode({}, jose.Key.generate("ES256"), headers={"kid": None})
    with pytest.raises(library.PyJWKClientError):
        client.get_signing_key_from_jwt(nameless)
    asked = issuer.asked()
    for _ in range(3):
        with pytest.raises(library.PyJWKClientError) as caught:
            client.get_signing_key("nobody's")
    # Strangers make no requests.
    assert issuer.asked() == asked
    assert library is not ours or "nobody" not in str(caught.value)


@pytest.mark.parametrize("library", LIBRARIES.values(), ids=LIBRARIES)
def test_without_a_cache(library: ModuleType, issuer: Issuer) -> None:
    client = _client(library, issuer.certs, cache_jwk_set=False)
    for asked in (1, 2, 3):
        client.get_signing_keys()
        assert issuer.asked() == asked


@pytest.mark.parametrize("library", LIBRARIES.values(), ids=LIBRARIES)
def test_a_refresh_that_is_asked_for(library: ModuleType, issuer: Issuer) -> None:
    client = _client(library, issuer.certs)
    (first,) = client.get_jwk_set()
    issuer.keys = jose.KeySet([jose.Key.generate("ES256")])
    assert [key.key_id for key in client.get_jwk_set()] == [first.key_id]
    (second,) = client.get_jwk_set(refresh=True)
    assert second.key_id == issuer.keys.keys[0].kid
    data = _client(library, issuer.certs).fetch_data()
    assert [key["kid"] for key in data["keys"]] == [second.key_id]


@pytest.mark.parametrize("library", LIBRARIES.values(), ids=LIBRARIES)
def test_a_refresh_is_one_request(library: ModuleType, issuer: Issuer) -> None:
    client = _client(library, issuer.certs, cooldown_duration=0)
    for asked in (1, 2, 3):
        client.get_jwk_set(refresh=True)
        assert issuer.asked() == asked


@pytest.mark.parametrize("library", LIBRARIES.values(), ids=LIBRARIES)
def test_an_issuer_that_is_down(library: ModuleType, issuer: Issuer) -> None:
    issuer.behaviour = lambda handler: handler.answer(b"", 500)
    with pytest.raises(library.PyJWKClientConnectionError):
        _client(library, issuer.certs).get_signing_key_from_jwt(issuer.token())


def test_keys_outlive_an_issuer_that_is_down(issuer: Issuer) -> None:
    client = _client(ours, issuer.certs, lifespan=0.01)
    key = client.get_signing_key_from_jwt(issuer.token())
    issuer.behaviour = lambda handler: handler.answer(b"", 500)
    time.sleep(0.02)
    assert client.get_signing_key_from_jwt(issuer.token()) is key


@pytest.mark.parametrize("library", LIBRARIES.values(), ids=LIBRARIES)
@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("file:///etc/passwd", {}),
        ("https://example.com/", {"lifespan": 0}),
        ("https://example.com/", {"cooldown_duration": -1}),
    ],
)
def test_what_cannot_be(library: ModuleType, url: str, options: dict[str, Any]) -> None:
    with pytest.raises(library.PyJWKClientError):
        library.PyJWKClient(url, **options)


def test_http_is_not_taken_unasked(issuer: Issuer) -> None:
    with pytest.raises(ours.PyJWKClientError, match="allow_http"):
        ours.PyJWKClient(issuer.certs)
