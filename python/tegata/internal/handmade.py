"""Beginning a token by hand, with a row in the table of sessions or without one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import IntegrityError
from django.http import HttpRequest
from pydantic_core import from_json

from tegata import conf, events
from tegata.addresses import client_address, stored_address
from tegata.internal import loading, retention, store
from tegata.internal.custom_claims import custom_claims
from tegata.internal.location import locate
from tegata.internal.tenants import tenant_of
from tegata.internal.user_rule import may_log_in
from tegata.tokens.base import Token, TokenError

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser


def begin(
    token_class: type[Token],
    user: AbstractBaseUser,
    *,
    session: bool,
    request: HttpRequest | None,
    tenant: str | None,
    data: dict[str, Any] | None,
) -> dict[str, Any]:
    """The claims that a new token for `user` has; see `Token.for_user`."""
    if user.pk is None:
        raise ValueError("the user was never saved, so no token can name it")
    if not may_log_in(user):
        raise TokenError.refuse("invalid_user", "gate")
    if request is not None and tenant is None:
        tenant = tenant_of(request, "endpoint")
    address = None if request is None else stored_address(request)
    agent = "" if request is None else request.headers.get("User-Agent", "")
    draft = token_class._drafted(loading.user_row(user), address, agent, tenant)
    claims: dict[str, Any] = draft.to_dict()
    if token_class._takes_custom_claims:
        asking = HttpRequest() if request is None else request
        beside = {} if tenant is None else {conf.current().TENANT_CLAIM: tenant}
        custom = custom_claims(user, asking, None, beside)
        if custom is not None:
            claims = from_json(custom) | claims
    if session and draft.row is not None:
        with store.database_errors("endpoint"):
            try:
                location = None if request is None else locate(client_address(request))
                store.insert(draft.row, user, data, location)
            except IntegrityError:
                raise TokenError.refuse("invalid_user", "gate") from None
            with events.during(request):
                events.opened(draft.row, user.pk)
            retention.remove_some()
    return claims
