"""https, with a certificate that is verified."""

from __future__ import annotations

import json
import ssl
from pathlib import Path

import httpx2
import pytest

from tegata.jwks import JWKS, JWKSUnavailableError
from tests.jwks.certificates import make_ca
from tests.jwks.issuer import REALM, Issuer, answers


def client_of(ca: Path) -> httpx2.AsyncClient:
    """A client that trusts one CA."""
    return httpx2.AsyncClient(verify=ssl.create_default_context(cafile=str(ca)))


async def test_a_ca_of_ones_own(tmp_path: Path) -> None:
    ca, context = make_ca(tmp_path)
    with Issuer(context) as issuer:
        keys = JWKS.for_issuer(issuer.name, client=lambda: client_of(ca))
        assert issuer.name.startswith("https://")
        assert keys.decode(issuer.token()).claims["sub"] == "alice"
        assert (await keys.adecode(issuer.token())).claims["sub"] == "alice"
        assert issuer.asked() == 1


def test_a_ca_of_the_whole_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ca, context = make_ca(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(ca))
    with Issuer(context) as issuer:
        assert JWKS(issuer.certs).decode(issuer.token()).claims["sub"] == "alice"


def test_a_certificate_by_nobody_known(tmp_path: Path) -> None:
    _, context = make_ca(tmp_path)
    with Issuer(context) as issuer:
        with pytest.raises(JWKSUnavailableError, match="a certificate that was not accepted"):
            JWKS(issuer.certs).key_set()
        assert issuer.requests == []


def test_a_certificate_for_somebody_else(tmp_path: Path) -> None:
    ca, context = make_ca(tmp_path, address="127.0.0.2")
    with Issuer(context) as issuer:
        with pytest.raises(JWKSUnavailableError, match="a certificate that was not accepted"):
            JWKS(issuer.certs, client=lambda: client_of(ca)).key_set()
        assert issuer.requests == []


def test_https_of_one_that_speaks_http(issuer: Issuer) -> None:
    with pytest.raises(JWKSUnavailableError, match="could not be spoken to by TLS"):
        JWKS(issuer.certs.replace("http:", "https:")).key_set()


def test_metadata_over_https_may_not_name_keys_over_http(tmp_path: Path, issuer: Issuer) -> None:
    ca, context = make_ca(tmp_path)
    with Issuer(context) as secure:
        metadata = {"issuer": secure.name, "jwks_uri": issuer.certs}
        path = f"{REALM}/.well-known/openid-configuration"
        secure.behaviours[path] = answers(json.dumps(metadata).encode())
        with pytest.raises(JWKSUnavailableError, match="may not be fetched from"):
            JWKS.for_issuer(secure.name, client=lambda: client_of(ca)).key_set()
    assert issuer.requests == []
