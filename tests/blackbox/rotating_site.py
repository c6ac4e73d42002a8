"""The demo with keys that follow each other within seconds, and published."""

from __future__ import annotations

import os
from pathlib import Path

from demo_site import *  # noqa: F403

ROOT_URLCONF = "rotating_urls"
# As long as a token lives.
SECONDS = 2
TEGATA = {
    "KEYS": Path(os.environ["TEGATA_BLACKBOX_KEYS"]),
    "ALGORITHM": "EdDSA",
    "LEEWAY": 0,
    "ACCESS_TOKEN_LIFETIME": SECONDS,
    "REFRESH_TOKEN_LIFETIME": SECONDS,
    "SLIDING_TOKEN_LIFETIME": SECONDS,
    "SLIDING_TOKEN_REFRESH_LIFETIME": SECONDS,
    "JWKS_MAX_AGE": 1,
    "KEY_RELOAD_INTERVAL": 1,
    "KEY_LEAD_TIME": 2.2,
    # A new key is due a moment after the last one has begun to sign.
    "KEY_ROTATION_PERIOD": 2.3,
}
