"""What an interaction costs in SQL: more statements than stand here is a change somebody should have meant.

Counted at the engine, through a signed delivery. A job is one statement here; the real engine needs two, and
one more for a job of a lane.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from sqlalchemy import Engine, event

from tests.bot.beginnings import booked, invited, set_up
from tests.bot.town import Json, Member, Town

OF_THE_FAKE_ENGINE = "CREATE TABLE IF NOT EXISTS fake_jobs"


@dataclass(slots=True)
class Cost:
    """What went to the database.

    Attributes:
        statements: in order, without the beginnings and ends of transactions.
        commits: how many transactions were kept.
    """

    statements: list[str] = field(default_factory=list)
    commits: int = 0

    def execute(self, _conn: object, _cursor: object, sql: str, *_: object) -> None:
        """What the engine is about to do."""
        if not sql.startswith(("BEGIN", OF_THE_FAKE_ENGINE)):
            self.statements.append(sql)

    def commit(self, _conn: object) -> None:
        """The engine is about to commit."""
        self.commits += 1

    def assert_at_most(self, statements: int) -> None:
        """One transaction records the delivery, one settles it, and both together are not longer."""
        assert self.commits == 2
        assert len(self.statements) <= statements, "\n".join(self.statements)


@asynccontextmanager
async def counting() -> AsyncIterator[Cost]:
    """Count what happens inside."""
    cost = Cost()
    event.listen(Engine, "before_cursor_execute", cost.execute)
    event.listen(Engine, "commit", cost.commit)
    try:
        yield cost
    finally:
        event.remove(Engine, "before_cursor_execute", cost.execute)
        event.remove(Engine, "commit", cost.commit)


async def cost_of_press(town: Town, who: Member, label: str) -> Cost:
    """The cost of one press, up to its answer."""
    seen = who.find(label)
    act: Json = {"type": "action", "message_id": seen.id, "data": {**seen.data(label), **seen.values()}}
    return await cost_of(town, who, act)


async def cost_of(town: Town, who: Member, act: Json) -> Cost:
    """The cost of one delivery, up to its answer."""
    async with counting() as cost:
        status, answer = await town.deliver(who, act)
    assert status == 200, answer
    return cost


async def test_a_command_that_invites_at_once(town: Town) -> None:
    host = await set_up(town)
    cost = await cost_of(town, host, {"type": "command", "text": "/meet @guest 30"})
    cost.assert_at_most(12)


async def test_a_command_that_only_shows_something(town: Town) -> None:
    host = await set_up(town)
    cost = await cost_of(town, host, {"type": "command", "text": "/meet help"})
    cost.assert_at_most(4)


async def test_picking_a_time(town: Town) -> None:
    _, guest = await invited(town)
    cost = await cost_of_press(town, guest, "1")
    cost.assert_at_most(15)


async def test_confirming_it(town: Town) -> None:
    _, guest = await invited(town)
    await guest.presses("1")
    cost = await cost_of_press(town, guest, "Confirm")
    cost.assert_at_most(33)


async def test_moving_it(town: Town) -> None:
    _, guest = await booked(town)
    offered = await guest.presses("Reschedule", town.card())
    assert offered is not None
    data = offered.actions()[0]["data"]
    cost = await cost_of(town, guest, {"type": "action", "message_id": offered.id, "data": data})
    cost.assert_at_most(35)


async def test_asking_to_cancel(town: Town) -> None:
    _, guest = await booked(town)
    await guest.presses("⋯")
    cost = await cost_of_press(town, guest, "Cancel")
    cost.assert_at_most(7)


async def test_a_bigger_room_costs_no_more(town: Town) -> None:
    host = await set_up(town)
    strangers = {f"u-{number}": {"name": f"member {number}"} for number in range(10, 60)}
    town.people |= strangers
    town.members["room-1"] += strangers
    await host.types("/meet help")
    cost = await cost_of(town, host, {"type": "command", "text": "/meet @guest 30"})
    cost.assert_at_most(12)
