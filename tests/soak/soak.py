"""One soak: a site on one database, its faults, its clients, its thieves, and the account."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.blackbox.logs import has_token
from tests.soak.account import Account, count_refreshes, trails
from tests.soak.audit import audit, is_found_by_audit
from tests.soak.clients import Tab
from tests.soak.databases import DATABASES
from tests.soak.faults import Cutter, Killer, Outages
from tests.soak.history import Kind
from tests.soak.jar import Jar
from tests.soak.prepare_site import user_name
from tests.soak.properties import Breach, Violation, judge_answers, judge_rows
from tests.soak.races import race_at_every_write
from tests.soak.scenes import SpoiltError
from tests.soak.servers import prepare_site, run_fleet
from tests.soak.steps import cut_at_every_statement, kill_at_every_step
from tests.soak.thief import Thief
from tests.soak.world import Actor, World


@dataclass(frozen=True)
class Plan:
    """How much of everything.

    Attributes:
        seconds: How long the load lasts; the steps before it and the audit after it come on top.
        people: How many users there are, each with a phone and a browser.
        outage_every: The longest time between two outages, in seconds.
    """

    seconds: float
    people: int
    outage_every: float


SHORT = Plan(seconds=7, people=8, outage_every=4)


def full(seconds: float) -> Plan:
    """A plan that takes about so long as a whole."""
    return Plan(seconds=max(seconds - 30, SHORT.seconds), people=12, outage_every=12)


def soak(kind: str, plan: Plan, seed: str) -> Account:
    """Runs a plan on `sqlite` or `postgres`."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tegata-soak-") as name:
        folder = Path(name)
        with DATABASES[kind](folder) as database:
            # The first user is for what is done one by one.
            prepare_site(database.variables, plan.people + 1)
            with run_fleet(folder, database.variables) as fleet:
                world = World(f"{seed}/{kind}", database, fleet)
                counts = _go_through_steps(world, folder)
                _load(world, plan)
                audit(world)
                logs = [server.log.read_text(errors="replace") for server in fleet.servers]
                return _account(world, began, seed, counts, logs)


def _go_through_steps(world: World, folder: Path) -> dict[str, int]:
    """Whatever can be done one by one."""
    proxy = world.database.proxy
    counts = {}
    try:
        counts["killed at every step"] = kill_at_every_step(world)
        counts["raced at every write"] = race_at_every_write(world, folder)
        if proxy:
            counts["cut at every statement"] = cut_at_every_statement(world, proxy)
    except SpoiltError as error:
        told = f"a session without any trouble was refused: {error}"
        world.violations.append(Violation(Breach.UNEXPECTED, "", told))
    return counts


def _load(world: World, plan: Plan) -> None:
    actors: list[Actor] = [Killer(world), Outages(world, plan.outage_every)]
    if world.database.proxy:
        actors.append(Cutter(world, world.database.proxy))
    for number in range(1, plan.people + 1):
        actors += _person(world, number)
    for actor in actors:
        actor.start()
    world.stopping.wait(plan.seconds)
    world.stopping.set()
    for actor in actors:
        actor.join()
    if world.failures:
        raise world.failures[0]


def _person(world: World, number: int) -> list[Actor]:
    """A phone, a browser with some tabs, and for every second person somebody who looks in."""
    user = user_name(number)
    phone = Jar(user, is_locked=False)
    # Both kinds of browsers: with the lock of the guide and without.
    browser = Jar(user, is_locked=number % 4 in {1, 2})
    actors: list[Actor] = [Tab(world, f"{user}'s phone", phone)]
    for tab in range(1 + number % 3):
        actors.append(Tab(world, f"{user}'s tab {tab + 1}", browser))
    if number % 2:
        actors.append(Thief(world, f"{user}'s thief", phone if number % 4 == 1 else browser))
    return actors


def _account(
    world: World, began: float, seed: str, counts: dict[str, int], logs: list[str]
) -> Account:
    rows, changes = world.database.rows(), world.database.changes()
    events, sessions = world.history.events(), world.history.sessions()
    violations = [
        *world.violations,
        *judge_answers(sessions, events),
        *judge_rows(sessions, rows, changes),
        *_judge_logs(logs),
    ]
    answered = Counter(event.status for event in events)
    lines = {
        "requests": len(events),
        "logins": sum(1 for _ in world.history.answered(Kind.LOG_IN)),
        **count_refreshes(world.history, sum(change.was_minted for change in changes)),
        "logouts": sum(row.end_reason.startswith("log_out") for row in rows.values()),
        "reuses found": sum(row.end_reason == "token_reuse" for row in rows.values()),
        "  in the audit": sum(is_found_by_audit(event) for event in events),
        "told to try again (503)": answered[503],
        "servers killed": world.fleet.deaths(),
        "database restarts": world.outages,
        "connections cut": world.cuts,
        **counts,
    }
    seconds = time.monotonic() - began
    told = trails(world.history, violations)
    return Account(world.database.name, seed, seconds, lines, violations, told)


def _judge_logs(logs: list[str]) -> list[Violation]:
    """What no client was told, or must not be written anywhere."""
    told = []
    for log in logs:
        told += ["a server has failed"] if "Internal Server Error" in log else []
        told += ["a token is in a log"] if has_token(log) else []
    return [Violation(Breach.UNEXPECTED, "", each) for each in told]
