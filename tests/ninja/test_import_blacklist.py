"""Moving in from django-ninja-jwt or simplejwt: real tokens and real rows, by the stand-in."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection
from django.utils import timezone
from freezegun import freeze_time
from ninja import NinjaAPI
from pytest_django import Settings

from tegata import conf
from tegata.internal import blacklist_tables, taking_over_blacklist
from tegata.models import Session
from tests.ninja import ninja_jwt_site
from tests.ninja.blacklist_site import LIBRARIES, LeftSite
from tests.ninja.helpers import JSONClient, claims_of, new_api

# The tables are made and dropped.
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        find_spec("rest_framework_simplejwt") is None,
        reason="the real libraries are not installed",
    ),
]
CLASSES = ["ninja_jwt.tokens.AccessToken", "ninja_jwt.tokens.SlidingToken"]


@pytest.fixture(params=LIBRARIES)
def old(
    request: pytest.FixtureRequest, settings: Settings, serve: Callable[[NinjaAPI], None]
) -> Iterator[LeftSite]:
    """A site whose code and settings are Tegata's now, and whose data is still the library's."""
    site = LeftSite(request.param)
    ninja_jwt_site.install(
        settings,
        AUTH_TOKEN_CLASSES=CLASSES,
        ROTATE_REFRESH_TOKENS=True,
        ACCEPT_OLD_TOKENS_UNTIL=timezone.now() + timedelta(days=30),
    )
    from ninja_jwt.authentication import JWTAuth  # type: ignore[import-not-found]
    from ninja_jwt.routers.blacklist import blacklist_router  # type: ignore[import-not-found]
    from ninja_jwt.routers.obtain import (  # type: ignore[import-not-found]
        obtain_pair_router,
        sliding_router,
    )
    from ninja_jwt.routers.verify import verify_router  # type: ignore[import-not-found]

    api = new_api(mounted=False)
    for router in (obtain_pair_router, sliding_router, verify_router, blacklist_router):
        # An older Django Ninja lets a router be mounted once in a process.
        router.api = None
        api.add_router("/token", router)
    api.get("/who/", auth=JWTAuth())(lambda request: request.user.username)
    serve(api)
    with site.tables():
        yield site
    ninja_jwt_site.forget()


def take_over(*options: str) -> str:
    output = io.StringIO()
    call_command("tegata_import_blacklist", *options, stdout=output, stderr=output)
    return output.getvalue()


def refresh(caller: JSONClient, token: str) -> Any:
    return caller.post("token/refresh", {"refresh": token})


def refused(answer: Any) -> bool:
    return answer.status_code == 401 and answer.json()["detail"] == "Token is blacklisted"


def test_nobody_is_logged_out(old: LeftSite, caller: JSONClient) -> None:
    take_over()
    assert caller.get("who/", old.token("access")).json() == "alice"
    for name in ("live", "successor"):
        assert caller.post("token/verify", {"token": old.token("access")}).status_code == 200
        answer = refresh(caller, old.token(name))
        assert answer.status_code == 200, answer.content
        tokens = answer.json()
        assert claims_of(tokens["access"])["generation"] == 3
        assert caller.get("who/", tokens["access"]).json() == "alice"
        assert refresh(caller, tokens["refresh"]).status_code == 200
        # By then the old one is two places back.
        assert refused(refresh(caller, old.token(name)))
    assert caller.get("who/", old.token("sliding")).json() == "alice"
    answer = caller.post("token/sliding/refresh", {"token": old.token("sliding")})
    assert caller.get("who/", answer.json()["token"]).json() == "alice"


def test_what_was_blacklisted_is_refused(old: LeftSite, caller: JSONClient) -> None:
    said = take_over()
    assert "Took over 4 of 6 blacklisted tokens. 1 expired, 0 had opened a session, 1 left" in said
    for name in ("blacklisted", "rotated", "rotated twice", "expired", "of nobody"):
        answer = refresh(caller, old.token(name))
        assert answer.status_code == 401, (name, answer.content)
    for name in ("blacklisted", "rotated", "rotated twice"):
        assert refused(refresh(caller, old.token(name))), name
    assert refused(
        caller.post("token/sliding/refresh", {"token": old.token("sliding blacklisted")})
    )
    assert caller.get("who/", old.token("sliding blacklisted")).status_code == 401
    rows = Session.objects.filter(expired_at__isnull=False)
    assert {row.end_reason for row in rows} == {"log_out"}
    assert {row.user.username for row in rows} == {"alice"}


def test_a_sliding_token_past_its_exp_is_still_refused(old: LeftSite, caller: JSONClient) -> None:
    """Of it the column `expires_at` says too little: it is refreshed until its `refresh_exp`."""
    with freeze_time(timezone.now() + timedelta(hours=2), real_asyncio=True):
        assert "Took over 4 of 6" in take_over()
        token = {"token": old.token("sliding blacklisted")}
        assert refused(caller.post("token/sliding/refresh", token))
        good = caller.post("token/sliding/refresh", {"token": old.token("sliding")})
        assert good.status_code == 200


def test_it_can_be_run_again_and_dry(
    old: LeftSite, caller: JSONClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking_over_blacklist, "BATCH", 2)
    assert "Would take over 4 of 6" in take_over("--dry-run")
    assert not Session.objects.exists()
    take_over()
    before = list(Session.objects.order_by("pk").values())
    assert "Took over 0 of 6" in take_over()
    assert list(Session.objects.order_by("pk").values()) == before


def test_a_token_that_had_opened_a_session_already_loses_it(
    old: LeftSite, caller: JSONClient
) -> None:
    tokens = refresh(caller, old.token("blacklisted")).json()
    assert "1 had opened a session" in take_over("--dry-run")
    assert refresh(caller, old.token("live")).status_code == 200
    assert "Took over 3 of 6" in (said := take_over())
    assert "1 had opened a session" in said
    assert refused(refresh(caller, tokens["refresh"]))
    assert refused(refresh(caller, old.token("blacklisted")))
    assert refused(refresh(caller, old.token("rotated")))
    assert Session.objects.active().count() == 1


def test_the_tables_can_be_dropped_so_that_users_can_be_deleted(old: LeftSite) -> None:
    with pytest.raises(CommandError, match="cannot --drop"):
        take_over("--dry-run", "--drop")
    with pytest.raises(IntegrityError):
        get_user_model().objects.get().delete()
    said = take_over("--drop")
    assert "Dropped token_blacklist_blacklistedtoken and token_blacklist_outstandingtoken." in said
    assert not {
        blacklist_tables.OUTSTANDING,
        blacklist_tables.BLACKLISTED,
    } & set(connection.introspection.table_names())
    get_user_model().objects.get().delete()
    assert "nothing to take over" in take_over()


def test_it_says_if_no_token_is_accepted(old: LeftSite, settings: Settings) -> None:
    settings.SIMPLE_JWT = {"SIGNING_KEY": settings.SIMPLE_JWT["SIGNING_KEY"]}
    assert not conf.current().ACCEPT_LEGACY
    assert "has SESSION_ID_CLAIM None, so no token" in take_over()


def test_progress_on_a_terminal(old: LeftSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking_over_blacklist, "BATCH", 4)
    output = io.StringIO()
    output.isatty = lambda: True  # type: ignore[method-assign]
    call_command("tegata_import_blacklist", stdout=output, no_color=True)
    assert output.getvalue().startswith("\r4 of 6\r6 of 6\nTook over")


def test_blacklisting_by_the_route_and_by_the_class(old: LeftSite, caller: JSONClient) -> None:
    from ninja_jwt.tokens import RefreshToken, SlidingToken

    answer = caller.post("token/blacklist", {"refresh": old.token("live")})
    assert answer.status_code == 200
    assert refused(refresh(caller, old.token("live")))
    row, created = RefreshToken(old.token("successor")).blacklist()
    assert (created, row.user.username) == (True, "alice")
    assert refused(refresh(caller, old.token("successor")))
    SlidingToken(old.token("sliding")).blacklist()
    assert caller.get("who/", old.token("sliding")).status_code == 401
    with pytest.raises(Exception, match="Token is blacklisted"):
        RefreshToken(old.token("live"))


def test_until_is_the_end(old: LeftSite, caller: JSONClient, settings: Settings) -> None:
    settings.SIMPLE_JWT = {
        **settings.SIMPLE_JWT,
        "ACCEPT_OLD_TOKENS_UNTIL": datetime(2020, 1, 1, tzinfo=UTC),
    }
    assert refresh(caller, old.token("live")).status_code == 401


def test_nothing_is_dropped_that_was_not_taken_over(old: LeftSite, caller: JSONClient) -> None:
    """Else the tokens that were blacklisted would be good again, and nobody could tell which."""
    with pytest.raises(CommandError, match="not all was taken over"):
        take_over("--user-id-claim", "uid", "--drop")
    assert "have no claim 'uid'" in take_over("--user-id-claim", "uid")
    assert "have no claim" not in take_over("--drop")
    assert refused(refresh(caller, old.token("rotated")))


def test_nothing_is_dropped_before_the_tokens_are_accepted(
    old: LeftSite, settings: Settings
) -> None:
    """The next purge would remove what was taken over."""
    accepting = settings.SIMPLE_JWT
    settings.SIMPLE_JWT = {"SIGNING_KEY": accepting["SIGNING_KEY"]}
    with pytest.raises(CommandError, match=r"have not expired.*ACCEPT_LEGACY'\] first"):
        take_over("--drop")
    with freeze_time(timezone.now() + timedelta(days=400), real_asyncio=True):
        assert "Dropped" in take_over("--drop")
