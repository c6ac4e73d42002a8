"""Refreshes one session again and again, and says how long each refresh took.

Started by `run.py`, as a process of its own. Prints a line for each refresh: when it began and how
long it took, in seconds; ends with its standard input.
"""

from __future__ import annotations

import json
import select
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import django

django.setup()

import calls  # noqa: E402
import places  # noqa: E402
from django.test import override_settings  # noqa: E402

# So that some of them do not keep a machine busy.
_PAUSE = 0.01


# It refreshes more often than anybody may.
@override_settings(TEGATA={"LOGIN_THROTTLE": None, "REFRESH_THROTTLE": None})
def main() -> None:
    username, place = sys.argv[1:]
    places.use(json.loads(place))
    anybody = calls.visitor()
    token = calls.log_in(username)["refresh_token"]
    while not select.select([sys.stdin], [], [], _PAUSE)[0]:
        wall, begun = time.time(), time.perf_counter()
        token = anybody.post("/api/auth/refresh/", {"refresh_token": token})["refresh_token"]
        print(wall, time.perf_counter() - begun, flush=True)


if __name__ == "__main__":
    main()
