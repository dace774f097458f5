"""What every ChatPlatform must do, whatever it talks to.

A test class for an adapter inherits `ChatContract` and provides the fixture `side`: the platform under test,
between an inbox that records and a fake of the vendor's server. What a platform has no word for (a custom
room signs, a socket does not) its `Side` expresses in its own way.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final, Literal

import pytest

from scheduling_core.actions import Action
from scheduling_core.cards import Block, Button, Buttons, Card, TextField, line
from scheduling_core.chat_ports import ChatPlatform
from scheduling_core.deliveries import (
    Act,
    Answer,
    Command,
    Delivery,
    ForgedPress,
    Message,
    Press,
    Said,
)
from scheduling_core.errors import Conflict, Gone, RateLimited, Unavailable
from scheduling_core.refs import PersonRef, RoomRef, WorkspaceRef

PICK: Final = Action("pick", ("mAb3", "2"))
Trouble = Literal["unavailable", "busy", "gone"]


@dataclass(slots=True)
class RecordingInbox:
    """An `Inbox` that remembers; *answer* makes what a new delivery is answered with."""

    answer: Callable[[Delivery], Answer | None] = lambda _delivery: Answer()
    deliveries: list[Delivery] = field(default_factory=list)
    within_seconds: float | None = None
    refuse: RateLimited | None = None
    messages: dict[str, Message] = field(default_factory=dict)
    shown_as: dict[tuple[WorkspaceRef, str], str] = field(default_factory=dict)
    left: list[WorkspaceRef] = field(default_factory=list)
    _answers: dict[str, tuple[str, Answer | None]] = field(default_factory=dict)

    async def put(self, delivery: Delivery, within_seconds: float) -> Answer | None:
        """As the port says: a repeat is answered from memory."""
        if self.refuse:
            raise self.refuse
        self.within_seconds = within_seconds
        if delivery.id not in self._answers:
            self.deliveries.append(delivery)
            self._answers[delivery.id] = (delivery.digest, self.answer(delivery))
        digest, answer = self._answers[delivery.id]
        if digest != delivery.digest:
            raise Conflict("another content")
        return answer

    async def message(self, message_id: str) -> Message | None:
        """One of `messages`."""
        return self.messages.get(message_id)

    async def message_shown_as(self, workspace: WorkspaceRef, shown_as: str) -> str | None:
        """As `shown_as` says."""
        return self.shown_as.get((workspace, shown_as))

    async def answered(self, reader: PersonRef, shown_in: str, words: str) -> Message | None:
        """The first of `messages` that has this word and that they alone see; all are shown anywhere."""
        theirs = [one for one in self.messages.values() if one.audience == reader]
        return next((one for one in theirs if one.card and one.card.reply(words)), None)

    async def leave(self, workspace: WorkspaceRef) -> None:
        """As the port says."""
        self.left.append(workspace)

    @property
    def acts(self) -> list[Act]:
        """What was done, in order."""
        return [delivery.act for delivery in self.deliveries]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the platform answered the vendor.

    Attributes:
        accepted: a success for the vendor.
        private: the text of each message that the answer shows to the actor alone.
    """

    accepted: bool
    private: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OnScreen:
    """A message as the fake vendor has it.

    Attributes:
        reader: the one person who sees it, or None for everybody.
        text: everything on it as text.
        buttons: labels, in order.
    """

    reader: PersonRef | None
    text: str
    buttons: tuple[str, ...]


class Side(ABC):
    """A platform under test with both of its ends."""

    platform: ChatPlatform
    inbox: RecordingInbox
    room: RoomRef
    actor: PersonRef

    @abstractmethod
    async def command(self, text: str, delivery_id: str = "d-1", *, signed: bool = True) -> Outcome:
        """The actor types a command in the room; unsigned, somebody else made it up."""

    @abstractmethod
    async def say(self, text: str, reply_to: str | None = None, delivery_id: str = "d-1") -> Outcome:
        """The actor sends a plain message to the bot."""

    @abstractmethod
    async def press(
        self, message_id: str, label: str, inputs: dict[str, str], delivery_id: str = "d-1"
    ) -> Outcome:
        """The actor presses a button of a message on the screen, with the form filled in."""

    @abstractmethod
    async def press_forged(self, message_id: str, delivery_id: str = "d-1") -> Outcome:
        """The actor's client sends a button that we never made."""

    @abstractmethod
    def screen(self, message_id: str) -> OnScreen | None:
        """The message with our id as people see it now, or None when it is not there."""

    @abstractmethod
    def trouble(self, kind: Trouble | None) -> None:
        """From now on the vendor does not answer, asks to wait 7 s, or says the workspace is gone."""


def a_message(side: Side, *blocks: Block, revision: int = 1, audience: PersonRef | None = None) -> Message:
    """A message in the room of *side*."""
    return Message("m_1", revision, side.room, audience, Card(blocks or (line("Hello"),)))


CHOOSE: Final = Buttons((Button("1", Action("pick", ("mAb3", "1"))), Button("2", PICK, reply="2")))


class ChatContract(ABC):
    """Inherit it as `TestX(ChatContract)` and define `side`."""

    @pytest.fixture
    @abstractmethod
    def side(self) -> Side:
        """The platform of this class."""

    async def test_a_command_arrives_with_who_and_where(self, side: Side) -> None:
        outcome = await side.command("/meet @u-2 30 logo review")
        (delivery,) = side.inbox.deliveries
        assert outcome.accepted
        assert delivery.act == Command("/meet @u-2 30 logo review")
        assert (delivery.room.ref, delivery.actor.ref) == (side.room, side.actor)
        assert delivery.received_at.utcoffset() == timedelta()

    async def test_a_plain_message_arrives_with_what_it_answers(self, side: Side) -> None:
        await side.platform.show(a_message(side), None)
        await side.say("2", reply_to="m_1")
        assert side.inbox.acts == [Said("2", "m_1")]

    async def test_a_press_arrives_with_its_meaning_and_the_form(self, side: Side) -> None:
        field = TextField("reason", "Reason")
        await side.platform.show(a_message(side, line("Which?"), field, CHOOSE), None)
        outcome = await side.press("m_1", "2", {"reason": " too *early* "})
        assert outcome.accepted
        assert side.inbox.acts == [Press("m_1", PICK, {"reason": " too *early* "})]

    async def test_a_button_that_was_made_up_is_told_as_forged(self, side: Side) -> None:
        await side.platform.show(a_message(side, CHOOSE), None)
        assert (await side.press_forged("m_1")).accepted
        assert side.inbox.acts == [ForgedPress("m_1")]

    async def test_what_is_not_signed_is_refused_and_not_recorded(self, side: Side) -> None:
        outcome = await side.command("/meet", signed=False)
        assert not outcome.accepted
        assert side.inbox.deliveries == []

    async def test_the_answer_is_shown_to_the_actor(self, side: Side) -> None:
        reply = a_message(side, line("Only for you"), audience=side.actor)
        side.inbox.answer = lambda _delivery: Answer((reply,))
        (text,) = (await side.command("/meet")).private
        assert "Only for you" in text

    async def test_a_delivery_that_takes_long_is_accepted_without_an_answer(self, side: Side) -> None:
        side.inbox.answer = lambda _delivery: None
        assert await side.command("/meet") == Outcome(accepted=True)

    async def test_a_repeat_is_answered_alike_and_recorded_once(self, side: Side) -> None:
        side.inbox.answer = lambda d: Answer((a_message(side, line(d.id), audience=side.actor),))
        first = await side.command("/meet", "d-7")
        assert await side.command("/meet", "d-7") == first
        assert len(side.inbox.deliveries) == 1

    async def test_a_message_appears_for_everybody(self, side: Side) -> None:
        await side.platform.show(a_message(side, line("Pick a time"), CHOOSE), None)
        shown = side.screen("m_1")
        assert shown
        assert shown.reader is None
        assert "Pick a time" in shown.text
        assert shown.buttons == ("1", "2")

    async def test_a_private_message_has_one_reader(self, side: Side) -> None:
        await side.platform.show(a_message(side, line("Confirm?"), audience=side.actor), None)
        shown = side.screen("m_1")
        assert shown
        assert shown.reader == side.actor

    async def test_a_message_is_edited_in_place(self, side: Side) -> None:
        shown_as = await side.platform.show(a_message(side, line("Before")), None)
        again = await side.platform.show(a_message(side, line("After"), revision=2), shown_as)
        shown = side.screen("m_1")
        assert again == shown_as
        assert shown
        assert "After" in shown.text
        assert "Before" not in shown.text

    async def test_the_same_revision_twice_is_harmless(self, side: Side) -> None:
        message = a_message(side, line("Once"))
        shown_as = await side.platform.show(message, None)
        assert await side.platform.show(message, shown_as) == shown_as
        assert side.screen("m_1")

    async def test_a_message_without_a_card_is_taken_away(self, side: Side) -> None:
        message = a_message(side)
        shown_as = await side.platform.show(message, None)
        await side.platform.show(replace(message, revision=2, card=None), shown_as)
        assert side.screen("m_1") is None

    async def test_no_answer_from_the_vendor_asks_for_another_try(self, side: Side) -> None:
        side.trouble("unavailable")
        with pytest.raises(Unavailable):
            await side.platform.show(a_message(side), None)
        side.trouble(None)
        await side.platform.show(a_message(side), None)
        assert side.screen("m_1")

    async def test_a_busy_vendor_says_how_long_to_wait(self, side: Side) -> None:
        side.trouble("busy")
        with pytest.raises(RateLimited) as caught:
            await side.platform.show(a_message(side), None)
        assert caught.value.retry_after == timedelta(seconds=7)

    async def test_a_workspace_that_is_gone_is_told_so(self, side: Side) -> None:
        side.trouble("gone")
        with pytest.raises(Gone):
            await side.platform.show(a_message(side), None)

    async def test_text_from_people_is_never_markup(self, side: Side) -> None:
        await side.platform.show(a_message(side, line("Topic: <b>x</b> & 5 < 6 {{DATE(x)}}")), None)
        shown = side.screen("m_1")
        assert shown
        assert "5 < 6" in shown.text
