"""The `Authorization` header as clients really send it."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.core.handlers.asgi import ASGIRequest

from tegata import APIError, JWTAuth
from tests.ninja.helpers import JSONClient, Pair, assert_refused

BOTH = pytest.mark.parametrize("where", ["profile/", "aprofile/"])


@BOTH
@pytest.mark.parametrize(
    "header",
    [
        "Bearer {token}",
        "bearer {token}",
        "BEARER {token}",
        "bEaReR {token}",
        "Bearer  {token}",
        "Bearer      {token}   ",
        " Bearer {token}",
    ],
)
def test_what_rfc_6750_and_9110_allow(
    pair: Pair, caller: JSONClient, where: str, header: str
) -> None:
    authorization = header.format(token=pair.access)

    assert caller.get(where, Authorization=authorization).status_code == 200


@BOTH
@pytest.mark.parametrize(
    "header",
    [
        "",
        " ",
        "{token}",
        "Basic {token}",
        "Token {token}",
        "JWT {token}",
        "Bearer{token}",
        "Bearer:{token}",
        "Bearer={token}",
        "Bearer,{token}",
        "Basic YTpi, Bearer {token}",
        "\u00e9 {token}",
        "\tBearer {token}",
    ],
)
def test_no_bearer_token(pair: Pair, caller: JSONClient, where: str, header: str) -> None:
    authorization = header.format(token=pair.access)

    assert_refused(caller.get(where, Authorization=authorization), 401, "missing_token")


@BOTH
@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer\t{token}",
        "Bearer \t{token}",
        "Bearer {token}\t",
        "Bearer {token} {token}",
        "Bearer {token},",
        "Bearer {token},Bearer {token}",
        "Bearer {token}, Bearer {token}",
        "Bearer {token}, Basic YTpi",
        'Bearer "{token}"',
        "Bearer Bearer {token}",
        "Bearer \u00e9",
        "Bearer {token}\u00a0",
        "Bearer {token}\u200b",
        "Bearer {token}\0",
        "Bearer {token}\n",
        "Bearer {token}%20",
        "Bearer null",
        "Bearer undefined",
        "Bearer [object Object]",
    ],
)
def test_bearer_and_no_token_of_ours(
    pair: Pair, caller: JSONClient, where: str, header: str
) -> None:
    authorization = header.format(token=pair.access)

    assert_refused(caller.get(where, Authorization=authorization), 401, "invalid_token")


def test_two_headers_under_asgi(pair: Pair) -> None:
    value = f"Bearer {pair.access}".encode()
    scope = {"type": "http", "method": "GET", "path": "/api/profile/", "query_string": b""}
    once = ASGIRequest({**scope, "headers": [(b"authorization", value)]}, BytesIO())
    twice = ASGIRequest({**scope, "headers": [(b"authorization", value)] * 2}, BytesIO())

    assert JWTAuth()(once).user.get_username() == "alice"
    with pytest.raises(APIError) as refusal:
        JWTAuth()(twice)
    assert refusal.value.error_code == "invalid_token"


def test_a_token_elsewhere_is_no_token(pair: Pair, caller: JSONClient) -> None:
    caller.django.cookies["access_token"] = pair.access

    assert_refused(caller.get(f"profile/?access_token={pair.access}"), 401, "missing_token")
    response: Any = caller.get("profile/", X_Authorization=f"Bearer {pair.access}")
    assert_refused(response, 401, "missing_token")
