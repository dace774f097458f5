"""Steps of either side after a booking: reschedule and move, undo, cancel."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from scheduling_core.meeting import Phase
from tests.bot.stories.asking import NUMBER
from tests.bot.stories.facts import Facts
from tests.bot.stories.story import Story, Tap, chosen


class Changing(Story):
    """See the module."""

    @precondition(lambda self: self.has(Phase.CONFIRMED))
    @rule(
        number=NUMBER,
        time=NUMBER,
        more=st.booleans(),
        reason=st.sampled_from(["", "late"]),
        back=st.sampled_from([None, 0, 59, 61]),
    )
    def move(self, number: int, time: int, more: bool, reason: str, back: int | None) -> None:
        reschedules = self.own_taps("reschedule")
        if not reschedules:
            return
        tap = chosen(reschedules, number)
        self.presses(tap)
        mores = [t for t in self.taps("moremoves") if t.person == tap.person]
        if more and mores:
            self.presses(mores[-1])
        if moves := [t for t in self.taps("move") if t.person == tap.person and t.args[0] == tap.args[0]]:
            self.presses(chosen(moves, time), reason=reason)
        if back is not None and (undos := [t for t in self.taps("undo") if t.person == tap.person]):
            self.passes(timedelta(seconds=back))
            self.undo(undos[-1])

    def undo(self, tap: Tap) -> None:
        """Back to the old time, if it is not too late and nothing is in the way."""
        meeting = self.facts.meetings[tap.args[0]]
        way_back = meeting.undo
        before = self.facts
        self.presses(tap)
        if way_back is not None and self._is_open(before, meeting.id, tap.person, tap.args[1]):
            after = self.facts.meetings[meeting.id]
            assert after.start == way_back.start, "an undo in time did not go back"

    def _is_open(self, before: Facts, meeting_id: str, person: str, sequence: str) -> bool:
        """Whether the way back was open for this press, and the old time free."""
        meeting = before.meetings[meeting_id]
        undo = meeting.undo
        if undo is None or meeting.phase is not Phase.CONFIRMED:
            return False
        is_theirs = before.account(undo.by) == person and undo.until >= before.now
        end = undo.start + meeting.length
        is_free = not any(
            claim.span.start < end and undo.start < claim.span.end and claim.holder != meeting_id
            for participant in meeting.participants
            for claim in before.claims[participant]
        )
        still_here = meeting_id in self.facts.meetings and self.world.process.fate.moments_left is None
        return is_theirs and is_free and still_here and str(meeting.sequence) == sequence

    @precondition(lambda self: self.has(Phase.CONFIRMED))
    @rule(number=NUMBER, again=st.booleans())
    def cancel(self, number: int, again: bool) -> None:
        cancels = self.own_taps("cancel")
        if not cancels:
            return
        tap = chosen(cancels, number)
        self.presses(tap)
        drops = [t for t in self.taps("drop") if t.person == tap.person and t.args[0] == tap.args[0]]
        for drop in drops[-1:] * (2 if again else 1):
            self.presses(drop, reason="no longer needed")
