"""Tokens of well-known identity providers, with documents of the shapes that these publish."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from ninja import NinjaAPI

from tegata import jose
from tegata.issuers import (
    ANY_TENANT,
    IssuerAuth,
    auth0,
    cognito,
    entra,
    firebase,
    google,
    keycloak,
    supabase,
)
from tests.ninja.helpers import JSONClient, assert_refused, new_api
from tests.ninja.providers import (
    CONSUMERS,
    OTHER_TENANT,
    PROVIDERS,
    TENANT,
    Internet,
    Provider,
    auth0_tenant,
    cognito_pool,
    entra_anybody,
    google_accounts,
    internet,
    jwk,
    key,
    keycloak_17,
    supabase_project,
)

# No row is read, so a run on another database would only do the same once more.
if os.environ.get("TEGATA_TEST_DATABASE", "sqlite") != "sqlite":
    pytestmark = pytest.mark.skip("no row is read")


@pytest.fixture
def hosts() -> Iterator[Internet]:
    with internet() as hosts:
        yield hosts


Serve = Callable[..., None]


@pytest.fixture
def serve_views(serve: Callable[[NinjaAPI], None]) -> Serve:
    def put(gate: IssuerAuth, asking: IssuerAuth | None = None) -> None:
        api = new_api()

        def about(request: Any) -> Any:
            return [request.auth.issuer, request.auth.subject, sorted(request.auth.scopes)]

        @api.get("/plain/", auth=gate)
        def plain(request: Any) -> Any:
            return about(request)

        @api.get("/aplain/", auth=gate)
        async def aplain(request: Any) -> Any:
            return about(request)

        @api.get("/scoped/", auth=asking or gate)
        async def scoped(request: Any) -> Any:
            return about(request)

        serve(api)

    return put


@pytest.fixture(params=PROVIDERS, ids=[make.__name__ for make in PROVIDERS])
def provider(request: pytest.FixtureRequest, hosts: Internet) -> Provider:
    provider: Provider = request.param()
    hosts.documents.update(provider.documents)
    return provider


def test_access_tokens_open_views_and_no_others(
    provider: Provider, hosts: Internet, serve_views: Serve, caller: JSONClient
) -> None:
    issuer = provider.make(fetch={"client": hosts.client})
    asking = IssuerAuth(issuer, scopes=sorted(provider.scopes) or ["a"])
    serve_views(IssuerAuth(issuer), asking)
    expected = [provider.issuer, provider.access["sub"], sorted(provider.scopes)]
    for where in ("plain/", "aplain/"):
        answer = caller.get(where, provider.token())
        assert answer.status_code == 200, answer.content
        assert answer.json() == expected
        for other in provider.others:
            assert caller.get(where, provider.token(other)).status_code == 401, other
        assert_refused(caller.get(where, provider.token(exp=1)), 401, "expired_token")
        elsewhere = provider.token(iss=f"{provider.issuer}x")
        assert_refused(caller.get(where, elsewhere), 401, "invalid_token")
    # Each document was asked for once, and none that is not there.
    assert sorted(hosts.asked) == sorted(provider.documents)
    scoped = caller.get("scoped/", provider.token())
    assert scoped.status_code == (200 if provider.scopes else 403)


def test_a_token_without_the_scopes(
    provider: Provider, hosts: Internet, serve_views: Serve, caller: JSONClient
) -> None:
    issuer = provider.make(fetch={"client": hosts.client})
    serve_views(IssuerAuth(issuer, scopes=["nobody:has"]))
    challenge = 'Bearer error="insufficient_scope", scope="nobody:has"'
    for where in ("plain/", "aplain/"):
        refused = caller.get(where, provider.token())
        assert_refused(refused, 403, "insufficient_scope", challenge)


def test_no_key_confusion_between_providers_of_one_gate(
    hosts: Internet, serve_views: Serve, caller: JSONClient
) -> None:
    providers = [keycloak_17(), auth0_tenant(), cognito_pool()]
    for number, provider in enumerate(providers):
        # Each has a key of its own, under a name that all of them use.
        provider.signs = key("ES256", number).with_kid("one")
        for url, document in provider.documents.items():
            if "keys" in document:
                provider.documents[url] = {"keys": [jwk(provider.signs)]}
        hosts.documents.update(provider.documents)
    fetch = {"client": hosts.client}
    serve_views(IssuerAuth(*(each.make(fetch=fetch) for each in providers)))
    for provider in providers:
        assert caller.get("plain/", provider.token()).json()[0] == provider.issuer
        for other in providers:
            if other is not provider:
                # All that the one says, signed by the other.
                forged = jose.encode(
                    jose.decode_unverified(provider.token()).claims,
                    other.signs,
                    headers={"typ": provider.typ},
                )
                assert_refused(caller.get("plain/", forged), 401, "invalid_token")
                assert_refused(caller.get("aplain/", forged), 401, "invalid_token")


def test_tenants_of_entra(hosts: Internet, serve_views: Serve, caller: JSONClient) -> None:
    provider = entra_anybody()
    hosts.documents.update(provider.documents)
    fetch = {"client": hosts.client}
    serve_views(IssuerAuth(provider.make(tenants=[TENANT, OTHER_TENANT], fetch=fetch)))
    of = "https://login.microsoftonline.com/{}/v2.0".format
    for tenant in (TENANT, OTHER_TENANT):
        good = provider.token(iss=of(tenant), tid=tenant)
        assert caller.get("plain/", good).json()[0] == of(tenant)
    third = "6f4c1ad2-0b63-4c39-9ee1-3d1f7f3b0a03"
    for iss, tid in ((third, third), (TENANT, OTHER_TENANT), ("{tenantid}", TENANT)):
        token = provider.token(iss=of(iss), tid=tid)
        assert_refused(caller.get("plain/", token), 401, "invalid_token")


def test_a_key_of_one_tenant_signs_for_no_other(
    hosts: Internet, serve_views: Serve, caller: JSONClient
) -> None:
    provider = entra_anybody()
    hosts.documents.update(provider.documents)
    serve_views(IssuerAuth(provider.make(fetch={"client": hosts.client})))
    # It is in the set that all tenants share, and says of itself that it is for personal accounts.
    provider.signs = key("RS256", 1)
    assert_refused(caller.get("plain/", provider.token()), 401, "invalid_token")
    own = f"https://login.microsoftonline.com/{CONSUMERS}/v2.0"
    assert_refused(
        caller.get("plain/", provider.token(iss=own, tid=CONSUMERS)), 401, "invalid_token"
    )


def test_supabase_with_its_legacy_secret(
    hosts: Internet, serve_views: Serve, caller: JSONClient
) -> None:
    provider = supabase_project()
    hosts.documents.update(provider.documents)
    serve_views(IssuerAuth(provider.make(fetch={"client": hosts.client})))
    provider.signs = jose.Key.from_secret(b"the legacy secret of that project", "HS256")
    assert_refused(caller.get("plain/", provider.token()), 401, "invalid_token")
    with pytest.raises(ImproperlyConfigured, match="takes HS256, which verifies with the secret"):
        supabase("abcdefghijkl", algorithms=["HS256"])


def test_supabase_that_has_no_signing_key_yet(
    hosts: Internet, serve_views: Serve, caller: JSONClient
) -> None:
    provider = supabase_project()
    (url,) = provider.documents
    hosts.documents[url] = {"keys": []}
    serve_views(IssuerAuth(provider.make(fetch={"client": hosts.client})))
    refused = caller.get("plain/", provider.token())
    assert_refused(refused, 503, "service_unavailable")
    assert int(refused.headers["Retry-After"]) >= 1


def test_google_by_its_old_name_is_another_issuer(
    hosts: Internet, serve_views: Serve, caller: JSONClient
) -> None:
    provider = google_accounts()
    hosts.documents.update(provider.documents)
    serve_views(IssuerAuth(provider.make(fetch={"client": hosts.client})))
    token = provider.token(iss="accounts.google.com")
    assert_refused(caller.get("plain/", token), 401, "invalid_token")


def test_keycloak_by_its_clients(hosts: Internet, serve_views: Serve, caller: JSONClient) -> None:
    provider = keycloak_17()
    hosts.documents.update(provider.documents)
    gate = provider.make(audience=None, clients=["shop-spa"], fetch={"client": hosts.client})
    serve_views(IssuerAuth(gate))
    issuer, _, scopes = caller.get("plain/", provider.token(aud="account")).json()
    assert issuer == provider.issuer
    # Whose roles at which service they are, nobody has said.
    assert "orders:write" not in scopes
    for azp in ("another", None, ["shop-spa"]):
        token = provider.token(aud="account", azp=azp)
        assert_refused(caller.get("plain/", token), 401, "invalid_token")


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: keycloak("http://login.example.com", realm="a", audience="b"), "http is not"),
        (lambda: keycloak("https://login.example.com", realm="a"), "neither an audience"),
        (lambda: auth0("https://shop.eu.auth0.com", audience="a"), "is no host"),
        (lambda: auth0("shop.eu.auth0.com/", audience="a"), "is no host"),
        (lambda: auth0("shop.eu.auth0.com", audience=[]), "neither an audience"),
        (lambda: cognito(region="eu-central-1", user_pool="a"), "neither an audience"),
        (lambda: entra(tenants="common", audience="a"), "ids of tenants"),
        (lambda: entra(tenants="shop.onmicrosoft.com", audience="a"), "ids of tenants"),
        (lambda: entra(tenants=TENANT.upper(), audience="a"), "ids of tenants"),
        (lambda: entra(tenants=[], audience="a"), "ids of tenants"),
        (lambda: entra(tenants=ANY_TENANT), "neither an audience"),
        (lambda: entra(tenants=ANY_TENANT, version=1, audience="a"), "takes one tenant"),
        (lambda: entra(tenants=TENANT, version=3, audience="a"), "is 1 or 2"),
        (lambda: google(), "neither an audience"),
        (lambda: firebase("shop", audience=None), "neither an audience"),
        (lambda: supabase("Shop Project"), "is no host"),
    ],
)
def test_presets_that_cannot_be(make: Callable[[], object], problem: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=problem):
        make()


def test_what_a_provider_asks_for_is_asked_for_besides_ones_own() -> None:
    # Were these replaced, an ID token with `hd` would open the API.
    issuer = entra(tenants=TENANT, audience="a", require=["oid"])
    other = supabase("abcdefghijkl", claims={"is_anonymous": False})
    assert repr(issuer) == f"<Issuer https://login.microsoftonline.com/{TENANT}/v2.0>"
    assert repr(other) == "<Issuer https://abcdefghijkl.supabase.co/auth/v1>"
