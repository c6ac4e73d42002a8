"""The token classes: made for a user, read from a string, changed, signed, subclassed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ImproperlyConfigured
from django.core.serializers.json import DjangoJSONEncoder
from django.test import RequestFactory
from freezegun.api import FrozenDateTimeFactory
from ninja import NinjaAPI
from pytest_django import Settings

from tegata import AuthedRequest, JWTAuth, JWTPayload, conf, jose
from tegata.models import Session
from tegata.tokens import (
    AccessToken,
    RefreshToken,
    SlidingToken,
    Token,
    TokenError,
    UntypedToken,
)
from tests.ninja.helpers import JSONClient, assert_refused, claims_of, forge, new_api, pair_of

EVERY_CLASS = pytest.mark.parametrize("made", [AccessToken, RefreshToken, SlidingToken])


class Invitation(Token):
    """A token of a site's own, which is nobody's."""

    token_type = "invitation"
    lifetime = timedelta(days=3)


class LongAccessToken(AccessToken):
    """An access token with a lifetime and a type of its own."""

    token_type = "api"
    lifetime = timedelta(hours=2)


@EVERY_CLASS
def test_what_is_made_for_a_user_is_read_again(
    made: type[Token], user: Any, clock: FrozenDateTimeFactory
) -> None:
    token = made.for_user(user)
    read = made(str(token))

    assert dict(read) == dict(token) == claims_of(str(token))
    assert (read["user_id"], read["sub"], read["type"]) == (user.pk, str(user.pk), made.token_type)
    assert datetime.fromtimestamp(read["exp"], UTC) - read.current_time == made.lifetime
    assert str(read) == str(token)


@EVERY_CLASS
def test_a_token_of_one_class_is_none_of_another(made: type[Token], user: Any) -> None:
    text = str(made.for_user(user))

    for other in {AccessToken, RefreshToken, SlidingToken, Invitation} - {made}:
        with pytest.raises(TokenError) as caught:
            other(text)
        assert (caught.value.error_code, caught.value.http_status_code) == (
            "invalid_token_type",
            401,
        )
    assert UntypedToken(text)["type"] == made.token_type


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "\ud800", "é" * 9000, "e30.e30."])
@pytest.mark.parametrize("made", [AccessToken, UntypedToken])
def test_what_is_no_token_is_refused(made: type[Token], text: str) -> None:
    with pytest.raises(TokenError) as caught:
        made(text)
    assert caught.value.error_code == "invalid_token"
    assert caught.value.http_status_code == 401


def test_only_a_text_is_read() -> None:
    with pytest.raises(TypeError, match="read from a str, not from bytes"):
        AccessToken(b"x")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="Token has no token_type"):
        Token("x")


@pytest.mark.parametrize("name", ["", "at+jwt", "two words", "x" * 65])
def test_a_class_with_a_type_that_no_token_can_have_is_refused(name: str) -> None:
    with pytest.raises(TypeError, match="token_type must be"):
        type("Mine", (Token,), {"token_type": name})


@EVERY_CLASS
def test_no_repr_shows_a_token(made: type[Token], user: Any) -> None:
    token = made.for_user(user)

    for each in (token, made(str(token))):
        assert repr(each) == f"<{made.__name__}>"
        assert f"{[each]}" == f"[<{made.__name__}>]"


def test_claims_are_a_mapping(user: Any) -> None:
    token = AccessToken.for_user(user)
    before = str(token)

    token["team"] = {"id": 7}
    assert "team" in token
    assert token.get("team") == {"id": 7}
    assert token.get("nothing") is None
    assert str(token) != before
    assert AccessToken(str(token))["team"] == {"id": 7}

    del token["team"]
    assert "team" not in token
    with pytest.raises(KeyError):
        token["team"]


def test_a_change_inside_of_a_claim_is_a_change(user: Any) -> None:
    token = AccessToken.for_user(user)
    token["roles"] = ["reader"]
    read = AccessToken(str(token))
    read["roles"].append("writer")

    assert AccessToken(str(read))["roles"] == ["reader", "writer"]


def test_a_token_is_signed_once(user: Any, settings: Settings) -> None:
    settings.TEGATA = {"ALGORITHM": "ES256", "KEYS": [jose.Key.generate("ES256").to_jwk()]}
    token = AccessToken.for_user(user)

    assert str(token) == str(token)
    assert str(AccessToken(str(token))) == str(token)


@pytest.mark.parametrize(
    ("claim", "value", "why"),
    [
        ("type", "refresh", "disagree"),
        ("iss", "https://elsewhere.example", "`iss` is not ours"),
        ("aud", ["others"], "`aud` does not name us"),
        ("sub", "someone else", "`sub` is not the user"),
        ("user_id", [1], "neither|wrong type"),
        ("user_id", True, "neither|wrong type"),
        ("exp", "tomorrow", "wrong type"),
        ("exp", 99_999_999_999, "outlive its session"),
        ("session_id", "short", "wrong type"),
        ("generation", -1, "wrong type"),
        ("when", float("nan"), "JSON"),
        ("what", object(), "JSON|serialize"),
        ("much", "x" * 9000, "longer than 8192 bytes"),
    ],
)
def test_nothing_is_signed_that_would_not_be_read(
    user: Any, claim: str, value: Any, why: str
) -> None:
    token = AccessToken.for_user(user)
    token[claim] = value
    with pytest.raises(ValueError, match=why):
        str(token)


def test_a_token_of_nobody(user: Any) -> None:
    token = AccessToken()
    with pytest.raises(ValueError, match="it is nobody's; hint: make it with `for_user`"):
        str(token)

    token["user_id"] = user.pk
    assert AccessToken(str(token))["sub"] == str(user.pk)


def test_a_type_of_ones_own(clock: FrozenDateTimeFactory) -> None:
    invitation = Invitation()
    invitation["email"] = "carol@example.org"
    text = str(invitation)

    assert claims_of(text).keys() == {
        "iss",
        "aud",
        "client_id",
        "iat",
        "exp",
        "jti",
        "type",
        "email",
    }
    assert Invitation(text)["email"] == "carol@example.org"
    clock.tick(timedelta(days=3, seconds=11))
    with pytest.raises(TokenError) as caught:
        Invitation(text)
    assert caught.value.error_code == "expired_token"
    assert Invitation(text, allow_expired=True)["email"] == "carol@example.org"


def test_a_type_of_ones_own_opens_no_view(caller: JSONClient, user: Any) -> None:
    class Evil(Token):
        token_type = "access.token"

    for token in (Invitation.for_user(user), Evil.for_user(user), SlidingToken.for_user(user)):
        assert_refused(caller.get("profile/", str(token)), 401, "invalid_token")


def test_times_and_identifiers(user: Any, clock: FrozenDateTimeFactory) -> None:
    token = AccessToken.for_user(user)
    jti = token["jti"]

    token.set_jti()
    token.set_exp(lifetime=timedelta(hours=1))
    token.set_iat(at_time=token.current_time - timedelta(minutes=1))
    token.set_exp("half", from_time=token.current_time, lifetime=timedelta(minutes=30))

    read = AccessToken(str(token))
    assert read["jti"] != jti
    assert read["exp"] - read["iat"] == 3660
    assert read["exp"] - read["half"] == 1800
    read.check_exp()
    read.check_exp("half")
    clock.tick(timedelta(hours=2))
    with pytest.raises(TokenError) as caught:
        AccessToken(str(token), allow_expired=True).check_exp("half")
    assert caught.value.error_code == "expired_token"
    for claim in ("nothing", "type"):
        with pytest.raises(TokenError) as caught:
            token.check_exp(claim)
        assert caught.value.error_code == "invalid_token"
    with pytest.raises(TokenError):
        token.verify()


def test_a_refresh_token_gives_an_access_token(user: Any, clock: FrozenDateTimeFactory) -> None:
    refresh = RefreshToken.for_user(user)
    refresh["team"] = 7
    access = refresh.access_token

    assert isinstance(access, AccessToken)
    same = {"iss", "aud", "sub", "user_id", "session_id", "generation", "auth_time", "team"}
    assert {claim: access[claim] for claim in same} == {claim: refresh[claim] for claim in same}
    assert access["jti"] != refresh["jti"]
    assert access["type"] == "access"
    assert access["exp"] - access["iat"] == 300

    refresh.set_exp(lifetime=timedelta(seconds=20))
    assert refresh.access_token["exp"] == refresh["exp"]


def test_classes_of_ones_own_with_claims_that_stay_behind(user: Any) -> None:
    class MyRefreshToken(RefreshToken):
        access_token_class = LongAccessToken
        no_copy_claims = ("device",)

    refresh = MyRefreshToken.for_user(user)
    refresh["device"], refresh["team"] = "phone", 7
    access = refresh.access_token

    assert type(access) is LongAccessToken
    assert ("device" in access, access["team"], access["type"]) == (False, 7, "api")
    assert access["exp"] - access["iat"] == 7200
    assert LongAccessToken(str(access))["team"] == 7


def test_lifetimes_follow_the_settings(settings: Settings) -> None:
    assert AccessToken.lifetime == timedelta(minutes=5)
    settings.TEGATA = {
        "ACCESS_TOKEN_LIFETIME": 60,
        "REFRESH_TOKEN_LIFETIME": 120,
        "SLIDING_TOKEN_LIFETIME": 30,
    }

    assert AccessToken.lifetime == timedelta(minutes=1)
    assert RefreshToken.lifetime == timedelta(minutes=2)
    assert SlidingToken.lifetime == timedelta(seconds=30)
    invitation = AccessToken()
    assert invitation["exp"] - invitation["iat"] == 60
    assert LongAccessToken.lifetime == timedelta(hours=2)


@pytest.mark.parametrize(
    ("check", "bare"),
    [("request", 401), ("cache", 401), ("user", 200), ("refresh", 200), ("off", 200)],
)
@pytest.mark.parametrize("where", ["plain/", "aplain/"])
def test_without_a_row_a_token_passes_where_none_is_looked_at(
    user: Any,
    caller: JSONClient,
    settings: Settings,
    serve: Callable[[NinjaAPI], None],
    check: str,
    bare: int,
    where: str,
) -> None:
    settings.TEGATA = {"SESSION_CHECK": check}
    api = new_api()

    @api.get("/plain/", auth=JWTAuth())
    def plain(request: AuthedRequest) -> Any:
        return {"user_id": request.auth.claims.user_id}

    @api.get("/aplain/", auth=JWTAuth())
    async def aplain(request: AuthedRequest) -> Any:
        return {"user_id": request.auth.claims.user_id}

    serve(api)
    assert caller.get(where, str(AccessToken.for_user(user))).status_code == bare
    kept = AccessToken.for_user(user, session=True)
    assert Session.objects.count() == (check != "off")
    assert caller.get(where, str(kept)).status_code == 200


def test_a_session_made_by_hand_is_as_any_other(user: Any, caller: JSONClient) -> None:
    request = RequestFactory().get("/", headers={"User-Agent": "curl/8"})
    refresh = RefreshToken.for_user(user, session=True, request=request, data={"theme": "dark"})
    access = refresh.access_token
    session = Session.objects.get()

    assert (session.pk, session.user_agent, session.data) == (
        refresh["session_id"],
        "curl/8",
        {"theme": "dark"},
    )
    assert session.ip_address == "127.0.0.1"
    assert caller.get("profile/", str(access)).json()["session"] == session.pk
    pair = pair_of(caller.refresh(str(refresh)))
    assert caller.get("profile/", pair.access).json()["generation"] == 2
    # What was put on it by hand is not copied: claims are made anew at each refresh.
    assert "team" not in claims_of(pair.access)


def test_without_a_row_nothing_is_refreshed(user: Any, caller: JSONClient) -> None:
    answer = caller.refresh(str(RefreshToken.for_user(user)))
    assert_refused(answer, 401, "session_not_found")


def test_nobody_gets_a_token_who_may_not_log_in(user: Any) -> None:
    user.is_active = False
    with pytest.raises(TokenError) as caught:
        AccessToken.for_user(user)
    assert (caught.value.error_code, caught.value.http_status_code) == ("invalid_user", 401)
    for stranger in (AnonymousUser(), get_user_model()(username="new")):
        with pytest.raises(ValueError, match="never saved"):
            AccessToken.for_user(stranger)  # type: ignore[arg-type]


@pytest.mark.django_db(transaction=True)
def test_a_user_deleted_meanwhile_gets_no_session(user: Any) -> None:
    key = user.pk
    user.delete()
    user.pk = key
    with pytest.raises(TokenError) as caught:
        AccessToken.for_user(user, session=True)
    assert caught.value.error_code == "invalid_user"


class _Payload(JWTPayload):
    username: str
    agent: str

    @classmethod
    def claims_for(cls, user: Any, request: Any, session: Session | None) -> dict[str, Any]:
        agent = request.headers.get("User-Agent", "none")
        return {"username": user.get_username(), "agent": agent}


def test_the_claims_of_the_payload_class_are_in_it(
    user: Any, caller: JSONClient, settings: Settings
) -> None:
    settings.TEGATA = {"PAYLOAD_CLASS": _Payload}

    token = AccessToken.for_user(user, session=True)
    assert (token["username"], token["agent"]) == ("alice", "none")
    assert caller.get("profile/", str(token)).status_code == 200
    refresh = RefreshToken.for_user(user)
    assert refresh.access_token["username"] == "alice"
    assert "username" not in Invitation.for_user(user)


class _Encoder(DjangoJSONEncoder):
    def default(self, o: Any) -> Any:
        return "alice" if isinstance(o, AnonymousUser) else super().default(o)


def test_claims_go_through_the_encoder_of_the_site(
    user: Any, caller: JSONClient, settings: Settings
) -> None:
    token = AccessToken.for_user(user)
    token["when"], token["id"] = datetime(2027, 1, 1, tzinfo=UTC), UUID(int=1)
    assert AccessToken(str(token))["when"] == "2027-01-01T00:00:00Z"
    token["seller"] = AnonymousUser()
    with pytest.raises(ValueError, match="serialize"):
        str(token)

    settings.TEGATA = {"JSON_ENCODER": _Encoder}
    token["sum"] = Decimal("1.10")
    read = AccessToken(str(token))
    assert (read["seller"], read["sum"], read["id"]) == ("alice", "1.10", str(UUID(int=1)))

    token["endless"] = token.payload
    with pytest.raises(ValueError, match=r"JSON|[Cc]ircular"):
        str(token)


@pytest.mark.parametrize("encoder", [dict, "json.dumps", "nowhere.Encoder", 7])
def test_an_encoder_that_is_none(settings: Settings, encoder: Any) -> None:
    settings.TEGATA = {"JSON_ENCODER": encoder}
    with pytest.raises(ImproperlyConfigured, match=r"TEGATA\['JSON_ENCODER'\]"):
        conf.current()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("session", [False, True])
def test_async_code_makes_tokens_too(user: Any, session: bool) -> None:
    token = async_to_sync(RefreshToken.afor_user)(user, session=session)
    assert RefreshToken(str(token))["user_id"] == user.pk
    assert Session.objects.count() == session


def test_an_expired_token_is_not_read(user: Any, clock: FrozenDateTimeFactory) -> None:
    text = str(AccessToken.for_user(user))
    clock.tick(311)
    with pytest.raises(TokenError) as caught:
        AccessToken(text)
    assert caught.value.error_code == "expired_token"
    assert AccessToken(text, allow_expired=True)["user_id"] == user.pk
    # Everything else is checked all the same.
    with pytest.raises(TokenError):
        RefreshToken(text, allow_expired=True)


def test_a_forged_token_is_read_by_no_class(user: Any, forging_key: bytes) -> None:
    claims = dict(AccessToken.for_user(user))
    assert AccessToken(forge(claims))["user_id"] == user.pk

    for typ, changed in [
        ("st+jwt", {"type": "access"}),
        ("own+jwt", {"type": "access"}),
        ("at+jwt", {"type": "api"}),
        ("JWT", {}),
        ("st+jwt", {"type": "sliding"}),
        ("st+jwt", {"type": "sliding", "refresh_exp": "later"}),
        ("own+jwt", {"type": "sliding"}),
        ("own+jwt", {"type": "x+y"}),
    ]:
        with pytest.raises(TokenError):
            UntypedToken(forge({**claims, **changed}, typ=typ))
