"""What all steps of a story share: somebody does something, the bot settles, the laws are looked at."""

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from hypothesis.stateful import RuleBasedStateMachine
from structlog.testing import capture_logs

from bot.dispatch import APOLOGY
from bot.settings import Settings
from scheduling_core.meeting import Phase
from tests.bot.stories import laws
from tests.bot.stories.facts import Facts, read_facts
from tests.bot.stories.inline_sqlite import InlineSqlite
from tests.bot.stories.people import FIRST_ID, PEOPLE, ROOMS, copied
from tests.bot.stories.world import Json, Life, World
from tests.bot.town import Seen

T = TypeVar("T")


def chosen(among: Sequence[T], number: int) -> T:
    """One of them; small numbers mean the newest."""
    return among[-1 - number % len(among)]


@dataclass(frozen=True, slots=True)
class Tap:
    """A button that somebody can press, or once could."""

    person: str
    room: str
    message: Seen
    label: str
    data: Json

    @property
    def verb(self) -> str:
        """What it means, see `bot.conversation.HANDLERS`."""
        return str(self.data["parley"].split(".")[1])

    @property
    def args(self) -> list[str]:
        """Of the action."""
        return list(self.data["parley"].split(".")[2:-1])


def taps_on(person: str, room: str, message: Seen) -> list[Tap]:
    """Every button of a message."""
    presses = (a for a in message.actions() if a["type"] == "Action.Submit")
    return [Tap(person, room, message, action["title"], action["data"]) for action in presses]


class Story(RuleBasedStateMachine):
    """A town, its bot, and what has happened so far."""

    template: ClassVar[Path]
    sqlite: ClassVar[InlineSqlite]
    _numbers: ClassVar[Iterator[int]] = count()

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.file = copied(self.template, self.template.parent, next(self._numbers))
        self.world = World(self.sqlite, self.file, PEOPLE, FIRST_ID)
        self.life = Life(self.world, Settings())
        self.sent: list[tuple[str, bytes]] = []
        self.answered_at_once: set[str] = set()
        self.left_starts: set[datetime] = set()
        self.loop.run_until_complete(self.life.begin())
        self.facts: Facts = self.loop.run_until_complete(self._read())

    def teardown(self) -> None:
        self.loop.run_until_complete(self.life.end())
        self.world.close()
        self.loop.close()
        self.file.unlink()

    # ── somebody does something ──

    def types(self, person: str, room: str, text: str) -> Json | None:
        """The command."""
        return self.delivers(person, room, {"type": "command", "text": text})

    def says(self, person: str, room: str, text: str, reply_to: str | None = None) -> Json | None:
        """A word to the bot."""
        return self.delivers(person, room, {"type": "text", "text": text, "reply_to": reply_to})

    def presses(self, tap: Tap, **inputs: str) -> Json | None:
        """A button, with what its card's fields hold."""
        data = {**tap.data, **tap.message.values(), **inputs}
        return self.delivers(
            tap.person, tap.room, {"type": "action", "message_id": tap.message.id, "data": data}
        )

    def delivers(self, person: str, room: str, act: Json) -> Json | None:
        """A new delivery; its answer, or None when the process died.

        It is answered at once, or by a message this person can see: an invitation is its own answer.
        """
        delivery, body = self.world.next_delivery(), self.world.body(person, room, act)
        self.sent.append((delivery, body))
        shown_before = len(self.world.room.sheets)
        answer = self.happens(self.world.deliver(delivery, body))
        if answer is not None and answer["replies"]:
            self.answered_at_once.add(delivery)
        elif answer is not None and not self.world.room.status:
            late = [s for s in self.world.room.sheets[shown_before:] if s.reader in (None, person)]
            assert late, f"{person} got no answer to {act}"
        return answer

    def happens(self, what: Coroutine[Any, Any, T]) -> T:
        """Something happens, the bot does what follows from it, and the laws hold."""
        before = self.facts
        with capture_logs() as logs:
            result = self.loop.run_until_complete(what)
            self.loop.run_until_complete(self._settle())
            self.facts = self.loop.run_until_complete(self._read())
        failed = [entry for entry in logs if entry["log_level"] in ("error", "critical")]
        assert not failed, failed
        self.left_starts |= {m.undo.start for m in self.facts.meetings.values() if m.undo}
        self._check(before)
        return result

    async def _settle(self) -> None:
        await self.world.settle()
        if late := [task for task in asyncio.all_tasks() if task.get_name().startswith("delivery ")]:
            await asyncio.wait(late)
        await self.world.settle()
        while self.world.process.fate.is_dead:
            await self.life.begin_again()
            self.world.rows.forget_last(3)
            await self.world.settle()

    async def _read(self) -> Facts:
        process = self.world.process
        process.fate.moments_left, slow = None, process.fate.is_slow
        process.fate.is_slow = False
        facts = await read_facts(process.store, self.world.now, "room-1", self.world.meetings)
        process.fate.is_slow = slow
        return facts

    def _check(self, before: Facts) -> None:
        facts, world = self.facts, self.world
        broken = [
            *laws.time_is_taken_once(facts),
            *laws.timers_have_rung(facts),
            *laws.open_offers_are_free(facts),
            *laws.new_bookings_suit(before, facts, self._may_break_rules),
            *laws.revisions_only_rise(before, facts),
        ]
        if not world.room.status:
            broken += laws.cards_show_the_state(facts, world)
        if not world.mail.is_down:
            broken += laws.mails_tell_the_state(facts, world)
        assert not broken, "\n".join(broken)
        assert all(APOLOGY not in sheet.seen.text for sheet in world.room.sheets)

    def _may_break_rules(self, start: datetime) -> bool:
        """Whether a host may have accepted this start, or an undo may have gone back to it."""
        accepts = (tap for tap in self.all_taps_ever() if tap.verb == "accept")
        accepted = {datetime.fromtimestamp(int(tap.args[1]) * 60, UTC) for tap in accepts}
        return start in accepted | self.left_starts

    # ── what there is to press ──

    def taps(self, *verbs: str) -> list[Tap]:
        """Buttons that members see now, oldest first."""
        return [
            tap
            for room, members in ROOMS.items()
            for person in members
            for message in self.world.screen(person, room)
            for tap in taps_on(person, room, message)
            if not verbs or tap.verb in verbs
        ]

    def own_taps(self, *verbs: str) -> list[Tap]:
        """Buttons about a meeting (their first argument) that its participants see."""
        found = [(tap, self.facts.meetings.get(tap.args[0])) for tap in self.taps(*verbs)]
        return [tap for tap, m in found if m and self.facts.person(tap.person).id in m.participants]

    def all_taps_ever(self) -> list[Tap]:
        """Every button of every revision that anybody ever saw."""
        return [
            tap
            for sheet in self.world.room.sheets
            for person in ([sheet.reader] if sheet.reader else ROOMS[sheet.room])
            for tap in taps_on(person, sheet.room, sheet.seen)
        ]

    # ── when a step makes sense ──

    def has(self, *phases: Phase) -> bool:
        """Whether a meeting stands there."""
        return bool(self.facts.in_phase(*phases))

    def passes(self, time: timedelta) -> None:
        """Time goes by."""

        async def later() -> None:
            self.world.now += time

        self.happens(later())
