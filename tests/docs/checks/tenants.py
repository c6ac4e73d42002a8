"""What docs/guides/tenants.md says."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client, override_settings

from tegata.models import Session
from tests.docs.checks.helpers import PASSWORD, bearer, code_of, new_user

pytestmark = pytest.mark.django_db

HOSTS = {"acme": "acme.example.org", "globex": "globex.example.org", None: "example.org"}


def post(host: str, path: str, body: Any, **options: Any) -> Any:
    client = Client(HTTP_HOST=host)
    return client.post(f"/api/auth/{path}", body, content_type="application/json", **options)


def login(host: str) -> Any:
    return post(host, "login/", {"username": "alice", "password": PASSWORD})


def test_hosts() -> None:
    new_user()
    tokens = {tenant: login(host).json() for tenant, host in HOSTS.items()}

    for tenant, host in HOSTS.items():
        for of, pair in tokens.items():
            body = {"refresh_token": pair["refresh_token"]}
            answers = [
                *(
                    Client(HTTP_HOST=host).get(f"/api/{path}/", headers=bearer(pair))
                    for path in ("whose", "awhose")
                ),
                post(host, "verify/", {"token": pair["access_token"]}),
            ]
            if of == tenant:
                assert [each.status_code for each in answers] == [200] * 3
                assert answers[0].json() == answers[1].json() == {"tenant": tenant}
                continue
            answers += [post(host, "refresh/", body), post(host, "logout/", body)]
            assert {code_of(each) for each in answers} == {(401, "invalid_token")}
    assert not Session.objects.exclude(expired_at=None).exists()

    pair = tokens["acme"]
    refreshed = post(HOSTS["acme"], "refresh/", {"refresh_token": pair["refresh_token"]})
    assert refreshed.status_code == 200


def test_callable() -> None:
    new_user()
    assert code_of(login("nobody.example.org")) == (404, "unknown_tenant")

    def fails(request: Any) -> str:
        raise RuntimeError

    with override_settings(TEGATA={"TENANT": fails}):
        assert code_of(login(HOSTS["acme"])) == (503, "service_unavailable")


def test_sessions() -> None:
    new_user()
    tokens = login(HOSTS["acme"]).json()
    login(HOSTS["globex"])

    client = Client(HTTP_HOST=HOSTS["acme"])
    assert len(client.get("/api/auth/sessions/", headers=bearer(tokens)).json()) == 2
    assert post(HOSTS["acme"], "logout/all/", {}, headers=bearer(tokens)).status_code == 200
    assert not Session.objects.filter(expired_at=None).exists()


def test_membership() -> None:
    new_user().groups.add(Group.objects.create(name="acme"))

    assert login(HOSTS["acme"]).status_code == 200
    assert login(HOSTS[None]).status_code == 200
    assert code_of(login(HOSTS["globex"])) == (401, "invalid_credentials")
