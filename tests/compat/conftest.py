"""Nothing here has a database, so a run on another one would only do the same once more."""

from __future__ import annotations

import os

if os.environ.get("TEGATA_TEST_DATABASE", "sqlite") != "sqlite":
    collect_ignore_glob = ["test_*.py"]
