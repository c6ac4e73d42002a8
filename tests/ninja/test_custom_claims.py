"""`TEGATA["PAYLOAD_CLASS"]`: claims of one's own, typed, at login and again at every refresh."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from pydantic import Field, field_validator
from pytest_django import Settings

from tegata import AuthedRequest, JWTAuth, JWTPayload
from tegata.models import Session
from tests.ninja.helpers import (
    JSONClient,
    Pair,
    assert_refused,
    claims_of,
    forge,
    new_api,
    pair_of,
)


class ContactPayload(JWTPayload):
    """Filled from the user, without a line of code."""

    email: str
    is_staff: bool


class RolesPayload(JWTPayload):
    """Filled by a method."""

    roles: list[str]
    where: str
    session_known: bool
    seen: int = 0

    @classmethod
    def claims_for(cls, user: Any, request: HttpRequest, session: Session | None) -> dict[str, Any]:
        return {
            "roles": sorted(user.groups.values_list("name", flat=True)),
            "where": request.path,
            "session_known": session is not None,
            "not_a_field": None,
        }


class RichPayload(JWTPayload):
    """Types that JSON does not have."""

    team: UUID
    since: datetime
    quota: Decimal
    plan: Literal["free", "paid"] = "free"

    @classmethod
    def claims_for(cls, user: Any, request: HttpRequest, session: Session | None) -> dict[str, Any]:
        return {"team": UUID(int=7), "since": user.date_joined, "quota": Decimal("1.50")}


class TextIdPayload(JWTPayload):
    """Says that keys are text, on a site where they are numbers."""

    user_id: str


class UUIDPayload(JWTPayload):
    """As the guide for another library has it."""

    user_id: UUID


class PickyPayload(JWTPayload):
    """Whose fields refuse what its method gives."""

    team_id: int = Field(gt=0)
    secret: str = ""

    @classmethod
    def claims_for(cls, user: Any, request: HttpRequest, session: Session | None) -> dict[str, Any]:
        return {"team_id": -1, "secret": ["mellon"]}


def payload_of(caller: JSONClient, token: str, serve: Any) -> Any:
    """What a view finds in `request.auth.claims`."""
    seen: list[Any] = []
    api = new_api()

    @api.get("/claims/", auth=JWTAuth())
    def claims(request: AuthedRequest[Any, Any]) -> None:
        seen.append(request.auth.claims)

    serve(api)
    response = caller.get("claims/", token)
    assert response.status_code == 200, response.content
    return seen[0]


def test_fields_are_taken_from_the_user(
    user: Any, caller: JSONClient, settings: Settings, serve: Any
) -> None:
    settings.TEGATA = {"PAYLOAD_CLASS": ContactPayload}
    pair = caller.log_in()

    claims = claims_of(pair.access)
    assert (claims["email"], claims["is_staff"]) == ("alice@example.org", False)
    # A refresh token is for nobody but the site itself.
    assert "email" not in claims_of(pair.refresh)
    payload = payload_of(caller, pair.access, serve)
    assert type(payload) is ContactPayload
    assert payload.email == "alice@example.org"
    assert payload.user_id == user.pk


def test_they_are_taken_anew_at_every_refresh(
    user: Any, caller: JSONClient, settings: Settings
) -> None:
    settings.TEGATA = {"PAYLOAD_CLASS": "tests.ninja.test_custom_claims.ContactPayload"}
    pair = caller.log_in()
    get_user_model().objects.update(email="new@example.org", is_staff=True)

    pair = pair_of(caller.refresh(pair.refresh))

    claims = claims_of(pair.access)
    assert (claims["email"], claims["is_staff"]) == ("new@example.org", True)


def test_a_role_that_was_taken_away_does_not_survive_a_refresh(
    user: Any, caller: JSONClient, settings: Settings, serve: Any
) -> None:
    settings.TEGATA = {"PAYLOAD_CLASS": RolesPayload}
    user.groups.add(Group.objects.create(name="editors"), Group.objects.create(name="admins"))
    pair = caller.log_in()
    at_login = claims_of(pair.access)
    assert at_login["roles"] == ["admins", "editors"]
    assert (at_login["where"], at_login["session_known"]) == ("/api/auth/login/", False)
    assert at_login["not_a_field"] is None
    user.groups.get(name="admins").delete()

    # A lost answer that is asked for again is a refresh too.
    for _ in range(2):
        after = pair_of(caller.refresh(pair.refresh))
        at_refresh = claims_of(after.access)
        assert at_refresh["roles"] == ["editors"]
        assert (at_refresh["where"], at_refresh["session_known"]) == ("/api/auth/refresh/", True)

    payload = payload_of(caller, after.access, serve)
    assert (payload.roles, payload.seen) == (["editors"], 0)


def test_without_rotation_too(user: Any, caller: JSONClient, settings: Settings) -> None:
    settings.TEGATA = {"PAYLOAD_CLASS": ContactPayload, "ROTATE_REFRESH_TOKENS": False}
    pair = caller.log_in()
    get_user_model().objects.update(email="new@example.org")

    access_token = caller.refresh(pair.refresh).json()["access_token"]

    assert claims_of(access_token)["email"] == "new@example.org"


def test_the_form_route_fills_them_too(user: Any, caller: JSONClient, settings: Settings) -> None:
    settings.TEGATA = {"PAYLOAD_CLASS": ContactPayload}

    response = caller.post_form(
        "auth/token/", username="alice", password="correct horse battery staple"
    )

    assert claims_of(response.json()["access_token"])["email"] == "alice@example.org"


def test_types_that_json_does_not_have(
    user: Any, caller: JSONClient, settings: Settings, serve: Any
) -> None:
    settings.TEGATA = {"PAYLOAD_CLASS": RichPayload}

    payload = payload_of(caller, caller.log_in().access, serve)

    assert payload.team == UUID(int=7)
    assert payload.since == user.date_joined
    assert payload.quota == Decimal("1.50")
    assert payload.plan == "free"


@pytest.mark.parametrize("payload_class", [TextIdPayload, UUIDPayload])
def test_a_declared_type_that_the_user_model_does_not_have_signs_no_token(
    user: Any, caller: JSONClient, settings: Settings, payload_class: type[JWTPayload]
) -> None:
    settings.TEGATA = {"PAYLOAD_CLASS": payload_class}

    with pytest.raises(ImproperlyConfigured, match="user_id: "):
        caller.log_in()
    assert not Session.objects.exists()


class ValidatedPayload(JWTPayload):
    """Has a rule that is no type."""

    plan: str = "free"

    @field_validator("plan")
    @classmethod
    def _is_sold(cls, plan: str) -> str:
        if plan not in {"free", "team"}:
            raise ValueError("is not sold")
        return plan

    @classmethod
    def claims_for(cls, *args: Any) -> dict[str, Any]:
        return {"plan": "gold"}


def test_a_claim_that_a_validator_refuses_signs_no_token(
    user: Any, caller: JSONClient, settings: Settings
) -> None:
    settings.TEGATA = {"PAYLOAD_CLASS": ValidatedPayload}

    with pytest.raises(ImproperlyConfigured, match=r"plan: .*is not sold"):
        caller.log_in()


def test_claims_that_the_fields_refuse_never_go_into_a_token(
    user: Any, caller: JSONClient, settings: Settings
) -> None:
    settings.TEGATA = {"PAYLOAD_CLASS": PickyPayload}

    with pytest.raises(ImproperlyConfigured) as error:
        caller.log_in()

    message = str(error.value)
    assert "TEGATA['PAYLOAD_CLASS'].claims_for" in message
    assert "team_id: Input should be greater than 0" in message
    assert "secret: " in message
    # Claims can be personal, and this text goes to a log.
    assert "mellon" not in message
    assert not Session.objects.exists()


def test_a_refresh_whose_claims_the_fields_refuse_consumes_nothing(
    pair: Pair, caller: JSONClient, settings: Settings
) -> None:
    settings.TEGATA = {"PAYLOAD_CLASS": PickyPayload}
    with pytest.raises(ImproperlyConfigured, match="team_id"):
        caller.refresh(pair.refresh)

    settings.TEGATA = {}
    assert Session.objects.get().generation == 1
    assert caller.refresh(pair.refresh).status_code == 200


def test_a_claim_that_is_missing_in_a_token_from_before(
    pair: Pair, caller: JSONClient, settings: Settings
) -> None:
    """A payload class that was deployed a minute ago: clients refresh, and go on."""
    settings.TEGATA = {"PAYLOAD_CLASS": ContactPayload}

    assert_refused(caller.get("profile/", pair.access), 401, "invalid_token")
    after = pair_of(caller.refresh(pair.refresh))
    assert caller.get("profile/", after.access).status_code == 200


RESERVED = (
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "client_id",
    "auth_time",
    "type",
    "user_id",
    "session_id",
    "generation",
)


def payload_class_with(claims: dict[str, Any]) -> type[JWTPayload]:
    class Given(JWTPayload):
        @classmethod
        def claims_for(
            cls, user: Any, request: HttpRequest, session: Session | None
        ) -> dict[str, Any]:
            return claims

    return Given


@pytest.mark.parametrize("name", RESERVED)
def test_a_reserved_name_is_refused(
    pair: Pair, caller: JSONClient, settings: Settings, name: str
) -> None:
    settings.TEGATA = {"PAYLOAD_CLASS": payload_class_with({name: 1})}

    with pytest.raises(ImproperlyConfigured, match=f"PAYLOAD_CLASS.*`{name}`"):
        caller.log_in()
    with pytest.raises(ImproperlyConfigured, match=f"PAYLOAD_CLASS.*`{name}`"):
        caller.refresh(pair.refresh)
    assert Session.objects.get().generation == 1


@pytest.mark.parametrize(
    ("claims", "problem"),
    [
        ({"big": "x" * 10_000}, "longer than 8192 bytes"),
        ({"thing": object()}, "serialize"),
        ({"text": "\ud800"}, "surrogates"),
    ],
)
def test_what_cannot_go_into_a_token_is_refused(
    pair: Pair, caller: JSONClient, settings: Settings, claims: dict[str, Any], problem: str
) -> None:
    settings.TEGATA = {"PAYLOAD_CLASS": payload_class_with(claims)}

    with pytest.raises(ImproperlyConfigured, match=rf"PAYLOAD_CLASS.*{problem}"):
        caller.log_in()
    with pytest.raises(ImproperlyConfigured, match=rf"PAYLOAD_CLASS.*{problem}"):
        caller.refresh(pair.refresh)
    assert Session.objects.get().generation == 1


def test_a_refused_refresh_asks_for_no_claims(
    pair: Pair, caller: JSONClient, settings: Settings
) -> None:
    """A method that only knows users in good standing is not asked about others."""

    class Careless(JWTPayload):
        @classmethod
        def claims_for(
            cls, user: Any, request: HttpRequest, session: Session | None
        ) -> dict[str, Any]:
            raise LookupError("no team")

    settings.TEGATA = {"PAYLOAD_CLASS": Careless}
    users = get_user_model().objects
    users.update(is_active=False)
    for _ in range(2):
        assert_refused(caller.refresh(pair.refresh), 401, "invalid_user")
    users.update(is_active=True)
    assert_refused(caller.refresh(pair.refresh), 401, "session_expired")


RENAMED = {
    "TOKEN_TYPE_CLAIM": "token_type",
    "USER_ID_CLAIM": "uid",
    "SESSION_ID_CLAIM": "sid",
    "GENERATION_CLAIM": "gen",
}
# Legal, if unkind.
EXCHANGED = {
    "TOKEN_TYPE_CLAIM": "generation",
    "USER_ID_CLAIM": "session_id",
    "SESSION_ID_CLAIM": "user_id",
    "GENERATION_CLAIM": "type",
}


@pytest.mark.parametrize("names", [RENAMED, EXCHANGED])
@pytest.mark.parametrize("payload_class", [JWTPayload, ContactPayload])
def test_renamed_claims(
    user: Any,
    caller: JSONClient,
    settings: Settings,
    serve: Any,
    names: dict[str, str],
    payload_class: type[JWTPayload],
) -> None:
    settings.TEGATA = {**names, "PAYLOAD_CLASS": payload_class}

    response = caller.post(
        "auth/login/", {"username": "alice", "password": "correct horse battery staple"}
    )
    pair = pair_of(response)
    claims = claims_of(pair.access)

    session = Session.objects.get()
    assert [claims[names[key]] for key in names] == ["access", user.pk, session.id, 1]
    assert claims.keys() & {"type", "user_id", "session_id", "generation"} == (
        set(names.values()) & {"type", "user_id", "session_id", "generation"}
    )
    payload = payload_of(caller, pair.access, serve)
    assert (payload.type, payload.user_id, payload.session_id, payload.generation) == (
        "access",
        user.pk,
        session.id,
        1,
    )
    assert caller.refresh(pair.refresh).status_code == 200
    assert caller.post("auth/logout/", {"refresh_token": pair.refresh}).status_code == 200


def test_a_custom_claim_never_stands_in_for_one_of_ours(
    user: Any, other_user: Any, caller: JSONClient, settings: Settings, serve: Any
) -> None:
    payload_class = payload_class_with({"user_id": 0, "session_id": "x", "type": "admin"})
    settings.TEGATA = {**RENAMED, "PAYLOAD_CLASS": payload_class}

    token = caller.log_in().access

    assert claims_of(token)["user_id"] == 0
    payload = payload_of(caller, token, serve)
    assert (payload.user_id, payload.type) == (user.pk, "access")
    assert payload.session_id == Session.objects.get().id


def test_the_names_of_before_are_not_read(
    pair: Pair, caller: JSONClient, settings: Settings
) -> None:
    settings.TEGATA = RENAMED

    assert_refused(caller.get("profile/", pair.access), 401, "invalid_token")


def test_claims_cannot_be_changed_by_a_view(pair: Pair, caller: JSONClient, serve: Any) -> None:
    payload = payload_of(caller, pair.access, serve)

    with pytest.raises(ValueError, match="frozen"):
        payload.user_id = 2


def test_a_claim_of_another_issuer_s_own_is_kept(
    pair: Pair, caller: JSONClient, serve: Any, forging_key: bytes
) -> None:
    token = forge({**claims_of(pair.access), "scope": "read write"})

    assert payload_of(caller, token, serve).scope == "read write"
