"""Nothing that a participant receives holds another participant's address, in a few dozen random stories."""

import json
import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot import calendars
from bot.dispatch import APOLOGY
from scheduling_core.errors import Rejected
from scheduling_core.linked_calendars import LinkedAccount
from tests.bot.beginnings import set_up
from tests.bot.linking import HOUR, busy, link
from tests.bot.town import Member, Town

STORIES = 8
STEPS = 9
"""Per story; each step is a press of any button anybody sees, or a word."""

WORDS = ("1", "2", "more", "none", "yes", "no", "list", "cancel", "reschedule", "undo", "again", "/meet list")
NAMES = {"u-1": "host", "u-2": "guest@example.net", "u-3": "second <second@example.com>"}


def received(town: Town, member: Member) -> Iterator[str]:
    """Every byte that reached one person: messages of every revision they can see now, mails, invites."""
    for seen in member.screen():
        yield seen.text
        yield json.dumps(seen.card, ensure_ascii=False)
    for mail in town.mail.to(member.email):
        ics = mail.invite.ics.decode().replace("\r\n ", "") if mail.invite else ""
        yield from (mail.subject, mail.text, mail.html, ics, mail.message_id, mail.sender.address)


def everything_posted(town: Town) -> Iterator[str]:
    """Every callback there was, earlier revisions included."""
    yield from (body.decode() for body in town.vendor.seen.values())


def test_the_names_hide_the_addresses_they_are_made_of() -> None:
    assert all("@example." in name for name in list(NAMES.values())[1:])


async def in_calendars(town: Town, dice: random.Random, accounts: list[LinkedAccount]) -> None:
    """Somebody moves or deletes an event of ours in their calendar, or puts something over it."""
    account = dice.choice(accounts)
    there = town.calendars.events.get(account.target, {})
    if not there:
        return
    copy = dice.choice(list(there.values()))
    match dice.randrange(6):
        case 0:
            del there[copy.key]
        case 1:
            busy(town, account.target, (copy.entry.start, 1))
        case _:
            start = copy.entry.start + dice.choice([-30, 1, 9, 14]) * HOUR
            town.calendars.move(account.target, start, key=copy.key)
    await town.passes(timedelta(minutes=6))
    await calendars.look(town.office)
    await town.settle()
    await town.passes(timedelta(minutes=1))


async def a_step(dice: random.Random, members: list[Member]) -> None:
    member = dice.choice(members)
    having = [seen for seen in member.screen() if any(a["type"] == "Action.Submit" for a in seen.actions())]
    if not having or dice.random() < 0.3:
        await member.says(dice.choice(WORDS))
        return
    seen = dice.choice(having)
    action = dice.choice([a for a in seen.actions() if a["type"] == "Action.Submit"])
    inputs = {"days": "2026-11-28,2026-11-26", "part": "any", "note": "a word", "reason": "a reason"}
    typed = {key: value for key, value in inputs.items() if key in seen.values()}
    await member.sends({**action["data"], **seen.values(), **typed}, seen.id)


async def a_story(
    town: Town, dice: random.Random, members: list[Member], accounts: list[LinkedAccount]
) -> None:
    host, guest, _ = members
    day = f"2026-{dice.choice(['11-25', '11-26', '11-27', '11-30'])}"
    await host.types(
        dice.choice([f"/meet @u-2 30 {day}", f"/meet @u-2 @u-3 45 {day}", f"/meet 30 {day} review"])
    )
    await guest.presses("1", town.card())
    await guest.says("yes")
    for _ in range(STEPS):
        await a_step(dice, members)
        if accounts and dice.random() < 0.4:
            await in_calendars(town, dice, accounts)


@pytest.mark.parametrize("seed", range(4))
async def test_no_byte_holds_another_participants_address(town: Town, seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)  # a story that can be told again
    for person, name in NAMES.items():
        town.people[person]["name"] = name
    members = [await set_up(town, person) for person in NAMES]
    if seed == 3:
        town.mail.trouble[members[1].email] = Rejected(550, "no such mailbox")
    linked = members if seed == 2 else []
    accounts = [await link(town, each, f"of-{each.id}", target=f"of-{each.id}") for each in linked]
    for _ in range(STORIES):
        await a_story(town, dice, members, accounts)
    if accounts:
        posted = " ".join(everything_posted(town))
        assert all(words in posted for words in ("Take it", "so I put it back", "Something new in your"))
    assert town.mail.sent
    for member in members:
        others = [other.email for other in members if other is not member]
        for text in received(town, member):
            assert APOLOGY not in text
            assert not [address for address in others if address in text], text
    for text in everything_posted(town):
        assert "@example." not in text
        assert APOLOGY not in text
