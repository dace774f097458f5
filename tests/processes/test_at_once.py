"""Many people want the same time at the same moment: one gets it, the others the nearest three."""

from collections.abc import Sequence
from functools import partial

import pytest

from tests.bot.town import Seen
from tests.processes.beginnings import invited, set_up
from tests.processes.databases import scalar
from tests.processes.site import CROWD, Json, Member, Reply, Workspace, at_once

NEAREST = ("Someone just took it. Nearest:", "That time is no longer free. Nearest:")


def test_a_crowd_confirming_one_open_invitation(workspace: Workspace) -> None:
    invited(workspace, "/meet 30")
    card, guests = workspace.card(), workspace.crowd()
    answers = press_at_once([(guest, question(guest, card)) for guest in guests])
    late = [seen.text for seen in answers if not seen.text.startswith("✅ Booked")]
    assert len(late) == CROWD - 1
    assert all(text.startswith("A time for this meeting is already confirmed.") for text in late)
    assert_one_booked(workspace, guests, answers)


def test_a_crowd_picking_one_time_of_an_open_invitation(workspace: Workspace) -> None:
    invited(workspace, "/meet 30")
    card, guests = workspace.card(), workspace.crowd()
    answers = press_at_once([(guest, guest.press("1", card)) for guest in guests])
    (asked,) = (seen for seen in answers if "Confirm" in seen.titles)
    assert_offers_the_nearest_three([seen for seen in answers if seen is not asked])
    winner = guests[answers.index(asked)]
    assert winner.presses("Confirm").text.startswith("✅ Booked")


@pytest.mark.parametrize("count", [2, CROWD])
def test_one_time_of_a_host_confirmed_at_once_in_many_rooms(workspace: Workspace, count: int) -> None:
    set_up(workspace)
    rooms = [f"room-{number}" for number in range(1, count + 1)]
    guests = [workspace.crowd(room)[place] for place, room in enumerate(rooms)]
    for guest in guests:
        workspace.member("u-1", guest.room).types(f"/meet @{guest.id} 30")
    pressed = [(guest, question(guest, workspace.card(room=guest.room))) for guest in guests]
    answers = press_at_once(pressed)
    assert_one_booked(workspace, guests, answers)
    assert_offers_the_nearest_three([s for s in answers if not s.text.startswith("✅ Booked")])


def question(guest: Member, card: Seen) -> Json:
    """The press of *Confirm* for the first time on the card.

    The guest gave the held time back, so that others can be asked about it too.
    """
    guest.presses("1", card)
    press = guest.press("Confirm")
    guest.presses("Other time")
    return press


def press_at_once(pressed: Sequence[tuple[Member, Json]]) -> list[Seen]:
    """All presses at the same moment; what each person is told."""

    def deliver(member: Member, act: Json) -> Reply:
        return member.workspace.deliver(member, act)

    replies = at_once(*(partial(deliver, member, act) for member, act in pressed))
    seen = [member.read(reply) for (member, _), reply in zip(pressed, replies, strict=True)]
    assert None not in seen
    return [each for each in seen if each is not None]


def assert_one_booked(workspace: Workspace, guests: Sequence[Member], answers: Sequence[Seen]) -> None:
    """One booking in the answers, in the database and in the mailboxes."""
    booked = [seen for seen in answers if seen.text.startswith("✅ Booked")]
    assert len(booked) == 1, [seen.text for seen in answers]
    workspace.settle()
    assert bookings(workspace) == 1
    mailed = [guest for guest in guests if workspace.site.post.to(guest.email)]
    assert mailed == [guests[answers.index(booked[0])]]
    assert len(workspace.site.post.to(workspace.member("u-1").email)) == 1


def assert_offers_the_nearest_three(answers: Sequence[Seen]) -> None:
    """Each of them names three times and the way to more."""
    for seen in answers:
        assert seen.text.startswith(NEAREST), seen.text
        assert len(seen.titles) == 4
        assert seen.titles[-1] == "More times"


def bookings(workspace: Workspace) -> int:
    """Confirmed meetings in the database."""
    query = "SELECT count(*) FROM meetings WHERE phase = 'confirmed' AND workspace = '{}'"
    return int(scalar(workspace.site.database, query.format(workspace.tenant)))
