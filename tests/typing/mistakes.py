"""Mistakes that a type checker must find.

Each is marked; mypy and pyright report a mark that no mistake stands behind.
"""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from django.http import HttpRequest
from ninja import Schema

from tegata import AuthedRequest, JWTAuth, JWTPayload, sessions, testing
from tegata.issuers import Issuer, IssuerAuth, entra, keycloak
from tegata.models import Session
from tegata.steps import Challenge, LoginStep
from tests.projects.uuid_user.models import Account


def absent_members(request: AuthedRequest, plain: HttpRequest) -> None:
    """What is not there."""
    request.auth.token  # type: ignore[attr-defined]  # noqa: B018
    request.auth.claims.team  # type: ignore[attr-defined]  # noqa: B018
    plain.auth  # type: ignore[attr-defined]  # noqa: B018


def frozen(request: AuthedRequest) -> None:
    """What may not be written."""
    request.auth.user = request.auth.user  # type: ignore[misc]
    request.auth.session = request.auth.session  # type: ignore[misc]
    request.auth.claims = request.auth.claims  # type: ignore[misc]


def other_types(request: AuthedRequest[Account], session: Session) -> None:
    """What is of another type."""
    number: int = session.id  # type: ignore[assignment]
    request.auth.user.username  # type: ignore[attr-defined]  # noqa: B018
    session.invalidate(reason=number)  # type: ignore[arg-type]
    sessions.open_session(request, "ada")  # type: ignore[arg-type]
    Session.invalidate_all_user_sessions("ada")  # type: ignore[arg-type]
    Session.invalidate_all_user_sessions(session.user, number)  # type: ignore[arg-type]
    Session.purge_expired_sessions(30)  # type: ignore[arg-type]


def by_name_only(request: AuthedRequest, session: Session) -> None:
    """What is given without its name."""
    JWTAuth("refresh")  # type: ignore[call-arg, arg-type]
    Session.invalidate_all_user_sessions(request.auth.user, session, "moved")  # type: ignore[call-arg]


def requirements(request: AuthedRequest) -> None:
    """What no token can be asked for."""
    JWTAuth(scopes="reports:read")  # type: ignore[arg-type]
    JWTAuth(scopes=[1])  # type: ignore[list-item]
    JWTAuth(fresh="5 minutes")  # type: ignore[arg-type]
    JWTAuth(scope=["reports:read"])  # type: ignore[call-arg]
    JWTAuth(transport=True)  # type: ignore[arg-type]
    request.auth.scopes.add("reports:read")  # type: ignore[attr-defined]
    request.auth.tenant.upper()  # type: ignore[union-attr]
    request.auth.tenant = "acme"  # type: ignore[misc]


def without_request(token: str) -> None:
    """What would forget the tenant."""
    sessions.verify(token)  # type: ignore[call-arg, arg-type]


NotAUser = AuthedRequest[str]  # type: ignore[type-var]
NotAPayload = AuthedRequest[Account, dict]  # type: ignore[type-var, type-arg]


class Payload(JWTPayload):
    """A claim that must stay what it is."""

    generation: str  # type: ignore[assignment]


def tests_of_the_site(user: Account) -> None:
    """What `tegata.testing` does not take."""
    testing.client(user, expires="2027-03-04")  # type: ignore[call-arg]
    testing.tokens(user, expires_at=300)  # type: ignore[arg-type]
    testing.forged(user, "alg")  # type: ignore[arg-type]
    testing.log_in(object(), user)  # type: ignore[arg-type]
    testing.frozen(300)  # type: ignore[arg-type]


class Answer(Schema):
    """What a step asks for."""

    code: str


class Step(LoginStep[Answer]):
    """A step that says something else than it may."""

    name = 1  # type: ignore[assignment]
    answer_schema = dict  # type: ignore[assignment]

    def begin(self, request: HttpRequest, user: Account) -> bool:  # type: ignore[override]
        """Neither passes nor refuses nor asks."""
        return True

    def complete(  # type: ignore[override]
        self, request: HttpRequest, user: Account, challenge: Challenge, answer: str
    ) -> bool:
        """Takes something else than its schema."""
        return answer == "1"


def gates_for_tokens_from_elsewhere() -> None:
    """What an issuer is not made of."""
    IssuerAuth("https://login.example.com", audience="a")  # type: ignore[arg-type]
    IssuerAuth(issuer="https://login.example.com", audience=7)  # type: ignore[arg-type]
    IssuerAuth(issuer="https://login.example.com", audiences="a")  # type: ignore[call-arg]
    IssuerAuth(keycloak("https://login.example.com", audience="a"))  # type: ignore[call-arg]
    entra(audience="a")  # type: ignore[call-arg]
    Issuer("https://login.example.com", fetch={"time": 1})  # type: ignore[arg-type]
