"""Windows, from the press that opens one to what a submission is answered with; and suggestions in them."""

from datetime import timedelta

import pytest

from scheduling_core.cards import Choice, ChoiceField, TextField, line
from scheduling_core.deliveries import Answer
from scheduling_core.errors import RateLimited
from tests.adapters.slack.calling import GUEST
from tests.adapters.slack.faults import Cut, Refused
from tests.adapters.slack.harness import ROOM
from tests.adapters.slack.listening import OPEN, SEND, Inbox, shown, window
from tests.adapters.slack.listening import inbox as inbox
from tests.adapters.slack.listening import side as side
from tests.adapters.slack.listening import sqlite_database as sqlite_database
from tests.adapters.slack.listening import sqlite_template as sqlite_template
from tests.adapters.slack.listening import store as store
from tests.adapters.slack.rooms import HOST, SlackSide

MANY = tuple(Choice(f"Place {number}", str(number)) for number in range(150))


async def test_a_submission_is_answered_in_its_window(side: SlackSide, inbox: Inbox) -> None:
    await window(side, TextField("reason", "Reason"), SEND)
    inbox.answer = lambda _: Answer((shown(line("Sent"), reader=HOST, message_id="m_form", revision=2),))
    await side.host.submit({"Reason": "none"})
    assert side.host.modal
    assert side.host.modal.words == "Sent"


async def test_a_problem_is_shown_beside_its_field(side: SlackSide, inbox: Inbox) -> None:
    await window(side, TextField("reason", "Reason"), SEND)
    problem = shown(TextField("reason", "Reason", problem="Say more"), SEND, reader=HOST, message_id="m_form")
    inbox.answer = lambda _: Answer((problem,))
    ack = await side.host.submit({"Reason": "none"})
    assert isinstance(ack.body, dict)
    assert list(ack.body["errors"].values()) == ["Say more"]


async def test_a_late_answer_fills_the_window_that_waits(side: SlackSide, inbox: Inbox) -> None:
    await window(side, TextField("reason", "Reason"), SEND)
    inbox.gate.clear()
    inbox.answer = lambda _: Answer((shown(line("Sent"), reader=HOST, message_id="m_form", revision=2),))
    ack = await side.host.submit({"Reason": "none"})
    assert ack.is_accepted
    assert side.host.modal
    assert "moment" in side.host.modal.words
    inbox.gate.set()
    await side.platform.stop()
    assert side.host.modal.words == "Sent"


async def test_an_answer_by_job_fills_the_window_that_waits(side: SlackSide, inbox: Inbox) -> None:
    await window(side, TextField("reason", "Reason"), SEND)
    inbox.answer = lambda _: None
    await side.host.submit({"Reason": "none"})
    assert side.host.modal
    assert "moment" in side.host.modal.words
    sent = shown(line("Sent"), reader=HOST, message_id="m_form", revision=2)
    await side.platform.show(sent, None, inbox.deliveries[-1].path)
    assert side.host.modal.words == "Sent"


async def test_a_submission_without_an_answer_closes_its_window(side: SlackSide) -> None:
    await window(side, TextField("reason", "Reason"), SEND)
    await side.host.submit({"Reason": "none"})
    assert side.host.modal is None


async def test_a_form_comes_as_a_message_where_no_window_opens(side: SlackSide) -> None:
    await side.platform.show(shown(line("Card"), OPEN), None)
    side.slack.faults.add("views.open", Refused("expired_trigger_id"))
    assert (await side.host.press(side.host.sees(ROOM)[-1].id, "Edit")).is_accepted
    assert side.inbox.deliveries[-1].path.startswith("url:")


@pytest.mark.parametrize("is_open", [True, False])
async def test_a_refusal_reaches_who_pressed_whether_the_window_opened_or_not(
    side: SlackSide, inbox: Inbox, is_open: bool
) -> None:
    await side.platform.show(shown(line("Card"), OPEN), None)
    side.slack.faults.add("views.open", Cut(is_processed=is_open))
    inbox.failure = RateLimited(timedelta(seconds=9))
    await side.host.press(side.host.sees(ROOM)[-1].id, "Edit")
    said = side.host.modal if is_open else side.host.sees(ROOM)[-1]
    assert said
    assert said.words == "That is a lot at once; please try again in 9 s."
    assert bool(side.host.modal) is is_open


# Suggestions


async def test_suggestions_are_for_the_reader_alone(side: SlackSide, inbox: Inbox) -> None:
    form = shown(line("Where?"), ChoiceField("place", "Place", MANY), SEND, reader=GUEST)
    inbox.messages["m_1"] = form
    await side.platform.show(form, None)
    guest = side.slack.guest
    message_ts = guest.sees(ROOM)[-1].id
    assert "Place 7" in {one["text"]["text"] for one in await guest.options(message_ts, "Place", "7")}
    asked, _ = side.slack.sent[-1]
    asked.body["user"] = {**asked.body["user"], "id": "U0HOST"}
    assert (await side.way.send(asked)).body == {"options": []}


async def test_suggestions_from_a_slow_store_are_none_in_time(side: SlackSide, inbox: Inbox) -> None:
    form = shown(line("Where?"), ChoiceField("place", "Place", MANY), SEND)
    inbox.messages["m_1"] = form
    await side.platform.show(form, None)
    inbox.gate.clear()
    await side.host.options(side.host.sees(ROOM)[-1].id, "Place", "7")
    _, ack = side.slack.sent[-1]
    assert (ack.is_accepted, ack.body) == (True, {"options": []})


async def test_suggestions_of_another_room_or_an_unknown_card_are_none(side: SlackSide, inbox: Inbox) -> None:
    form = shown(line("Where?"), ChoiceField("place", "Place", MANY), SEND)
    await side.platform.show(form, None)
    message_ts = side.host.sees(ROOM)[-1].id
    assert await side.host.options(message_ts, "Place", "7") == []
    inbox.messages["m_1"] = form
    assert await side.host.options(message_ts, "Place", "7") != []
    asked, _ = side.slack.sent[-1]
    asked.body["channel"] = {"id": "C0OTHER"}
    asked.body["container"] = {**asked.body["container"], "channel_id": "C0OTHER"}
    assert (await side.way.send(asked)).body == {"options": []}
