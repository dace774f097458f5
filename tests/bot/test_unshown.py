"""What a room did not take is told to the host, and comes as soon as the room is heard from again."""

from dataclasses import replace

import pytest
import structlog

from bot import unshown
from scheduling_core.errors import Rejected
from tests.bot.beginnings import invited, said
from tests.bot.town import Town


async def test_what_was_missed_while_a_room_was_gone_comes_with_its_next_delivery(town: Town) -> None:
    host, guest = await invited(town)
    await guest.presses("1", town.card())
    town.vendor.status = 410
    await guest.presses("Confirm")
    assert not town.card().text.startswith("✅")

    town.vendor.status = None
    assert "with @guest" in said(await host.types("/meet list"))
    assert town.card().text.startswith("✅")
    shown = len(town.vendor.posts)
    await host.types("/meet list")
    assert len(town.vendor.posts) == shown


async def test_a_refused_card_is_told_to_the_host_once_and_shown_when_the_room_takes_it(town: Town) -> None:
    town.vendor.refuses.add("room")
    with structlog.testing.capture_logs() as logs:
        host, guest = await invited(town)
        await host.types("/meet list")
    assert not town.public()
    (told,) = [seen.text for seen in host.screen() if "could not be shown" in seen.text]
    assert told == (
        "The card of your meeting “logo review” could not be shown in the room: "
        "Announcements are closed on Sundays."
    )
    assert not [seen for seen in guest.screen() if "could not be shown" in seen.text]
    rejected = [(line["code"], line["word"]) for line in logs if line["event"] == "message.rejected"]
    assert rejected == [(422, None)] * 2

    town.vendor.refuses.clear()
    await guest.types("/meet help")
    assert "logo review" in town.card().text


@pytest.mark.parametrize(
    ("reason", "word", "why"),
    [
        ("restricted_action", "restricted_action", "it was refused (restricted_action)."),
        ("", None, "it was refused (403)."),
        ('{"error": "who knows"}', None, "it was refused (403)."),
        ("Only admins may post here.", None, "Only admins may post here."),
    ],
)
async def test_a_platforms_word_is_logged_and_what_may_be_private_is_not(
    town: Town, reason: str, word: str | None, why: str
) -> None:
    host, _ = await invited(town)
    async with town.office.store.read() as reading:
        shown = await reading.message(town.card().id)
    assert shown is not None
    with structlog.testing.capture_logs() as logs:
        await unshown.refused(town.office, shown.message, Rejected(403, reason))
    await town.settle()
    line = logs[0]
    assert (line["code"], line["word"]) == (403, word)
    assert [seen for seen in host.screen() if seen.text.endswith(f"could not be shown in the room: {why}")]


async def test_a_card_that_was_given_up_after_a_day_is_shown_when_the_room_is_heard_from(town: Town) -> None:
    host, _ = await invited(town)
    card = town.card()
    async with town.office.store.write() as tx:
        shown = await tx.message(card.id)
        assert shown is not None
        await tx.save_message(replace(shown.message, revision=card.revision + 1))
    await town.jobs.functions["show.given_up"]({"message": card.id})
    assert town.card().revision == card.revision
    await host.types("/meet help")
    assert town.card().revision == card.revision + 1
