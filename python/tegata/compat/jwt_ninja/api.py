"""The auth routes: `api.add_router("auth/", router)`."""

from __future__ import annotations

from typing import Any

from ninja import Schema
from pydantic import create_model

from tegata.api import create_router
from tegata.api.route import AuthRouter

__all__ = ["router"]


def _with_bodies_of_jwt_ninja(router: AuthRouter) -> AuthRouter:
    """The router, its refusals documented as `handlers.error_handler` answers them."""
    for path_view in router.path_operations.values():
        for operation in path_view.operations:
            models = operation.response_models
            for status, model in models.items():
                if isinstance(status, int) and status >= 400 and model is not None:
                    body: Any = model.model_fields["response"].annotation
                    models[status] = operation._create_response_model(_without_detail(body))
    return router


def _without_detail(body: Any) -> Any:
    code = getattr(body, "model_fields", {}).get("error_code")
    if code is None:
        return body
    return create_model(body.__name__, __base__=Schema, error_code=(code.annotation, ...))


router = _with_bodies_of_jwt_ninja(create_router())
