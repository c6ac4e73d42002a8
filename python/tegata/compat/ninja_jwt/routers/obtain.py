"""Login and refresh."""

from tegata.compat.ninja_jwt.routes import TokenRouter, add_pair, add_sliding

obtain_pair_router = TokenRouter()
sliding_router = TokenRouter()
add_pair(obtain_pair_router, "/pair", "/refresh")
add_sliding(sliding_router, "/sliding", "/sliding/refresh")
