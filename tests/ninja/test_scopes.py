"""Scopes: who gets them, what they open, and what is said where one is missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from freezegun.api import FrozenDateTimeFactory
from ninja import NinjaAPI
from pytest_django import Settings

from tegata import AuthedRequest, JWTAuth, JWTPayload, sessions
from tegata.models import Session
from tests.api import ApiKey
from tests.ninja.helpers import (
    PASSWORD,
    JSONClient,
    Pair,
    assert_refused,
    bearer,
    claims_of,
    forge,
    new_api,
    pair_of,
)

CATALOGUE = {"reports:read": "Read reports", "reports:write": "Write reports"}
MISSING = 'Bearer error="insufficient_scope", scope="{}"'
BOTH = pytest.mark.parametrize("prefix", ["", "a"])


def by_role(user: Any, request: Any, session: Session | None) -> list[str]:
    """Staff may write."""
    return ["reports:read", "reports:write"] if user.is_staff else ["reports:read"]


def guarded_api() -> NinjaAPI:
    """Views for readers, for writers, and for either a writer or a key."""
    api = new_api()
    guards: dict[str, Any] = {
        "read": JWTAuth(scopes=["reports:read"]),
        "write": JWTAuth(scopes=("reports:write",)),
        "all": JWTAuth(scopes=["reports:read", "reports:write"]),
        "either": [JWTAuth(scopes=["reports:write"]), ApiKey()],
        "one-of": [JWTAuth(scopes=["reports:write"]), JWTAuth(scopes=["reports:read"])],
    }

    def view(request: AuthedRequest) -> Any:
        return sorted(getattr(request.auth, "scopes", []))

    async def aview(request: AuthedRequest) -> Any:
        return sorted(getattr(request.auth, "scopes", []))

    for path, guard in guards.items():
        api.get(f"/{path}/", auth=guard, operation_id=path)(view)
        api.get(f"/a{path}/", auth=guard, operation_id=f"a{path}")(aview)
    return api


@pytest.fixture
def site(settings: Settings, user: Any, serve: Callable[[NinjaAPI], None]) -> JSONClient:
    """A site whose scopes follow the role."""
    settings.TEGATA = {"SCOPES": CATALOGUE, "SCOPES_FOR": by_role}
    serve(guarded_api())
    return JSONClient()


@BOTH
def test_a_scope_opens_what_asks_for_it_and_nothing_else(site: JSONClient, prefix: str) -> None:
    token = site.log_in().access

    assert claims_of(token)["scope"] == "reports:read"
    assert site.get(f"{prefix}read/", token).json() == ["reports:read"]
    missing = MISSING.format("reports:write")
    assert_refused(site.get(f"{prefix}write/", token), 403, "insufficient_scope", missing)
    missing = MISSING.format("reports:read reports:write")
    assert_refused(site.get(f"{prefix}all/", token), 403, "insufficient_scope", missing)


@pytest.mark.parametrize("check", ["request", "cache", "user", "refresh", "off"])
@BOTH
def test_with_every_session_check(
    site: JSONClient, settings: Settings, check: str, prefix: str
) -> None:
    settings.TEGATA = {**settings.TEGATA, "SESSION_CHECK": check}
    token = site.log_in().access

    for _ in range(2):
        assert site.get(f"{prefix}read/", token).status_code == 200
        missing = MISSING.format("reports:write")
        assert_refused(site.get(f"{prefix}write/", token), 403, "insufficient_scope", missing)


def test_a_dead_token_is_a_401_before_its_scopes_count(site: JSONClient) -> None:
    pair = site.log_in()
    Session.objects.get().invalidate()

    assert_refused(site.get("write/", pair.access), 401, "session_expired")
    assert_refused(site.get("write/"), 401, "missing_token")


@BOTH
def test_in_a_list_the_next_may_ask_for_less(site: JSONClient, prefix: str) -> None:
    token = site.log_in().access

    assert site.get(f"{prefix}one-of/", token).status_code == 200
    assert site.get(f"{prefix}either/", token, X_API_Key="let me in").status_code == 200
    missing = MISSING.format("reports:write")
    assert_refused(site.get(f"{prefix}either/", token), 403, "insufficient_scope", missing)


def test_n17_a_removed_role_does_not_survive_a_refresh(site: JSONClient) -> None:
    get_user_model().objects.update(is_staff=True)
    pair = site.log_in()
    assert site.get("write/", pair.access).status_code == 200

    get_user_model().objects.update(is_staff=False)
    after = pair_of(site.refresh(pair.refresh))

    assert claims_of(after.access)["scope"] == "reports:read"
    missing = MISSING.format("reports:write")
    assert_refused(site.get("write/", after.access), 403, "insufficient_scope", missing)


def test_they_are_asked_for_at_login_and_at_every_refresh(
    site: JSONClient, user: Any, settings: Settings
) -> None:
    asked: list[tuple[Any, str, str | None]] = []

    def scopes_for(user: Any, request: Any, session: Session | None) -> set[str]:
        asked.append((user, request.path, session and session.pk))
        return set()

    settings.TEGATA = {"SCOPES": CATALOGUE, "SCOPES_FOR": scopes_for}
    pair = site.log_in()
    again = pair_of(site.refresh(pair.refresh))
    site.get("read/", again.access)

    assert asked == [
        (user, "/api/auth/login/", None),
        (user, "/api/auth/refresh/", pair.session_id),
    ]
    # Nothing is granted, and an empty scope cannot be written down (RFC 6749 section 3.3).
    assert "scope" not in claims_of(again.access)


def test_a_catalogue_alone_grants_nothing(site: JSONClient, settings: Settings) -> None:
    settings.TEGATA = {"SCOPES": CATALOGUE}

    assert "scope" not in claims_of(site.log_in().access)


@pytest.mark.parametrize(
    "scope",
    [
        ["reports:read"],
        {"a": 1},
        1,
        None,
        True,
        "",
        " ",
        "reports:read ",
        "a  b",
        'a"',
        "é",
        "a\tb",
    ],
)
def test_a_token_of_ours_with_a_scope_of_another_form_is_refused(
    site: JSONClient, forging_key: bytes, scope: object
) -> None:
    claims = {**claims_of(site.log_in().access), "scope": scope}

    assert_refused(site.get("read/", forge(claims)), 401, "invalid_token")


@pytest.mark.parametrize(
    ("scopes", "told"),
    [
        (["report:read"], r"'report:read'.*Did you mean 'reports:read'\?"),
        (["zzz"], r"'zzz'.*Known scopes: reports:read, reports:write"),
        ("reports:read", r"a str; scopes are an iterable"),
        ([1], r"a int among the scopes"),
        ([], r"has no scopes"),
        (7, r"a int; scopes are an iterable"),
    ],
)
def test_a_gate_with_an_unknown_scope_cannot_be_made(
    settings: Settings, scopes: Any, told: str
) -> None:
    settings.TEGATA = {"SCOPES": CATALOGUE}

    with pytest.raises(ImproperlyConfigured, match=rf"JWTAuth\(scopes=…\) .*{told}"):
        JWTAuth(scopes=scopes)


def test_a_gate_where_there_is_no_catalogue_cannot_be_made() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"'a', which is not in TEGATA\['SCOPES'\]"):
        JWTAuth(scopes=["a"])


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["reports:raed"], r"'reports:raed'.*Did you mean 'reports:read'\?"),
        ("reports:read", r"a str; scopes are an iterable"),
        (None, r"a NoneType; scopes are an iterable"),
        ([None], r"a NoneType among the scopes"),
    ],
)
def test_what_scopes_for_may_not_give_makes_no_token(
    site: JSONClient, settings: Settings, given: Any, told: str
) -> None:
    pair = site.log_in()
    settings.TEGATA = {"SCOPES": CATALOGUE, "SCOPES_FOR": lambda *_: given}

    with pytest.raises(ImproperlyConfigured, match=rf"TEGATA\['SCOPES_FOR'\] gave .*{told}"):
        site.log_in()
    with pytest.raises(ImproperlyConfigured, match=r"TEGATA\['SCOPES_FOR'\]"):
        site.refresh(pair.refresh)

    # The login is as it was, and its token was not used up.
    assert Session.objects.get().generation == 1
    settings.TEGATA = {"SCOPES": CATALOGUE, "SCOPES_FOR": by_role}
    assert site.refresh(pair.refresh).status_code == 200


def form(site: JSONClient, **fields: str) -> Any:
    return site.post_form("auth/token/", username="alice", password=PASSWORD, **fields)


def test_the_form_says_what_is_granted(site: JSONClient) -> None:
    assert form(site).json()["scope"] == "reports:read"
    assert form(site, scope="").json()["scope"] == "reports:read"
    assert form(site, scope="reports:read").json()["scope"] == "reports:read"
    # RFC 6749 section 3.3: a part of what was asked for.
    assert form(site, scope="reports:write reports:read").json()["scope"] == "reports:read"


@pytest.mark.parametrize(
    "scope", ["reports", "openid", "reports:read openid", "reports:read  reports:write", " ", "\0"]
)
def test_the_form_refuses_a_scope_that_nobody_knows(site: JSONClient, scope: str) -> None:
    response = form(site, scope=scope)

    assert (response.status_code, response.json()["error"]) == (400, "invalid_scope")
    assert not Session.objects.exists()


def test_the_form_refuses_a_scope_of_which_nothing_is_granted(site: JSONClient) -> None:
    response = form(site, scope="reports:write")

    assert (response.status_code, response.json()["error"]) == (400, "invalid_scope")
    assert not Session.objects.exists()


def test_the_form_on_a_site_without_scopes(user: Any, caller: JSONClient) -> None:
    assert form(caller, scope="read").json()["error"] == "invalid_scope"
    assert "scope" not in form(caller).json()


# RFC 6749 section 6: a refresh gives nothing that was not granted to begin with.
def test_a_session_that_was_asked_to_do_less_never_does_more(site: JSONClient) -> None:
    get_user_model().objects.update(is_staff=True)
    body = form(site, scope="reports:read").json()
    assert body["scope"] == "reports:read"

    pair = Pair(body["access_token"], body["refresh_token"])
    for _ in range(3):
        pair = pair_of(site.refresh(pair.refresh))
        assert claims_of(pair.access)["scope"] == "reports:read"

    # One that asked for nothing gets whatever the role gives by then.
    assert claims_of(site.log_in().access)["scope"] == "reports:read reports:write"


def test_a_login_view_of_the_sites_own_may_ask_for_less(
    site: JSONClient, user: Any, rf: Any
) -> None:
    get_user_model().objects.update(is_staff=True)
    user.refresh_from_db()

    tokens = sessions.open_session(rf.post("/"), user, scopes=["reports:write"])

    assert tokens.scope == "reports:write"
    with pytest.raises(ImproperlyConfigured, match="Did you mean 'reports:write'"):
        sessions.open_session(rf.post("/"), user, scopes=["report:write"])


class OwnScope(JWTPayload):
    """As a site wrote it that knew no SCOPES."""

    scope: str = ""

    @classmethod
    def claims_for(cls, user: Any, request: Any, session: Session | None) -> dict[str, Any]:
        return {"scope": "legacy things"}


class ListedScope(OwnScope):
    """As RFC 9068 does not have it."""

    scope: list[str] = []  # type: ignore[assignment]

    @classmethod
    def claims_for(cls, user: Any, request: Any, session: Session | None) -> dict[str, Any]:
        return {"scope": ["legacy"]}


class DeclaredScope(JWTPayload):
    """Reads what the engine writes."""

    scope: str


def test_a_payload_class_with_a_scope_of_its_own_goes_on(
    user: Any, caller: JSONClient, settings: Settings
) -> None:
    settings.TEGATA = {"PAYLOAD_CLASS": OwnScope}
    pair = caller.log_in()

    assert claims_of(pair.access)["scope"] == "legacy things"
    assert caller.get("profile/", pair.access).status_code == 200


def test_a_payload_class_cannot_write_over_what_is_granted(
    site: JSONClient, settings: Settings
) -> None:
    settings.TEGATA = {**settings.TEGATA, "PAYLOAD_CLASS": OwnScope}

    with pytest.raises(ImproperlyConfigured, match="`scope` is written by the engine"):
        site.log_in()


def test_a_scope_that_no_reader_takes_is_not_signed(
    user: Any, caller: JSONClient, settings: Settings
) -> None:
    settings.TEGATA = {"PAYLOAD_CLASS": ListedScope}

    with pytest.raises(ImproperlyConfigured, match="`scope` must be a text"):
        caller.log_in()


def test_a_payload_class_may_declare_what_the_engine_writes(
    site: JSONClient, settings: Settings
) -> None:
    settings.TEGATA = {**settings.TEGATA, "PAYLOAD_CLASS": DeclaredScope}
    pair = site.log_in()

    assert site.get("read/", pair.access).status_code == 200
    assert site.refresh(pair.refresh).status_code == 200


def test_the_document_names_scopes_and_the_403(site: JSONClient) -> None:
    document = site.get("openapi.json").json()
    paths = document["paths"]

    flows = document["components"]["securitySchemes"]["JWTAuth"]["flows"]
    assert flows["password"]["scopes"] == CATALOGUE
    written = {
        path: paths[f"/api/{path}/"]["get"]["security"] for path in ("read", "aall", "either")
    }
    assert written == {
        "read": [{"JWTAuth": ["reports:read"]}],
        "aall": [{"JWTAuth": ["reports:read", "reports:write"]}],
        "either": [{"JWTAuth": ["reports:write"]}, {"ApiKey": []}],
    }
    assert paths["/api/one-of/"]["get"]["security"] == [
        {"JWTAuth": ["reports:write"]},
        {"JWTAuth": ["reports:read"]},
    ]
    answer = paths["/api/read/"]["get"]["responses"]["403"]
    name = answer["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    codes = document["components"]["schemas"][name]["properties"]["error_code"]["enum"]
    assert codes == ["insufficient_scope"]
    assert "403" not in paths["/api/auth/sessions/"]["get"]["responses"]
    assert site.get("openapi.json").json() == document


def test_a_403_that_is_about_no_token_has_no_challenge(site: JSONClient) -> None:
    body = {"current_password": "wrong", "new_password": "another good one"}
    response = site.django.post(
        "/api/auth/password/",
        body,
        content_type="application/json",
        headers=bearer(site.log_in().access),
    )

    assert_refused(response, 403, "invalid_credentials")


def test_a_gate_costs_no_query_more(
    site: JSONClient, django_assert_num_queries: Any, clock: FrozenDateTimeFactory
) -> None:
    token = site.log_in().access

    with django_assert_num_queries(1):
        assert site.get("read/", token).status_code == 200
