"""Interactions and messages of Discord as first responses and drafts; the samples are after Discord's own."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.chat.discord import inbound, render, suggestions
from adapters.chat.discord.drafts import Way
from adapters.chat.discord.inbound import said
from adapters.chat.discord.names import DIRECT, USERS, Path, read_path, read_spot
from adapters.chat.discord.payloads import App, words
from adapters.chat.discord.responses import OpenForm, Redraw, Suggest, Tell, Thinking, Working, callback
from adapters.chat.discord.typed import NOT_ME
from adapters.payload import Malformed
from scheduling_core.actions import Action
from scheduling_core.cards import Buttons, Choice, ChoiceField, TextField
from scheduling_core.deliveries import Command, ForgedPress, Press, Profile, Said
from scheduling_core.meet_syntax import Invite, parse
from scheduling_core.refs import PersonRef, RoomRef
from tests.adapters.discord.cards import CODEC, GUEST, GUEST_ID, GUILD, HOST_ID, PICK, ROOM, message
from tests.adapters.discord.filled import APP, Json, command, draft, option, press, sample, taken, used
from tests.adapters.discord.limits import EPHEMERAL, autocomplete_breaches, message_breaches

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
PART = ChoiceField("part", "Part", (Choice("Any time", "any"), Choice("Morning", "morning")), "any")
REASON = TextField("reason", "Reason", "the dentist")
SAVE = Action("save", ("-",))

# The first response.


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("ping", 1),
        ("command", 5),
        ("command_in_dm", 5),
        ("user_menu", 5),
        ("autocomplete", 8),
        ("press_in_channel", 5),
        ("press_in_thread", 5),
        ("press_in_private", 6),
        ("press_in_dm", 6),
        ("choice", 6),
        ("modal_submit", 6),
    ],
)
def test_every_interaction_is_answered_by_the_table(name: str, kind: int) -> None:
    made = callback(taken(sample(name)).first)
    assert made["type"] == kind
    assert kind != 5 or made["data"] == {"flags": EPHEMERAL}


def test_a_refusal_and_a_form_are_whole_answers() -> None:
    told = callback(Tell("No."), told=render.note("No."))
    assert message_breaches(told["data"], "answer") == []
    assert (told["type"], told["data"]["flags"]) == (4, EPHEMERAL | render.IS_COMPONENTS_V2)
    assert callback(OpenForm("m1", 0), {"title": "Save"}) == {"type": 9, "data": {"title": "Save"}}


# Commands.


def test_a_command_with_options_is_one_line() -> None:
    made = draft(
        command(
            option("with", GUEST_ID, 6),
            option("length", 45, 4),
            option("when", "2026-11-26"),
            option("title", "Logo review"),
        )
    )
    line = f'/meet @{GUEST_ID} 45 2026-11-26 "Logo review"'
    assert made.act == Command(line)
    assert (made.room, made.actor.ref.person, made.actor.name) == (ROOM, HOST_ID, "Host")
    assert (made.people, made.mentions) == ((Profile(GUEST, "Guest"),), ())
    assert (made.actor.locale, made.actor.zone, made.room_name) == ("de", None, "logo-design")
    read = parse(line, "/meet", {GUEST_ID: "p2"})
    assert isinstance(read, Invite)
    assert (read.people, str(read.day), read.title) == (("p2",), "2026-11-26", "Logo review")


@pytest.mark.parametrize(
    "named", [option("with", APP.bot_id, 6), option("text", f"<@{APP.bot_id}> 30 fri"), None]
)
def test_whoever_invites_the_bot_itself_does_not_invite_everybody(named: Json | None) -> None:
    body = command(named, option("length", 30, 4)) if named else sample("user_menu")
    if named is None:
        body["data"]["target_id"] = APP.bot_id
    assert (taken(body).first, taken(body).draft) == (Tell(NOT_ME), None)


def test_our_name_beside_somebody_elses_is_left_out() -> None:
    assert taken(command(option("text", f"<@{APP.bot_id}> <@{GUEST_ID}> 30"))).first == Thinking()


def test_nobody_else_can_be_named_in_the_direct_messages_with_us() -> None:
    named = {"resolved": sample("command")["data"]["resolved"], "name": "meet"}
    body = sample("command_in_dm")
    body["data"] |= named | {"options": [option("with", GUEST_ID, 6)]}
    assert (taken(body).first, taken(body).draft) == (Tell(inbound.ONLY_US), None)
    body["data"]["options"] = [option("text", f"<@{GUEST_ID}> 30 fri")]
    assert taken(body).first == Tell(inbound.ONLY_US)
    words = {"content": f"<@{HOST_ID}> 30", "mentions": sample("message_mention")["mentions"]}
    from_another = {"author": sample("message_dm")["author"] | {"id": GUEST_ID}}
    heard = said(sample("message_dm") | words | from_another, APP)
    assert heard is not None
    assert (heard.act, heard.people) == (Said("@Host 30"), ())


def test_who_cannot_see_the_channel_is_not_invited_there() -> None:
    body = command(option("with", GUEST_ID, 6))
    body["data"]["resolved"]["members"][GUEST_ID]["permissions"] = str((1 << 11) | (1 << 31))
    told = Tell("@Guest is not in this channel; invite them first.")
    assert (taken(body).first, taken(body).draft) == (told, None)


@pytest.mark.parametrize(
    ("recipients", "is_taken"),
    [([], True), ([{"id": GUEST_ID}], True), ([{"id": "1100000000000000003"}], False)],
)
def test_in_a_group_only_its_people_are_named_where_discord_tells_them(
    recipients: list[Json], is_taken: bool
) -> None:
    body = sample("command_in_dm") | {"context": 2}
    named = {"resolved": sample("command")["data"]["resolved"], "name": "meet"}
    body["data"] |= named | {"options": [option("with", GUEST_ID, 6)]}
    body["channel"] |= {"type": 3, "recipients": recipients}
    not_here = Tell("@Guest is not in this conversation; ask me in a channel where you both are.")
    assert taken(body).first == (Thinking() if is_taken else not_here)


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ((), "/meet"),
        ((option("text", "<@1100000000000000003> 30 thu"),), "/meet @1100000000000000003 30 thu"),
        ((option("length", 5, 4),), "/meet 5m"),
        ((option("title", 'The "new"  logo'),), "/meet \"The 'new' logo\""),
        ((option("when", "<t:1795701600:F>"),), "/meet day:2026-11-26T14:00Z"),
        ((option("when", "thu"), option("text", "“x")), "/meet thu “x"),
    ],
)
def test_options_are_what_could_have_been_typed(given: tuple[Json, ...], line: str) -> None:
    assert draft(command(*given)).act == Command(line)


def test_more_people_in_the_text_are_looked_up_later() -> None:
    made = draft(
        command(option("with", GUEST_ID, 6), option("text", f"<@1100000000000000003> <@{GUEST_ID}>"))
    )
    assert made.mentions == ("1100000000000000003",)


def test_who_is_not_in_the_server_is_looked_up_too() -> None:
    body = command(option("with", GUEST_ID, 6))
    del body["data"]["resolved"]["members"]
    assert (draft(body).people, draft(body).mentions) == ((), (GUEST_ID,))


@pytest.mark.parametrize("owners", [{"0": GUILD.workspace}, {"1": HOST_ID}])
def test_who_is_in_a_private_thread_the_permissions_of_its_channel_do_not_tell(owners: Json) -> None:
    body = command(option("with", GUEST_ID, 6)) | {"authorizing_integration_owners": owners}
    body["channel"] |= {"type": 12, "parent_id": "1200000000000000009"}
    is_asked = "0" in owners
    made = draft(body)
    assert (made.mentions, bool(made.people)) == ((GUEST_ID,) if is_asked else (), not is_asked)
    assert made.labels == {GUEST_ID: "Guest"}


def test_only_who_is_named_outside_a_title_is_to_be_invited() -> None:
    titled = draft(command(option("text", f'30 "about <@{HOST_ID}>" <@1100000000000000003>')))
    assert titled.invited() == ["1100000000000000003"]


def test_a_title_has_names_and_no_ids() -> None:
    body = command(option("with", GUEST_ID, 6), option("title", f"1:1 of <@{GUEST_ID}>, <@{HOST_ID}>"))
    body["data"]["options"].append(
        option("text", f"<#{ROOM.room}> <#120000000000000099> “<@1100000000000000003>")
    )
    (line,) = [draft(body).delivery(NOW).act]
    assert line == Command(f'/meet @{GUEST_ID} "1:1 of @Guest, @Host" #logo-design #channel “@somebody')


@pytest.mark.parametrize("is_in_menu", [False, True])
def test_an_app_is_not_invited_wherever_it_is_named(is_in_menu: bool) -> None:
    bodies = [sample("user_menu") if is_in_menu else command(option("with", GUEST_ID, 6)) for _ in range(2)]
    bodies[1] |= {"authorizing_integration_owners": {"1": HOST_ID}}
    for body in bodies:
        (account,) = body["data"]["resolved"]["users"]
        body["data"]["resolved"]["users"][account] |= {"bot": True}
        name = body["data"]["resolved"]["users"][account]["global_name"]
        assert taken(body).first == Tell(f"@{name} is an app, so I cannot invite it.")


def test_who_is_named_in_a_text_is_found_among_the_people_of_a_group() -> None:
    user = sample("command")["data"]["resolved"]["users"][GUEST_ID]
    body = sample("command_in_dm") | {"context": 2}
    body["data"] |= {"name": "meet", "options": [option("text", f"<@{GUEST_ID}> 30")]}
    body["channel"] |= {"type": 3, "recipients": [user]}
    assert (draft(body).people, draft(body).mentions) == ((Profile(GUEST, "Guest"),), ())
    body["channel"]["recipients"] = []
    assert (draft(body).people, draft(body).mentions) == ((), (GUEST_ID,))


def test_a_zone_belongs_to_the_person_and_a_time_stays_an_instant() -> None:
    evening = option("when", "<t:1795737600:f>")
    for named in ("America/New_York", "america/new york", "New York"):
        made = draft(command(evening, option("timezone", named)))
        assert (made.actor.zone, made.act) == (
            "America/New_York",
            Command("/meet day:2026-11-27T00:00Z", True),
        )
    assert draft(command(evening)).act == Command("/meet day:2026-11-27T00:00Z")


@pytest.mark.parametrize(
    "typed",
    [
        "in two years",
        "in 3 weeks",
        "60",
        "thu fri",
        '"thu"',
        "logo",
        "after <t:1795701600:F>",
        "<@1100000000000000003>",
    ],
)
def test_a_when_that_is_no_day_is_told_at_once_and_never_becomes_a_title_or_a_length(typed: str) -> None:
    found = taken(command(option("with", GUEST_ID, 6), option("when", typed)))
    assert found.draft is None
    assert isinstance(found.first, Tell)
    assert "as a day; choose one of those offered" in found.first.sentence
    assert "<" not in found.first.sentence


@pytest.mark.parametrize(
    ("typed", "locale", "word"),
    [
        ("Freitag", "de", "fri"),
        ("morgen", "de", "day:2026-11-25T09:00Z"),
        ("12/1", "en-US", "2026-12-01"),
        ("12/1", "en-GB", "2027-01-12"),
        ("Thursday, 26 November 2026", "en-US", "2026-11-26"),
        ("<t:99999999999:R>", "de", "day:5138-11-16T09:46Z"),
    ],
)
def test_a_when_is_read_in_the_language_of_whoever_asks(typed: str, locale: str, word: str) -> None:
    assert draft(command(option("when", typed)) | {"locale": locale}).act == Command(f"/meet {word}")


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("(<t:1795701600:F>) 30", "day:2026-11-26T14:00Z 30"),
        ("<t:1795701600>-<t:1795701600>", "day:2026-11-26T14:00Z day:2026-11-26T14:00Z"),
        ('30 "at <t:1795701600>"', '30 "at <t:1795701600>"'),
        ("<t:-99999999999> x", "day:9999-12-31T23:59Z x"),
    ],
)
def test_a_time_in_the_text_is_a_word_of_its_own_outside_quotes(typed: str, line: str) -> None:
    assert draft(command(option("text", typed))).act == Command(f"/meet {line}")


def test_a_zone_that_is_none_is_told_at_once() -> None:
    found = taken(command(option("timezone", "Atlantis")))
    assert found.draft is None
    assert isinstance(found.first, Tell)
    assert "“Atlantis”" in found.first.sentence


def test_the_commands_beside_it_and_the_menu_of_a_person_are_lines_too() -> None:
    assert draft(command(name="meet-settings")).act == Command("/meet settings")
    menu = draft(sample("user_menu"))
    assert menu.act == Command(f"/meet @{GUEST_ID}")
    assert menu.people == (Profile(GUEST, "Guest"),)


def test_the_line_begins_with_our_word_whatever_the_command_is_called() -> None:
    found = inbound.interaction(command(name="parley"), CODEC, App(APP.id, "", "/meet"))
    assert found.draft is not None
    assert found.draft.act == Command("/meet")


def test_direct_messages_have_no_server() -> None:
    made = draft(sample("command_in_dm"))
    assert (made.act, made.room.workspace, made.room_name) == (Command("/meet list"), DIRECT, "")
    assert made.actor.ref == PersonRef(USERS, HOST_ID)
    assert made.delivery(NOW).room.members == (made.actor,)
    assert made.moved(ROOM).delivery(NOW).room.members is None


# While somebody types.


def test_a_zone_is_found_by_its_city_with_its_clock() -> None:
    found = taken(sample("autocomplete")).first
    assert isinstance(found, Suggest)
    assert found.choices[0]["value"] == "Europe/Berlin"
    assert found.choices[0]["name"].startswith("Europe/Berlin · now ")
    assert autocomplete_breaches({"choices": found.choices}, 3) == []


@pytest.mark.parametrize(
    ("name", "typed", "first"),
    [
        ("timezone", "", "Europe/London"),
        ("timezone", "são paulo", "America/Sao_Paulo"),
        ("timezone", "kolkata", "Asia/Kolkata"),
        ("timezone", "us/pac", "US/Pacific"),
        ("timezone", "atlantis", None),
        ("length", "", 15),
        ("length", "3", 30),
        ("length", "25", 25),
        ("length", "481", None),
        ("length", "²", None),
        ("when", "thu", "2026-11-26"),
        ("when", "27 nov", "2026-11-27"),
        ("when", "", "2026-11-24"),
        ("when", "26", "2026-11-26"),
        ("when", "2", "2026-12-02"),
        ("when", "2026-12-2", "2026-12-02"),
        ("when", "26.11.", "2026-11-26"),
        ("when", "31 nov", None),
        ("when", "tom", "2026-11-25"),
        ("when", "today", "2026-11-24"),
        ("text", "x", None),
    ],
)
def test_what_is_offered_fits_what_is_typed(name: str, typed: str, first: object) -> None:
    found = suggestions.choices(name, typed, NOW)
    assert autocomplete_breaches({"choices": found}, 4 if name == "length" else 3) == []
    assert (found[0]["value"] if found else None) == first


@pytest.mark.parametrize(
    ("typed", "locale", "first"),
    [
        ("12/1", "en-US", "2026-12-01"),
        ("12/1", "en-GB", "2027-01-12"),
        ("12/1", "de", "2027-01-12"),
        ("12/25", "en-US", "2026-12-25"),
        ("12/25", "de", "2026-12-25"),
        ("1.12", "de", "2026-12-01"),
        ("frei", "de", "2026-11-27"),
        ("morg", "de", "2026-11-25"),
        ("27 dez", "de", "2026-12-27"),
        ("14 march", "en-US", "2027-03-14"),
        ("2027-03-28", "", "2027-03-28"),
        ("2020-01-01", "", None),
        ("t " * 500, "en-US", None),
    ],
)
def test_days_are_offered_in_the_language_and_order_of_whoever_types(
    typed: str, locale: str, first: str | None
) -> None:
    found = suggestions.choices("when", typed, NOW, locale)
    assert (found[0]["value"] if found else None) == first


def test_the_language_of_whoever_types_is_that_of_the_interaction() -> None:
    body = sample("autocomplete") | {"locale": "de"}
    body["data"]["options"] = [option("when", "freitag") | {"focused": True}]
    found = taken(body).first
    assert isinstance(found, Suggest)
    assert found.choices[0]["name"].startswith("Friday, ")


def test_a_day_is_offered_for_its_own_number_alone() -> None:
    assert [one["value"] for one in suggestions.choices("when", "26", NOW)] == ["2026-11-26", "2026-12-26"]


# Presses.


def test_a_button_in_a_channel_is_pressed() -> None:
    body = press("press_in_channel")
    made = draft(body)
    assert made.act == Press("m1", PICK, {})
    assert (made.id, made.room, made.actor) == (
        f"i{body['id']}",
        ROOM,
        Profile(GUEST, "Guest", None, "en-US"),
    )
    assert made.way == Way(APP.id, body["token"], channel=body["channel_id"])
    assert not made.needs_card


def test_what_another_interaction_posted_for_everybody_is_edited_by_a_press_on_it() -> None:
    body = press("press_in_channel")
    body["message"]["interaction_metadata"] = {"id": "1500000000000000001", "type": 2}
    assert callback(taken(body).first)["type"] == 6
    way = draft(body).way
    assert way is not None
    assert way.message_id == "m1"


def test_a_private_message_is_edited_by_its_answer() -> None:
    for name in ("press_in_private", "press_in_dm"):
        made = draft(press(name))
        assert made.way is not None
        assert made.way.message_id == "m1"


def test_a_second_click_is_another_delivery_with_the_same_content() -> None:
    again = press("press_in_channel") | {"id": "1400000000000000001", "token": "another"}
    first, second = draft(press("press_in_channel")), draft(again)
    assert first.id != second.id
    assert first.digest == second.digest


@pytest.mark.parametrize("text", ["", "30", "thu logo"])
def test_an_invitation_that_nobody_else_would_see_is_not_begun(text: str) -> None:
    body = sample("command_in_dm")
    body["data"] |= {"name": "meet", "options": [option("text", text)] if text else []}
    assert taken(body).first == Tell(inbound.ONLY_US)
    body["data"]["options"] = [option("text", "settings")]
    assert draft(body).act == Command("/meet settings")


def test_a_private_thread_is_a_room_of_its_own() -> None:
    room = RoomRef(GUILD, "1200000000000000009")
    body = press("press_in_thread", room=room)
    body["channel"]["type"] = 12
    assert (draft(body).room, draft(body).act) == (room, Press("m1", PICK, {}))


def test_a_thread_stands_in_its_channel() -> None:
    made = draft(press("press_in_thread"))
    assert made.room == RoomRef(GUILD, ROOM.room, "1200000000000000009")
    assert isinstance(made.act, Press)


@pytest.mark.parametrize("room", [RoomRef(GUILD, "1200000000000000007"), RoomRef(DIRECT, ROOM.room)])
def test_a_button_carried_from_another_room_is_forged(room: RoomRef) -> None:
    assert draft(press("press_in_channel", room=room)).act == ForgedPress("m1")


def test_a_day_or_a_time_is_a_press_of_what_was_chosen() -> None:
    turn = Action("more", ("iAb3", "2026-11-26"))
    made = draft(used("s|m1|day", [CODEC.encode(turn, ROOM)], on=(PART,)))
    assert made.act == Press("m1", turn, {"part": "any"})


def test_a_choice_is_kept_in_the_message_and_delivered_with_the_next_press() -> None:
    found = taken(used("c|m1|part|0", ["morning"], on=(PART,)))
    assert found.draft is None
    assert isinstance(found.first, Redraw)
    body = press("press_in_private")
    body["message"]["components"] = found.first.data["components"]
    assert draft(body).act == Press("m1", PICK, {"part": "morning"})


def test_a_fill_in_button_opens_its_modal() -> None:
    body = press("press_in_private")
    body["data"]["custom_id"] = "f|m1|2"
    assert (taken(body).first, taken(body).draft) == (OpenForm("m1", 2), None)


@pytest.mark.parametrize("name", ["", "x", "hello|m1|1", "p", "f|m1|x", "s|m1|day"])
def test_what_is_not_ours_is_left_alone(name: str) -> None:
    body = press("press_in_private")
    body["data"]["custom_id"] = name or "=qXel"
    assert (taken(body).first, taken(body).draft) == (Working(), None)


# Forms.


def test_a_modal_presses_its_button_with_all_values_of_the_card() -> None:
    card = message(PART, REASON, TextField("note", "Note", "as stored")).card
    body = press("press_in_private", on=(PART, REASON))
    body = sample("modal_submit") | {"message": body["message"]}
    body["data"]["custom_id"] = f"m|m1|0|{CODEC.encode(SAVE, ROOM)}"
    body["data"]["components"][0]["component"]["value"] = "the doctor"
    made = draft(body)
    assert made.needs_card
    whole = made.with_values(card)
    assert whole.act == Press("m1", SAVE, {"part": "any", "reason": "the doctor", "note": "as stored"})
    assert not whole.needs_card


def test_a_modal_that_asked_for_it_presses_what_was_chosen() -> None:
    body = sample("modal_submit")
    chosen = {"type": 3, "id": 4, "custom_id": "then", "values": [CODEC.encode(PICK, ROOM)]}
    body["data"]["custom_id"] = "m|m1|0|"
    body["data"]["components"].append({"type": 18, "id": 3, "component": chosen})
    assert draft(body).act == Press("m1", PICK, {"reason": "the dentist"})
    body["data"]["components"].pop()
    assert (taken(body).first, taken(body).draft) == (Working(), None)


def test_a_press_beside_fields_needs_the_values_of_the_card() -> None:
    made = draft(press("press_in_private", on=(REASON, Buttons(()))))
    assert made.needs_card
    assert made.with_values(message(REASON).card).act == Press("m1", PICK, {"reason": "the dentist"})
    assert made.with_values(None).act == Press("m1", PICK, {})


def test_a_modal_from_no_message_is_answered_with_a_new_one() -> None:
    body = sample("modal_submit")
    del body["message"]
    assert taken(body).first == Thinking()


# What is said.


def test_a_mention_is_read_without_our_name() -> None:
    made = said(sample("message_mention"), APP)
    assert made is not None
    assert made.act == Said(f"meet @{HOST_ID} 30")
    assert (made.room, made.actor.ref, made.way) == (ROOM, GUEST, None)
    assert (made.people, made.mentions, made.labels[HOST_ID]) == ((), (HOST_ID,), "Host")
    assert made.id == "m1300000000000000020"


def test_a_reply_names_the_message_as_it_was_shown() -> None:
    made = said(sample("message_reply"), APP)
    assert made is not None
    assert (made.act, made.replied_to) == (Said("2"), "1200000000000000002:1300000000000000010")
    spot = read_spot(made.delivery(NOW).path, NOW)
    assert spot is not None
    assert (spot.channel, spot.message) == (ROOM.room, sample("message_reply")["id"])
    assert made.delivery(NOW, reply_to="m1").act == Said("2", "m1")


def test_a_reply_that_does_not_ping_is_ours_where_its_words_are_told() -> None:
    assert said(sample("message_reply") | {"mentions": []}, APP) is not None
    assert said(sample("message_reply") | {"mentions": [], "content": ""}, APP) is None
    assert said(sample("message_reply") | {"content": ""}, APP) is not None


def test_everything_is_for_us_in_a_direct_message() -> None:
    made = said(sample("message_dm"), APP)
    assert made is not None
    assert (made.act, made.room.workspace) == (Said("help"), DIRECT)
    assert made.delivery(NOW).path == ""


def test_a_thread_is_told_by_who_knows_it() -> None:
    made = said(sample("message_mention"), APP, "1200000000000000001")
    assert made is not None
    assert made.room == RoomRef(GUILD, "1200000000000000001", ROOM.room)


@pytest.mark.parametrize(
    "change",
    [
        {"mentions": []},
        {"webhook_id": "1200000000000000008"},
        {"type": 7},
        {"author": {"id": "1300000000000000001", "bot": True}},
    ],
)
def test_rooms_are_not_read_along(change: Json) -> None:
    assert said(sample("message_mention") | change, APP) is None


@pytest.mark.parametrize(
    ("raw", "typed"),
    [
        ("<@1100000000000000001>, <@!1100000000000000002>", "@1100000000000000001, @1100000000000000002"),
        ("<@1300000000000000001> yes", "yes"),
        ("<#1200000000000000002> <@&1200000000000000005>", "#channel @&role"),
        ("</meet:1200000000000000005> <a:wave:1200000000000000005>", "/meet :wave:"),
        ("<t:1795701600:F>", "<t:1795701600:F>"),
        ("a\x00b\ud800", "ab?"),
    ],
)
def test_what_discord_marked_up_is_read_as_it_was_typed(raw: str, typed: str) -> None:
    assert words(raw, bot=APP.bot_id).text == typed


# Deliveries and paths.


def test_a_draft_becomes_a_delivery_whose_path_lives_for_minutes() -> None:
    made = draft(press("press_in_private"))
    second = Profile(PersonRef(USERS, "1100000000000000003"), "second guest")
    whole = made.delivery(NOW, people=(second,), admits_actor=False)
    assert (whole.id, whole.digest, whole.act, whole.actor) == (made.id, made.digest, made.act, made.actor)
    assert (whole.room.people, whole.room.admits_actor) == ((second,), False)
    path = read_path(whole.path)
    assert path is not None
    assert (path.application, path.message_id, path.expires) == (APP.id, "m1", int(NOW.timestamp()) + 840)
    assert path.is_alive(NOW)
    assert not path.is_alive(datetime(2026, 11, 24, 9, 14, tzinfo=UTC))


@pytest.mark.parametrize("path", [Path("13", 7, "m1", "a:b|c", "12"), Path("13", 7, "", "x")])
def test_a_path_is_read_back(path: Path) -> None:
    assert read_path(str(path)) == path


@pytest.mark.parametrize("text", ["", "ix:1", "ix:1:x:::t", "ix:1:7:m1:5:", "url:1:7:m1:5:t"])
def test_what_is_no_path_leads_nowhere(text: str) -> None:
    assert read_path(text) is None


def test_a_token_is_no_text_for_logs() -> None:
    body = press("press_in_private")
    assert body["token"] not in repr(taken(body))
    assert body["token"] not in repr(draft(body).delivery(NOW))


# Whatever comes.

SAMPLES = (
    *(
        "ping",
        "command",
        "command_in_dm",
        "user_menu",
        "autocomplete",
        "press_in_channel",
        "press_in_private",
    ),
    *("press_in_thread", "press_in_dm", "choice", "modal_submit"),
    *("message_mention", "message_reply", "message_dm"),
)


def holders(body: Any) -> list[Any]:
    inner = list(body.values()) if isinstance(body, dict) else body if isinstance(body, list) else []
    found = [body] if isinstance(body, dict | list) and body else []
    return found + [each for one in inner for each in holders(one)]


@given(st.sampled_from(SAMPLES), st.data())
def test_a_payload_with_anything_wrong_is_read_or_malformed_and_nothing_else(name: str, data: Any) -> None:
    body = press(name, on=(PART, REASON)) if "press" in name else sample(name)
    holder = data.draw(st.sampled_from(holders(body)))
    key = data.draw(st.sampled_from(sorted(holder) if isinstance(holder, dict) else range(len(holder))))
    wrong = data.draw(
        st.sampled_from(["gone", None, 7, "", "x|y", "c|m1|part|0", [], {}, [[]], {"a": 1}, True])
    )
    if wrong == "gone":
        del holder[key]
    else:
        holder[key] = wrong
    with suppress(Malformed):
        said(body, APP) if name.startswith("message") else taken(body)
