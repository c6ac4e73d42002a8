"""Well-known identity providers as they are: their documents and tokens, with keys of a test's own.

One HTTP server on 127.0.0.1 stands in for all their hosts; what is fetched from it are their own
paths.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

import httpx2

from tegata import jose
from tegata.issuers import (
    ANY_TENANT,
    Issuer,
    auth0,
    cognito,
    entra,
    firebase,
    google,
    keycloak,
    supabase,
)

TENANT = "6f4c1ad2-0b63-4c39-9ee1-3d1f7f3b0a01"
OTHER_TENANT = "6f4c1ad2-0b63-4c39-9ee1-3d1f7f3b0a02"
# That of personal accounts.
CONSUMERS = "9188040d-6c67-4c5b-b112-36a304b66dad"
API_CLIENT = "0d2b6c1e-6f5c-4a53-8e13-5f1d0a3a7c11"


def key(alg: str = "RS256", number: int = 0) -> jose.Key:
    """One of each, since making one for RSA takes its time."""
    return _key(alg, number)


@cache
def _key(alg: str, number: int) -> jose.Key:
    return jose.Key.generate(alg)


@dataclass
class Provider:
    """One of them.

    Attributes:
        issuer: What its tokens have for `iss`.
        make: Makes the preset, with further arguments.
        documents: Its documents, by URL.
        access: The claims of an access token, but for `iss` and times.
        scopes: What that one covers.
        others: The claims of its other tokens, which open nothing.
        typ: The header's.
        signs: What it signs with.
    """

    issuer: str
    make: Callable[..., Issuer]
    documents: dict[str, dict[str, Any]]
    access: dict[str, Any]
    scopes: set[str]
    others: list[dict[str, Any]] = field(default_factory=list)
    typ: str | None = "JWT"
    signs: jose.Key = field(default_factory=key)

    def token(self, claims: dict[str, Any] | None = None, **changes: Any) -> str:
        """A token with the claims of an access token or others, good for an hour."""
        now = int(time.time())
        said = {"iss": self.issuer, "iat": now, "exp": now + 3600, **(claims or self.access)}
        said = {name: value for name, value in {**said, **changes}.items() if value is not None}
        return jose.encode(said, self.signs, headers={"typ": self.typ})


def jwk(signs: jose.Key, *leave_out: str, **members: Any) -> dict[str, Any]:
    """The public half, as a provider writes it."""
    public = {**signs.public().to_jwk(), "use": "sig", **members}
    return {name: value for name, value in public.items() if name not in leave_out}


def keycloak_17() -> Provider:
    """A realm; its set has a key for encryption, too."""
    issuer = "https://login.example.com/realms/shop"
    certs = f"{issuer}/protocol/openid-connect/certs"
    x509 = {"x5c": ["MIICmzCCAYMCBgGX"], "x5t": "q4x", "x5t#S256": "kN8"}
    encryption = jwk(key("RS256", 1), alg="RSA-OAEP", use="enc", **x509)
    access = {
        "jti": "onrtac:6f2c",
        "aud": ["shop-api", "account"],
        "sub": "f1b2c3d4-0000-4000-8000-000000000001",
        "typ": "Bearer",
        "azp": "shop-spa",
        "sid": "c2a1",
        "acr": "1",
        "allowed-origins": ["https://shop.example.com"],
        "realm_access": {"roles": ["offline_access", "staff", "Team Lead"]},
        "resource_access": {
            "shop-api": {"roles": ["orders:write"]},
            "account": {"roles": ["manage-account"]},
        },
        "scope": "openid profile email",
        "email_verified": True,
        "preferred_username": "alice",
    }
    return Provider(
        issuer,
        lambda **more: keycloak(
            "https://login.example.com/", realm="shop", **{"audience": "shop-api", **more}
        ),
        {
            f"{issuer}/.well-known/openid-configuration": {
                "issuer": issuer,
                "authorization_endpoint": f"{issuer}/protocol/openid-connect/auth",
                "token_endpoint": f"{issuer}/protocol/openid-connect/token",
                "introspection_endpoint": f"{issuer}/protocol/openid-connect/token/introspect",
                "userinfo_endpoint": f"{issuer}/protocol/openid-connect/userinfo",
                "end_session_endpoint": f"{issuer}/protocol/openid-connect/logout",
                "jwks_uri": certs,
                "grant_types_supported": ["authorization_code", "refresh_token"],
                "id_token_signing_alg_values_supported": ["PS384", "RS256", "HS256", "EdDSA"],
                "mtls_endpoint_aliases": {
                    "token_endpoint": f"{issuer}/protocol/openid-connect/token"
                },
                "authorization_response_iss_parameter_supported": True,
            },
            certs: {"keys": [encryption, jwk(key(), **x509)]},
        },
        access,
        {"openid", "profile", "email", "offline_access", "staff", "orders:write"},
        [
            {**access, "typ": "ID", "aud": "shop-api", "at_hash": "x", "nonce": "n"},
            {**access, "typ": "Refresh", "aud": issuer},
            {**access, "typ": "DPoP"},
            {**access, "typ": None},
            {**access, "aud": "account"},
        ],
    )


def auth0_tenant() -> Provider:
    """A tenant of Auth0; its name ends with a slash."""
    issuer = "https://shop.eu.auth0.com/"
    certs = f"{issuer}.well-known/jwks.json"
    access = {
        "sub": "auth0|64f1c9",
        "aud": ["https://api.shop.example", f"{issuer}userinfo"],
        "azp": "sPaCl1ent",
        "scope": "openid profile orders:read",
        "permissions": ["orders:write"],
    }
    return Provider(
        issuer,
        lambda **more: auth0(
            "shop.eu.auth0.com", **{"audience": "https://api.shop.example", **more}
        ),
        {
            f"{issuer}.well-known/openid-configuration": {
                "issuer": issuer,
                "authorization_endpoint": f"{issuer}authorize",
                "token_endpoint": f"{issuer}oauth/token",
                "device_authorization_endpoint": f"{issuer}oauth/device/code",
                "userinfo_endpoint": f"{issuer}userinfo",
                "jwks_uri": certs,
                "id_token_signing_alg_values_supported": ["HS256", "RS256", "PS256"],
                "request_uri_parameter_supported": False,
            },
            certs: {
                "keys": [
                    jwk(key(), x5t="q4x", x5c=["MIIDBTCC"]),
                    jwk(key("RS256", 1), x5t="kN8", x5c=["MIIDBTCC"]),
                ]
            },
        },
        access,
        {"openid", "profile", "orders:read", "orders:write"},
        # An ID token is for the application.
        [{"sub": "auth0|64f1c9", "aud": "sPaCl1ent", "nonce": "n", "email": "a@example.com"}],
        typ="at+jwt",
    )


def cognito_pool() -> Provider:
    """A user pool; its access tokens have neither `aud` nor `typ`."""
    issuer = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI"
    certs = f"{issuer}/.well-known/jwks.json"
    access = {
        "sub": "c3a4f8d2-70a1-7045-0b1d-000000000001",
        "cognito:groups": ["staff"],
        "version": 2,
        "client_id": "1h57kf5cpq17m0eml12EXAMPLE",
        "origin_jti": "9a1b",
        "event_id": "64f1",
        "token_use": "access",
        "scope": "openid shop/orders.read",
        "auth_time": int(time.time()),
        "jti": "aaa",
        "username": "alice",
    }
    identity = {
        "sub": access["sub"],
        "aud": access["client_id"],
        "token_use": "id",
        "cognito:username": "alice",
        "email": "alice@example.com",
    }
    return Provider(
        issuer,
        lambda **more: cognito(
            region="eu-central-1",
            user_pool="eu-central-1_AbCdEfGhI",
            **{"clients": "1h57kf5cpq17m0eml12EXAMPLE", **more},
        ),
        {
            f"{issuer}/.well-known/openid-configuration": {
                "authorization_endpoint": "https://shop.auth.eu-central-1.amazoncognito.com/auth",
                "id_token_signing_alg_values_supported": ["RS256"],
                "issuer": issuer,
                "jwks_uri": certs,
                "response_types_supported": ["code", "token"],
                "scopes_supported": ["openid", "email", "phone", "profile"],
                "subject_types_supported": ["public"],
            },
            certs: {"keys": [jwk(key("RS256", 1)), jwk(key())]},
        },
        access,
        {"openid", "shop/orders.read"},
        [
            identity,
            {**identity, "client_id": access["client_id"]},
            {**access, "client_id": "another"},
            {**access, "client_id": None, "aud": access["client_id"]},
        ],
        typ=None,
    )


def entra_documents(name: str, tenant: str, keys: list[dict[str, Any]]) -> dict[str, Any]:
    """Metadata and keys of Entra ID, which stand on one host for every tenant."""
    login = "https://login.microsoftonline.com"
    certs = f"{login}/{tenant}/discovery/v2.0/keys"
    return {
        f"{login}/{tenant}/v2.0/.well-known/openid-configuration": {
            "token_endpoint": f"{login}/{tenant}/oauth2/v2.0/token",
            "jwks_uri": certs,
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "issuer": name,
            "tenant_region_scope": "EU",
            "cloud_instance_name": "microsoftonline.com",
            "msgraph_host": "graph.microsoft.com",
        },
        certs: {"keys": keys},
    }


def entra_jwk(signs: jose.Key, issuer: str) -> dict[str, Any]:
    """A key as Entra ID writes it: without `alg`, and with whose it is."""
    # Its signatures are by RS256, which no key says.
    return jwk(
        signs,
        "alg",
        x5t=signs.kid,
        x5c=["MIIC/jCCAeag"],
        cloud_instance_name="microsoftonline.com",
        issuer=issuer,
    )


def _entra_claims(tenant: str) -> dict[str, Any]:
    return {
        "aud": API_CLIENT,
        "nbf": int(time.time()) - 5,
        "aio": "AWQAm/8T",
        "azp": "9a1b2c3d-0000-4000-8000-000000000001",
        "azpacr": "0",
        "name": "Alice",
        "oid": "00000000-0000-0000-66f3-3332eca7ea81",
        "preferred_username": "alice@shop.example",
        "rh": "0.AXoA",
        "roles": ["Reports.Read"],
        "scp": "access_as_user orders.read",
        "sub": "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ",
        "tid": tenant,
        "uti": "fqiBqXLPj0eQa82S",
        "ver": "2.0",
    }


def _entra_others(access: dict[str, Any]) -> list[dict[str, Any]]:
    # The ID token of an app that is the API at once; it may have roles.
    identity = {**access, "azp": None, "azpacr": None, "scp": None, "nonce": "n"}
    return [identity, {**access, "scp": None, "roles": None}, {**access, "aud": "another"}]


def entra_tenant() -> Provider:
    """One tenant, by its own keys."""
    issuer = f"https://login.microsoftonline.com/{TENANT}/v2.0"
    access = _entra_claims(TENANT)
    keys = [entra_jwk(key(), issuer), entra_jwk(key("RS256", 1), issuer)]
    return Provider(
        issuer,
        lambda **more: entra(**{"tenants": TENANT, "audience": API_CLIENT, **more}),
        entra_documents(issuer, TENANT, keys),
        access,
        {"access_as_user", "orders.read", "Reports.Read"},
        _entra_others(access),
    )


def entra_anybody() -> Provider:
    """Every tenant, by the keys that they share; one key is that of personal accounts alone."""
    template = "https://login.microsoftonline.com/{tenantid}/v2.0"
    consumers = f"https://login.microsoftonline.com/{CONSUMERS}/v2.0"
    access = _entra_claims(OTHER_TENANT)
    keys = [entra_jwk(key("RS256", 1), consumers), entra_jwk(key(), template)]
    return Provider(
        f"https://login.microsoftonline.com/{OTHER_TENANT}/v2.0",
        lambda **more: entra(**{"tenants": ANY_TENANT, "audience": API_CLIENT, **more}),
        entra_documents(template, "organizations", keys),
        access,
        {"access_as_user", "orders.read", "Reports.Read"},
        [*_entra_others(access), {**access, "tid": TENANT}, {**access, "tid": None}],
    )


def entra_version_1() -> Provider:
    """One tenant, by tokens of the first version, whose issuer is on another host."""
    issuer = f"https://sts.windows.net/{TENANT}/"
    login = "https://login.microsoftonline.com"
    certs = f"{login}/common/discovery/keys"
    access = {**_entra_claims(TENANT), "aud": f"api://{API_CLIENT}", "ver": "1.0"}
    del access["azp"], access["azpacr"]
    access |= {"appid": "9a1b2c3d-0000-4000-8000-000000000001", "appidacr": "0"}
    return Provider(
        issuer,
        lambda **more: entra(
            **{"tenants": TENANT, "version": 1, "audience": f"api://{API_CLIENT}", **more}
        ),
        {
            f"{login}/{TENANT}/.well-known/openid-configuration": {
                "token_endpoint": f"{login}/{TENANT}/oauth2/token",
                "jwks_uri": certs,
                "issuer": issuer,
                "id_token_signing_alg_values_supported": ["RS256"],
            },
            certs: {"keys": [jwk(key(), "alg", x5t=key().kid, x5c=["MIIC/jCC"])]},
        },
        access,
        {"access_as_user", "orders.read", "Reports.Read"},
        [{**access, "appid": None}],
    )


def google_accounts() -> Provider:
    """Sign in with Google; what it has for an API are ID tokens."""
    issuer = "https://accounts.google.com"
    certs = "https://www.googleapis.com/oauth2/v3/certs"
    client = "1234-abc.apps.googleusercontent.com"
    identity = {
        "azp": client,
        "aud": client,
        "sub": "110169484474386276334",
        "hd": "shop.example",
        "email": "alice@shop.example",
        "email_verified": True,
        "at_hash": "HK6E_P6Dh8Y93mRNtsDB1Q",
        "name": "Alice",
    }
    return Provider(
        issuer,
        lambda **more: google(**{"audience": client, "claims": {"hd": "shop.example"}, **more}),
        {
            f"{issuer}/.well-known/openid-configuration": {
                "issuer": issuer,
                "authorization_endpoint": "https://accounts.google.com/o/oauth2/v2/auth",
                "token_endpoint": "https://oauth2.googleapis.com/token",
                "jwks_uri": certs,
                "response_types_supported": ["code", "id_token", "none"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            },
            certs: {"keys": [jwk(key("RS256", 1)), jwk(key())]},
        },
        identity,
        set(),
        [
            {**identity, "hd": "evil.example"},
            {**identity, "hd": None},
            {**identity, "aud": "9999-zzz.apps.googleusercontent.com"},
        ],
    )


def firebase_project() -> Provider:
    """A project of Firebase; its keys are Google's, on another host."""
    issuer = "https://securetoken.google.com/shop-1234"
    certs = (
        "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com"
    )
    now = int(time.time())
    identity = {
        "roles": ["staff"],
        "aud": "shop-1234",
        "auth_time": now,
        "user_id": "Zk7",
        "sub": "Zk7",
        "email": "alice@example.com",
        "email_verified": False,
        "firebase": {
            "identities": {"email": ["alice@example.com"]},
            "sign_in_provider": "password",
        },
    }
    return Provider(
        issuer,
        lambda **more: firebase("shop-1234", **{"scopes_from": ["roles"], **more}),
        {
            f"{issuer}/.well-known/openid-configuration": {
                "issuer": issuer,
                "jwks_uri": certs,
                "response_types_supported": ["id_token"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            },
            certs: {"keys": [jwk(key()), jwk(key("RS256", 1))]},
        },
        identity,
        {"staff"},
        [
            {**identity, "aud": "another-project"},
            {**identity, "auth_time": None},
            # A session cookie.
            {**identity, "iss": "https://session.firebase.google.com/shop-1234"},
            {**identity, "iss": "https://securetoken.google.com/another-project"},
        ],
    )


def supabase_project() -> Provider:
    """A project of Supabase with a signing key."""
    issuer = "https://abcdefghijkl.supabase.co/auth/v1"
    signs = key("ES256")
    access = {
        "aud": "authenticated",
        "sub": "123e4567-e89b-12d3-a456-426614174000",
        "email": "alice@example.com",
        "phone": "",
        "app_metadata": {"provider": "email", "providers": ["email"]},
        "user_metadata": {"role": "service_role", "scope": "admin"},
        "role": "authenticated",
        "aal": "aal1",
        "amr": [{"method": "password", "timestamp": int(time.time())}],
        "session_id": "5b1c",
        "is_anonymous": False,
    }
    return Provider(
        issuer,
        lambda **more: supabase("abcdefghijkl", **{"claims": {"is_anonymous": False}, **more}),
        {
            f"{issuer}/.well-known/jwks.json": {
                "keys": [jwk(signs, ext=True, key_ops=["verify"], alg="ES256")]
            }
        },
        access,
        set(),
        [
            {**access, "role": "service_role"},
            {**access, "role": "anon"},
            {**access, "aud": "anon"},
            {**access, "is_anonymous": True},
            {**access, "sub": None},
        ],
        signs=signs,
    )


PROVIDERS = [
    keycloak_17,
    auth0_tenant,
    cognito_pool,
    entra_tenant,
    entra_anybody,
    entra_version_1,
    google_accounts,
    firebase_project,
    supabase_project,
]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        server = cast("_Server", self.server)
        url = f"https://{self.headers['Host']}{self.path}"
        server.asked.append(url)
        document = server.documents.get(url)
        body = json.dumps(document).encode()
        self.send_response(404 if document is None else 200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "public, max-age=3600")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Says nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    documents: dict[str, Any]
    asked: list[str]


@dataclass
class Internet:
    """All hosts of a test, on one server."""

    documents: dict[str, Any]
    asked: list[str]
    port: int

    def client(self) -> httpx2.AsyncClient:
        """A client for which every host is that server."""
        port = self.port

        class ToTheServer(httpx2.AsyncHTTPTransport):
            async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
                # Its `Host` header stays that of the host that was meant.
                request.url = request.url.copy_with(scheme="http", host="127.0.0.1", port=port)
                return await super().handle_async_request(request)

        return httpx2.AsyncClient(transport=ToTheServer(verify=False))


@contextmanager
def internet() -> Iterator[Internet]:
    """Starts the server."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.documents, server.asked = {}, []
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield Internet(server.documents, server.asked, server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
