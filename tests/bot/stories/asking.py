"""Steps of hosts: invite, preview, change the rules, answer a wish, withdraw, find a new time."""

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from scheduling_core.meeting import Phase
from tests.bot.stories.people import ROOMS
from tests.bot.stories.story import Story, chosen

MOST_MEETINGS = 4
NUMBER = st.integers(0, 40)
HOSTS = st.sampled_from(["u-1", "u-3"])
ROOM = st.sampled_from(sorted(ROOMS))
WHOM = st.sampled_from(["@guest", "@second", "@guest @second", "@u-4 @guest", "@host", ""])
DAY = st.sampled_from(["", "", "", "thu", "fri", "2026-12-08", "sat"])
FORM = st.sampled_from(
    [
        {"wed": "9-11", "thu": "9-12, 13-14"},
        {"mon": "13-18", "copy": "week"},
        {"mon": "", "tue": "", "wed": "", "thu": "", "fri": ""},
        {"buffer_before": "30 min", "buffer_after": "15 min"},
        {"cap": "1"},
        {"notice": "1 d"},
        {"window": "2", "step": "15 min"},
        {"tue": "25:00"},
    ]
)


class Asking(Story):
    """See the module."""

    @initialize(room=ROOM, whom=WHOM, minutes=st.sampled_from([30, 60]))
    def first_invitation(self, room: str, whom: str, minutes: int) -> None:
        self.types("u-1", room, f"/meet {whom} {minutes} logo review")

    @precondition(lambda self: len(self.world.meetings) < MOST_MEETINGS)
    @rule(host=HOSTS, room=ROOM, whom=WHOM, minutes=st.sampled_from([15, 30, 60, 90]), day=DAY)
    def invite(self, host: str, room: str, whom: str, minutes: int, day: str) -> None:
        self.types(host, room, f"/meet {whom} {minutes} {day} “Logo review”")

    @precondition(lambda self: len(self.world.meetings) < MOST_MEETINGS)
    @rule(host=HOSTS, room=ROOM)
    def preview_and_send(self, host: str, room: str) -> None:
        self.types(host, room, "/meet")
        if sends := [tap for tap in self.taps("send") if tap.person == host]:
            self.presses(sends[-1])

    @rule(host=HOSTS, room=ROOM, form=FORM)
    def change_rules(self, host: str, room: str, form: dict[str, str]) -> None:
        self.types(host, room, "/meet settings")
        if saves := [tap for tap in self.taps("save") if (tap.person, tap.room) == (host, room)]:
            self.presses(saves[-1], **form)

    @precondition(lambda self: self.taps("accept", "others", "decline"))
    @rule(number=NUMBER)
    def answer_a_wish(self, number: int) -> None:
        self.presses(chosen(self.taps("accept", "others", "decline"), number))

    @precondition(lambda self: self.has(Phase.INVITING))
    @rule(number=NUMBER)
    def withdraw(self, number: int) -> None:
        meeting = chosen(self.facts.in_phase(Phase.INVITING), number)
        self.types(self.facts.account(meeting.host), meeting.room.room, "/meet list")
        if withdraws := [tap for tap in self.taps("withdraw") if tap.args == [meeting.id]]:
            self.presses(withdraws[-1])

    @precondition(lambda self: self.own_taps("again"))
    @rule(number=NUMBER)
    def find_a_new_time(self, number: int) -> None:
        self.presses(chosen(self.own_taps("again"), number))
