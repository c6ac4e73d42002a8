"""Whose row a token from elsewhere is for: by issuer and subject, and by nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from ninja import NinjaAPI
from pytest_django import Settings

from tegata import APIError
from tegata.issuers import IssuerAuth, IssuerClaims, LocalUsers, username_of
from tests.jwks.certificates import make_ca
from tests.jwks.issuer import Issuer as Server
from tests.ninja.helpers import PASSWORD, JSONClient, assert_refused, new_api

BOTH = pytest.mark.parametrize("where", ["plain/", "aplain/"])
User = get_user_model()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An issuer that speaks HTTP."""
    ca = make_ca(tmp_path_factory.mktemp("ca"))[0]
    with Server() as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(ca))
        yield server


Serve = Callable[[Any], None]


@pytest.fixture
def serve_views(server: Server, serve: Callable[[NinjaAPI], None]) -> Serve:
    def put(user: Any) -> None:
        gate = IssuerAuth(
            issuer=server.name, audience="shop", user=user, fetch={"allow_http": True}
        )
        api = new_api()

        @api.get("/plain/", auth=gate)
        def plain(request: Any) -> Any:
            assert request.user == request.auth.user
            return request.auth.user.get_username()

        @api.get("/aplain/", auth=gate)
        async def aplain(request: Any) -> Any:
            assert await request.auser() == await request.auth.aget_user()
            return request.auth.user.get_username()

        serve(api)

    return put


def token_of(server: Server, **claims: Any) -> str:
    return server.token(aud="shop", **claims)


@BOTH
@pytest.mark.django_db(transaction=True)
def test_only_users_who_are_there(
    server: Server, serve_views: Serve, caller: JSONClient, where: str
) -> None:
    serve_views(LocalUsers())
    assert_refused(caller.get(where, token_of(server)), 401, "invalid_user")
    assert not User.objects.exists()
    invited = User.objects.create_user(username_of(server.name, "alice"))
    assert caller.get(where, token_of(server)).json() == invited.username
    assert_refused(caller.get(where, token_of(server, sub="bob")), 401, "invalid_user")


@BOTH
@pytest.mark.django_db(transaction=True)
def test_a_user_is_made_once(
    server: Server, serve_views: Serve, caller: JSONClient, where: str
) -> None:
    def fill(claims: IssuerClaims) -> dict[str, Any]:
        return {"email": claims.email} if claims.email_verified is True else {}  # type: ignore[attr-defined]

    serve_views(LocalUsers(create=True, fill=fill))
    claims = {"email": "alice@example.org", "email_verified": True}
    for _ in range(2):
        name = caller.get(where, token_of(server, **claims)).json()
    user = User.objects.get()
    assert (user.username, user.email) == (name, "alice@example.org")
    assert name == username_of(server.name, "alice")
    assert not user.has_usable_password()
    assert (user.is_staff, user.is_superuser) == (False, False)


@BOTH
@pytest.mark.django_db(transaction=True)
def test_no_claim_but_the_subject_says_who_it_is(
    server: Server, serve_views: Serve, caller: JSONClient, user: Any, where: str
) -> None:
    serve_views(LocalUsers(create=True))
    pretends = {"email": user.email, "email_verified": True, "preferred_username": user.username}
    name = caller.get(where, token_of(server, sub="mallory", user_id=user.pk, **pretends)).json()
    assert name == username_of(server.name, "mallory")
    # Not even a subject that is a name or a key of ours.
    for sub in (user.username, str(user.pk), username_of(server.name, "mallory")):
        assert caller.get(where, token_of(server, sub=sub)).json() == username_of(server.name, sub)


@BOTH
@pytest.mark.django_db(transaction=True)
def test_a_name_that_somebody_has_taken_first_is_refused(
    server: Server, serve_views: Serve, caller: JSONClient, where: str
) -> None:
    # Whoever knows issuer and subject can work the name out, and sign up under it with a password.
    User.objects.create_user(username_of(server.name, "alice"), password=PASSWORD)
    serve_views(LocalUsers(create=True))
    assert_refused(caller.get(where, token_of(server)), 401, "invalid_user")


@BOTH
@pytest.mark.django_db(transaction=True)
def test_inactive_users(server: Server, serve_views: Serve, caller: JSONClient, where: str) -> None:
    serve_views(LocalUsers(create=True))
    assert caller.get(where, token_of(server)).status_code == 200
    User.objects.update(is_active=False)
    assert_refused(caller.get(where, token_of(server)), 401, "invalid_user")
    # Nor is another one made.
    assert User.objects.count() == 1


@BOTH
@pytest.mark.django_db(transaction=True)
def test_the_rule_of_the_site_counts(
    server: Server, serve_views: Serve, caller: JSONClient, settings: Settings, where: str
) -> None:
    settings.TEGATA = {"USER_AUTHENTICATION_RULE": lambda user: user.first_name == "Alice"}
    serve_views(LocalUsers(create=True))
    assert_refused(caller.get(where, token_of(server)), 401, "invalid_user")
    User.objects.update(first_name="Alice")
    assert caller.get(where, token_of(server)).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_requests_at_once_make_one_user(server: Server, serve_views: Serve) -> None:
    if connection.vendor == "sqlite" and connection.is_in_memory_db():
        pytest.skip("threads of a test share the connection to it")
    serve_views(LocalUsers(create=True))
    start = threading.Barrier(8)
    token, answers = token_of(server), []

    def ask() -> None:
        start.wait(10)
        try:
            answers.append(JSONClient().get("plain/", token).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert answers == [200] * 8
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_whoever_was_first_wins(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    users = LocalUsers(create=True)
    claims = IssuerClaims(iss=server.name, sub="alice", exp=0)
    find = LocalUsers._find
    first: list[Any] = []

    def find_too_early(self: LocalUsers, name: str, using: str | None = None) -> Any:
        if first:
            return find(self, name, using)
        # Between this look and the insert, another request inserts.
        first.append(User.objects.create_user(name))
        return None

    monkeypatch.setattr(LocalUsers, "_find", find_too_early)
    with transaction.atomic():
        found = users(None, claims)  # type: ignore[arg-type]
        # The transaction of the view goes on.
        assert User.objects.count() == 1
    assert found == first[0]


@pytest.mark.django_db
@pytest.mark.parametrize("said", ["theirs", "no number"])
def test_fields_that_cannot_be_saved_let_nobody_in(
    user: Any, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    def first_fields(claims: Any) -> dict[str, Any]:
        return {"pk": user.pk if said == "theirs" else claims.said}

    users = LocalUsers(create=True, fill=first_fields)
    claims = IssuerClaims.model_validate(
        {"iss": "https://a.example", "sub": "b", "exp": 0, "said": said}
    )
    with transaction.atomic():
        assert users(None, claims) is None  # type: ignore[arg-type]
        assert User.objects.get() == user
    assert "cannot be saved" in caplog.text
    assert said not in caplog.text


@BOTH
@pytest.mark.django_db(transaction=True)
def test_a_function_of_ones_own(
    server: Server, serve_views: Serve, caller: JSONClient, user: Any, where: str
) -> None:
    def known(request: Any, claims: IssuerClaims) -> Any:
        assert request.path.startswith("/api/")
        return User.objects.filter(username=claims.sub).first()

    async def aknown(request: Any, claims: IssuerClaims) -> Any:
        return await User.objects.filter(username=claims.sub).afirst()

    def picky(request: Any, claims: IssuerClaims) -> Any:
        raise APIError("not_a_customer", 403, "Only customers.")

    for mapping in (known, aknown):
        serve_views(mapping)
        assert caller.get(where, token_of(server)).json() == "alice"
        refused = caller.get(where, token_of(server, sub="nobody"))
        assert_refused(refused, 401, "invalid_user")
    serve_views(picky)
    assert caller.get(where, token_of(server)).status_code == 403


@pytest.mark.parametrize(
    ("field", "problem"),
    [
        ("nothing", "has no field"),
        ("email", "is no plain text"),
        ("is_staff", "is no plain text"),
        ("first_name", "is not unique"),
    ],
)
def test_fields_that_cannot_be(field: str, problem: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=problem):
        LocalUsers(field=field)
