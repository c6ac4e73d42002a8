"""`tegata.urls`: the public keys and the issuer's metadata."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.checks import run_checks
from django.test import AsyncClient, Client

from tegata import jose
from tegata._tegata import Key
from tests.django.helpers import KEYS

JWKS = "/.well-known/jwks.json"
METADATA = "/.well-known/oauth-authorization-server"
PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "k", "iat", "nbf", "exp"}


@pytest.fixture(autouse=True)
def _published(settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.django.published_urls"


@pytest.fixture
def client() -> Client:
    """Shows exceptions of views as what they are to a client."""
    return Client(raise_request_exception=False)


def jwks_of(client: Client) -> list[dict[str, Any]]:
    """The published keys."""
    keys: list[dict[str, Any]] = client.get(JWKS).json()["keys"]
    return keys


# No test has a database: none of this needs one.


def test_the_public_halves_of_all_keys_that_verify(client: Client, tegata: Any) -> None:
    names = ("es256.pem", "rs256.pem", "eddsa.pub.pem")
    algorithms = ("ES256", "RS256", "EdDSA")
    keys = [
        Key.from_pem((KEYS / name).read_text(), algorithm)
        for name, algorithm in zip(names, algorithms, strict=True)
    ]
    tegata(KEYS=[key.to_jwk() for key in keys])

    answer = client.get(JWKS)

    assert answer.headers["Content-Type"] == "application/jwk-set+json"
    published = answer.json()["keys"]
    assert [(each["kid"], each["alg"], each["use"]) for each in published] == [
        (key.kid, key.algorithm, "sig") for key in keys
    ]
    assert [each for each in published if PRIVATE & each.keys()] == []
    assert len(jose.KeySet.from_jwks(answer.content)) == 3


@pytest.mark.parametrize(
    "keys",
    [None, ["a secret of no less than thirty-two bytes"], [{"kty": "oct", "k": "QUFB" * 11}]],
)
def test_a_secret_is_never_published(client: Client, tegata: Any, keys: Any) -> None:
    tegata(KEYS=keys)

    answer = client.get(JWKS)

    assert (answer.status_code, answer.json()) == (200, {"keys": []})


def test_a_key_that_is_not_published_yet_or_any_more_is_not_there(
    client: Client, tegata: Any
) -> None:
    new, old, over = (Key.generate("EdDSA") for _ in range(3))
    times = [(new, {"nbf": 250_000_000_000}), (old, {"nbf": 2000}), (over, {"nbf": 1000})]
    tegata(KEYS=[{"keys": [key.to_jwk() | more for key, more in times]}])

    assert [each["kid"] for each in jwks_of(client)] == [old.kid, new.kid]


def test_copies_may_be_kept_and_are_asked_for_by_their_tag(client: Client, tegata: Any) -> None:
    tegata(ALGORITHM="ES256", KEYS=[KEYS / "es256.pem"], JWKS_MAX_AGE=600)

    first = client.get(JWKS)
    assert first.headers["Cache-Control"] == "public, max-age=600"
    tag = first.headers["ETag"]
    for known in (tag, f'"other", W/{tag}', "*"):
        again = client.get(JWKS, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == tag
        assert again.headers["Cache-Control"] == "public, max-age=600"
    assert client.get(JWKS, headers={"If-None-Match": '"other"'}).status_code == 200

    tegata(ALGORITHM="EdDSA", KEYS=[KEYS / "eddsa.pem"])
    changed = client.get(JWKS, headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag


@pytest.mark.parametrize("path", [JWKS, METADATA])
def test_get_and_head_and_nothing_else(client: Client, tegata: Any, path: str) -> None:
    tegata(ISSUER="https://example.org")
    got, asked = client.get(path), client.head(path)

    assert (asked.status_code, asked.content) == (200, b"")
    assert asked.headers["ETag"] == got.headers["ETag"]
    refused = client.post(path)
    assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, HEAD")


async def test_the_same_in_async_servers(tegata: Any) -> None:
    tegata(ALGORITHM="EdDSA", KEYS=[KEYS / "eddsa.pem"], ISSUER="https://example.org")
    client = AsyncClient()

    answer = await client.get(JWKS)
    assert len(answer.json()["keys"]) == 1
    headers = {"If-None-Match": answer.headers["ETag"]}
    assert (await client.get(JWKS, headers=headers)).status_code == 304
    assert (await client.get(METADATA)).json()["issuer"] == "https://example.org"


@pytest.mark.parametrize("path", [JWKS, METADATA])
def test_nobody_has_to_be_logged_in(client: Client, tegata: Any, settings: Any, path: str) -> None:
    settings.MIDDLEWARE = [
        *settings.MIDDLEWARE,
        "django.contrib.auth.middleware.LoginRequiredMiddleware",
    ]
    tegata(ISSUER="https://example.org")

    assert client.get(path).status_code == 200


def test_the_metadata_of_an_issuer(client: Client, tegata: Any) -> None:
    tegata(ISSUER="https://example.org", SCOPES={"read": "Reading"})

    answer = client.get(METADATA, headers={"Host": "evil.example"})

    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert answer.json() == {
        "issuer": "https://example.org",
        "jwks_uri": "https://example.org/.well-known/jwks.json",
        "token_endpoint": "https://example.org/api/auth/token/",
        "token_endpoint_auth_methods_supported": ["none"],
        "grant_types_supported": ["password"],
        "response_types_supported": [],
        "scopes_supported": ["read"],
    }


@pytest.mark.parametrize(
    ("issuer", "path"),
    [
        ("https://example.org/", ""),
        ("https://example.org/shop", "/shop"),
        ("https://example.org/shop/", "/shop"),
        ("https://example.org/a/b%20c", "/a/b%20c"),
    ],
)
def test_an_issuer_with_a_path_has_it_behind_the_well_known_one(
    client: Client, tegata: Any, issuer: str, path: str
) -> None:
    tegata(ISSUER=issuer)

    assert client.get(f"{METADATA}{path}").json()["issuer"] == issuer
    for other in ("/other", f"{path}/more", "/shop%2F..", "//"):
        refused = client.get(f"{METADATA}{other}")
        assert refused.status_code == 404, other
    if path:
        said = client.get(METADATA)
        assert (said.status_code, said.headers["Cache-Control"]) == (404, "no-store")
        assert f"{METADATA}{path}" in said.json()["detail"]


@pytest.mark.parametrize("issuer", ["tegata", "http://example.org", "https://example.org/?a=b"])
def test_an_issuer_that_nobody_can_look_up_is_a_404_that_says_why(
    client: Client, tegata: Any, issuer: str
) -> None:
    tegata(ISSUER=issuer)

    answer = client.get(METADATA)

    assert answer.status_code == 404
    assert "TEGATA['ISSUER']" in answer.json()["detail"]


def test_without_the_form_route_there_is_no_token_endpoint(
    client: Client, tegata: Any, settings: Any
) -> None:
    settings.ROOT_URLCONF = "tests.django.published_elsewhere_urls"
    tegata(ISSUER="https://example.org")

    answer = json.loads(client.get(f"/auth{METADATA}").content)

    assert "token_endpoint" not in answer
    assert answer["jwks_uri"] == "https://example.org/auth/.well-known/jwks.json"


def deployment_warnings() -> list[str]:
    """What `check --deploy` says about what is published."""
    found = run_checks(tags=["urls"], include_deployment_checks=True)
    return [each.id for each in found if each.id is not None and each.id.startswith("tegata")]


def test_w030_an_issuer_that_nobody_can_look_up(tegata: Any, settings: Any) -> None:
    tegata()
    assert deployment_warnings() == ["tegata.W040"]
    tegata(ISSUER="https://example.org")
    assert deployment_warnings() == []
    # It is asked of sites only that publish anything.
    tegata()
    settings.ROOT_URLCONF = "tests.urls"
    assert deployment_warnings() == []


def test_w031_urls_that_do_not_stand_at_the_root(tegata: Any, settings: Any) -> None:
    tegata(ISSUER="https://example.org")
    settings.ROOT_URLCONF = "tests.django.misplaced_urls"
    assert deployment_warnings() == ["tegata.W041"]
