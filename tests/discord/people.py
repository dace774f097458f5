"""Somebody in Discord who uses the bot: does one thing, and waits for what it shows them."""

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from adapters.chat.discord.names import read_custom_id
from adapters.chat.discord.render import FILL_IN
from tests.adapters.discord.components import walk
from tests.adapters.discord.delivering import Ack
from tests.adapters.discord.harness import ROOM, Discord, Shown, Someone
from tests.adapters.discord.rendering import render_time

_INSTANT = re.compile(r"<t:(\d+)")


@dataclass(slots=True)
class Human:
    """A person at their screen.

    Attributes:
        room: the channel they look at.
        clicks: presses, choices in menus and sent forms since `spent`; typing is none.
        acks: how each act was answered at first.
    """

    someone: Someone
    room: str
    clicks: int = 0
    acks: list[Ack] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The user id."""
        return self.someone.id

    def spent(self) -> int:
        """The clicks since it was asked last."""
        clicks, self.clicks = self.clicks, 0
        return clicks

    async def types(self, text: str = "", command: str = "meet", whom: Someone | None = None) -> None:
        """A slash command."""
        given: dict[str, Any] = {"text": text} if text else {}
        given |= {"with": whom} if whom else {}
        self._taken(await self.someone.command(command, self.room, given))

    async def presses(self, label: str, on: Shown) -> None:
        """A button of a message."""
        self.clicks += 1
        self._taken(await self.someone.press(on.id, label))

    async def chooses(self, menu: str, option: Any, on: Shown) -> None:
        """An option of a menu in a message, or several."""
        self.clicks += 1
        self._taken(await self.someone.choose(on.id, menu, option))

    async def fills_in(self, on: Shown, inputs: dict[str, str], button: str = FILL_IN) -> None:
        """A form behind a button of a message."""
        await self.presses(button, on)
        assert self.someone.modal, self.everything()
        self.clicks += 1
        self._taken(await self.someone.submit(inputs))

    def _taken(self, ack: Ack) -> None:
        self.acks.append(ack)
        assert ack.is_accepted, ack

    async def reads(self, having: str) -> Shown:
        """The newest message of the channel that everybody sees and that says this."""
        return await self._until(lambda: _newest(self._public(), having), having)

    async def is_told(self, having: str, instead_of: Shown | None = None) -> Shown:
        """The newest message that only they see and that says this: in the channel, or a direct one.

        Args:
            instead_of: the message whose place it takes.
        """

        def found() -> Shown | None:
            told = [one for one in self.private if instead_of is None or one.id == instead_of.id]
            return _newest(told, having)

        return await self._until(found, having)

    async def _until(self, found: Callable[[], Shown | None], having: str) -> Shown:
        try:
            shown = await self.someone.discord.until(found)
        except AssertionError as error:
            raise AssertionError(f"{self.id} waits for {having!r}: {error}\n{self.everything()}") from None
        assert shown is not None
        return shown

    @property
    def screen(self) -> list[Shown]:
        """The channel as they see it."""
        return self.someone.sees(self.room)

    def _public(self) -> list[Shown]:
        return [one for one in self.screen if not one.is_private]

    @property
    def private(self) -> list[Shown]:
        """What only they see, oldest first."""
        told = [one for one in self.screen if one.is_private]
        direct = self.someone.sees_directly() if self.room != self.someone.dm.id else []
        return sorted([*told, *direct], key=lambda one: int(one.id))

    def at(self, start: datetime) -> str:
        """The time of day as their own client writes it."""
        return render_time(int(start.timestamp()), "t", self.someone.reader)

    def everything(self) -> str:
        """All their screens, for a failure."""
        mark = {True: " (private)", False: ""}
        parts = [
            f"--- {one.id}{mark[one.is_private]} {one.buttons}\n{one.words}"
            for one in [*self.screen, *self.someone.sees_directly()]
        ]
        return "\n".join(parts)


def _newest(shown: list[Shown], having: str) -> Shown | None:
    return next((one for one in reversed(shown) if having in one.words), None)


def starts(shown: Shown) -> list[datetime]:
    """The instants that stand on a message, in order."""
    return [datetime.fromtimestamp(int(unix), UTC) for unix in _INSTANT.findall(json.dumps(shown.components))]


@dataclass(frozen=True, slots=True)
class Crew:
    """A server: host in Berlin, guest in New York, second guest in Kolkata, all in one channel."""

    host: Human
    guest: Human
    second: Human

    @property
    def discord(self) -> Discord:
        """Where they are."""
        return self.host.someone.discord

    @property
    def everybody(self) -> tuple[Human, ...]:
        """All of them."""
        return self.host, self.guest, self.second

    def cards(self) -> list[Shown]:
        """The messages of the channel that everybody sees and that have buttons."""
        return [one for one in self.second.screen if not one.is_private and one.buttons]

    def doubled(self) -> list[str]:
        """Messages of the bot that stand twice on somebody's screen, and those that only wait."""
        found: list[str] = []
        for human in self.everybody:
            screen = {one.id: one for one in (*human.screen, *human.someone.sees_directly())}.values()
            seen = Counter(map(_our_id, screen))
            found += [f"{human.id}: {one}" for one, times in seen.items() if one and times > 1]
            found += [f"{human.id}: thinking" for one in screen if one.is_loading]
        return found


def _our_id(shown: Shown) -> str | None:
    named = (read_custom_id(str(one.get("custom_id"))) for one, _ in walk(shown.components))
    return next((one.message for one in named if one), None)


def crew_of(discord: Discord, room: str = ROOM) -> Crew:
    """The people of the first server, in one of its channels."""
    return Crew(*(Human(one, room) for one in (discord.host, discord.guest, discord.second_guest)))
