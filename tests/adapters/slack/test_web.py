"""Calls to Slack: what is told of them, and what is not."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from adapters.chat.slack.web import Call, WebApi
from adapters.memory import Memory
from scheduling_core.errors import Rejected, Unavailable
from tests.adapters.slack import faults
from tests.adapters.slack.calling import Desk, Watch, calling_slack

TEST = Call("auth.test", {})


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with calling_slack() as made:
        yield made


async def test_what_an_operator_can_mend_is_logged_once_and_once_when_it_is_back(desk: Desk) -> None:
    desk.slack.faults.add("auth.test", faults.Refused("missing_scope"), times=2)
    with capture_logs() as logs:
        for _ in range(2):
            with pytest.raises(Unavailable):
                await desk.web.call(TEST, desk.slack.team.token, "T0FIRST")
        for _ in range(2):
            await desk.web.call(TEST, desk.slack.team.token, "T0FIRST")
    assert [each["event"] for each in logs] == ["slack.refused", "slack.accepted_again"]


@pytest.mark.parametrize("fault", [faults.ServerError(200), faults.ServerError(404), faults.ServerError(503)])
async def test_an_answer_that_is_none_of_slacks_is_no_answer(desk: Desk, fault: faults.Fault) -> None:
    desk.slack.faults.add("auth.test", fault)
    with pytest.raises(Unavailable):
        await desk.web.call(TEST, desk.slack.team.token)


async def test_a_deadline_is_kept(desk: Desk) -> None:
    desk.slack.faults.add("auth.test", faults.Slow(30))
    async with asyncio.timeout(5):
        with pytest.raises(Unavailable, match="no answer within"):
            await desk.web.call(TEST, desk.slack.team.token, deadline_seconds=0.05)


async def test_errors_never_repeat_a_token_or_a_secret(desk: Desk) -> None:
    secret = desk.slack.app.client_secret
    with pytest.raises(Rejected) as refused:
        await desk.web.exchange((desk.slack.app.client_id, secret), {"code": "the-code"})
    desk.slack.faults.add("auth.test", faults.ServerError())
    with pytest.raises(Unavailable) as failed:
        await desk.web.call(TEST, desk.slack.team.token)
    for caught in (refused, failed):
        told = f"{caught.value!r} {caught.value.__cause__!r} suppressed={caught.value.__suppress_context__}"
        assert not {secret, "the-code", desk.slack.team.token} & set(told.split())
        assert "Authorization" not in told


async def test_nobody_there_is_unavailable() -> None:
    web = WebApi(Watch(), base_url="http://127.0.0.1:9/api/")
    with pytest.raises(Unavailable):
        await web.call(TEST, "xoxb-1")
    await web.close()


async def test_memory_keeps_no_more_than_it_may() -> None:
    watch = Watch()
    memory: Memory[int, int] = Memory(watch, 2)
    asked: list[int] = []

    async def get(key: int) -> None:
        async def ask() -> tuple[int, timedelta]:
            asked.append(key)
            return key, timedelta(minutes=1)

        await memory.get(key, ask)

    for key in (1, 2, 1, 3, 1, 2):
        await get(key)
    assert asked == [1, 2, 3, 2]


async def test_when_who_asks_fails_the_next_in_line_asks() -> None:
    memory: Memory[str, int] = Memory(Watch(), 2)
    asked: list[int] = []

    async def ask() -> tuple[int, timedelta]:
        asked.append(len(asked))
        await asyncio.sleep(0)
        if len(asked) == 1:
            raise Unavailable("not now")
        return 7, timedelta(minutes=1)

    async def get() -> int | None:
        try:
            return await memory.get("", ask)
        except Unavailable:
            return None

    async with asyncio.TaskGroup() as tasks:
        answers = [tasks.create_task(get()) for _ in range(5)]
    assert [one.result() for one in answers] == [None, 7, 7, 7, 7]
    assert len(asked) == 2
