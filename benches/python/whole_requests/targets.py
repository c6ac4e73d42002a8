"""The yardsticks of the design for whole requests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from targets import Target

from whole_requests.databases import POSTGRES, SQLITE
from whole_requests.phases import (
    DEFAULT,
    FACE,
    FACE_STATELESS,
    JWT_NINJA,
    LOGIN,
    MINT,
    NINJA_JWT,
    NINJA_JWT_BLACKLIST,
    NINJA_JWT_STATELESS,
    PHASES,
    REFRESH,
    REQUEST,
    SESSIONS,
    TEGATA,
    TEGATA_STATELESS,
    TUTORIAL,
    Phase,
    Variant,
)
from whole_requests.results import Results

# The peers that ask the database about every request.
_LOADING = (JWT_NINJA, NINJA_JWT, TUTORIAL)


def wanted(results: Results) -> Iterator[Target]:
    """All of them."""
    sqlite, postgres = _phase(SQLITE), _phase(POSTGRES)
    for phase, to_reach, aim in ((sqlite, 6, 10), (postgres, 3, 5)):
        yield _added(results, phase, "request", JWT_NINJA, to_reach, aim)
    yield _added(results, sqlite, "cache", JWT_NINJA, 20, 40)
    for check in ("refresh", "off"):
        yield _added(results, sqlite, check, NINJA_JWT_STATELESS, 6, 10)
    for is_async in (False, True):
        yield from _beside_ninja_jwt(results, _phase(SQLITE, is_async=is_async))
    for database in (SQLITE, POSTGRES):
        yield from _loading_under_asgi(results, _phase(database, is_async=True))
    yield from _stateless_under_asgi(results, _phase(SQLITE, is_async=True))
    signing = _phase(SQLITE, algorithm="RS256")
    for work in (LOGIN, REFRESH):
        peers = (JWT_NINJA, NINJA_JWT, NINJA_JWT_BLACKLIST)
        yield _least(results, signing, work, DEFAULT, peers, 15)
        yield _least(results, signing, work, FACE, (NINJA_JWT_BLACKLIST,), 15)
    for tegata in (DEFAULT, FACE):
        # Their key is parsed and checked at every signature.
        yield Target(
            f"{signing}, an access token by hand: {NINJA_JWT.name}'s time / {tegata.name}'s",
            100,
            None,
            results.ratio(signing, MINT, NINJA_JWT, tegata),
        )
    for work in (LOGIN, REFRESH, SESSIONS):
        ratio = results.ratio(sqlite, work, JWT_NINJA, DEFAULT)
        yield Target(f"{sqlite}, {work}: jwt-ninja's time / tegata's", 3, 5, ratio)
    for work, statements in ((REQUEST, 1), (LOGIN, 4), (REFRESH, 3)):
        measured = results.measured(sqlite, work, DEFAULT)
        found = measured.statements if measured else None
        yield Target(f"{sqlite}, {work}: statements", statements, None, found, at_most=True)


def _phase(database: str, *, is_async: bool = False, algorithm: str = "HS256") -> Phase:
    of = (database, is_async, algorithm)
    return next(each for each in PHASES if (each.database, each.is_async, each.algorithm) == of)


def _loading_under_asgi(results: Results, phase: Phase) -> Iterator[Target]:
    yield _least(results, phase, REQUEST, DEFAULT, _LOADING, 1)
    # The one is Django's own, which has no other way to its databases.
    yield _hops(results, phase, "request", 1)


def _beside_ninja_jwt(results: Results, phase: Phase) -> Iterator[Target]:
    # Under ASGI most of what is added where rows are read is Django's own.
    stateless = (1, None) if phase.is_async else (6, 10)
    for tegata in (TEGATA_STATELESS, FACE_STATELESS):
        ratio = results.ratio(phase, REQUEST, NINJA_JWT_STATELESS, tegata)
        yield Target(_adds(phase, NINJA_JWT_STATELESS.name, tegata), *stateless, ratio)
    for tegata in (TEGATA["user"], FACE):
        ratio = results.ratio(phase, REQUEST, NINJA_JWT, tegata)
        yield Target(_adds(phase, NINJA_JWT.name, tegata), 1, None, ratio)


def _stateless_under_asgi(results: Results, phase: Phase) -> Iterator[Target]:
    for check in ("refresh", "off"):
        yield _least(results, phase, REQUEST, TEGATA[check], (NINJA_JWT_STATELESS,), 1)
        yield _hops(results, phase, check, 0)


def _added(
    results: Results, phase: Phase, check: str, peer: Variant, to_reach: float, aim: float
) -> Target:
    found = results.ratio(phase, REQUEST, peer, TEGATA[check])
    return Target(_adds(phase, peer.name, TEGATA[check]), to_reach, aim, found)


def _least(
    results: Results,
    phase: Phase,
    work: str,
    tegata: Variant,
    peers: Sequence[Variant],
    to_reach: float,
) -> Target:
    ratios = {peer.name: results.ratio(phase, work, peer, tegata) for peer in peers}
    found = [(ratio, name) for name, ratio in ratios.items() if ratio is not None]
    least, where = min(found, default=(None, ""))
    ours = "tegata" if tegata == DEFAULT else tegata.name
    what = f"{phase}, {work}: a peer's time / {ours}'s"
    if work == REQUEST:
        what = _adds(phase, "a peer", tegata)
    return Target(what, to_reach, None, least, where=where)


def _adds(phase: Phase, peer: str, tegata: Variant) -> str:
    return f"{phase}: what {peer} adds / {tegata.name}"


def _hops(results: Results, phase: Phase, check: str, most: int) -> Target:
    measured = results.measured(phase, REQUEST, TEGATA[check])
    what = f"{phase}: hops of {TEGATA[check].name}"
    return Target(what, most, None, measured.hops if measured else None, at_most=True)
