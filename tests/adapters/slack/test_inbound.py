"""Payloads of Slack as drafts of deliveries; the samples are written after Slack's own."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.chat.slack import names
from adapters.chat.slack.events import event
from adapters.chat.slack.inbound import Asked, asked, command, pressed, submitted
from adapters.chat.slack.names import NoPath, ResponseUrl, Where, Window, block_id, read_path
from adapters.chat.slack.payloads import words
from adapters.payload import Malformed
from scheduling_core.actions import Action
from scheduling_core.deliveries import Command, ForgedPress, Press, Profile, Said
from scheduling_core.refs import PersonRef, RoomRef
from tests.adapters.slack.filled import (
    CODEC,
    PICK,
    ROOM,
    TEAM,
    URL,
    Json,
    draft,
    press,
    sample,
    state,
    submission,
)

# What is typed after the slash command.


def test_a_slash_command_comes_as_it_was_typed() -> None:
    made = command(sample("slash_command"))
    line = "/meet @U0GUEST01 30 thu “R&D <plans>” #design https://example.org/a?b=1&c=2"
    assert made.act == Command(line)
    assert (made.room, made.room_name, made.actor) == (ROOM, "design", "U0HOST001")
    assert made.mentions == ("U0GUEST01",)
    assert made.id == command(sample("slash_command")).id
    assert made.trigger_id
    assert made.trigger_id not in made.id
    assert made.path == ResponseUrl("https://hooks.slack.com/commands/T0FIRST01/1/secret")


def test_a_command_alone_is_its_word() -> None:
    assert command(sample("slash_command") | {"text": ""}).act == Command("/meet")


def test_a_conversation_without_a_name_of_its_own_has_none() -> None:
    assert command(sample("slash_command") | {"channel_name": "directmessage"}).room_name == ""


@pytest.mark.parametrize(
    ("raw", "typed"),
    [
        ("<@U0GUEST01>, <@W0GUEST02|x> and <@U0GUEST01>", "@U0GUEST01, @W0GUEST02 and @U0GUEST01"),
        ("<@U0PARLEY1> yes", "yes"),
        ("<https://example.org|here>", "https://example.org"),
        ("<mailto:guest@example.org|guest@example.org>", "guest@example.org"),
        ("<!here> <!subteam^S0TEAM001|@team> <!channel|channel>", "@here @team channel"),
        ("&lt;@U0GUEST01&gt; &amp;lt;", "<@U0GUEST01> &lt;"),
        ("a\x00b\ud800", "ab?"),
    ],
)
def test_what_slack_marked_up_is_read_as_it_was_typed(raw: str, typed: str) -> None:
    assert words(raw, bot="U0PARLEY1").text == typed


def test_everybody_mentioned_is_told_once_and_the_bot_not_at_all() -> None:
    read = words("<@U0PARLEY1> <@U0GUEST01> <@U0GUEST01|x> &lt;@U0HOST001&gt;", bot="U0PARLEY1")
    assert read.mentions == ("U0GUEST01",)


# Presses.


def test_a_button_in_a_channel_is_pressed() -> None:
    made = draft(pressed(press("press_in_channel"), CODEC))
    assert made.act == Press("m1", PICK, {})
    assert (made.room, made.actor, made.screen, made.opens_form) == (ROOM, "U0GUEST01", "message", False)
    assert made.id == "a1732438800.000100.1732438819.685647.U0GUEST01"
    assert made.path == ResponseUrl(URL)


def test_a_second_click_is_another_delivery_with_the_same_content() -> None:
    again = press("press_in_channel")
    again["actions"][0]["action_ts"] = "1732438819.900000"
    first, second = draft(pressed(press("press_in_channel"), CODEC)), draft(pressed(again, CODEC))
    assert first.id != second.id
    assert first.digest == second.digest


def test_the_card_at_the_head_of_a_thread_stands_in_the_channel() -> None:
    body = press("press_in_channel")
    body["message"]["thread_ts"] = body["message"]["ts"]
    assert draft(pressed(body, CODEC)).room == ROOM


def test_a_card_in_a_thread_is_answered_there() -> None:
    body = press("press_in_channel")
    body["message"]["thread_ts"] = "1732400000.000100"
    assert draft(pressed(body, CODEC)).room == RoomRef(TEAM, "C0DESIGN1", "1732400000.000100")


def test_a_private_card_can_be_replaced_by_its_answer() -> None:
    made = draft(pressed(press("press_in_private"), CODEC))
    assert (made.screen, made.path) == ("ephemeral", ResponseUrl(URL, "m1"))


def test_a_private_card_shown_in_another_conversation_is_still_of_its_room() -> None:
    room = RoomRef(TEAM, "C0DESIGN1", "1732400000.000100")
    body = press("press_in_channel", room, block_id("m1", "4", room))
    body["channel"] = {"id": "D0GUEST01", "name": "directmessage"}
    made = draft(pressed(body, CODEC))
    assert (made.room, made.act) == (room, Press("m1", PICK, {}))
    assert made.path == ResponseUrl(URL, "m1")


def test_somebody_of_another_workspace_presses_in_the_room_of_ours() -> None:
    body = press("press_in_channel")
    body["team"] = {"id": "T0OTHER01", "domain": "other"}
    body["user"]["team_id"] = "T0OTHER01"
    made = draft(pressed(body, CODEC))
    assert made.room == ROOM
    assert isinstance(made.act, Press)


def test_a_button_carried_from_another_room_is_forged() -> None:
    body = press("press_in_channel", RoomRef(TEAM, "C0OTHER01"))
    assert draft(pressed(body, CODEC)).act == ForgedPress("m1")


def test_a_button_that_opens_a_form_says_so() -> None:
    body = press("press_in_channel")
    body["actions"][0]["action_id"] = "form3"
    made = draft(pressed(body, CODEC))
    assert made.opens_form
    assert made.trigger_id == body["trigger_id"]


def test_inside_a_window_no_other_is_opened() -> None:
    body = press("press_in_modal")
    body["actions"][0] |= {"type": "button", "action_id": "form3", "value": CODEC.encode(PICK, ROOM)}
    made = draft(pressed(body, CODEC))
    assert (made.opens_form, made.path) == (False, Window("V0VIEW001"))


def test_a_day_chosen_in_a_window_is_a_press_with_what_stands_in_the_fields() -> None:
    turn = Action("more", ("iAb3", "2026-11-26"))
    body = press("press_in_modal", block="m1|day.2026-11-24", action=turn)
    body["view"]["state"] = state(reason={"type": "plain_text_input", "value": "the dentist"})
    made = draft(pressed(body, CODEC))
    assert made.act == Press("m1", turn, {"reason": "the dentist"})
    assert (made.room, made.screen) == (ROOM, "modal")


def test_a_press_on_the_bots_page_has_that_page_for_a_room() -> None:
    room = names.home_room(TEAM, "U0GUEST01")
    made = draft(pressed(press("press_on_home", room), CODEC))
    assert (made.room, made.screen, made.path) == (room, "home", NoPath())
    assert isinstance(made.act, Press)


def test_links_foreign_buttons_and_choices_taken_back_are_not_delivered() -> None:
    link, foreign, empty = press("press_in_channel"), press("press_in_channel"), press("press_in_modal")
    link["actions"][0]["action_id"] = "url3"
    foreign["actions"][0]["block_id"] = "=qXel"
    empty["actions"][0]["selected_option"] = None
    assert [pressed(body, CODEC) for body in (link, foreign, empty)] == [None, None, None]


def test_inputs_come_by_field() -> None:
    body = press("press_in_private")
    body["state"] = state(
        mon={"type": "plain_text_input", "value": "9-17"},
        note={"type": "plain_text_input", "value": None},
        zone={"type": "static_select", "selected_option": {"value": "Europe/Berlin"}},
        part={"type": "external_select", "selected_option": None},
        days={"type": "multi_static_select", "selected_options": [{"value": "a"}, {"value": "b"}]},
        none={"type": "multi_static_select", "selected_options": []},
        copy={"type": "static_select", "selected_option": {"value": names.EMPTY}},
        day={"type": "datepicker", "selected_date": "2026-11-26"},
    )
    body["state"]["values"]["m2|other|a1b2c3"] = {
        "other": {"type": "plain_text_input", "value": "not this card"}
    }
    body["state"]["values"]["m1|time.2026-11-26"] = {
        "time": {"type": "static_select", "selected_option": None}
    }
    act = draft(pressed(body, CODEC)).act
    assert isinstance(act, Press)
    assert act.inputs == {
        "mon": "9-17",
        "note": "",
        "zone": "Europe/Berlin",
        "part": "",
        "days": "a,b",
        "none": "",
        "copy": "",
        "day": "2026-11-26",
    }


# Windows.


def test_a_submitted_window_presses_its_own_button() -> None:
    save = Action("save", ("-",))
    made = draft(submitted(submission(Where("m1", ROOM, CODEC.encode(save, ROOM))), CODEC))
    assert made.act == Press("m1", save, {"mon": "25:00"})
    assert (made.room, made.path, made.screen) == (ROOM, Window("V0VIEW001"), "modal")
    assert made.blocks == {"mon": "m1|mon|a1b2c3"}
    assert made.id.startswith("sV0VIEW001.")


def test_the_same_submission_is_one_delivery_and_an_amended_one_another() -> None:
    where = Where("m1", ROOM, CODEC.encode(PICK, ROOM))
    first, again, amended = submission(where), submission(where), submission(where)
    again["trigger_id"] = "another"
    amended["view"]["state"] = state(mon={"type": "plain_text_input", "value": "9-17"})
    ids = [draft(submitted(body, CODEC)).id for body in (first, again, amended)]
    assert ids[0] == ids[1] != ids[2]


def test_a_window_without_an_action_just_closes() -> None:
    assert submitted(submission(Where("m1", ROOM)), CODEC) is None
    assert submitted(submission(None), CODEC) is None


def test_a_long_select_asks_with_what_is_typed() -> None:
    body = sample("suggestion") | {"block_id": "m1|zone|a1b2c3"}
    body["view"]["private_metadata"] = str(Where("m1", ROOM))
    assert asked(body) == Asked("m1", "zone", "ber", ROOM, "U0GUEST01")
    assert asked(body | {"block_id": "=qXel"}) is None


# Whatever comes.


READERS = {
    "slash_command": command,
    "press_in_channel": lambda body: pressed(body, CODEC),
    "press_in_private": lambda body: pressed(body, CODEC),
    "press_in_modal": lambda body: pressed(body, CODEC),
    "press_on_home": lambda body: pressed(body, CODEC),
    "submission": lambda body: submitted(body, CODEC),
    "suggestion": asked,
    "app_mention": event,
    "message_im": event,
    "app_home_opened": event,
    "member_joined_channel": event,
    "user_change": event,
    "app_uninstalled": event,
    "tokens_revoked": event,
}


def filled(name: str) -> Json:
    if name == "submission":
        return submission(Where("m1", ROOM, CODEC.encode(PICK, ROOM)))
    if name == "suggestion":
        return sample(name) | {"block_id": "m1|zone|a1b2c3"}
    return press(name) if name.startswith("press") else sample(name)


def holders(body: Any) -> list[Any]:
    inner = list(body.values()) if isinstance(body, dict) else body if isinstance(body, list) else []
    found = [body] if isinstance(body, dict | list) and body else []
    return found + [each for one in inner for each in holders(one)]


@given(st.sampled_from(sorted(READERS)), st.data())
def test_a_payload_with_anything_wrong_is_read_or_malformed_and_nothing_else(name: str, data: Any) -> None:
    body = filled(name)
    holder = data.draw(st.sampled_from(holders(body)))
    key = data.draw(st.sampled_from(sorted(holder) if isinstance(holder, dict) else range(len(holder))))
    wrong = data.draw(st.sampled_from(["gone", None, 7, "", "x|y@z", [], {}, [[]], {"a": 1}, True]))
    if wrong == "gone":
        del holder[key]
    else:
        holder[key] = wrong
    with suppress(Malformed):
        READERS[name](body)


def test_a_draft_becomes_a_delivery_with_its_people() -> None:
    now = datetime(2026, 11, 24, 9, tzinfo=UTC)
    guest = Profile(PersonRef(TEAM, "U0GUEST01"), "guest")
    made = draft(event(sample("app_mention")))
    whole = made.delivery(guest, now, people=(guest,), admits_actor=False, reply_to="m1", path=Window("V1"))
    assert (whole.id, whole.digest, whole.act) == (made.id, made.digest, Said("2", "m1"))
    assert (whole.room.ref, whole.room.people, whole.room.admits_actor) == (made.room, (guest,), False)
    assert whole.path == "view:V1"
    assert made.delivery(guest, now).path == ""
    assert whole.room.members is None
    with_us = replace(made, room=RoomRef(TEAM, "D0GUEST01"))
    assert with_us.delivery(guest, now).room.members == (guest,)


@pytest.mark.parametrize(
    "path", [Window("V1"), Window(external_id="a1.2.U0"), ResponseUrl(URL), ResponseUrl(URL, "m1"), NoPath()]
)
def test_a_path_is_read_back(path: names.Path) -> None:
    assert read_path(str(path)) == path


@pytest.mark.parametrize("text", ["view:", "url::", "url:x", "phone:1"])
def test_what_is_no_path_leads_nowhere(text: str) -> None:
    assert read_path(text) == NoPath()


def test_an_address_to_answer_to_is_no_text_for_logs() -> None:
    assert "hooks.slack.com" not in repr(draft(pressed(press("press_in_private"), CODEC)))


@pytest.mark.parametrize(
    "where",
    [
        Where("m1", ROOM),
        Where("home-1", names.home_room(TEAM, "U1"), "1.save.x"),
        Where("m1", RoomRef(TEAM, "C1", "1.2")),
    ],
)
def test_a_window_remembers_where_it_is_of(where: Where) -> None:
    assert names.read_where(str(where)) == where


@pytest.mark.parametrize("text", ["", "{", "[]", '{"m": 1}', '{"m":"m1","w":"T1","r":"C1","t":7,"s":null}'])
def test_what_another_window_remembers_is_not_read(text: str) -> None:
    assert names.read_where(text) is None
