"""Every step of every operation: the server dies there, or loses the database, and all is well.

Nothing here is left to chance. A step that the code gets tomorrow is found by itself: each
operation is killed before and after its first statement, its second, and so on, until one comes
through because it has no more of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import count, product

from tests.soak import times
from tests.soak.callers import PATIENT, How
from tests.soak.history import Event
from tests.soak.properties import ENDS
from tests.soak.proxy import Moment, Proxy
from tests.soak.scenes import Scene, SlowError, in_time
from tests.soak.world import World

# How the statements on sessions begin; no operation has two of a kind.
_UPDATE = 'UPDATE "tegata_session" SET'
STATEMENTS = ('SELECT "tegata_session"."id"', 'INSERT INTO "tegata_session"', _UPDATE)


@dataclass(frozen=True)
class Operation:
    """Something that a server does.

    Attributes:
        name: What.
        generation: How many generations the session must have had.
        ask: Asks for it, once.
        check: What must hold after it was cut short, whatever the step.
    """

    name: str
    generation: int
    ask: Callable[[Scene, How], Event]
    check: Callable[[Scene], None]


def _check_login(scene: Scene) -> None:
    scene.grow(2)
    event = scene.retry(scene.caller.use, scene.pairs[-1])
    scene.expect(event.is_good, f"a new login does not work: {event}")


def _check_use(scene: Scene) -> None:
    event = scene.retry(scene.caller.use, scene.pair(2))
    scene.expect(event.is_good, f"a guarded view stays closed: {event}")
    _check_refresh(scene, 2)


def _check_refresh(scene: Scene, generation: int = 1) -> None:
    """The retry is a repeat if the swap was committed, and an advance if it was not."""
    before = scene.world.database.row(scene.session)
    event = scene.retry(scene.caller.refresh, scene.pair(generation))
    if event.is_refused and scene.age > times.REFRESH_GRACE:
        raise SlowError(f"a repeat that came too late: {event}")
    scene.expect(event.is_good, f"a retry is refused: {event}")
    was_committed = before.generation == generation + 1
    told = f"generation {before.generation} in the row, and then: {event}"
    scene.expect(event.has_swapped is not was_committed, told)
    if event.pair:
        scene.expect(event.pair.generation == generation + 1, told)
        used = scene.retry(scene.caller.use, event.pair)
        scene.expect(used.is_good, f"its tokens do not work: {used}")


def _check_end(scene: Scene) -> None:
    """Over, for everything that was ever handed out, everywhere."""
    row = scene.world.database.row(scene.session)
    scene.expect(row.has_ended, "it was said to be over, and its row has no end")
    for pair, server in product(scene.pairs, scene.world.fleet.servers):
        for question in (scene.caller.refresh, scene.caller.use):
            event = question(scene.user, pair, replace(PATIENT, server=server))
            told = f"after the end somebody is let in: {event}"
            scene.expect(event.status in {None, 401}, told)


def _check_reuse(scene: Scene) -> None:
    event = scene.retry(scene.caller.refresh, scene.pair(1))
    scene.expect(event.code in ENDS, f"a used token is not refused: {event}")
    _check_end(scene)


def _check_logout(scene: Scene) -> None:
    event = scene.retry(scene.caller.log_out, scene.pair(1))
    scene.expect(event.is_good, f"a logout is refused: {event}")
    _check_end(scene)


OPERATIONS = (
    Operation("login", 0, lambda s, how: s.caller.log_in(s.user, how), _check_login),
    Operation("first use", 2, lambda s, how: s.caller.use(s.user, s.pair(2), how), _check_use),
    Operation(
        "refresh", 1, lambda s, how: s.caller.refresh(s.user, s.pair(1), how), _check_refresh
    ),
    Operation("repeat", 2, lambda s, how: s.caller.refresh(s.user, s.pair(1), how), _check_refresh),
    Operation("reuse", 3, lambda s, how: s.caller.refresh(s.user, s.pair(1), how), _check_reuse),
    Operation("logout", 1, lambda s, how: s.caller.log_out(s.user, s.pair(1), how), _check_logout),
)


def points() -> Iterator[str]:
    """Where a request can be killed, as `tests.soak.middleware` has it; there is no end to them."""
    yield "arrived"
    yield "answered"
    for number in count(1):
        yield f"before {number}"
        yield f"after {number}"


def kill_at_every_step(world: World) -> int:
    """Kills a server at each step of each operation; says how many steps there were."""
    steps = 0
    for operation in OPERATIONS:
        for point in points():
            if not in_time(partial(_kill, world, operation, point)):
                break
            steps += 1
    return steps


def cut_at_every_statement(world: World, proxy: Proxy) -> int:
    """Cuts the connection at each statement of each operation; says how many cuts there were."""
    choices = product(OPERATIONS, STATEMENTS, Moment)
    return sum(in_time(partial(_cut, world, proxy, *choice)) for choice in choices)


def _kill(world: World, operation: Operation, point: str) -> bool:
    """Whether the operation has such a step."""
    scene = _scene(world, operation)
    event = operation.ask(scene, replace(PATIENT, kill=point))
    if event.status == 503:
        # It had to give up before it got there: SQLite's lock may be held by one that still dies.
        raise SlowError(f"{operation.name}, to be killed {point}: {event}")
    if event.answered is not None:
        has_some = point.startswith("before") and point != "before 1"
        scene.expect(has_some, f"{operation.name} was not killed {point}: {event}")
        return False
    operation.check(scene)
    return True


def _cut(world: World, proxy: Proxy, operation: Operation, statement: str, moment: Moment) -> bool:
    """Whether the operation has such a statement."""
    scene = _scene(world, operation)
    cut = proxy.arm(statement, moment)
    event = operation.ask(scene, PATIENT)
    if not cut.done.is_set():
        proxy.disarm()
        return False
    # The note of a first use that cannot be written keeps nobody out.
    is_note = operation.name == "first use" and statement == _UPDATE
    told = f"{operation.name}, {statement} cut {moment.value}: {event}"
    scene.expect(event.status == (200 if is_note else 503), told)
    operation.check(scene)
    return True


def _scene(world: World, operation: Operation) -> Scene:
    scene = Scene(world, world.caller(operation.name)).grow(operation.generation)
    if operation.name == "reuse":
        scene.rob()
    return scene
