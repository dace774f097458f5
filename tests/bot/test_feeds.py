"""Calendars that are followed: nothing is read twice, no change is missed, and who tells of one is heard."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from bot import calendar_channels, calendar_feeds, calendars
from bot.app.calendars import keep_looking
from bot.calendar_notices import MAX_BODY_BYTES
from bot.desk import Desk
from scheduling_core.errors import Gone, ProviderError, Rejected, Unavailable
from scheduling_core.linked_calendars import AccountTimes, Feed
from tests.bot.beginnings import set_up
from tests.bot.linking import busy, link, person
from tests.bot.test_pages import serving
from tests.bot.town import TUESDAY, Member, Town, open_town
from tests.fakes.calendar_push import FakePush
from tests.fakes.calendars import FakeCalendars

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
POLL = 5 * MINUTE
ACCOUNT = "a-main"
NOBODY = "/calendars/fake/told/a-nobody"


async def followed(town: Town, *names: str, target: str = "") -> Member:
    """A host with an open invitation, whose calendars tell what changed and have just been read."""
    host = await set_up(town)
    await link(town, host, *(names or ("main",)), target=target)
    town.calendars.tells_changes = True
    await host.types("/meet @guest 30")
    await polls(town, POLL)
    town.calendars.asked.clear()
    town.calendars.asked_changes.clear()
    return host


async def polls(town: Town, after: timedelta = timedelta()) -> int:
    """Time passes, and accounts are asked whose time has come."""
    town.now += after
    looked = await calendars.look(town.office)
    await town.settle()
    return looked


async def times(town: Town, host: Member) -> AccountTimes:
    """What is known of the host's one account."""
    owner = await person(town, host)
    async with town.office.store.read() as reading:
        (found,) = await reading.calendar_times([owner.id])
    return found


async def feeds(town: Town) -> list[Feed]:
    """What follows the host's calendars."""
    async with town.office.store.read() as reading:
        return await reading.feeds(ACCOUNT)


async def until(asked: Sequence[str]) -> None:
    """Something was asked."""
    async with asyncio.timeout(10):
        while not asked:  # noqa: ASYNC110  the fake tells nobody
            await asyncio.sleep(0.01)


def taken(town: Town) -> bool:
    """Whether the open card has struck an offer."""
    return "taken" in town.card().text


async def test_what_has_not_changed_is_not_read_again_and_counts_as_new(town: Town) -> None:
    host = await followed(town)
    before = await times(town, host)
    for _ in range(3):
        assert await polls(town, POLL) == 1
    assert town.calendars.asked == []
    assert town.calendars.asked_changes == ["main"] * 3
    assert await times(town, host) == replace(before, read_at=town.now)
    await town.member("u-2").presses("More times")
    assert town.calendars.asked == []


async def test_an_account_of_many_calendars_that_hang_is_given_up_with_few_requests_open(
    sqlite_template: Path, tmp_path: Path
) -> None:
    database = Path(shutil.copy(sqlite_template, tmp_path / "parley.db"))
    async with open_town(database, calendar={"answer_within_seconds": 0.1}) as town:
        names = [f"c{number}" for number in range(40)]
        await followed(town, *names)
        town.calendars.hanging.update(names)
        async with asyncio.timeout(5):
            await polls(town, POLL)
        assert len(town.calendars.asked_changes) == calendar_feeds.AT_ONCE


async def test_what_has_changed_is_read_and_strikes_offers(town: Town) -> None:
    await followed(town)
    busy(town, "main", (TUESDAY, 30))
    await polls(town, POLL)
    assert town.calendars.asked == ["main"]
    assert taken(town)


async def test_an_invitation_wakes_an_account_that_was_read_while_nothing_was_to_come(town: Town) -> None:
    host = await set_up(town)
    await link(town, host, "main")
    await polls(town)
    assert await polls(town, POLL) == 0
    await polls(town, 6 * HOUR)
    town.calendars.asked.clear()
    await host.types("/meet @guest 30")
    assert town.calendars.asked == []
    assert await polls(town, POLL) == 1


async def test_whoever_books_asks_the_calendar_itself(town: Town) -> None:
    await followed(town)
    await polls(town, POLL)
    guest = town.member("u-2")
    await guest.presses("1")
    town.now += MINUTE
    await guest.presses("Confirm")
    assert town.calendars.asked == ["main"]


async def test_what_happens_while_a_calendar_is_read_is_found_by_the_next_question(town: Town) -> None:
    await followed(town)
    busy(town, "main", (TUESDAY + 9 * DAY, 1))
    town.calendars.meanwhile = lambda: busy(town, "main", (TUESDAY, 30))
    await polls(town, POLL)
    assert not taken(town)
    await polls(town, POLL)
    assert taken(town)


async def test_time_moves_on_and_the_window_with_it(town: Town) -> None:
    await followed(town)
    for _ in range(3):
        await polls(town, 15 * HOUR)
    assert town.calendars.asked == []
    await polls(town, 15 * HOUR)
    assert town.calendars.asked == ["main"]


async def test_another_zone_of_the_owner_is_another_question(town: Town) -> None:
    host = await followed(town)
    owner = await person(town, host)
    assert owner.rules is not None
    elsewhere = replace(owner.rules, availability=replace(owner.rules.availability, zone="Asia/Tokyo"))
    async with town.office.store.write() as tx:
        await tx.save_person(replace(owner, rules=elsewhere))
    await polls(town, POLL)
    assert town.calendars.asked == ["main"]


async def test_who_does_not_say_what_changed_is_read_and_later_asked_from_where_it_was(town: Town) -> None:
    await followed(town)
    before = await feeds(town)
    town.calendars.trouble["main@calendars.example"] = Unavailable("busy")
    await polls(town, POLL)
    assert town.calendars.asked == ["main"]
    assert await feeds(town) == before
    busy(town, "main", (TUESDAY, 30))
    town.calendars.trouble.clear()
    await polls(town, POLL)
    assert taken(town)


async def test_a_calendar_that_is_only_written_into_is_followed_too(town: Town) -> None:
    host = await set_up(town)
    account = await link(town, host, "main", target="main")
    town.calendars.tells_changes = True
    async with town.office.store.write() as tx:
        await tx.save_account(account.choosing("main", replace(account.calendars[0], counts=False)))
    for _ in range(2):
        assert await polls(town, 7 * HOUR) == 1
    assert town.calendars.asked_changes == ["main"] * 2
    assert town.calendars.asked == []
    assert [feed.calendar for feed in await feeds(town)] == ["main"]


@pytest.mark.parametrize("silent", [Gone("gone"), Unavailable("busy")], ids=lambda e: type(e).__name__)
async def test_one_that_does_not_count_and_is_not_reached_has_the_others_read_no_more_often(
    town: Town, silent: ProviderError
) -> None:
    host = await set_up(town)
    account = await link(town, host, "main", "club", target="club")
    town.calendars.tells_changes = True
    async with town.office.store.write() as tx:
        await tx.save_account(account.choosing("club", replace(account.calendars[1], counts=False)))
    await host.types("/meet @guest 30")
    await polls(town, POLL)
    town.calendars.hides["club"] = silent
    town.calendars.asked.clear()
    for _ in range(2):
        await polls(town, POLL)
    assert town.calendars.asked == []
    busy(town, "main", (TUESDAY, 30))
    await polls(town, POLL)
    assert taken(town)


@dataclass(slots=True)
class Far:
    """The provider's side: what it tells reaches the real server."""

    town: Town
    push: FakePush
    client: TestClient[web.Request, web.Application]

    async def posts(self, address: str, headers: Mapping[str, str], body: bytes = b"") -> int:
        """One notification; the status it is answered with."""
        path = address.removeprefix("https://parley.example.org")
        async with self.client.post(path, headers=headers, data=body) as answer:
            return answer.status

    async def tells(self, calendar: str = "main", **changed: str) -> int:
        """That a calendar has changed, or what *changed* makes of it."""
        channel = self.push.of(calendar)
        more = {f"x-fake-{name}": value for name, value in changed.items()}
        return await self.posts(channel.address, {**channel.headers(), **more})


@asynccontextmanager
async def telling(town: Town) -> AsyncIterator[Far]:
    """A provider that can tell, and the bot's server."""
    town.calendars.push = push = FakePush(lambda: town.now)
    async with serving(town) as pages:
        yield Far(town, push, pages.client)


@pytest.fixture
async def far(town: Town) -> AsyncIterator[Far]:
    """See `telling`."""
    async with telling(town) as far:
        yield far


async def watched(town: Town) -> Member:
    """As `followed`, with nothing left that is due."""
    host = await followed(town)
    await polls(town, MINUTE)
    town.calendars.asked_changes.clear()
    assert await polls(town) == 0
    return host


async def test_a_change_that_is_told_strikes_offers_at_once(town: Town, far: Far) -> None:
    await watched(town)
    busy(town, "main", (TUESDAY, 30))
    assert await far.tells() == 202
    assert await polls(town, timedelta(seconds=1)) == 1
    assert taken(town)


async def test_many_changes_and_repeats_are_one_reading(town: Town, far: Far) -> None:
    await watched(town)
    for _ in range(5):
        assert await far.tells() == 202
    assert await polls(town) == 1
    assert await polls(town) == 0
    assert town.calendars.asked_changes == ["main"]


async def test_who_has_nothing_to_come_is_woken_all_the_same(town: Town, far: Far) -> None:
    host = await set_up(town)
    await link(town, host, "main")
    assert (await polls(town), await polls(town, MINUTE), await polls(town, HOUR)) == (1, 1, 0)
    await far.tells()
    assert await polls(town) == 1


@pytest.mark.parametrize(
    "forged", [{"secret": "guessed"}, {"secret": ""}, {"channel": "guessed"}, {"secret": "ü"}]
)
async def test_what_comes_by_no_channel_of_ours_changes_nothing(
    town: Town, far: Far, forged: Mapping[str, str]
) -> None:
    await watched(town)
    assert await far.tells(**forged) == 202
    assert await polls(town) == 0


async def test_a_channel_wakes_its_own_account_alone_and_only_by_post(town: Town, far: Far) -> None:
    await watched(town)
    channel = far.push.of("main")
    assert await far.posts(NOBODY, channel.headers()) == 202
    assert await far.posts(channel.address.replace("fake", "other"), channel.headers()) == 404
    assert await far.posts(channel.address, channel.headers(), b"x" * (MAX_BODY_BYTES + 1)) == 413
    path = channel.address.removeprefix("https://parley.example.org")
    assert (await far.client.get(path, headers=channel.headers())).status == 405
    assert await polls(town) == 0


async def test_channels_are_renewed_while_a_third_of_their_life_is_left(town: Town, far: Far) -> None:
    await watched(town)
    before = far.push.of("main")
    await polls(town, 4 * DAY)
    assert far.push.of("main") == before
    await polls(town, DAY)
    after = far.push.of("main")
    assert after.watch.expires > before.watch.expires
    assert (after.address, after.secret) == (before.address, before.secret)
    assert far.push.asked == [("watch", "main"), ("renew", "main")]


@pytest.mark.parametrize("kind", ["renew", "lost"])
async def test_a_channel_whose_end_is_told_is_renewed_at_once_and_the_account_asked(
    town: Town, far: Far, kind: str
) -> None:
    await watched(town)
    before = far.push.of("main")
    assert await far.tells(kind=kind) == 202
    assert await polls(town) == 1
    assert town.calendars.asked_changes == ["main"]
    assert far.push.of("main").watch.id != before.watch.id


async def test_a_channel_that_is_gone_is_begun_anew(town: Town, far: Far) -> None:
    await watched(town)
    far.push.forgets = True
    far.push.channels.clear()
    await polls(town, 5 * DAY)
    assert far.push.asked == [("watch", "main"), ("renew", "main"), ("watch", "main")]
    assert await far.tells() == 202


@pytest.mark.parametrize(
    ("refusal", "patience"),
    [(Rejected(403, "no"), DAY), (Gone("no"), DAY), (Unavailable("busy"), 15 * MINUTE)],
)
async def test_what_cannot_be_watched_is_asked_for_and_tried_again_later(
    town: Town, far: Far, refusal: Exception, patience: timedelta
) -> None:
    far.push.refuses = refusal
    await followed(town)
    await polls(town, patience - MINUTE)
    assert far.push.asked == [("watch", "main")]
    assert town.calendars.asked_changes == ["main"]
    far.push.refuses = None
    await polls(town, POLL)
    assert await far.tells() == 202


async def test_who_is_told_of_is_asked_while_others_do_not_answer(town: Town, far: Far) -> None:
    await watched(town)
    slow = FakeCalendars("slow", seconds=60)
    town.providers["slow"] = slow
    stuck = replace(await link(town, await set_up(town, "u-3"), "theirs"), provider="slow")
    async with town.office.store.write() as tx:
        await tx.save_account(stuck)
    looking = asyncio.ensure_future(keep_looking(town.office, 0.01))
    await until(slow.asked)
    assert await far.tells() == 202
    await until(town.calendars.asked_changes)
    looking.cancel()
    await asyncio.wait([looking])


async def test_only_an_address_under_https_is_told(town: Town, far: Far) -> None:
    plain = replace(town.office, links=replace(town.office.links, public_url="http://parley.example.org"))
    host = await set_up(town)
    await link(town, host, "main")
    await calendars.look(plain)
    assert far.push.asked == []


async def test_where_we_moved_channels_follow(town: Town, far: Far) -> None:
    await watched(town)
    moved = replace(town.office.links, public_url="https://elsewhere.example.org")
    await calendar_channels.tend(replace(town.office, links=moved), ACCOUNT)
    assert far.push.asked[1:] == [("end", "main"), ("watch", "main")]
    assert far.push.of("main").address == f"https://elsewhere.example.org/calendars/fake/told/{ACCOUNT}"


async def test_a_calendar_that_no_longer_counts_is_no_longer_watched(town: Town, far: Far) -> None:
    host = await followed(town, "main", "work")
    assert {feed.calendar for feed in await feeds(town)} == {"main", "work"}
    card = await host.presses("Choose calendars", await host.types("/meet calendars"))
    await host.presses("Save", card, c0="yes", c1="no")
    assert far.push.asked[-1] == ("end", "work")
    assert [feed.calendar for feed in await feeds(town)] == ["main"]


async def test_linking_anew_tries_what_was_refused(town: Town, far: Far) -> None:
    far.push.refuses = Rejected(403, "no")
    host = await followed(town)
    far.push.refuses = None
    owner = await person(town, host)
    async with town.office.store.write() as tx:
        desk = Desk(town.office, tx, town.now)
        (account,) = (await tx.accounts([owner.id]))[owner.id]
        await calendar_channels.promise(desk, account, is_new=True)
    await town.settle()
    assert await far.tells() == 202


async def test_unlinking_ends_the_channels(town: Town, far: Far) -> None:
    host = await followed(town, "main", "work")
    await host.presses("Unlink", await host.types("/meet unlink"))
    await host.presses("Unlink it")
    assert far.push.channels == {}
    assert await feeds(town) == []


async def test_two_processes_begin_one_channel(town: Town, far: Far) -> None:
    host = await set_up(town)
    await link(town, host, "main")
    for _ in range(2):
        await calendar_channels.tend(town.office, ACCOUNT)
    assert far.push.asked == [("watch", "main")]
