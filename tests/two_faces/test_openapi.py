"""The OpenAPI documents of the two faces say the same of the auth routes."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from pytest_django import Settings

from tests.ninja.helpers import new_api, urlconf_of
from tests.program import PROGRAM
from tests.two_faces.documents import auth_routes, of_program

PREFIX = "/api/auth/"


@pytest.fixture(autouse=True)
def program() -> None:
    """The program, which has to be built before."""
    if PROGRAM.exists():
        return
    reason = f"there is no {PROGRAM}; make it by `cargo build -p tegata-server`"
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(params=["header", "cookie", "both", "header and cookie"])
def documents(request: pytest.FixtureRequest, settings: Settings) -> tuple[Any, Any]:
    """That of Django and that of the program, for one way in which tokens travel."""
    transport, _, of_refresh = request.param.partition(" and ")
    rules: dict[str, Any] = {"TRANSPORT": transport, "SCOPES": {"reports:read": "Read reports"}}
    flags = ["--prefix", PREFIX, "--transport", transport]
    flags += ["--set", 'scopes={ "reports:read" = "Read reports" }']
    if of_refresh:
        rules["REFRESH_TRANSPORT"] = of_refresh
        flags += ["--set", f"refresh_transport={of_refresh}"]
    settings.TEGATA = rules
    api = new_api()
    # The address of the login form is that of a route.
    settings.ROOT_URLCONF = urlconf_of(api)
    of_django = json.loads(json.dumps(api.get_openapi_schema(path_prefix="/api/")))
    return of_django, of_program(*flags)


def test_the_auth_routes_are_the_same(documents: tuple[Any, Any]) -> None:
    of_django, of_rust = (auth_routes(document, PREFIX) for document in documents)

    assert of_rust.keys() == of_django.keys()
    assert len(of_django) == 12
    for route, operation in of_django.items():
        assert _lines(of_rust[route]) == _lines(operation), route


def _lines(operation: Any) -> list[str]:
    """Line by line, so that a failure shows the lines that differ."""
    return json.dumps(operation, indent=1, sort_keys=True).splitlines()


def test_the_security_schemes_are_the_same(documents: tuple[Any, Any]) -> None:
    of_django, of_rust = (document["components"]["securitySchemes"] for document in documents)

    assert of_rust == of_django


def test_the_components_have_the_same_names(documents: tuple[Any, Any]) -> None:
    of_django, of_rust = (set(document["components"]["schemas"]) for document in documents)

    # Django's stand where they are used.
    assert of_rust - of_django <= {"CookieSchema", "LoginSchema"}
    assert of_django <= of_rust
