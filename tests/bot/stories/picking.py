"""Steps of guests: pick, confirm, look for more times, say when they could."""

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from scheduling_core.meeting import Meeting, Phase
from tests.bot.stories.asking import NUMBER
from tests.bot.stories.people import ROOMS
from tests.bot.stories.story import Story, Tap, chosen


class Picking(Story):
    """See the module."""

    def someone_invited(self, meeting: Meeting, number: int) -> str:
        """Who may answer the invitation."""
        if meeting.guests:
            return self.facts.account(chosen(meeting.guests, number))
        others = [p for p in ROOMS[meeting.room.room] if p != self.facts.account(meeting.host)]
        return chosen(others, number)

    @precondition(lambda self: self.has(Phase.INVITING))
    @rule(number=NUMBER, who=NUMBER, offer=NUMBER)
    def pick_an_open_number(self, number: int, who: int, offer: int) -> None:
        meeting = chosen(self.facts.in_phase(Phase.INVITING), number)
        person = self.someone_invited(meeting, who)
        picks = [tap for tap in self.taps("pick") if tap.person == person and tap.args[0] == meeting.id]
        if not picks:
            return
        tap = chosen(picks, offer)
        self.presses(tap)
        self._must_be_held_if_free(meeting, person, tap)

    def _must_be_held_if_free(self, meeting: Meeting, person: str, tap: Tap) -> None:
        """What is offered can be had, unless one of those who meet has another meeting or hold then."""
        after = self.facts.meetings[meeting.id]
        guest = self.facts.person(person)
        offer = meeting.offer(int(tap.args[1]))
        if offer is None or after.phase is not Phase.INVITING or self.world.room.status:
            return
        end = offer.start + meeting.length
        held = [h for h in self.facts.live_holds() if (h.meeting, h.guest) == (meeting.id, guest.id)]
        busy = {
            claim.holder
            for p in (*meeting.participants, guest.id)
            for claim in self.facts.claims[p]
            if claim.span.start < end and offer.start < claim.span.end
        } - {hold.id for hold in held}
        near = any(claim.is_hold for p in meeting.participants for claim in self.facts.claims[p])
        if not busy and not near and not self.facts.bookings(guest.id):
            assert [hold.start for hold in held] == [offer.start], f"{tap.label} is offered, but not held"

    @precondition(lambda self: self.has(Phase.INVITING))
    @rule(number=NUMBER, who=NUMBER, word=st.sampled_from(["1", "2", "3", "6", "more", "none", "yes", "no"]))
    def answer_in_words(self, number: int, who: int, word: str) -> None:
        meeting = chosen(self.facts.in_phase(Phase.INVITING), number)
        person = self.someone_invited(meeting, who)
        self.says(person, meeting.room.room, word, meeting.message_id if number % 2 else None)

    @precondition(lambda self: self.taps("confirm"))
    @rule(number=NUMBER, how=st.sampled_from(["press", "press twice", "yes"]))
    def confirm(self, number: int, how: str) -> None:
        tap = chosen(self.taps("confirm"), number)
        if how == "yes":
            self.says(tap.person, tap.room, "yes")
        else:
            self.presses(tap)
        if how == "press twice":
            self.presses(tap)

    @initialize(is_booked=st.booleans(), who=NUMBER, offer=NUMBER)
    def perhaps_booked(self, is_booked: bool, who: int, offer: int) -> None:
        if is_booked and self.has(Phase.INVITING):
            self.book(0, who, offer)

    @precondition(lambda self: self.has(Phase.INVITING))
    @rule(number=NUMBER, who=NUMBER, offer=NUMBER)
    def book(self, number: int, who: int, offer: int) -> None:
        self.pick_an_open_number(number, who, offer)
        meeting = chosen(self.facts.in_phase(Phase.INVITING), number)
        person = self.someone_invited(meeting, who)
        if asked := [t for t in self.taps("confirm") if t.person == person and t.args[1] == meeting.id]:
            self.presses(asked[-1])

    @precondition(lambda self: self.taps("other"))
    @rule(number=NUMBER)
    def other_time(self, number: int) -> None:
        self.presses(chosen(self.taps("other"), number))

    @precondition(lambda self: self.has(Phase.INVITING))
    @rule(number=NUMBER, who=NUMBER, time=NUMBER)
    def pick_from_more_times(self, number: int, who: int, time: int) -> None:
        meeting = chosen(self.facts.in_phase(Phase.INVITING), number)
        person = self.someone_invited(meeting, who)
        if mores := [t for t in self.taps("more") if t.person == person and t.args[0] == meeting.id]:
            self.presses(mores[0])
        if slots := [t for t in self.taps("slot") if t.person == person and t.args[0] == meeting.id]:
            self.presses(chosen(slots, time))

    @precondition(lambda self: self.has(Phase.INVITING))
    @rule(
        number=NUMBER,
        who=NUMBER,
        days=st.sets(st.integers(0, 13), min_size=1, max_size=3),
        part=st.sampled_from(["evening", "any", "morning"]),
        reply=st.sampled_from(["accept", "others", "decline", ""]),
    )
    def none_fit(self, number: int, who: int, days: set[int], part: str, reply: str) -> None:
        meeting = chosen(self.facts.in_phase(Phase.INVITING), number)
        person = self.someone_invited(meeting, who)
        if nones := [t for t in self.taps("none") if t.person == person and t.args[0] == meeting.id]:
            self.presses(nones[0])
        if wishes := [t for t in self.taps("wish") if t.person == person and t.args[0] == meeting.id]:
            form = wishes[-1]
            (field,) = (e for e in form.message.card["body"] if e.get("id") == "days")
            wanted = sorted({chosen(field["choices"], day)["value"] for day in days})
            self.presses(form, days=",".join(wanted), part=part, note="after lunch is fine")
        if replies := self.taps(reply):
            self.presses(replies[-1])
