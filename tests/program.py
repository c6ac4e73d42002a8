"""The program `tegata`, as `cargo build --workspace` leaves it."""

from __future__ import annotations

import os
from pathlib import Path

PROGRAM = (
    Path(__file__).resolve().parents[1]
    / os.environ.get("CARGO_TARGET_DIR", "target")
    / "debug"
    / "tegata"
)
