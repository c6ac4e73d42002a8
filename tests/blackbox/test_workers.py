"""What one request leaves behind on the worker that served it: nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import httpx
import pytest

from tests.blackbox.client import ADMIN, ADMIN_PASSWORD, PASSWORD, USER, Person, claims_of, code
from tests.blackbox.servers import UVICORN, Server, serve

ResultT = TypeVar("ResultT")

# As `slow_site` has it.
SLOW_SECONDS = 1.5


def test_a_request_without_a_token_after_one_with_it_has_no_user(server: Server) -> None:
    base_url = server.base_url
    admin = Person(base_url).log_in(ADMIN, ADMIN_PASSWORD)
    with httpx.Client(base_url=base_url) as anybody:
        for _ in range(10):
            for path in ("profile/", "ping/"):
                assert admin.get(path).status_code == 200
                assert code(anybody.get(f"/api/{path}")) == (401, "missing_token")
            if server.host.is_django:
                # The admin's own pages ask `request.user`.
                page = anybody.get("/admin/")
                assert page.status_code == 302
                assert "/admin/login/" in page.headers["Location"]


def test_many_people_at_once_each_see_themselves(base_url: str) -> None:
    logins = [(USER, PASSWORD), (ADMIN, ADMIN_PASSWORD)] * 3
    people = [(name, Person(base_url).log_in(name, password)) for name, password in logins]

    def ask(name: str, visitor: Person) -> set[tuple[str, bool]]:
        own = claims_of(visitor.tokens["access_token"])["session_id"]
        seen = set()
        for _ in range(15):
            profile = visitor.get("profile/").json()
            seen.add((profile["username"], profile["session_id"] == own))
            seen.add((name, visitor.get("ping/").json()["session_id"] == own))
        return seen

    with ThreadPoolExecutor(len(people)) as pool:
        answers = [pool.submit(ask, *each) for each in people]

    assert [answer.result() for answer in answers] == [{(name, True)} for name, _ in people]


def test_many_refreshes_of_one_token_leave_one_live_chain(base_url: str) -> None:
    person = Person(base_url).log_in()
    spent = person.tokens["refresh_token"]
    start = threading.Barrier(6)

    def refresh() -> dict[str, str]:
        with httpx.Client(base_url=base_url, timeout=30) as tab:
            start.wait(30)
            answer = tab.post("/api/auth/refresh/", json={"refresh_token": spent})
            assert answer.status_code == 200, answer.text
            pair: dict[str, str] = answer.json()
            return pair

    with ThreadPoolExecutor(6) as pool:
        pairs = [future.result() for future in [pool.submit(refresh) for _ in range(6)]]

    assert {claims_of(pair["refresh_token"])["generation"] for pair in pairs} == {2}
    for pair in pairs:
        person.tokens = pair
        assert person.get("profile/").status_code == 200


@pytest.fixture(params=["async authenticator", "password hash"])
def slow_site(
    request: pytest.FixtureRequest, variables: dict[str, str], folder: Path
) -> Iterator[str]:
    """A server with one loop, whose logins take their time."""
    if request.param == "async authenticator":
        variables = {**variables, "TEGATA_BLACKBOX_ASYNC_LOGIN": "1"}
    with serve(UVICORN, folder, "slow_site", variables) as running:
        yield running.base_url


def test_a_slow_login_does_not_hold_up_the_loop(slow_site: str) -> None:
    person = Person(slow_site)
    slow = timed(person.log_in)
    assert slow >= SLOW_SECONDS

    def log_in() -> None:
        # The answer is not the point: an unknown user costs a hash like any other.
        Person(slow_site).post("auth/login/", {"username": USER, "password": "wrong"})

    with ThreadPoolExecutor(3) as pool:
        logins: list[Future[float]] = [pool.submit(timed, log_in) for _ in range(3)]
        time.sleep(0.2)
        pings = []
        while not any(login.done() for login in logins):
            pings.append(timed(lambda: known(person)))

    # A loop that is held up answers none before the first login is done.
    assert len(pings) >= 5
    assert sorted(pings)[len(pings) // 2] < SLOW_SECONDS / 5


def timed(call: Callable[[], object]) -> float:
    """How long it takes, in seconds."""
    start = time.monotonic()
    call()
    return time.monotonic() - start


def known(person: Person) -> None:
    """Asks the async view."""
    assert person.get("ping/").status_code == 200
