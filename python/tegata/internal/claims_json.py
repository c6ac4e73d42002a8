"""Claims as JSON, the only form in which they reach the engine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic_core import to_json

from tegata import conf


def claims_json(claims: Mapping[str, Any]) -> str:
    """The text of a JSON object, by `TEGATA["JSON_ENCODER"]` if the site has one.

    Raises:
        ValueError: A claim has no form in JSON.
    """
    encoder = conf.current().JSON_ENCODER
    try:
        if encoder is not None:
            return json.dumps(claims, cls=encoder, ensure_ascii=False, separators=(",", ":"))
        return to_json(claims).decode()
    except (TypeError, RecursionError) as error:
        raise ValueError(f"a claim has no form in JSON: {error}") from None
