"""What docs/guides/tokens-from-elsewhere.md says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from django.contrib.auth import get_user_model
from django.test import AsyncClient, Client, RequestFactory

from tegata import jose, sessions
from tests.docs.checks.helpers import new_user
from tests.ninja.providers import (
    TENANT,
    Internet,
    Provider,
    auth0_tenant,
    cognito_pool,
    entra_anybody,
    entra_tenant,
    firebase_project,
    google_accounts,
    internet,
    jwk,
    key,
    keycloak_17,
    supabase_project,
)

pytestmark = pytest.mark.django_db(transaction=True)

SHOP = "https://login.example.com/realms/shop"
STOCK = "https://stock.example.com"
WAREHOUSE = "https://warehouse.example.com"


@pytest.fixture(autouse=True, scope="module")
def hosts() -> Iterator[Internet]:
    """All hosts of the page on a server of this test; the page's code knows nothing of it."""
    with internet() as hosts, pytest.MonkeyPatch.context() as patch:
        to_the_server = hosts.client
        real = httpx2.AsyncClient

        def client(**options: Any) -> httpx2.AsyncClient:
            with pytest.MonkeyPatch.context() as inner:
                inner.setattr(httpx2, "AsyncClient", real)
                return to_the_server()

        patch.setattr(httpx2, "AsyncClient", client)
        for name in (SHOP, STOCK):
            found_at = f"{name}/.well-known/openid-configuration"
            hosts.documents[found_at] = {"issuer": name, "jwks_uri": f"{name}/keys"}
        # The page's Keycloak is its first issuer, which signs with both.
        keys = {"keys": [jwk(key("ES256")), jwk(key())]}
        hosts.documents |= {f"{SHOP}/keys": keys, f"{WAREHOUSE}/keys.json": keys}
        hosts.documents[f"{STOCK}/keys"] = {"keys": [jwk(key("ES256", 1))]}
        yield hosts


def token(iss: str = SHOP, number: int = 0, typ: str = "JWT", **claims: Any) -> str:
    said: dict[str, Any] = {
        "iss": iss,
        "sub": "f1b2c3d4",
        "aud": "shop-api",
        "exp": 9**10,
        **claims,
    }
    said = {name: value for name, value in said.items() if value is not None}
    return jose.encode(said, key("ES256", number), headers={"typ": typ})


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def get(path: str, text: str) -> Any:
    return Client().get(f"/api/{path}/", headers=bearer(text))


async def test_a_gate() -> None:
    answer = await AsyncClient().get("/api/me/", headers=bearer(token()))
    assert answer.json() == {"issuer": SHOP, "subject": "f1b2c3d4"}
    client = AsyncClient()
    good = token(scope="orders:write")
    ordered = await client.post("/api/orders/", headers=bearer(good))
    assert ordered.json() == {"customer": "f1b2c3d4"}
    assert (await client.post("/api/orders/", headers=bearer(token()))).status_code == 403


@pytest.mark.parametrize(
    ("claims", "status", "code"),
    [
        ({"iss": "https://elsewhere.example"}, 401, "invalid_token"),
        ({"iss": f"{SHOP}/"}, 401, "invalid_token"),
        ({"iss": SHOP.upper()}, 401, "invalid_token"),
        ({"number": 1}, 401, "invalid_token"),
        ({"aud": "another"}, 401, "invalid_token"),
        ({"sub": None}, 401, "invalid_token"),
        ({"nbf": 9**10}, 401, "invalid_token"),
        ({"exp": None}, 401, "invalid_token"),
        ({"typ": "logout+jwt"}, 401, "invalid_token_type"),
        ({"exp": 1}, 401, "expired_token"),
    ],
)
def test_what_a_token_gets(claims: Any, status: int, code: str) -> None:
    refused = get("me", token(**claims))
    assert (refused.status_code, refused.json()["error_code"]) == (status, code)


def test_claims() -> None:
    assert get("name", token(preferred_username="alice")).json() == {"name": "alice"}
    for bad in (None, 7):
        assert get("name", token(preferred_username=bad)).status_code == 401


def test_users() -> None:
    from tegata.issuers import username_of

    claims: dict[str, Any] = {
        "preferred_username": "alice",
        "email": "a@example.org",
        "email_verified": True,
    }
    first = get("account", token(**claims)).json()
    assert first["email"] == "a@example.org"
    assert get("account", token(**claims)).json() == first
    user = get_user_model().objects.get()
    assert user.username == username_of(SHOP, "f1b2c3d4")
    claims["email_verified"] = False
    second = get("account", token(**claims, sub="other")).json()
    assert second["email"] == ""
    user.is_active = False
    user.save()
    assert get("account", token(**claims)).json()["error_code"] == "invalid_user"
    user.is_active = True
    user.set_password("a password of its own")
    user.save()
    assert get("account", token(**claims)).json()["error_code"] == "invalid_user"


def test_a_table_of_ones_own() -> None:
    assert get("wallet", token()).status_code == 401
    new_user()
    assert get("wallet", token()).json() == {"owner": "alice"}
    assert get("wallet", token(sub="other")).status_code == 401


def test_scopes() -> None:
    def of_stock(**claims: Any) -> Any:
        return get("stock", token(STOCK, 1, **claims))

    said: dict[str, Any] = {
        "scope": "a",
        "roles": ["b", "no scope"],
        "access": {"rights": ["stock:read"]},
    }
    assert of_stock(**said).json() == ["a", "b", "stock:read"]
    assert of_stock(scp="stock:read").status_code == 403


def test_several_issuers() -> None:
    assert get("prices", token()).json() == {"for": f"{SHOP} f1b2c3d4"}
    assert get("prices", token(STOCK, 1)).json() == {"for": f"{STOCK} f1b2c3d4"}
    assert get("prices", token(STOCK, 0)).status_code == 401
    user = new_user()
    own = sessions.open_session(RequestFactory().get("/"), user).access_token
    assert get("prices", own).json() == {"for": str(user.pk)}


def test_any_other_issuer(hosts: Internet, monkeypatch: pytest.MonkeyPatch) -> None:
    good = token(WAREHOUSE, client_id="scanner", typ="at+jwt")
    assert get("shelves", good).json() == {"client": "scanner"}
    assert get("shelves", token(WAREHOUSE, client_id="scanner")).status_code == 401
    assert get("shelves", token(WAREHOUSE, client_id="x", typ="at+jwt")).status_code == 401

    monkeypatch.delitem(hosts.documents, f"{WAREHOUSE}/keys.json")
    assert get("shelves", good).status_code == 200
    refused = get("shelves", token(WAREHOUSE, 1, client_id="scanner", typ="at+jwt"))
    assert (refused.status_code, refused.json()["error_code"]) == (503, "service_unavailable")
    assert int(refused.headers["Retry-After"]) >= 1


@pytest.mark.parametrize(
    ("gate", "make"),
    [
        ("keycloak_auth", keycloak_17),
        ("auth0_auth", auth0_tenant),
        ("cognito_auth", cognito_pool),
        ("entra_auth", entra_tenant),
        ("everybody_auth", entra_anybody),
        ("google_auth", google_accounts),
        ("firebase_auth", firebase_project),
        ("supabase_auth", supabase_project),
    ],
)
def test_presets(hosts: Internet, gate: str, make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from mysite import providers  # type: ignore[import-not-found]

    from tegata import APIError

    provider: Provider = make()
    for url, document in provider.documents.items():
        if make is not keycloak_17:
            monkeypatch.setitem(hosts.documents, url, document)
    auth = getattr(providers, gate)
    request = RequestFactory().get("/")
    details = auth.authenticate(request, provider.token())
    assert (details.issuer, details.scopes) == (provider.issuer, provider.scopes)
    for other in provider.others:
        with pytest.raises(APIError):
            auth.authenticate(request, provider.token(other))
    assert TENANT in providers.entra_auth.issuers[0].name
