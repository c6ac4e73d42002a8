"""Where an address appears to be, by the site's own provider."""

from __future__ import annotations

import logging
from ipaddress import ip_address as parse
from typing import Any

from tegata.compat.jwt_ninja.settings import jwt_settings
from tegata.compat.jwt_ninja.types import GeoLocation

logger = logging.getLogger("tegata")


def locate(address: str) -> dict[str, Any] | None:
    """As `resolve_location`, in the form that `TEGATA["LOCATION"]` is to answer in."""
    found = resolve_location(address)
    return None if found is None else found.model_dump(exclude_none=True)


def resolve_location(ip_address: str | None) -> GeoLocation | None:
    """What `JWT_GEOLOCATION_PROVIDER` says of an address; `None` if it knows nothing.

    An address of no public network is not asked about, and a provider that fails knows nothing.
    """
    provider = jwt_settings.geolocation_provider
    if provider is None or not ip_address:
        return None
    try:
        if not parse(ip_address).is_global:
            return None
        answer = provider(ip_address)
        return None if answer is None else GeoLocation.model_validate(answer)
    except Exception as error:
        # Its text may hold the address.
        logger.warning("the geolocation provider failed: %s", type(error).__name__)
        return None
