"""Time, repeats, old buttons, strangers, and everything that goes wrong around the bot."""

import asyncio
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.bot.stories.asking import NUMBER
from tests.bot.stories.people import STRANGER
from tests.bot.stories.story import Story, Tap, chosen
from tests.bot.stories.world import Json

SPANS = st.sampled_from(
    [timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=6), timedelta(hours=3), timedelta(days=1)]
)
HARMLESS = ("help", "list", "menu", "settings", "invite")


class Failing(Story):
    """See the module."""

    @rule(time=SPANS)
    def time_passes(self, time: timedelta) -> None:
        self.passes(time)

    @rule(number=st.integers(0, 400))
    def press_something_old(self, number: int) -> None:
        if taps := [tap for tap in self.all_taps_ever() if tap.verb not in HARMLESS]:
            self.presses(chosen(taps, number))

    @rule(number=NUMBER)
    def press_something_about_a_booking(self, number: int) -> None:
        if taps := self.taps("reschedule", "cancel", "undo", "add", "drop", "move"):
            self.presses(chosen(taps, number))

    def weighty_taps(self) -> list[Tap]:
        """What changes most."""
        return self.own_taps("pick", "move", "drop", "undo", "again") + self.taps("confirm", "accept")

    @rule(number=st.integers(0, 60))
    def a_stranger_presses(self, number: int) -> None:
        if taps := [tap for tap in self.taps() if tap.verb not in HARMLESS]:
            tap = chosen(taps, number)
            before = self.facts
            self.presses(Tap(STRANGER, tap.room, tap.message, tap.label, tap.data))
            assert self.facts.meetings == before.meetings
            assert self.facts.claims == before.claims

    @precondition(lambda self: self.sent)
    @rule(number=st.integers(0, 10))
    def an_earlier_delivery_comes_again(self, number: int) -> None:
        delivery, body = chosen(self.sent, number)
        first, before = self.world.answers.get(delivery), self.facts
        again = self.happens(self.world.deliver(delivery, body))
        assert again is not None
        if delivery in self.answered_at_once:
            assert again == first
        assert self.facts.meetings == before.meetings
        assert self.facts.holds == before.holds

    @precondition(lambda self: self.weighty_taps())
    @rule(number=NUMBER, moments=st.integers(0, 25))
    def the_process_dies_over_a_press(self, number: int, moments: int) -> None:
        tap = chosen(self.weighty_taps(), number)
        self.world.process.fate.moments_left = moments
        data = {**tap.data, **tap.message.values()}
        body = self.world.body(
            tap.person, tap.room, {"type": "action", "message_id": tap.message.id, "data": data}
        )
        delivery = self.world.next_delivery()
        self.happens(self.world.deliver(delivery, body))
        again = self.happens(self.world.deliver(delivery, body))
        before = self.facts
        assert again is not None, "a room's second try got no answer"
        assert again["replies"], "a room's second try got no answer"
        assert self.happens(self.world.deliver(delivery, body)) == again
        assert self.facts.meetings == before.meetings

    @rule(count=st.integers(1, 8))
    def jobs_run_again(self, count: int) -> None:
        before = self.facts
        self.world.rows.forget_last(count)
        self.passes(timedelta())
        assert self.facts.meetings == before.meetings

    @precondition(lambda self: self.taps("confirm", "pick"))
    @rule(one=NUMBER, other=NUMBER)
    def two_press_at_once(self, one: int, other: int) -> None:
        taps = self.taps("confirm") or self.taps("pick")
        self.happens(self._both(chosen(taps, one), chosen(taps, other)))

    async def _both(self, *taps: Tap) -> list[Json | None]:
        self.world.process.fate.is_slow = True
        async with asyncio.TaskGroup() as both:
            answers = [both.create_task(self.world.deliver(*self._delivery(tap))) for tap in taps]
        self.world.process.fate.is_slow = False
        return [answer.result() for answer in answers]

    def _delivery(self, tap: Tap) -> tuple[str, bytes]:
        data = {**tap.data, **tap.message.values()}
        act = {"type": "action", "message_id": tap.message.id, "data": data}
        return self.world.next_delivery(), self.world.body(tap.person, tap.room, act)

    @rule(bot_is_slow=st.booleans(), room=st.sampled_from([None, None, 500, 429]), mail_is_down=st.booleans())
    def the_weather_changes(self, bot_is_slow: bool, room: int | None, mail_is_down: bool) -> None:
        self.world.process.fate.is_slow = bot_is_slow
        self.world.room.status = room
        self.world.mail.is_down = mail_is_down
        self.passes(timedelta())
