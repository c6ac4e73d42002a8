"""The OpenAPI document: what a generated client is told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ninja import NinjaAPI, Schema
from ninja.security import APIKeyHeader
from pytest_django import Settings

from tegata import AuthedRequest, JWTAuth
from tegata._tegata import Refusal
from tests.api import ApiKey
from tests.ninja.helpers import JSONClient, new_api

GATE = [
    "missing_token",
    "invalid_token",
    "invalid_token_type",
    "expired_token",
    "invalid_user",
    "session_not_found",
    "session_expired",
]
BAD_TOKEN = [
    "expired_token",
    "invalid_token",
    "invalid_user",
    "session_expired",
    "session_not_found",
    "token_reuse_detected",
]
BAD_BODY = {
    415: ["unsupported_media_type"],
    422: ["invalid_request"],
    503: ["service_unavailable"],
}
NO_SESSION = {404: ["session_not_found"]}
TOO_MANY = {429: ["rate_limited"]}
NO_PROOF = {403: ["csrf_failed"]}
ROUTES: dict[tuple[str, str], tuple[str, dict[int, Any]]] = {
    ("get", "csrf/"): ("csrf_token", {200: None}),
    ("post", "login/"): (
        "log_in",
        {200: None, 202: None, 401: ["invalid_credentials"], **NO_PROOF, **TOO_MANY, **BAD_BODY},
    ),
    ("post", "login/challenge/"): (
        "answer_challenge",
        {
            200: None,
            202: None,
            401: ["invalid_challenge", "invalid_credentials"],
            **NO_PROOF,
            **TOO_MANY,
            **BAD_BODY,
        },
    ),
    ("post", "refresh/"): (
        "refresh",
        {
            200: None,
            400: ["invalid_token_type"],
            401: [*BAD_TOKEN, "missing_token"],
            **NO_PROOF,
            **TOO_MANY,
            **BAD_BODY,
        },
    ),
    ("get", "sessions/"): ("list_sessions", {200: None, 401: GATE}),
    ("delete", "sessions/{session_id}/"): (
        "end_session",
        {200: None, 401: GATE, **NO_SESSION},
    ),
    ("post", "logout/"): (
        "log_out",
        {
            200: None,
            400: ["invalid_token_type"],
            401: ["expired_token", "invalid_token", "invalid_token_type", "missing_token"],
            **NO_PROOF,
            **NO_SESSION,
            **BAD_BODY,
        },
    ),
    ("post", "logout/all/"): ("log_out_all", {200: None, 401: GATE, **NO_SESSION}),
    ("post", "logout/others/"): ("log_out_others", {200: None, 401: GATE, **NO_SESSION}),
    ("post", "password/"): (
        "change_password",
        {200: None, 401: GATE, 403: ["csrf_failed", "invalid_credentials"], **TOO_MANY, **BAD_BODY},
    ),
    ("post", "verify/"): ("verify", {200: None, 401: BAD_TOKEN, **BAD_BODY}),
    ("post", "token/"): (
        "token",
        {
            200: None,
            400: ["invalid_grant", "invalid_request", "invalid_scope", "unsupported_grant_type"],
            **TOO_MANY,
        },
    ),
}


def document_of(api: NinjaAPI, prefix: str = "/api/") -> Any:
    # As it goes over the wire: statuses become text there.
    return json.loads(json.dumps(api.get_openapi_schema(path_prefix=prefix)))


def codes_of(document: Any, answer: Any) -> Any:
    """The error codes of a documented answer, or nothing if it has none."""
    schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
    if "$ref" not in schema:
        return None
    name = schema["$ref"].removeprefix("#/components/schemas/")
    properties = document["components"]["schemas"][name]["properties"]
    member = properties.get("error_code", properties.get("error"))
    if member is None:
        return None
    return member.get("enum") or [member["const"]]


def test_paths_operation_ids_statuses_and_codes() -> None:
    document = document_of(new_api())

    found = {
        (method, path.removeprefix("/api/auth/")): (
            operation["operationId"],
            {
                int(status): codes_of(document, answer)
                for status, answer in operation["responses"].items()
            },
        )
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }
    assert found == ROUTES


def test_every_documented_code_is_of_the_closed_list_with_its_status() -> None:
    for (_, path), (_, answers) in ROUTES.items():
        for status, codes in answers.items():
            if path == "token/" or codes is None:
                continue
            for code in codes:
                refusal = Refusal(code)
                statuses = {refusal.status("gate"), refusal.status("endpoint")}
                assert status in statuses | {refusal.status("resource")}


@pytest.mark.parametrize(
    ("method", "path", "schema"),
    [
        ("post", "login/", "TokenSchema"),
        ("post", "login/challenge/", "TokenSchema"),
        ("post", "refresh/", "TokenSchema"),
        ("post", "verify/", "VerifiedSchema"),
        ("post", "token/", "OAuth2TokenSchema"),
    ],
)
def test_answers_are_typed(method: str, path: str, schema: str) -> None:
    operation = document_of(new_api())["paths"][f"/api/auth/{path}"][method]
    answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
    assert answer == {"$ref": f"#/components/schemas/{schema}"}


def test_every_operation_has_a_summary_a_description_and_a_tag() -> None:
    for operations in document_of(new_api())["paths"].values():
        for operation in operations.values():
            assert operation["tags"] == ["auth"]
            assert operation["summary"]
            assert operation["description"]


def test_every_reference_leads_somewhere() -> None:
    document = document_of(new_api())
    text = json.dumps(document)
    names = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert names
    assert names <= document["components"]["schemas"].keys()


class Forbidden(Schema):
    """A site's own answer."""

    reason: str


def guarded_api() -> NinjaAPI:
    api = new_api()

    @api.get("/plain/", auth=JWTAuth(), response=str)
    def plain(request: AuthedRequest) -> str:
        return ""

    @api.get("/aplain/", auth=JWTAuth(), response=str)
    async def aplain(request: AuthedRequest) -> str:
        return ""

    @api.get("/own/", auth=JWTAuth(), response={200: str, 401: Forbidden})
    def own(request: AuthedRequest) -> str:
        return ""

    @api.get(
        "/extra/",
        auth=JWTAuth(),
        response=str,
        openapi_extra={
            "responses": {401: {"description": "Mine"}, 404: {"description": "Gone"}},
            "x-mine": [1],
        },
    )
    def extra(request: AuthedRequest) -> str:
        return ""

    @api.get(
        "/texts/",
        auth=JWTAuth(),
        response=str,
        openapi_extra={"responses": {"401": {"description": "Mine, as text"}}},
    )
    def texts(request: AuthedRequest) -> str:
        return ""

    @api.get("/list/", auth=[ApiKey(), JWTAuth()], response=str)
    def in_a_list(request: AuthedRequest) -> str:
        return ""

    @api.get("/open/", auth=None, response=str)
    def open_to_all(request: AuthedRequest) -> str:
        return ""

    @api.get("/key/", auth=ApiKey(), response=str)
    def key(request: AuthedRequest) -> str:
        return ""

    return api


@pytest.mark.parametrize("path", ["plain", "aplain", "list"])
def test_a_protected_route_documents_the_401_of_the_gate(path: str) -> None:
    document = document_of(guarded_api())
    operation = document["paths"][f"/api/{path}/"]["get"]

    assert codes_of(document, operation["responses"]["401"]) == GATE
    assert operation["responses"].keys() == {"200", "401"}
    assert {"JWTAuth": []} in operation["security"]


def test_a_401_of_the_site_s_own_is_left_alone() -> None:
    paths = document_of(guarded_api())["paths"]

    own = paths["/api/own/"]["get"]["responses"]["401"]
    assert own["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/Forbidden"
    }
    extra = paths["/api/extra/"]["get"]
    assert extra["responses"]["401"] == {"description": "Mine"}
    assert extra["responses"]["404"] == {"description": "Gone"}
    assert extra["x-mine"] == [1]
    assert paths["/api/texts/"]["get"]["responses"]["401"] == {"description": "Mine, as text"}


def test_a_status_is_documented_once() -> None:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        assert len(names) == len(set(names)), names
        return dict(pairs)

    document = guarded_api().get_openapi_schema(path_prefix="/api/")
    json.loads(json.dumps(document), object_pairs_hook=unique)


@pytest.mark.parametrize("path", ["open", "key"])
def test_an_unprotected_route_documents_none(path: str) -> None:
    operation = document_of(guarded_api())["paths"][f"/api/{path}/"]["get"]

    assert operation["responses"].keys() == {"200"}


def test_swagger_gets_a_login_form(user: Any, serve: Any) -> None:
    api = guarded_api()
    serve(api)
    scheme = document_of(api)["components"]["securitySchemes"]["JWTAuth"]

    assert scheme == {
        "type": "oauth2",
        "flows": {"password": {"tokenUrl": "/api/auth/token/", "scopes": {}}},
    }
    # The form that it shows works.
    response = JSONClient().django.post(
        scheme["flows"]["password"]["tokenUrl"],
        {"username": "alice", "password": "correct horse battery staple"},
    )
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("transport", "schemes"),
    [
        ("header", ["JWTAuth"]),
        ("cookie", ["JWTAuth"]),
        ("both", ["JWTAuth", "JWTAuthCookie"]),
    ],
)
def test_a_logout_takes_a_token_wherever_the_site_does_or_none(
    settings: Settings, transport: str, schemes: list[str]
) -> None:
    settings.TEGATA = {"TRANSPORT": transport}
    document = document_of(new_api())

    operation = document["paths"]["/api/auth/logout/"]["post"]
    assert operation["security"] == [*({name: []} for name in schemes), {}]
    assert set(schemes) <= document["components"]["securitySchemes"].keys()


def test_the_type_of_a_token_is_always_said() -> None:
    schema = document_of(new_api())["components"]["schemas"]["OAuth2TokenSchema"]

    assert "token_type" in schema["required"]


@pytest.mark.parametrize("transport", ["header", "cookie"])
@pytest.mark.parametrize(
    ("path", "schema"), [("refresh", "RefreshTokenSchema"), ("logout", "LogoutSchema")]
)
def test_a_body_that_may_be_left_out_may_not_be_null(
    settings: Settings, path: str, schema: str, transport: str
) -> None:
    settings.TEGATA = {"TRANSPORT": transport}
    body = document_of(new_api())["paths"][f"/api/auth/{path}/"]["post"]["requestBody"]

    shown = body["content"]["application/json"]["schema"]
    # Pydantic wraps a reference that has a default.
    assert shown.get("allOf", [shown]) == [{"$ref": f"#/components/schemas/{schema}"}]
    assert body["required"] == (path == "refresh" and transport == "header")


def test_without_the_auth_routes_it_is_a_plain_bearer_scheme(serve: Any) -> None:
    api = new_api(mounted=False)

    @api.get("/plain/", auth=JWTAuth())
    def plain(request: AuthedRequest) -> str:
        return ""

    serve(api)
    schemes = document_of(api)["components"]["securitySchemes"]

    assert schemes == {"JWTAuth": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}


def test_the_document_is_the_same_however_often_it_is_built(serve: Any) -> None:
    api = guarded_api()
    serve(api)
    first = json.dumps(api.get_openapi_schema())

    assert [json.dumps(api.get_openapi_schema()) for _ in range(3)] == [first] * 3


def test_two_apis_do_not_write_into_each_other_s_document() -> None:
    one, other = guarded_api(), guarded_api()
    before = document_of(one)
    document_of(other, "/other/")

    assert document_of(one) == before


def test_the_document_and_the_page_are_served(client: Any) -> None:
    document = client.get("/api/openapi.json")
    assert document.status_code == 200
    assert "/api/auth/login/" in document.json()["paths"]
    assert client.get("/api/docs").status_code == 200


def test_a_subclass_has_a_scheme_of_its_own_name(serve: Any) -> None:
    class StaffAuth(JWTAuth):
        """For the staff."""

    class Header(APIKeyHeader):
        param_name = "X-Key"

        def authenticate(self, request: Any, key: str | None) -> Any:
            return None

    api = new_api()

    @api.get("/staff/", auth=[StaffAuth(), Header()])
    def staff(request: AuthedRequest) -> str:
        return ""

    serve(api)
    document = document_of(api)
    operation = document["paths"]["/api/staff/"]["get"]
    assert operation["security"] == [{"StaffAuth": []}, {"Header": []}]
    assert codes_of(document, operation["responses"]["401"]) == GATE
    assert document["components"]["securitySchemes"]["StaffAuth"]["type"] == "oauth2"
