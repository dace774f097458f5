"""A private message in Slack cannot be changed but by a press on it: what stands there must still be good."""

import asyncio
import sqlite3
from contextlib import closing

from tests.adapters.slack.harness import Shown
from tests.processes.databases import scalar
from tests.processes.waiting import poll
from tests.slack.beginnings import asked_to_confirm, invited, set_up
from tests.slack.people import Crew, Human, starts
from tests.slack.site import Site

_OVER = """
UPDATE claims SET until = datetime('now', '-1 minute') || '.000000'
    WHERE holder IN (SELECT id FROM holds WHERE workspace = '{team}');
UPDATE holds SET expires_at = datetime('now', '-1 minute') || '.000000' WHERE workspace = '{team}';
UPDATE workflow_status SET delay_until_epoch_ms = 0
    WHERE status = 'DELAYED'
    AND substr(workflow_uuid, 6) IN (SELECT id FROM holds WHERE workspace = '{team}');
"""


async def hold_ends(site: Site, crew: Crew) -> None:
    """Five minutes pass for whoever was asked to confirm."""
    with closing(sqlite3.connect(site.folder / "data" / "parley.db", timeout=30)) as connection:
        connection.executescript(_OVER.format(team=crew.team.id))
    await asyncio.to_thread(poll, lambda: not _holds(site, crew))


def _holds(site: Site, crew: Crew) -> int:
    database = f"sqlite:///{site.folder / 'data' / 'parley.db'}"
    return int(scalar(database, f"SELECT count(*) FROM holds WHERE workspace = '{crew.team.id}'"))


async def asked(human: Human, number: str, card: Shown) -> Shown:
    """The question about one of the offers."""
    start = starts(card)[int(number) - 1]
    await human.presses(number, card)
    return await human.is_told(f"{human.at(start)}–")


async def test_an_older_question_still_books_the_time_it_names(crew: Crew) -> None:
    card, guest = await invited(crew), crew.guest
    old = await asked(guest, "1", card)
    await asked(guest, "2", card)
    await guest.presses("Confirm", old)
    await guest.is_told("✅ Booked with @host", instead_of=old)
    assert starts(await guest.reads("✅ @host & @guest"))[0] == starts(card)[0]


async def test_a_question_whose_minutes_are_over_still_books_what_nobody_took(
    crew: Crew, http_site: Site
) -> None:
    question = await asked_to_confirm(crew)
    await hold_ends(http_site, crew)
    await crew.guest.presses("Confirm", question)
    await crew.guest.is_told("✅ Booked with @host", instead_of=question)


async def test_a_question_that_somebody_else_settled_says_so_in_its_place(
    crew: Crew, http_site: Site
) -> None:
    await set_up(crew.host)
    await crew.host.types("30 logo review")
    card = await crew.guest.reads("@host would like to meet")
    question = await asked(crew.guest, "1", card)
    await hold_ends(http_site, crew)
    await crew.second.presses("Confirm", await asked(crew.second, "1", card))
    await crew.guest.reads("✅ @host & @second-guest")
    await crew.guest.presses("Confirm", question)
    await crew.guest.is_told("A time for this meeting is already confirmed.", instead_of=question)
