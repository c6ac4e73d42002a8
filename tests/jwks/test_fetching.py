"""What is no answer with public keys, in time, is refused; messages say why, and hold no body."""

from __future__ import annotations

import json
import logging
import socket
import threading
import time
from collections.abc import Callable

import pytest

from tegata import jose
from tegata.jwks import JWKS, JWKSUnavailableError
from tests.jwks.issuer import Behaviour, Issuer, answers, drips, nobody_at

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
PRIVATE = {"keys": [jose.Key.generate("ES256").with_kid("s3cret").to_jwk()]}
SECRET = {
    "keys": [{"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA", "kid": "s3cret"}]
}


def closes(raw: bytes) -> Behaviour:
    """Sends this and hangs up."""

    def behave(handler: object) -> None:
        handler.wfile.write(raw)  # type: ignore[attr-defined]
        handler.close_connection = True  # type: ignore[attr-defined]

    return behave


BAD: dict[str, tuple[Behaviour, str]] = {
    "404": (answers(b"s3cret", 404), "answered with status 404"),
    "500": (answers(b"s3cret", 500), "answered with status 500"),
    "204": (answers(status=204), "answered with status 204"),
    "304 unasked": (answers(status=304), "answered with status 304"),
    "no JSON": (answers(b"<html>s3cret</html>"), "invalid_jwks"),
    "no UTF-8": (answers(b"\xff\xfe"), "cannot be used"),
    "nothing": (answers(), "invalid_jwks"),
    "no object": (answers(b"[]"), "invalid_jwks"),
    "no keys": (answers(b"{}"), "invalid_jwks"),
    "empty": (answers(b'{"keys": []}'), "empty_key_set"),
    "deep": (answers(b"[" * 400_000), "invalid_jwks"),
    "a private key": (answers(json.dumps(PRIVATE).encode()), "private_in_public_set"),
    "a secret": (answers(json.dumps(SECRET).encode()), "private_in_public_set"),
    "huge": (answers(b" " * 600_000), "more than 524288 bytes"),
    "an endless body": (drips(HEAD + b"\r\n" + b" " * 600_000), "more than 524288 bytes"),
    "a bomb": (answers(b"\x1f\x8b", headers={"Content-Encoding": "gzip"}), "an encoding"),
    "a redirect": (answers(status=302, headers={"Location": "/elsewhere"}), "redirects elsewhere"),
    "no HTTP": (closes(b"s3cret\r\n\r\n"), "not HTTP"),
    "half of it": (closes(HEAD + b'Content-Length: 100\r\n\r\n{"keys'), "broke the connection"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_answers(
    name: str, issuer: Issuer, logged: Callable[[], list[logging.LogRecord]]
) -> None:
    issuer.behaviour, why = BAD[name]
    with pytest.raises(JWKSUnavailableError) as refused:
        JWKS(f"{issuer.certs}?api_key=s3cret", allow_http=True).key_set()
    said = str(refused.value)
    assert said.startswith("there are no keys to verify with: 127.0.0.1:")
    assert why in said
    assert refused.value.code == "jwks_unavailable"
    assert isinstance(refused.value, jose.JoseError)
    assert refused.value.__cause__ is refused.value.__context__ is None
    (record,) = logged()
    assert (record.levelno, why in record.getMessage()) == (logging.WARNING, True)
    assert "s3cret" not in said + record.getMessage()
    assert len(issuer.requests) == 1


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(lambda handler: time.sleep(5), id="says nothing"),
        pytest.param(drips(HEAD + b"\r\n"), id="drips a body"),
        pytest.param(drips(HEAD + b"X: "), id="drips a header"),
        pytest.param(drips(b"HTTP/1.1 200 "), id="drips a status"),
    ],
)
def test_slow_answers_are_given_up_in_time(behaviour: Behaviour, issuer: Issuer) -> None:
    issuer.behaviour = behaviour
    begun = time.monotonic()
    with pytest.raises(JWKSUnavailableError, match="did not answer"):
        JWKS(issuer.certs, allow_http=True, timeout=0.4).key_set()
    assert 0.3 < time.monotonic() - begun < 3


def test_a_server_that_never_accepts_is_given_up_in_time() -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        url = f"https://127.0.0.1:{deaf.getsockname()[1]}/keys"
        begun = time.monotonic()
        with pytest.raises(JWKSUnavailableError, match="did not answer"):
            JWKS(url, timeout=0.3).key_set()
        assert time.monotonic() - begun < 3


def test_nobody_there() -> None:
    unreached = pytest.raises(JWKSUnavailableError, match="could not be reached")
    with nobody_at() as origin, unreached:
        JWKS(f"{origin}/keys", allow_http=True).key_set()


def test_threads_of_slow_fetches_end(issuer: Issuer) -> None:
    issuer.behaviour = drips(HEAD + b"X: ")
    keys = JWKS(issuer.certs, allow_http=True, timeout=0.1)
    with pytest.raises(JWKSUnavailableError):
        keys.key_set()
    for _ in range(500):
        if not any(thread.name == "tegata-jwks" for thread in threading.enumerate()):
            return
        time.sleep(0.02)
    pytest.fail("a thread is left")


def test_what_is_asked_for(issuer: Issuer) -> None:
    JWKS(issuer.certs, allow_http=True).key_set()
    ((_, headers),) = issuer.requests
    assert headers["Accept"] == "application/jwk-set+json, application/json"
    assert headers["Accept-Encoding"] == "identity"
    assert headers.keys() & {"Authorization", "Cookie", "If-None-Match"} == set()


def test_max_bytes_is_the_last_one_that_will_do(issuer: Issuer) -> None:
    size = len(json.dumps(issuer.keys.to_jwks()).encode())
    assert len(JWKS(issuer.certs, allow_http=True, max_bytes=size).key_set()) == 1
    with pytest.raises(JWKSUnavailableError, match=f"more than {size - 1} bytes"):
        JWKS(issuer.certs, allow_http=True, max_bytes=size - 1).key_set()


def test_keys_of_no_use_are_left_out(issuer: Issuer) -> None:
    others = [{"kty": "EC", "crv": "P-256", "use": "enc"}, {"kty": "XMSS", "kid": "new"}]
    jwks = {"keys": [*others, *issuer.keys.to_jwks()["keys"]]}
    issuer.behaviour = answers(json.dumps(jwks).encode())
    keys = JWKS(issuer.certs, allow_http=True)
    assert [key.kid for key in keys.key_set()] == [key.kid for key in issuer.keys]
    assert keys.decode(issuer.token()).claims["sub"] == "alice"
