"""A router with login and refresh: `api.add_router("auth/", AuthRouter())`."""

from __future__ import annotations

from typing import Any

from tegata.compat.ninja_jwt.routes import TokenRouter, add_pair


class AuthRouter(TokenRouter):
    """`token/` gives a pair for a username and a password, `token/refresh/` the next tokens.

    Args:
        options: Those of `ninja.Router`.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"tags": ["token"], **options})
        add_pair(self, "token/", "token/refresh/")
