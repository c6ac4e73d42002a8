"""What goes on after its request is ended when its session, user or token is no longer good."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError
from django.http import HttpRequest, StreamingHttpResponse
from django.test import AsyncClient
from freezegun.api import FrozenDateTimeFactory
from pytest_django import Settings

from tegata import APIError, AuthedRequest, JWTAuth
from tegata.internal import loading
from tegata.live import Watch, while_good
from tegata.models import Session
from tests.ninja.helpers import JSONClient, Pair, bearer, new_api

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("looks_are_over"),
]
SOON = 0.02


async def let_in(pair: Pair) -> Any:
    return await JWTAuth().aauthenticate(HttpRequest(), pair.access)


async def over(watch: Watch) -> str:
    async with asyncio.timeout(10):
        return (await watch.ended()).error_code


async def is_alive(watch: Watch) -> bool:
    try:
        async with asyncio.timeout(SOON * 8):
            await watch.ended()
    except TimeoutError:
        return True
    return False


@pytest.mark.parametrize("check", ["request", "cache", "refresh"])
async def test_an_ended_session_ends_it(user: Any, settings: Settings, check: str) -> None:
    pair = await sync_to_async(JSONClient().log_in)()
    settings.TEGATA = {"SESSION_CHECK": check}
    watch = Watch(await let_in(pair), every=SOON)
    assert await is_alive(watch)
    await (await Session.objects.aget()).ainvalidate("over")
    assert await over(watch) == "session_expired"


async def test_what_happens_to_the_user_ends_it(pair: Pair, user: Any) -> None:
    watch = Watch(await let_in(pair), every=SOON)
    user.is_active = False
    await user.asave()
    assert await over(watch) == "invalid_user"
    # For good.
    user.is_active = True
    await user.asave()
    assert await over(Watch(watch.auth, every=SOON)) == "session_expired"


async def test_a_new_password_ends_it(pair: Pair, user: Any) -> None:
    watch = Watch(await let_in(pair), every=SOON)
    await sync_to_async(user.set_password)("another one")
    await user.asave()
    assert await over(watch) == "session_expired"


async def test_a_deleted_session_ends_it(pair: Pair) -> None:
    watch = Watch(await let_in(pair), every=SOON)
    await Session.objects.all().adelete()
    assert await over(watch) == "session_not_found"


async def test_the_end_of_the_token_ends_it(pair: Pair, clock: FrozenDateTimeFactory) -> None:
    auth = await let_in(await sync_to_async(JSONClient().log_in)())
    clock.tick(301)
    # Long before it is looked at again.
    assert await over(Watch(auth, every=3600)) == "expired_token"
    # The session may live longer.
    lasting = Watch(auth, every=SOON, past_expiry=True)
    assert await is_alive(lasting)
    await Session.objects.all().adelete()
    assert await over(lasting) == "session_not_found"


async def test_a_newer_token_lengthens_it(
    pair: Pair, other_user: Any, clock: FrozenDateTimeFactory
) -> None:
    caller = JSONClient()
    first = await sync_to_async(caller.log_in)()
    watch = Watch(await let_in(first), every=3600)
    waiting = asyncio.create_task(over(watch))
    await asyncio.sleep(0)
    clock.tick(200)
    fresh = (await sync_to_async(caller.refresh)(first.refresh)).json()["access_token"]
    watch.renew(await JWTAuth().aauthenticate(HttpRequest(), fresh))
    clock.tick(200)
    await asyncio.sleep(SOON)
    assert not waiting.done()
    clock.tick(200)
    watch.renew(watch.auth)
    assert await waiting == "expired_token"


async def test_another_session_or_user_cannot_renew_it(pair: Pair, other_user: Any) -> None:
    watch = Watch(await let_in(pair))
    for name in ("alice", "bob"):
        other = await let_in(await sync_to_async(JSONClient().log_in)(name))
        with pytest.raises(APIError) as refused:
            watch.renew(other)
        assert refused.value.error_code == "invalid_token"


async def test_a_short_outage_of_the_database_is_sat_out(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    load = loading.load

    def gone(session_id: str) -> Any:
        asked.append(session_id)
        if len(asked) in (3, 6):
            return load(session_id)
        raise OperationalError("gone")

    auth = await let_in(pair)
    monkeypatch.setattr(loading, "load", gone)
    assert await over(Watch(auth, every=SOON)) == "service_unavailable"
    assert len(asked) == 9


async def test_without_sessions_there_is_the_user(user: Any, settings: Settings) -> None:
    settings.TEGATA = {"SESSION_CHECK": "off"}
    watch = Watch(await let_in(await sync_to_async(JSONClient().log_in)()), every=SOON)
    assert await is_alive(watch)
    await user.adelete()
    assert await over(watch) == "invalid_user"


class TestBlocks:
    """`async with Watch(…)`."""

    async def test_a_block_is_cancelled_at_the_end(self, pair: Pair) -> None:
        seen = []

        async def block() -> None:
            async with Watch(await let_in(pair), every=SOON):
                await Session.objects.all().adelete()
                try:
                    await asyncio.sleep(10)
                finally:
                    seen.append("put away")

        with pytest.raises(APIError) as refused:
            await block()
        assert refused.value.error_code == "session_not_found"
        assert seen == ["put away"]
        task = asyncio.current_task()
        assert task is not None
        assert task.cancelling() == 0

    async def test_a_block_that_is_through_is_left_alone(self, pair: Pair) -> None:
        async with Watch(await let_in(pair), every=SOON) as watch:
            await asyncio.sleep(SOON * 3)
        await Session.objects.all().adelete()
        await asyncio.sleep(SOON * 3)
        assert watch.auth.user.username == "alice"

    async def test_what_the_block_raises_comes_out(self, pair: Pair) -> None:
        with pytest.raises(ZeroDivisionError):
            async with Watch(await let_in(pair), every=SOON):
                _ = 1 / 0

    async def test_a_cancellation_from_outside_is_one(self, pair: Pair) -> None:
        async def block() -> None:
            async with Watch(await let_in(pair), every=SOON):
                await asyncio.sleep(10)

        task = asyncio.create_task(block())
        await asyncio.sleep(SOON * 3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


class TestStreams:
    """`while_good` around what a response yields."""

    async def test_an_async_stream_ends_while_it_waits(self, pair: Pair) -> None:
        closed = []

        async def forever() -> AsyncIterator[int]:
            try:
                yield 1
                await asyncio.sleep(60)
                yield 2
            finally:
                closed.append(True)

        got = []
        async for item in while_good(await let_in(pair), forever(), every=SOON):
            got.append(item)
            await Session.objects.all().adelete()
        assert (got, closed) == ([1], [True])

    async def test_an_async_stream_goes_through(self, pair: Pair) -> None:
        async def numbers() -> AsyncIterator[int]:
            for number in range(5):
                await asyncio.sleep(0)
                yield number

        auth = await let_in(pair)
        assert [each async for each in while_good(auth, numbers(), every=SOON)] == [0, 1, 2, 3, 4]

        async def failing() -> AsyncIterator[int]:
            yield 1
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            _ = [each async for each in while_good(auth, failing(), every=SOON)]

    async def test_events_over_asgi(self, pair: Pair, serve: Any) -> None:
        api = new_api()

        async def events() -> AsyncIterator[str]:
            yield "data: first\n\n"
            await Session.objects.all().adelete()
            await asyncio.sleep(60)
            yield "data: never\n\n"

        @api.get("/events/", auth=JWTAuth())
        async def stream(request: AuthedRequest) -> Any:
            body = while_good(request.auth, events(), every=SOON)
            return StreamingHttpResponse(body, content_type="text/event-stream")

        serve(api)
        answer: Any = await AsyncClient().get("/api/events/", headers=bearer(pair.access))
        body = b"".join([part async for part in answer.streaming_content])
        assert body == b"data: first\n\n"

    def test_a_sync_stream_ends_before_its_next_item(
        self, user: Any, caller: JSONClient, serve: Any, clock: FrozenDateTimeFactory
    ) -> None:
        api, closed = new_api(), []

        def lines() -> Iterator[str]:
            try:
                yield "1"
                yield "2"
                Session.objects.all().delete()
                clock.tick(60)
                yield "3"
                yield "4"
            finally:
                closed.append(True)

        @api.get("/lines/", auth=JWTAuth())
        def stream(request: AuthedRequest) -> Any:
            return StreamingHttpResponse(while_good(request.auth, lines(), every=30))

        serve(api)
        answer: Any = caller.get("lines/", caller.log_in().access)
        assert b"".join(answer.streaming_content) == b"12"
        assert closed == [True]


@pytest.mark.parametrize("every", [0, -1, float("nan")])
async def test_a_span_that_cannot_be_waited_for(pair: Pair, every: float) -> None:
    with pytest.raises(ImproperlyConfigured, match="every"):
        Watch(await let_in(pair), every=every)
