"""Ending the session of a token."""

from tegata.compat.ninja_jwt.routes import TokenRouter, presented

blacklist_router = TokenRouter()
blacklist_router.add_token_route(
    "/blacklist", "TOKEN_BLACKLIST_INPUT_SCHEMA", "token_blacklist", presented, "Blacklist Token"
)
