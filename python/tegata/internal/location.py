"""Where an address is, if the site knows: `TEGATA["LOCATION"]`, held to its time and form."""

from __future__ import annotations

import json
import logging
import threading
from ipaddress import ip_address
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connections

from tegata import conf

logger = logging.getLogger("tegata")

_TIMEOUT_SECONDS = 1.0
# How many hooks that do not come back there may be.
_slots = threading.BoundedSemaphore(8)
_MAX_JSON = 2048


def locate(address: str | None) -> Any:
    """What the hook says of an address, a dict or a text; `None` if it says nothing.

    A login waits for it for a second at most, and never fails by it.

    Args:
        address: The client's; a private or otherwise local one is nowhere.
    """
    hook = conf.current().LOCATION
    if hook is None or address is None or not ip_address(address).is_global:
        return None
    slots = _slots
    if not slots.acquire(blocking=False):
        logger.warning("TEGATA['LOCATION'] is not asked: it has not come back from earlier calls")
        return None
    answer: list[Any] = []
    # A thread that hangs must not keep the process from ending.
    thread = threading.Thread(target=_ask, args=(hook, address, answer, slots), daemon=True)
    thread.start()
    thread.join(_TIMEOUT_SECONDS)
    if thread.is_alive():
        logger.warning("TEGATA['LOCATION'] took longer than a second")
        return None
    return _checked(answer[0]) if answer else None


def _ask(hook: Any, address: str, answer: list[Any], slots: threading.BoundedSemaphore) -> None:
    try:
        answer.append(hook(address))
    except Exception as error:
        # Its text may hold the address, which the site may not want to keep.
        logger.warning("TEGATA['LOCATION'] raised %s", type(error).__name__)
    finally:
        connections.close_all()
        slots.release()


def _checked(location: Any) -> Any:
    """A location that every database can hold; anything else is none."""
    if location is None:
        return None
    try:
        if not isinstance(location, dict | str):
            raise TypeError
        text = json.dumps(location, cls=DjangoJSONEncoder, allow_nan=False)
        # PostgreSQL holds neither NUL nor half a character.
        text.encode()
        plain = json.loads(text)
        json.dumps(plain, ensure_ascii=False).encode()
    except (TypeError, ValueError, RecursionError):
        logger.warning("TEGATA['LOCATION'] gave no dict or text that JSON can hold")
        return None
    if len(text) > _MAX_JSON or "\\u0000" in text:
        logger.warning("TEGATA['LOCATION'] gave more than %d characters, or NUL", _MAX_JSON)
        return None
    return plain
