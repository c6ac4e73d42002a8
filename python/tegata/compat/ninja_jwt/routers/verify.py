"""Whether a token is good."""

from tegata.compat.ninja_jwt.routes import TokenRouter, presented

verify_router = TokenRouter()
verify_router.add_token_route(
    "/verify", "TOKEN_VERIFY_INPUT_SCHEMA", "token_verify", presented, "Verify Token"
)
