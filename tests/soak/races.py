"""Two requests at once, in every order that matters, and none of it left to chance.

What decides between two requests is a moment between the look of one at the row and its write. So
the one is held there, the other goes all the way, and then the first goes on. Their answers are
judged with everything else on record, and by what the chronicle says about the writes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import count, product
from pathlib import Path

from tests.soak.callers import PATIENT, How
from tests.soak.history import Event
from tests.soak.middleware import GATE_SECONDS
from tests.soak.scenes import Scene
from tests.soak.world import World

Move = Callable[[Scene, How], Event]

MOVES: dict[str, Move] = {
    "refresh": lambda scene, how: scene.caller.refresh(scene.user, scene.pair(3), how),
    "first use": lambda scene, how: scene.caller.use(scene.user, scene.pair(3), how),
    "reuse": lambda scene, how: scene.caller.refresh(scene.user, scene.pair(1), how),
    "logout": lambda scene, how: scene.caller.log_out(scene.user, scene.pair(3), how),
}


def race_at_every_write(world: World, folder: Path) -> int:
    """Lets each move be overtaken by each; says how many races there were."""
    races = 0
    for (name, held), (rival, passing) in product(MOVES.items(), repeat=2):
        # Before its first statement a request has not looked yet.
        for number in count(2):
            scene = Scene(world, world.caller(f"{name} before {rival}")).grow(3)
            # By the table some of these are reuses, whoever it is.
            scene.rob()
            gate = folder / f"gate-{races}"
            is_held = _race(
                partial(held, scene, replace(PATIENT, gate=(f"before {number}", gate))),
                partial(passing, scene, PATIENT),
                gate,
            )
            if not is_held:
                # It has no such statement.
                break
            races += 1
    return races


def _race(held: Callable[[], Event], passing: Callable[[], Event], gate: Path) -> bool:
    """Whether the first request was held at the gate while the second one passed."""
    first = threading.Thread(target=held)
    first.start()
    deadline = time.monotonic() + GATE_SECONDS
    while not gate.exists() and first.is_alive() and time.monotonic() < deadline:
        time.sleep(0.002)
    is_held = gate.exists()
    if is_held:
        passing()
        gate.unlink()
    first.join()
    return is_held
