"""The demo with access tokens that run out while a test watches."""

from __future__ import annotations

from demo_site import *  # noqa: F403
from demo_site import TEGATA as OF_THE_DEMO  # type: ignore[import-not-found]

TEGATA = {**OF_THE_DEMO, "ACCESS_TOKEN_LIFETIME": 2, "LEEWAY": 0}
