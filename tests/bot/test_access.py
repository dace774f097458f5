"""Every verb against everybody it is not for: refused, nothing changed, nothing learned."""

import re
from collections.abc import Awaitable, Callable
from sqlite3 import connect

import pytest

from bot.conversation import HANDLERS, NOT_A_MEMBER
from bot.handlers import access
from scheduling_core.actions import Action
from scheduling_core.refs import RoomRef, WorkspaceRef
from tests.bot.beginnings import booked, said, set_up
from tests.bot.linking import link
from tests.bot.town import CODEC, Member, Town

SECRETS = ("logo review", "host@example.org", "guest@example.net", "24 Nov", "25 Nov", "13:00", "09:00")

OWN = {"invite", "continue", "settings", "save", "keepclock", "list", "help", "keep"}
OWN |= {"link", "linkcode", "entercode", "calendars"}
"""Verbs that touch nothing but what is the presser's own."""

ANYBODY_HERE = {"menu"}
"""What every member of the room may press on a public card; it tells nothing."""


async def secret_story(town: Town) -> dict[str, tuple[str, ...]]:
    """One meeting booked, one invitation with a hold, a wish and a draft; ids for every verb."""
    host, guest = await booked(town)
    await host.types("/meet @guest 45 logo review two")
    await guest.presses("None fit", town.public()[-1])
    await guest.presses("Find times", None, days="2026-11-28", part="morning")
    accept = host.find("Offer other times").actions()[0]["data"]["parley"].split(".")
    question = await guest.presses("2", town.public()[-1])
    assert question is not None
    _, _, hold, invitation, minutes, _ = question.data("Confirm")["parley"].split(".")
    draft = (
        (await host.types("/meet logo review three") or question)
        .data("Send invitation")["parley"]
        .split(".")[2]
    )
    meeting = town.public()[0].data("Reschedule")["parley"].split(".")[2]
    wish = accept[2]
    account = await link(town, host, "main")
    return {
        **dict.fromkeys(("choose", "chosen", "unlink", "unlinked"), (account.id,)),
        **dict.fromkeys(("pick",), (invitation, "3")),
        **dict.fromkeys(("slot",), (invitation, minutes)),
        **dict.fromkeys(("more", "none", "wish", "withdraw", "menu"), (invitation,)),
        **dict.fromkeys(("confirm",), (hold, invitation, minutes)),
        **dict.fromkeys(("other",), (hold, invitation)),
        **dict.fromkeys(("accept",), (wish, accept[3])),
        **dict.fromkeys(("others", "decline"), (wish,)),
        **dict.fromkeys(("send", "change", "connect"), (draft,)),
        "length": (draft, "60"),
        "move": (meeting, minutes),
        **dict.fromkeys(("agree", "disagree"), (meeting, "0", minutes)),
        **dict.fromkeys(("letgo", "bringback"), ("mark",)),
        **dict.fromkeys(("undo", "drop"), (meeting, "0")),
        **dict.fromkeys(("reschedule", "moremoves", "cancel", "again", "add"), (meeting,)),
        "save": ("-",),
        **dict.fromkeys(OWN - {"save"}, ()),
    }


def stored(town: Town) -> dict[str, list[tuple[object, ...]]]:
    """Everything about meetings, as it stands in the database."""
    with connect(town.database.path) as conn:
        tables = ("meetings", "claims", "holds", "drafts", "wishes", "mails", "calendar_accounts")
        return {table: sorted(conn.execute(f"SELECT * FROM {table}"), key=repr) for table in tables}


async def stranger(town: Town) -> Member:
    """In no room at all; the room's list is known."""
    town.people["u-9"] = {"name": "stranger"}
    return town.member("u-9")


async def member_of_another_room(town: Town) -> Member:
    """A member of the workspace, elsewhere."""
    town.people["u-8"] = {"name": "elsewhere", "zone": "Europe/Berlin"}
    town.members["room-2"] = ["u-8"]
    return await set_up(town, "u-8", "room-2")


async def member_of_another_tenant(town: Town) -> Member:
    """Somebody of the same ids in another workspace."""
    town.members["room-9"] = ["u-1", "u-2"]
    return town.member("u-2", "room-9", "other")


async def member_of_a_room_of_that_id_in_another_tenant(town: Town) -> Member:
    """The same ids throughout; only the tenant is another."""
    return town.member("u-2", "room-1", "other")


async def participant_of_another_meeting(town: Town) -> Member:
    """A member of the room who meets other people there."""
    second = await set_up(town, "u-3")
    town.people["u-4"] = {"name": "fourth", "zone": "Europe/Berlin"}
    town.members["room-1"].append("u-4")
    await second.types("/meet @fourth 30 2026-12-01")
    fourth = town.member("u-4")
    await fourth.presses("1", town.public()[-1])
    await fourth.presses("Confirm")
    return second


ROLES: dict[str, Callable[[Town], Awaitable[Member]]] = {
    role.__name__: role
    for role in (
        stranger,
        member_of_another_room,
        member_of_another_tenant,
        member_of_a_room_of_that_id_in_another_tenant,
        participant_of_another_meeting,
    )
}


async def press(member: Member, action: Action) -> str:
    """A button signed for the member's own room."""
    room = RoomRef(WorkspaceRef("webhook", member.tenant), member.room)
    return said(await member.sends({"parley": CODEC.encode(action, room)}))


@pytest.mark.parametrize("role", ROLES)
async def test_no_verb_lets_an_outsider_change_or_learn_anything(town: Town, role: str) -> None:
    ids = await secret_story(town)
    outsider = await ROLES[role](town)
    assert set(ids) == set(HANDLERS)
    before = stored(town), [seen.text for seen in town.public()]
    for verb in sorted(set(HANDLERS) - OWN):
        answer = await press(outsider, Action(verb, ids[verb]))
        assert (stored(town), [seen.text for seen in town.public()]) == before, verb
        assert not [secret for secret in SECRETS if secret in answer], (verb, answer)
        if role == "stranger":
            assert NOT_A_MEMBER in answer
        elif role != "participant_of_another_meeting" and ids[verb][0].startswith("i"):
            assert access.UNKNOWN in answer, verb
        elif verb not in ANYBODY_HERE:
            assert re.search(
                r"only|I know no such|for somebody else|already|not linked", answer, re.IGNORECASE
            ), (
                verb,
                answer,
            )


@pytest.mark.parametrize("role", ROLES)
async def test_buttons_carried_to_another_room_are_refused_whole(town: Town, role: str) -> None:
    ids = await secret_story(town)
    outsider = await ROLES[role](town)
    elsewhere = RoomRef(WorkspaceRef("webhook", "demo"), "room-7")
    before = stored(town)
    for verb, args in ids.items():
        answer = said(await outsider.sends({"parley": CODEC.encode(Action(verb, args), elsewhere)}))
        assert "not made by me for this room" in answer or NOT_A_MEMBER in answer
    assert stored(town) == before


async def test_a_stranger_can_type_nothing_either(town: Town) -> None:
    await booked(town)
    who = await stranger(town)
    before = stored(town)
    for text in ("/meet", "/meet @guest 30", "/meet list", "/meet settings", "/meet help"):
        assert NOT_A_MEMBER in said(await who.types(text))
    for text in ("1", "yes", "list", "cancel"):
        assert NOT_A_MEMBER in said(await who.says(text))
    assert stored(town) == before


async def test_who_takes_no_part_is_not_offered_to_renew_what_ended(town: Town) -> None:
    host, guest = await booked(town)
    number = Action("pick", (town.card().data("Reschedule")["parley"].split(".")[2], "1"))
    await host.presses("Cancel", town.card())
    await host.presses("Cancel meeting")
    room = RoomRef(WorkspaceRef("webhook", "demo"), "room-1")
    for member, is_offered in ((guest, True), (town.member("u-3"), False)):
        answer = await member.sends({"parley": CODEC.encode(number, room)})
        assert answer is not None
        assert "was cancelled" in answer.text
        assert ("Find a new time" in answer.titles) == is_offered


async def test_a_stranger_is_offered_nothing_that_would_be_refused_again(town: Town) -> None:
    who = await stranger(town)
    answer = await who.types("/meet")
    assert answer is not None
    assert answer.text == NOT_A_MEMBER
    assert answer.titles == []


async def test_whoever_left_the_room_takes_no_part_there_any_more(town: Town) -> None:
    _, guest = await booked(town)
    card = town.card()
    town.members["room-1"].remove("u-2")
    assert NOT_A_MEMBER in said(await guest.presses("Cancel", card))
    assert town.card().text.startswith("✅")


async def test_what_an_outsider_does_with_their_own_verbs_stays_their_own(town: Town) -> None:
    ids = await secret_story(town)
    outsider = await participant_of_another_meeting(town)
    with connect(town.database.path) as conn:
        mine = conn.execute("SELECT COUNT(*) FROM meetings").fetchone()
    for verb in sorted(OWN):
        answer = await press(outsider, Action(verb, ids[verb]))
        assert not [secret for secret in SECRETS[:3] if secret in answer], verb
    with connect(town.database.path) as conn:
        assert conn.execute("SELECT COUNT(*) FROM meetings").fetchone() == mine


async def test_from_ones_own_page_nothing_of_others_is_changed_or_learned(town: Town) -> None:
    ids = await secret_story(town)
    await participant_of_another_meeting(town)
    town.members["home-of-u-4"] = ["u-4"]
    outsider = town.member("u-4", "home-of-u-4")
    home = said(await outsider.opens_home())
    assert not [secret for secret in SECRETS[:3] if secret in home]
    before = stored(town), [seen.text for seen in town.public()]
    for verb in sorted(set(HANDLERS) - OWN):
        answer = await press(outsider, Action(verb, ids[verb]))
        assert (stored(town), [seen.text for seen in town.public()]) == before, verb
        assert not [secret for secret in SECRETS if secret in answer], (verb, answer)
        if ids[verb][0].startswith("i"):
            assert access.UNKNOWN in answer, verb


async def two_guests_of_an_open_invitation(town: Town) -> tuple[Member, Member, dict[str, tuple[str, ...]]]:
    """Everybody is invited; one guest holds a time and asked for others, and the host has a draft.

    Returns:
        That guest, another guest, and the ids of what is not the other's, by verb.
    """
    host, guest = await set_up(town), town.member("u-2")
    await host.types("/meet 45 logo review two")
    await guest.presses("None fit", town.public()[-1])
    await guest.presses("Find times", None, days="2026-11-28", part="morning", note="after the market")
    wish, minutes = host.find("Offer other times").actions()[0]["data"]["parley"].split(".")[2:4]
    question = await guest.presses("2", town.public()[-1])
    proposed = await host.types("/meet logo review three")
    assert question is not None
    assert proposed is not None
    hold, invitation, held = question.data("Confirm")["parley"].split(".")[2:5]
    draft = proposed.data("Send invitation")["parley"].split(".")[2]
    ids: dict[str, tuple[str, ...]] = {
        "confirm": (hold, invitation, held),
        "other": (hold, invitation),
        "accept": (wish, minutes),
        **dict.fromkeys(("others", "decline"), (wish,)),
        **dict.fromkeys(("send", "change", "save", "connect"), (draft,)),
        "length": (draft, "60"),
        **dict.fromkeys(("withdraw", "again", "reschedule", "cancel", "add"), (invitation,)),
        **dict.fromkeys(("undo", "drop"), (invitation, "0")),
    }
    return guest, town.member("u-3"), ids


async def test_another_guest_of_the_same_invitation_touches_nothing_of_the_first(town: Town) -> None:
    guest, another, ids = await two_guests_of_an_open_invitation(town)
    before, screen = stored(town), [seen.text for seen in guest.screen()]
    for verb, args in ids.items():
        answer = await press(another, Action(verb, args))
        assert stored(town) == before, verb
        assert [seen.text for seen in guest.screen()] == screen, verb
        assert not [secret for secret in ("logo review three", "after the market") if secret in answer], verb
    assert "held for somebody else" in await press(another, Action("confirm", ids["confirm"]))


async def test_what_another_guest_does_with_their_own_leaves_the_first_ones_alone(town: Town) -> None:
    guest, another, _ = await two_guests_of_an_open_invitation(town)
    waiting = stored(town)
    await another.presses("None fit", town.public()[-1])
    await another.presses("Find times", None, days="2026-11-28", part="morning")
    await another.presses("1", town.public()[-1])
    await another.presses("Other time")
    await another.presses("3", town.public()[-1])
    now = stored(town)
    for table in ("holds", "wishes"):
        assert len(now[table]) == 2
        assert set(waiting[table]) <= set(now[table])
    assert "✅ Booked" in said(await guest.presses("Confirm"))


@pytest.mark.parametrize("role", [stranger, member_of_another_room, participant_of_another_meeting])
async def test_the_form_behind_somebody_elses_invitation_shows_nothing_of_it(
    town: Town, role: Callable[[Town], Awaitable[Member]]
) -> None:
    ids = await secret_story(town)
    outsider = await role(town)
    before = stored(town)
    for verb in ("save", "change", "length", "send", "connect"):
        answer = await press(outsider, Action(verb, ids["length"] if verb == "length" else ids["send"]))
        assert "logo review three" not in answer, verb
        assert stored(town) == before, verb


async def test_a_verb_of_another_version_helps_on(town: Town) -> None:
    for action in (Action("frobnicate", ("x",)), Action("confirm", ("h1", "i1")), Action("list", ("x", "y"))):
        assert "another version of me" in await press(town.member("u-1"), action)


async def test_a_word_cannot_answer_a_message_of_another_room(town: Town) -> None:
    host = await set_up(town)
    await host.types("/meet 45 logo review")
    town.members["room-2"] = ["u-3"]
    card, elsewhere = town.card(), town.member("u-3", "room-2")
    answer = await elsewhere.says("1", reply_to=card.id)
    assert "logo review" not in said(answer)
    assert access.UNKNOWN not in said(answer)
    assert "Nothing" in said(answer) or "nothing" in said(answer)
    assert town.card() == card
