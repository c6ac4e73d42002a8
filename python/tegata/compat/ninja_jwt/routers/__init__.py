"""Routers: `api.add_router("/token", obtain_pair_router)`."""
