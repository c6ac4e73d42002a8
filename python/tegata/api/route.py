"""What all auth routes have in common: media type, error shape, caching, transactions."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import HttpRequest, HttpResponse, RawPostDataException, UnreadablePostError
from django.http.response import HttpResponseBase
from django.views.decorators.debug import sensitive_variables
from ninja import Router
from ninja.errors import HttpError, ValidationError
from ninja.operation import Operation, PathView

from tegata import events
from tegata.auth import JWTAuth
from tegata.exceptions import APIError
from tegata.internal import cookie_answers, transport
from tegata.internal.csrf import form_of
from tegata.internal.gate_document import security_of_site
from tegata.internal.store import database_errors

_JSON = "application/json"
_NOT_AN_OBJECT = "The body must be a JSON object in UTF-8."


class AuthRouter(Router):
    """A router whose operations behave as auth routes do."""

    def add_api_operation(
        self, path: str, methods: list[str], view_func: Callable[..., Any], **kwargs: Any
    ) -> None:
        """As `Router.add_api_operation`, on a path view of our own."""
        self.path_operations.setdefault(path, _AuthPathView())
        super().add_api_operation(path, methods, view_func, **kwargs)


class _AuthPathView(PathView):
    def add_operation(self, *args: Any, **kwargs: Any) -> Operation:
        operation = super().add_operation(*args, **kwargs)
        # Django Ninja has no hook for another operation class.
        operation.__class__ = _AuthOperation
        operation.view_func = _with_database_errors(operation.view_func)
        return operation

    def clone(self) -> PathView:
        cloned = super().clone()
        cloned.__class__ = type(self)
        return cloned

    def get_view(self) -> Callable[..., Any]:
        inner = super().get_view()

        def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            return inner(request, *args, **kwargs)  # type: ignore[no-any-return]

        view.csrf_exempt = True  # type: ignore[attr-defined]
        # A revocation must be committed before the refusal that tells of it is sent.
        for alias in settings.DATABASES:
            transaction.non_atomic_requests(using=alias)(view)
        return view


class _AuthOperation(Operation):
    """Answers bad bodies in the shape of every other refusal."""

    # Error reports of the site hide the locals of whatever is called from here on.
    @sensitive_variables()
    def run(self, request: HttpRequest, **kw: Any) -> HttpResponseBase:
        # And what was posted.
        setattr(request, "sensitive_post_parameters", "__ALL__")  # noqa: B010 (no attribute of its type)
        response = super().run(request, **kw)
        cookie_answers.apply(request, response, self.path)
        response.headers["Cache-Control"] = "no-store"
        return response

    @property
    def openapi_extra(self) -> dict[str, Any] | None:
        """What the document says besides; a body that no cookie can stand for must be there."""
        extra: dict[str, Any] | None = self.__dict__["openapi_extra"]
        if getattr(self.view_func, "token_is_optional", False):
            extra = {**(extra or {}), "security": [*security_of_site(JWTAuth.__name__), {}]}
        if getattr(self.view_func, "body_may_be_cookie", False) and not transport.uses_cookies():
            return {**(extra or {}), "requestBody": {"required": True}}
        return extra

    @openapi_extra.setter
    def openapi_extra(self, extra: dict[str, Any] | None) -> None:
        self.__dict__["openapi_extra"] = extra

    def _get_values(
        self, request: HttpRequest, path_params: Any, temporal_response: HttpResponse
    ) -> dict[str, Any]:
        self._check_body(request)
        try:
            return super()._get_values(request, path_params, temporal_response)
        except ValidationError as error:
            raise APIError.refuse("invalid_request", "endpoint", detail=_problems(error)) from None
        except APIError:
            # Of a schema that looks further than at its fields.
            raise
        except HttpError:
            raise APIError.refuse("invalid_request", "endpoint", detail=_NOT_AN_OBJECT) from None

    def _check_body(self, request: HttpRequest) -> None:
        sources = {model.__ninja_param_source__ for model in self.models}
        if "form" in sources:
            # One that cannot be read is an empty one from here on, which lacks what it must have.
            form_of(request)
        if "body" not in sources:
            return
        try:
            body = request.body
        except (RequestDataTooBig, UnreadablePostError):
            detail = "The body is too large or was cut off."
            raise APIError.refuse("invalid_request", "endpoint", detail=detail) from None
        except RawPostDataException:
            # The check of a cookie has looked for a token in it, so it is a form.
            raise _unsupported() from None
        if not body:
            return
        if request.content_type == _JSON:
            # Django Ninja takes any other JSON for an object without members.
            if not body.lstrip().startswith(b"{"):
                raise APIError.refuse("invalid_request", "endpoint", detail=_NOT_AN_OBJECT)
            return
        if _is_empty_form(request):
            # Django's test client, and a form without fields: for us there is no body.
            request._body = b""
            return
        raise _unsupported()


def _unsupported() -> APIError:
    # A form on another site can post anything but this media type.
    detail = f"The body must be {_JSON}."
    return APIError.refuse("unsupported_media_type", "endpoint", detail=detail)


def _is_empty_form(request: HttpRequest) -> bool:
    closing = f"--{(request.content_params or {}).get('boundary')}--"
    is_form = request.content_type == "multipart/form-data"
    return is_form and request.body.strip() == closing.encode()


def _problems(error: ValidationError) -> str:
    # Each location begins with "body" and the parameter's name: Django Ninja's, not the client's.
    return "; ".join(
        f"{'.'.join(str(part) for part in each['loc'][2:]) or 'body'}: {each['msg']}"
        for each in error.errors
    )


def _with_database_errors(view_func: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view_func)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        with database_errors("endpoint"):
            return view_func(*args, **kwargs)

    return events.told(guarded)
