"""The test project with a replica: another connection to the same database, for reading."""

from __future__ import annotations

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES

DATABASES["default"]["NAME"] += "_replica"
DATABASES["default"]["TEST"]["NAME"] += "_replica"
# The same dict, so that both are where the tests have put the one.
DATABASES["replica"] = DATABASES["default"]
DATABASE_ROUTERS = ["tests.projects.replica.router.Router"]
