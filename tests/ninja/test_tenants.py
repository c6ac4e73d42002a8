"""Tenants: a token of one, or of none, is nothing to another."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.http import HttpRequest
from django.test import AsyncClient, Client
from freezegun.api import FrozenDateTimeFactory
from ninja import NinjaAPI
from pytest_django import Settings

from tegata import APIError, AuthedRequest, JWTAuth, JWTPayload
from tegata.models import Session
from tegata.testing import alog_in, log_in
from tests.api import ApiKey
from tests.ninja.helpers import JSONClient, Pair, assert_refused, claims_of, forge, new_api, pair_of

BOTH = pytest.mark.parametrize("where", ["plain/", "aplain/"])
EVERY_CHECK = pytest.mark.parametrize("check", ["request", "cache", "user", "refresh", "off"])
REFUSED = "The token is not valid."


def by_host(request: HttpRequest) -> str | None:
    """`acme.example.org` is Acme's; the bare name is nobody's."""
    label, _, rest = request.get_host().partition(".")
    return label if rest == "example.org" else None


def at(host: str) -> JSONClient:
    """A client of one host."""
    return JSONClient(Client(HTTP_HOST=host))


ACME, BETA, NOBODY = "acme.example.org", "beta.example.org", "example.org"


def guarded_api() -> NinjaAPI:
    api = new_api()

    @api.get("/plain/", auth=JWTAuth())
    def plain(request: AuthedRequest) -> Any:
        return request.auth.tenant

    @api.get("/aplain/", auth=JWTAuth())
    async def aplain(request: AuthedRequest) -> Any:
        return request.auth.tenant

    @api.get("/either/", auth=[JWTAuth(), ApiKey()])
    def either(request: HttpRequest) -> str:
        return "in"

    return api


@pytest.fixture
def site(settings: Settings, user: Any, serve: Callable[[NinjaAPI], None]) -> Settings:
    settings.TEGATA = {"TENANT": by_host}
    serve(guarded_api())
    return settings


def use(site: Settings, **settings: Any) -> None:
    site.TEGATA = {**site.TEGATA, **settings}


def everybody() -> dict[str, Pair]:
    """A login at each of the hosts."""
    return {host: at(host).log_in() for host in (ACME, BETA, NOBODY)}


@EVERY_CHECK
@BOTH
def test_the_gate_lets_in_tokens_of_the_requests_tenant_only(
    site: Settings, check: str, where: str
) -> None:
    use(site, SESSION_CHECK=check)
    pairs = everybody()

    for host, tenant in ((ACME, "acme"), (BETA, "beta"), (NOBODY, None)):
        for of, pair in pairs.items():
            for _ in range(2):
                response = at(host).get(where, pair.access)
                if of == host:
                    assert (response.status_code, response.json()) == (200, tenant)
                else:
                    assert assert_refused(response, 401, "invalid_token") == REFUSED


def test_both_tokens_of_every_pair_are_bound(site: Settings) -> None:
    pair = at(ACME).log_in()
    for _ in range(3):
        assert [claims_of(token)["tenant"] for token in (pair.access, pair.refresh)] == ["acme"] * 2
        pair = pair_of(at(ACME).refresh(pair.refresh))

    nobodys = at(NOBODY).log_in()
    assert not any("tenant" in claims_of(token) for token in (nobodys.access, nobodys.refresh))


@EVERY_CHECK
def test_a_refresh_elsewhere_is_refused_and_ends_nothing(site: Settings, check: str) -> None:
    use(site, SESSION_CHECK=check)
    pairs = everybody()

    for of, pair in pairs.items():
        for host in {ACME, BETA, NOBODY} - {of}:
            assert assert_refused(at(host).refresh(pair.refresh), 401, "invalid_token") == REFUSED
    assert not Session.objects.exclude(expired_at=None).exists()
    assert not Session.objects.exclude(generation=1).exists()
    for of, pair in pairs.items():
        assert at(of).refresh(pair.refresh).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_spent_refresh_token_elsewhere_is_no_reuse(
    site: Settings, clock: FrozenDateTimeFactory
) -> None:
    pair = at(ACME).log_in()
    after = pair_of(at(ACME).refresh(pair.refresh))
    at(ACME).get("plain/", after.access)
    clock.tick(60)

    assert_refused(at(BETA).refresh(pair.refresh), 401, "invalid_token")
    assert Session.objects.get().expired_at is None
    assert_refused(at(ACME).refresh(pair.refresh), 401, "token_reuse_detected")


def test_an_expired_token_says_elsewhere_no_more_than_a_good_one(
    site: Settings, clock: FrozenDateTimeFactory
) -> None:
    pair = at(ACME).log_in()
    clock.tick(3600)

    assert_refused(at(ACME).get("plain/", pair.access), 401, "expired_token")
    assert_refused(at(BETA).get("plain/", pair.access), 401, "invalid_token")
    assert_refused(at(BETA).get("plain/", pair.refresh), 401, "invalid_token")


def test_a_logout_elsewhere_ends_nothing(site: Settings) -> None:
    pair = at(ACME).log_in()

    for host in (BETA, NOBODY):
        body = {"refresh_token": pair.refresh}
        assert_refused(at(host).post("auth/logout/", token=pair.access), 401, "invalid_token")
        assert_refused(at(host).post("auth/logout/", body), 401, "invalid_token")
        assert_refused(at(host).post("auth/logout/", body, pair.access), 401, "invalid_token")
        for path in ("auth/logout/all/", "auth/logout/others/"):
            assert_refused(at(host).post(path, token=pair.access), 401, "invalid_token")
    assert Session.objects.get().expired_at is None

    assert at(ACME).post("auth/logout/", {"refresh_token": pair.refresh}).status_code == 200
    assert Session.objects.get().end_reason == "log_out"


def test_verify_elsewhere_knows_nothing(site: Settings) -> None:
    pair = at(ACME).log_in()

    for token in (pair.access, pair.refresh):
        assert at(ACME).post("auth/verify/", {"token": token}).status_code == 200
        for host in (BETA, NOBODY):
            answer = at(host).post("auth/verify/", {"token": token})
            assert assert_refused(answer, 401, "invalid_token") == REFUSED


@BOTH
def test_a_site_without_tenants_takes_no_token_of_one(site: Settings, where: str) -> None:
    pair = at(ACME).log_in()
    site.TEGATA = {}

    assert_refused(at(ACME).get(where, pair.access), 401, "invalid_token")
    assert_refused(at(ACME).refresh(pair.refresh), 401, "invalid_token")
    assert_refused(
        at(ACME).post("auth/logout/", {"refresh_token": pair.refresh}), 401, "invalid_token"
    )
    assert_refused(at(ACME).post("auth/verify/", {"token": pair.access}), 401, "invalid_token")
    assert Session.objects.get().expired_at is None


def test_in_a_list_our_own_token_of_another_tenant_is_refused_at_once(site: Settings) -> None:
    pair = at(ACME).log_in()

    response = at(BETA).get("either/", pair.access, X_API_Key="let me in")
    assert_refused(response, 401, "invalid_token")
    assert at(BETA).get("either/", X_API_Key="let me in").status_code == 200


# Sessions are the user's, who looks for a device and not for a host; and a password that changes
# ends them everywhere.
def test_a_user_of_two_tenants_sees_and_ends_all_sessions_from_either(site: Settings) -> None:
    acme, beta = at(ACME).log_in(), at(BETA).log_in()

    listed = at(ACME).get("auth/sessions/", acme.access).json()
    assert {each["id"] for each in listed} == {acme.session_id, beta.session_id}
    assert [each["id"] for each in listed if each["is_current"]] == [acme.session_id]

    ended = at(ACME).delete(f"auth/sessions/{beta.session_id}/", acme.access)
    assert ended.status_code == 200
    assert_refused(at(BETA).get("plain/", beta.access), 401, "session_expired")


def test_the_claim_may_have_another_name(site: Settings) -> None:
    use(site, TENANT_CLAIM="org")
    pair = at(ACME).log_in()

    assert claims_of(pair.access)["org"] == "acme"
    assert at(ACME).get("plain/", pair.access).json() == "acme"
    assert_refused(at(BETA).get("plain/", pair.access), 401, "invalid_token")


@pytest.mark.parametrize("tenant", [1, None, True, "", ["acme"], {"a": 1}, "x" * 256, "Acme"])
def test_a_token_whose_tenant_is_of_another_form_is_refused(
    site: Settings, forging_key: bytes, tenant: object
) -> None:
    claims = claims_of(at(ACME).log_in().access)
    assert at(ACME).get("plain/", forge(claims)).status_code == 200

    for host in (ACME, NOBODY):
        token = forge({**claims, "tenant": tenant})
        assert_refused(at(host).get("plain/", token), 401, "invalid_token")


def test_a_token_with_two_tenants_is_refused(site: Settings, forging_key: bytes) -> None:
    claims = claims_of(at(ACME).log_in().access)
    claims.pop("tenant")
    import json

    text = json.dumps(claims)[:-1] + ', "tenant": "acme", "tenant": "beta"}'
    for host in (ACME, BETA, NOBODY):
        assert_refused(at(host).get("plain/", forge(text.encode())), 401, "invalid_token")


class DirectoryDownError(Exception):
    """What a site's callable raises."""


def raises(request: HttpRequest) -> str:
    raise DirectoryDownError("password=hunter2")


def queries(request: HttpRequest) -> str | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 'acme'")
        return str(cursor.fetchone()[0])


def fails_in_the_database(request: HttpRequest) -> str:
    # In a savepoint, or PostgreSQL would fail all that follows in the test's transaction.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT nothing FROM nowhere")
    return "acme"


@pytest.mark.parametrize(
    "tell",
    [
        raises,
        fails_in_the_database,
        lambda request: 7,
        lambda request: b"acme",
        lambda request: "",
        lambda request: "x" * 256,
        lambda request: "\ud800",
        lambda request: False,
        lambda request: ["acme"],
    ],
    ids=range(9),
)
def test_a_callable_that_fails_lets_nobody_in(
    site: Settings, caplog: pytest.LogCaptureFixture, tell: Any
) -> None:
    pair, nobodys = at(ACME).log_in(), at(NOBODY).log_in()
    use(site, TENANT=tell)
    caplog.clear()

    with caplog.at_level(logging.DEBUG, "tegata"):
        for _ in range(2):
            for each in (pair, nobodys):
                answers = [
                    at(ACME).get("plain/", each.access),
                    at(ACME).get("aplain/", each.access),
                    at(ACME).get("either/", each.access, X_API_Key="let me in"),
                    at(ACME).refresh(each.refresh),
                    at(ACME).post("auth/verify/", {"token": each.access}),
                    at(ACME).post("auth/logout/", {"refresh_token": each.refresh}),
                    at(ACME).post("auth/logout/", token=each.access),
                    at(ACME).get("auth/sessions/", each.access),
                ]
                for answer in answers:
                    assert_refused(answer, 503, "service_unavailable")
    # Once for a cause, and without what the exception says.
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert len([error for error in errors if error.name == "tegata"]) == 1
    assert "hunter2" not in caplog.text
    assert not Session.objects.exclude(expired_at=None).exists()

    use(site, TENANT=by_host)
    assert at(ACME).get("plain/", pair.access).status_code == 200


def test_a_login_where_the_callable_fails_opens_no_session(site: Settings) -> None:
    use(site, TENANT=raises)
    body = {"username": "alice", "password": "correct horse battery staple"}

    assert_refused(at(ACME).post("auth/login/", body), 503, "service_unavailable")
    assert_refused(at(ACME).post_form("auth/token/", **body), 503, "service_unavailable")
    assert not Session.objects.exists()


@BOTH
def test_the_callable_may_refuse_by_itself(site: Settings, where: str) -> None:
    def unknown(request: HttpRequest) -> str:
        raise APIError("unknown_tenant", 404, "Nobody is served here.")

    pair = at(ACME).log_in()
    use(site, TENANT=unknown)

    assert_refused(at(ACME).get(where, pair.access), 404, "unknown_tenant")
    assert_refused(at(ACME).refresh(pair.refresh), 404, "unknown_tenant")


@EVERY_CHECK
@pytest.mark.django_db(transaction=True)
@BOTH
def test_the_callable_may_ask_the_database_in_async_views_too(
    site: Settings, check: str, where: str
) -> None:
    use(site, TENANT=queries, SESSION_CHECK=check)
    pair = at(ACME).log_in()

    for _ in range(2):
        assert at(ACME).get(where, pair.access).json() == "acme"


class Declared(JWTPayload):
    """Reads the tenant as a claim."""

    tenant: str


class Strict(JWTPayload):
    """Takes no claim that it does not know."""

    model_config = {"extra": "forbid"}


def test_a_payload_class_may_declare_the_claim(site: Settings) -> None:
    use(site, PAYLOAD_CLASS=Declared)
    pair = at(ACME).log_in()

    assert at(ACME).get("plain/", pair.access).status_code == 200
    assert at(ACME).refresh(pair.refresh).status_code == 200


def test_a_payload_class_that_takes_no_tenant_says_so_at_the_login(site: Settings) -> None:
    use(site, PAYLOAD_CLASS=Strict)

    with pytest.raises(ImproperlyConfigured, match="tenant: Extra inputs"):
        at(ACME).log_in()


def test_a_test_client_is_signed_in_at_its_own_host(site: Settings, user: Any) -> None:
    for made in (Client(HTTP_HOST=ACME), Client(headers={"host": ACME})):
        log_in(made, user)
        assert made.get("/api/plain/").json() == "acme"
        assert_refused(made.get("/api/plain/", headers={"host": BETA}), 401, "invalid_token")


@pytest.mark.django_db(transaction=True)
async def test_an_async_test_client_is_signed_in_as_its_requests_are(
    site: Settings, user: Any
) -> None:
    # Django's async client is always of one host, and has other names for headers.
    use(site, TENANT=lambda request: request.headers.get("X-Tenant"))
    made = AsyncClient(X_TENANT="acme")
    await alog_in(made, user)
    assert (await made.get("/api/aplain/")).json() == "acme"
