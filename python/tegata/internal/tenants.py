"""The tenant of a request, as the site tells it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.core.signals import setting_changed

from tegata import conf
from tegata.exceptions import APIError

if TYPE_CHECKING:
    from django.http import HttpRequest

    from tegata._tegata import Place

logger = logging.getLogger("tegata")

_MAX_BYTES = 255
_MAX_CAUSES = 100
# Of failures that are in the log already.
_causes: set[str] = set()


def tenant_of(request: HttpRequest, place: Place) -> str | None:
    """What `TEGATA["TENANT"]` says; `None` where it is not set, or says so.

    Args:
        request: The request.
        place: Where a refusal is answered.

    Raises:
        APIError: The site's own, which its callable raised; else `service_unavailable` for what it
            raised, or for what is no tenant: without one, nobody is let in.
    """
    tell = conf.current().TENANT
    if tell is None:
        return None
    try:
        tenant = tell(request)
    except APIError:
        raise
    # It is the site's code: whatever it raises, the answer must be no.
    except Exception as error:
        # Without its message, which may hold anything.
        raise _unavailable(f"it raised {type(error).__name__}{_origin(error)}", place) from None
    if tenant is None:
        return None
    if not isinstance(tenant, str):
        raise _unavailable(f"it gave a {type(tenant).__name__}, not a string or None", place)
    if not _is_name(tenant):
        raise _unavailable(f"it gave a string that is not 1 to {_MAX_BYTES} bytes of text", place)
    return tenant


def _unavailable(cause: str, place: Place) -> APIError:
    if cause not in _causes and len(_causes) < _MAX_CAUSES:
        _causes.add(cause)
        logger.error("TEGATA['TENANT'] does not tell the tenant of a request: %s", cause)
    detail = "The server cannot tell now whom this address belongs to."
    return APIError.refuse("service_unavailable", place, detail=detail)


def _origin(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f" in {trace.tb_frame.f_code.co_name}, line {trace.tb_lineno}"


def _is_name(tenant: str) -> bool:
    try:
        return 0 < len(tenant.encode()) <= _MAX_BYTES
    except UnicodeEncodeError:
        return False


def _forget(*, setting: str, **_: object) -> None:
    if setting == "TEGATA":
        _causes.clear()


setting_changed.connect(_forget)
