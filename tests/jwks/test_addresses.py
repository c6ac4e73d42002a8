"""URLs and options that cannot be are refused where they are given, and nothing secret is shown."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import pytest

from tegata import jose
from tegata.jwks import JWKS
from tegata.jwks.options import Settings


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://issuer.example/keys", "http is not trusted"),
        ("http://127.0.0.1/keys", "http is not trusted"),
        ("HTTP://issuer.example/keys", "http is not trusted"),
        ("file:///etc/passwd", "only https"),
        ("ftp://issuer.example/keys", "only https"),
        ("data:application/json,{}", "only https"),
        ("//issuer.example/keys", "only https"),
        ("issuer.example/keys", "only https"),
        ("", "only https"),
        ("https:///keys", "names no host"),
        ("https:keys", "names no host"),
        ("https://user:s3cret@issuer.example/keys", "no place for credentials"),
        ("https://user@issuer.example/keys", "no place for credentials"),
        ("https://issuer.example/keys#one", "a fragment"),
        ("https://issuer.example/\nkeys", "no URL"),
        ("https://issuer.example:port/keys", "no URL"),
        ("https://[::1/keys", "no URL"),
    ],
)
def test_urls_that_keys_may_not_come_from(url: str, problem: str) -> None:
    for make in (JWKS, JWKS.for_issuer):
        with pytest.raises(jose.InvalidArgumentError, match=problem) as refused:
            make(url)
        assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("url", ["file:///keys", "ftp://issuer.example/keys", "data:,{}"])
def test_allow_http_allows_http_only(url: str) -> None:
    assert repr(JWKS("http://127.0.0.1:80/keys", allow_http=True)) == "<JWKS http://127.0.0.1/keys>"
    with pytest.raises(jose.InvalidArgumentError, match="only https"):
        JWKS(url, allow_http=True)


def test_no_text_is_no_url() -> None:
    with pytest.raises(jose.InvalidArgumentError, match="no URL"):
        JWKS(b"https://issuer.example/keys")  # type: ignore[arg-type]


def test_repr_leaves_out_the_query() -> None:
    keys = JWKS("https://issuer.example:8443/keys?api_key=s3cret")
    assert repr(keys) == "<JWKS https://issuer.example:8443/keys>"


def test_an_issuer_has_no_query() -> None:
    with pytest.raises(jose.InvalidArgumentError, match="an issuer has no query"):
        JWKS.for_issuer("https://issuer.example/?tenant=1")


@pytest.mark.parametrize(
    ("issuer", "openid", "oauth"),
    [
        (
            "https://issuer.example",
            "https://issuer.example/.well-known/openid-configuration",
            "https://issuer.example/.well-known/oauth-authorization-server",
        ),
        (
            "https://issuer.example/",
            "https://issuer.example/.well-known/openid-configuration",
            "https://issuer.example/.well-known/oauth-authorization-server",
        ),
        (
            "https://issuer.example/realms/a%20shop/",
            "https://issuer.example/realms/a%20shop/.well-known/openid-configuration",
            "https://issuer.example/.well-known/oauth-authorization-server/realms/a%20shop",
        ),
    ],
)
def test_where_the_metadata_is(issuer: str, openid: str, oauth: str) -> None:
    assert str(JWKS.for_issuer(issuer)._source.url) == openid
    assert str(JWKS.for_issuer(issuer, discovery="oauth")._source.url) == oauth


@pytest.mark.parametrize(
    "options",
    [
        {"timeout": 0},
        {"timeout": math.inf},
        {"timeout": math.nan},
        {"timeout": -1},
        {"timeout": "5"},
        {"timeout": True},
        {"timeout": timedelta(seconds=-1)},
        {"max_bytes": 0},
        {"max_bytes": 1.5},
        {"max_bytes": True},
        {"min_refetch_interval": -1},
        {"default_lifetime": None},
        {"min_lifetime": 100, "max_lifetime": 99},
        {"max_stale": math.nan},
    ],
)
def test_options_that_cannot_be(options: Any) -> None:
    for make in (JWKS, JWKS.for_issuer):
        with pytest.raises(jose.InvalidArgumentError, match=next(iter(options))):
            make("https://issuer.example/keys", **options)


def test_unknown_options_are_mistakes() -> None:
    with pytest.raises(TypeError, match="'max_age'"):
        JWKS("https://issuer.example/keys", max_age=5)  # type: ignore[call-arg]
    with pytest.raises(jose.InvalidArgumentError, match="discovery"):
        JWKS.for_issuer("https://issuer.example", discovery="saml")  # type: ignore[arg-type]


def test_spans_are_seconds_or_timedeltas() -> None:
    for span in (90, 90.0, timedelta(seconds=90)):
        assert Settings.of({"timeout": span}) == Settings(timeout=90.0)
    assert Settings.of({"max_stale": math.inf}).max_stale == math.inf


@pytest.mark.parametrize(
    ("stated", "seconds"), [(None, 300), (0, 60), (59, 60), (600, 600), (2**31, 86_400)]
)
def test_what_an_answer_states_is_bounded(stated: float | None, seconds: float) -> None:
    assert Settings().lifetime(stated) == seconds
