"""Where a request came from, as a session's row has it."""

from __future__ import annotations

from django.http import HttpRequest

from tegata._tegata import device
from tegata.addresses import client_address

__all__ = ["get_client_ip", "get_user_agent"]


def get_client_ip(request: HttpRequest) -> str | None:
    """The client's address, behind `JWT_TRUSTED_PROXY_CIDRS`; `None` if there is none."""
    return client_address(request)


def get_user_agent(request: HttpRequest) -> str:
    """The `User-Agent` header, bounded and without control characters."""
    _, user_agent = device(None, request.headers.get("User-Agent", ""))
    return user_agent
