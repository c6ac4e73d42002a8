"""A site's code as it is meant to be written; mypy and pyright check it, nothing runs it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, assert_type
from uuid import UUID

import httpx
from django.contrib.auth.models import AbstractUser, User
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client, RequestFactory
from ninja import NinjaAPI, Router, Schema
from ninja.testing import TestAsyncClient, TestClient

import tegata
from tegata import (
    APIError,
    AuthDetails,
    AuthedRequest,
    JWTAuth,
    JWTPayload,
    logins,
    mount,
    sessions,
    testing,
)
from tegata._tegata import AccessClaims, RefreshClaims, Tokens
from tegata.api import create_router
from tegata.challenge_schemas import ChallengeSchema
from tegata.handlers import error_handler
from tegata.issuers import (
    ANY_TENANT,
    Issuer,
    IssuerAuth,
    IssuerAuthDetails,
    IssuerClaims,
    LocalUsers,
    RemoteUser,
    entra,
    keycloak,
)
from tegata.models import Session, SessionQuerySet
from tegata.schemas import LoginSchema
from tegata.steps import PASS, REFUSE, Challenge, LoginStep, Outcome
from tests.projects.uuid_user.models import Account

api = NinjaAPI()
mount(api)
mount(api, prefix="again/")
api.add_router("auth/", create_router())
api.add_router("auth/", tegata.api.router)
api.add_exception_handler(APIError, error_handler)
router = Router(auth=JWTAuth())
lax = Router(auth=JWTAuth(session_check="refresh"))
assert_type(JWTAuth(session_check=None).session_check, str | None)
assert_type(JWTAuth(transport="cookie").transport, str | None)
for names in (["reports:read"], ("reports:read",), {"reports:read"}, frozenset({"reports:read"})):
    Router(auth=JWTAuth(scopes=names))
recent = Router(auth=JWTAuth(fresh=timedelta(minutes=5)))
both = Router(auth=[JWTAuth(scopes=["reports:read"], fresh=300), JWTAuth(scopes=None, fresh=None)])


@api.get("/profile/", auth=JWTAuth())
def profile(request: AuthedRequest) -> dict[str, Any]:
    """The plain case."""
    assert_type(request.auth.user, AbstractUser)
    assert_type(request.auth.session, Session)
    assert_type(request.auth.claims, JWTPayload)
    assert_type(request.auth.session.id, str)
    assert_type(request.auth.session.is_active, bool)
    assert_type(request.auth.claims.user_id, Any)
    assert_type(request.auth.claims.generation, int)
    assert_type(request.auth.scopes, frozenset[str])
    assert_type(request.auth.tenant, str | None)
    return {"name": request.auth.user.username, "method": request.method}


@router.get("/aprofile/")
async def aprofile(request: AuthedRequest) -> dict[str, Any]:
    """The same class guards async views."""
    user = await request.auth.aget_user()
    assert_type(user, AbstractUser)
    session = await request.auth.aget_session()
    assert_type(session, Session)
    return {"email": user.email, "since": session.refreshed_at}


@router.get("/user/")
def of_one_model(request: AuthedRequest[User]) -> str:
    """A site that names its user model."""
    assert_type(request.auth.user, User)
    assert_type(request.auth.claims, JWTPayload)
    return request.auth.user.get_full_name()


class AccountPayload(JWTPayload):
    """Claims of the site's own, and the key as the user model has it."""

    # Pyright sees no `frozen` in a pydantic configuration, and takes the field for one to write.
    user_id: UUID
    team: str
    roles: list[str] = []

    @classmethod
    def claims_for(cls, user: Any, request: HttpRequest, session: Session | None) -> dict[str, Any]:
        """At login there is no session yet."""
        team = "red" if session is None else session.data["team"]
        return {"team": team, "roles": []}


AccountRequest = AuthedRequest[Account, AccountPayload]


@router.get("/team/")
def team(request: AccountRequest) -> dict[str, Any]:
    """A site with a user model and a payload class of its own."""
    assert_type(request.auth, AuthDetails[Account, AccountPayload])
    assert_type(request.auth.user, Account)
    assert_type(request.auth.claims.user_id, UUID)
    assert_type(request.auth.claims.team, str)
    return {"email": request.auth.user.email, "team": request.auth.claims.team}


@router.get("/ateam/")
async def ateam(request: AuthedRequest[Account, AccountPayload]) -> str:
    """The same in an async view."""
    assert_type(await request.auth.aget_user(), Account)
    return request.auth.claims.team


@router.post("/theme/")
def set_theme(request: AuthedRequest, theme: str) -> HttpResponse:
    """Data of a login."""
    session = request.auth.session
    session.data["theme"] = theme
    session.save()
    session.save(update_fields=["data"])
    assert_type(session.created_at, datetime)
    assert_type(session.expired_at, datetime | None)
    assert_type(session.invalidate(), bool)
    user = request.auth.user
    assert_type(Session.invalidate_all_user_sessions(user), int)
    assert_type(Session.invalidate_all_user_sessions(user, session, reason="moved"), int)
    assert_type(Session.invalidate_all_user_sessions(user, except_session=session.id), int)
    assert_type(Session.purge_expired_sessions(), int)
    assert_type(Session.purge_expired_sessions(timedelta(days=30)), int)
    return HttpResponse()


async def end_all(user: User, session: Session) -> int:
    """The async twins."""
    assert_type(await session.ainvalidate("moved"), bool)
    await Session.apurge_expired_sessions()
    await Session.apurge_expired_sessions(retention=timedelta(days=30))
    assert_type(await Session.ainvalidate_all_user_sessions(user, session, reason="moved"), int)
    return await Session.ainvalidate_all_user_sessions(user)


def chosen(sessions: SessionQuerySet, user: User) -> int:
    """The queryset's own methods follow one another."""
    assert_type(sessions.inactive().count(), int)
    return sessions.active().filter(user=user, ip_address=None).end("administrator")


class MagicLink(Schema):
    """A login schema of the site's own."""

    link: str


def authenticator(request: HttpRequest, payload: LoginSchema) -> User | None:
    """A custom authenticator."""
    return User.objects.filter(username=payload.username).first()


async def magic(request: HttpRequest, payload: MagicLink) -> User | None:
    """An async one."""
    return await User.objects.filter(username=payload.link).afirst()


@api.post("/open/", auth=None)
def open_by_hand(request: HttpRequest) -> dict[str, Any]:
    """A login view of the site's own."""
    user = User.objects.get()
    if not user.is_active:
        raise APIError("account_locked", 403, "Ask the help desk.")
    tokens = sessions.open_session(request, user, data={"by": "hand"})
    assert_type(tokens, Tokens)
    assert_type(tokens.access_token, str)
    assert_type(tokens.refresh_token, str | None)
    assert_type(tokens.expires_in, int)
    assert_type(tokens.scope, str | None)
    return {"access_token": tokens.access_token}


async def by_hand(request: HttpRequest, user: User, token: str) -> None:
    """The helpers under ASGI keep their types."""
    assert_type(await sessions.aopen_session(request, user, data={}), Tokens)
    await sessions.aopen_session(request, user, scopes=["reports:read"])
    assert_type(await sessions.arefresh(request, token), Tokens)
    assert_type(await sessions.averify(request, token), AccessClaims | RefreshClaims)
    await sessions.alog_out(request, token)


def read(request: HttpRequest, token: str) -> str:
    """What a token is."""
    try:
        claims = sessions.verify(request, token)
    except APIError as error:
        assert_type(error.http_status_code, int)
        assert_type(error.retry_after, int | None)
        return error.error_code
    assert_type(claims.user_id, int | str)
    if isinstance(claims, AccessClaims):
        return "access"
    assert_type(claims, RefreshClaims)
    return claims.session_id


def tests_of_the_site(user: Account, api: NinjaAPI) -> None:
    """The help for tests keeps its types."""
    assert_type(testing.client(user), Client)
    issued = testing.tokens(
        user, issued_at=timedelta(hours=-1), expires_at="2027-03-04", claims={"team": 7}
    )
    assert_type(issued, testing.IssuedTokens)
    assert_type(issued.headers, dict[str, str])
    assert_type(issued.session, Session)
    for any_client in (Client(), AsyncClient(), RequestFactory(), TestClient(api), httpx.Client()):
        assert_type(testing.log_in(any_client, user), testing.IssuedTokens)
    testing.log_in(TestAsyncClient(api), issued)
    for forgery in testing.forgeries(user, kind="refresh"):
        assert_type(forgery.flaw, testing.Flaw)
    with testing.frozen(datetime(2027, 3, 4, tzinfo=UTC)) as clock:
        assert_type(clock, testing.FrozenClock)
        assert_type(clock.tick(timedelta(minutes=6)), datetime)
        clock.move_to("2027-03-05")


async def async_tests_of_the_site(user: Account) -> None:
    """The same under ASGI."""
    assert_type(await testing.aclient(user, data={"theme": "dark"}), AsyncClient)
    assert_type(await testing.atokens(user, audience=["a", "b"]), testing.IssuedTokens)
    assert_type(await testing.aforged(user, "alg_none"), testing.Forgery)
    await testing.alog_in(httpx.AsyncClient(), user)


class CodeAnswer(Schema):
    """What a step asks for."""

    code: str


class CodeStep(LoginStep[CodeAnswer]):
    """A login step, its user as the site's own model."""

    name = "code"
    answer_schema = CodeAnswer

    def begin(self, request: HttpRequest, user: User) -> Outcome:
        """Sync."""
        return Challenge(state={"pk": user.pk}) if user.is_staff else PASS

    def complete(
        self, request: HttpRequest, user: User, challenge: Challenge, answer: CodeAnswer
    ) -> bool:
        """Sync."""
        return bool(answer.code == challenge.state["pk"])


class AsyncCodeStep(LoginStep[CodeAnswer]):
    """The same, async."""

    name = "async-code"
    answer_schema = CodeAnswer
    shown_schema = CodeAnswer

    async def begin(self, request: HttpRequest, user: User) -> Outcome:
        """Async."""
        return Challenge(shown=CodeAnswer(code="")) if await user.ahas_perm("x") else REFUSE

    async def complete(
        self, request: HttpRequest, user: User, challenge: Challenge, answer: CodeAnswer
    ) -> bool:
        """Async."""
        return answer.code == "1"


async def sign_on(request: HttpRequest, user: User) -> HttpResponse | Tokens:
    """A login of the site's own, with steps."""
    outcome = await logins.alog_in(request, user)
    assert_type(outcome, Tokens | ChallengeSchema)
    again = logins.answer(request, "token", {"code": "1"})
    assert_type(again, Tokens | ChallengeSchema)
    assert_type(logins.log_in_at_once(request, user), Tokens | None)
    return outcome.response() if isinstance(outcome, ChallengeSchema) else outcome


class ShopClaims(IssuerClaims):
    """What a site counts on in tokens from elsewhere."""

    team: str


def customer_of(request: HttpRequest, claims: ShopClaims) -> User | None:
    """By issuer and subject."""
    return User.objects.filter(username=f"{claims.iss} {claims.sub}").first()


elsewhere = IssuerAuth(
    keycloak("https://login.example.com", realm="shop", audience="shop-api"),
    entra(tenants=ANY_TENANT, audience=["a", "b"], claims={"tid": ["a"]}),
    Issuer("https://stock.example.com", clients="web", scopes_from=["scope", ("access", "rights")]),
    issuer="https://login.example.com/realms/stock",
    audience="shop-api",
    fetch={"timeout": timedelta(seconds=2)},
    claims_class=ShopClaims,
    scopes=["orders:read"],
)
rows = Router(auth=IssuerAuth(issuer="https://a.example", audience="a", user=customer_of))
made = IssuerAuth(issuer="https://a.example", audience="a", user=LocalUsers(create=True))


@router.get("/elsewhere/", auth=[JWTAuth(), elsewhere])
async def from_elsewhere(request: AuthedRequest[RemoteUser, ShopClaims]) -> list[str]:
    """A token of another issuer, without a row."""
    assert_type(request.auth.user, RemoteUser)
    assert_type(await request.auth.aget_user(), RemoteUser)
    assert_type(request.auth.claims, ShopClaims)
    assert_type(request.auth.claims.team, str)
    assert_type(request.auth.claims.exp, int | float)
    return sorted(request.auth.scopes)


@rows.get("/row/")
def with_a_row(request: AuthedRequest[User, ShopClaims]) -> str:
    """The same with a row."""
    assert_type(request.auth.user, User)
    return request.auth.claims.sub


def of_an_issuer(details: IssuerAuthDetails[User, ShopClaims]) -> tuple[str, str]:
    """What such a gate alone knows."""
    assert_type(details.user, User)
    return details.issuer, details.subject
