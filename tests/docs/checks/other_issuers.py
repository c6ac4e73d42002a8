"""What docs/guides/tokens-of-other-issuers.md says."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import AsyncClient, Client

from tegata import jose
from tegata.jwks import JWKS
from tests.jwks.certificates import make_ca
from tests.jwks.issuer import REALM, Issuer


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issuer]:
    """The issuer of the page, for which its modules are made to ask in its stead."""
    ca, context = make_ca(tmp_path_factory.mktemp("ca"))
    shutil.copy(ca, "company-ca.pem")
    with Issuer(context) as issuer, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(ca))
        for name in ("login_service", "company"):
            module = Path("mysite", f"{name}.py")
            text = module.read_text()
            assert f"https://login.example.com{REALM}" in text
            module.write_text(text.replace("https://login.example.com", issuer.origin))
        yield issuer


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_a_gate(issuer: Issuer) -> None:
    client = AsyncClient()
    good = issuer.token(aud="shop-api", scope="read", is_superuser=True)
    answer = await client.get("/api/basket/", headers=bearer(good))
    assert answer.json() == {"customer": "alice", "scope": "read"}
    for bad in (issuer.token(aud="another-api"), issuer.token(), "a.b.c"):
        refused = await client.get("/api/basket/", headers=bearer(bad))
        assert refused.status_code == 401
        assert refused.headers["WWW-Authenticate"].startswith("Bearer")


async def test_views(issuer: Issuer) -> None:
    good = bearer(issuer.token(aud="shop-api"))
    client = AsyncClient()
    for path in ("orders", "invoices"):
        answer = await client.get(f"/api/{path}/", headers=good)
        assert (answer.status_code, answer.json()) == (200, {"customer": "alice"})
        for bad in (
            issuer.token(aud="another-api"),
            issuer.token(),
            issuer.token(aud="shop-api", iss="https://login.example.com/realms/other"),
            issuer.token(aud="shop-api", exp=1),
            jose.encode({"sub": "mallory", "aud": "shop-api"}, jose.Key.generate("ES256")),
            "a.b.c",
        ):
            assert (await client.get(f"/api/{path}/", headers=bearer(bad))).status_code == 401
        assert (await client.get(f"/api/{path}/")).status_code == 401
    issuer.keys = jose.KeySet([jose.Key.generate("RS256"), *issuer.keys])
    assert (await client.get("/api/orders/", headers=good)).status_code == 200


def test_no_keys(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    from mysite import login_service  # type: ignore[import-not-found]

    nobody = JWKS.for_issuer("https://127.0.0.1:1")
    monkeypatch.setattr(login_service, "keys", nobody)
    for path in ("orders", "invoices"):
        answer: Any = Client().get(f"/api/{path}/", headers=bearer(issuer.token(aud="shop-api")))
        assert (answer.status_code, answer.json()) == (503, {"detail": "Try again later."})


def test_a_url(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    from mysite import other_services

    assert repr(other_services.payments) == (
        "<JWKS https://payments.example.com/.well-known/oauth-authorization-server>"
    )
    monkeypatch.setattr(other_services, "warehouse", JWKS(issuer.certs))
    token = issuer.token(iss="https://warehouse.example.com", aud="shop-api")
    assert other_services.claims_of_warehouse(token)["sub"] == "alice"
    with pytest.raises(jose.WrongIssuerError):
        other_services.claims_of_warehouse(issuer.token(aud="shop-api"))


def test_a_ca(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    from mysite import company

    monkeypatch.delenv("SSL_CERT_FILE")
    assert company.staff.decode(issuer.token()).claims["sub"] == "alice"
