"""Somebody in Slack who uses the bot: does one thing, and waits for what it shows them."""

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from adapters.chat.slack.names import read_block_id
from tests.adapters.slack.delivering import Ack
from tests.adapters.slack.harness import HOME, MODAL, ROOM, Shown, Slack, Someone
from tests.adapters.slack.rendering import render_date
from tests.adapters.slack.workspace import Team

_INSTANT = re.compile(r"<!date\^(\d+)\^")


@dataclass(slots=True)
class Human:
    """A person at their screen.

    Attributes:
        room: the channel they look at.
        clicks: presses, choices in menus and sent windows since `spent`; typing is none.
        acks: how each act was acknowledged.
    """

    someone: Someone
    room: str
    clicks: int = 0
    acks: list[Ack] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The user id."""
        return self.someone.id

    @property
    def email(self) -> str:
        """Where their mail goes."""
        assert self.someone.person.email
        return self.someone.person.email

    def spent(self) -> int:
        """The clicks since it was asked last."""
        clicks, self.clicks = self.clicks, 0
        return clicks

    async def types(self, text: str) -> None:
        """The slash command, whatever its word is."""
        (word,) = self.someone.slack.app.commands
        self._taken(await self.someone.command(text, self.room, word))

    async def calls_bot(self, text: str, thread: str | None = None) -> None:
        """`@Parley …`, in the channel or a thread."""
        self._taken(await self.someone.mention(text, self.room, thread))

    async def writes_bot(self, text: str) -> None:
        """In the conversation with the bot."""
        self._taken(await self.someone.direct(text))

    async def opens_home(self, having: str) -> Shown:
        """The Home tab, once it says this."""
        self._taken(await self.someone.open_home())
        return await self.home(having)

    async def presses(self, label: str, on: Shown | str) -> None:
        """A button; *on* is a message, MODAL or HOME."""
        self.clicks += 1
        self._taken(await self.someone.press(on if isinstance(on, str) else on.id, label))

    async def chooses(self, menu: str, option: str) -> None:
        """An option of a menu in the window."""
        self.clicks += 1
        self._taken(await self.someone.choose(MODAL, menu, option))

    async def submits(self, **inputs: Any) -> Ack:
        """Sends the window off; inputs by field id."""
        self.clicks += 1
        ack = await self.someone.submit(inputs or None)
        self._taken(ack)
        return ack

    async def closes(self) -> None:
        """The window."""
        await self.someone.close()

    def _taken(self, ack: Ack) -> None:
        self.acks.append(ack)
        assert ack.is_accepted, ack

    async def reads(self, having: str) -> Shown:
        """The newest message of the channel that everybody sees and that says this."""
        return await self._until(lambda: _newest(self.screen, having, is_private=False), having)

    async def is_told(self, having: str, instead_of: Shown | None = None) -> Shown:
        """The newest message of the channel that only they see and that says this.

        Args:
            instead_of: the message whose place it takes.
        """

        def found() -> Shown | None:
            told = [one for one in self.screen if instead_of is None or one.id == instead_of.id]
            return _newest(told, having, is_private=True)

        return await self._until(found, having)

    async def reads_directly(self, having: str) -> Shown:
        """The newest message of the conversation with the bot that says this."""
        return await self._until(
            lambda: _newest(self.someone.sees_directly(), having, is_private=False), having
        )

    async def window(self, having: str) -> Shown:
        """The window, once its title or text says this."""

        def found() -> Shown | None:
            modal = self.someone.modal
            return modal if modal and having in f"{modal.text}\n{modal.words}" else None

        return await self._until(found, having)

    async def home(self, having: str) -> Shown:
        """The Home tab, once it says this."""

        def found() -> Shown | None:
            home = self.someone.home
            return home if home and having in home.words else None

        return await self._until(found, having)

    async def _until(self, found: Callable[[], Shown | None], having: str) -> Shown:
        try:
            shown = await self.someone.slack.until(found)
        except AssertionError as error:
            raise AssertionError(f"{self.id} waits for {having!r}: {error}\n{self.everything()}") from None
        assert shown is not None
        return shown

    @property
    def screen(self) -> list[Shown]:
        """The channel as they see it."""
        return self.someone.sees(self.room)

    def at(self, start: datetime) -> str:
        """The time of day as their own client writes it."""
        return render_date(int(start.timestamp()), "{time}", self.someone.reader)

    def everything(self) -> str:
        """All their screens, for a failure."""
        parts = [f"--- {one.id}{' (private)' if one.is_private else ''}\n{one.words}" for one in self.screen]
        parts += [f"--- direct\n{one.words}" for one in self.someone.sees_directly()]
        if modal := self.someone.modal:
            parts.append(f"--- window {modal.text}\n{modal.words} {modal.buttons}")
        return "\n".join(parts)


def _newest(shown: list[Shown], having: str, *, is_private: bool) -> Shown | None:
    return next(
        (one for one in reversed(shown) if having in one.words and one.is_private is is_private), None
    )


def starts(shown: Shown) -> list[datetime]:
    """The instants that stand on a message, in order."""
    return [datetime.fromtimestamp(int(unix), UTC) for unix in _INSTANT.findall(json.dumps(shown.blocks))]


@dataclass(frozen=True, slots=True)
class Crew:
    """A workspace: host in Berlin, guest in New York, a guest account in Kolkata, all in one channel."""

    team: Team
    host: Human
    guest: Human
    second: Human

    @property
    def slack(self) -> Slack:
        """Where they are."""
        return self.host.someone.slack

    @property
    def everybody(self) -> tuple[Human, ...]:
        """All of them."""
        return self.host, self.guest, self.second

    def cards(self) -> list[Shown]:
        """The messages of the channel that everybody sees and that have buttons."""
        return [one for one in self.second.screen if not one.is_private and one.buttons]

    def doubled(self) -> list[str]:
        """Messages of the bot that stand twice on somebody's screen."""
        found: list[str] = []
        for human in self.everybody:
            seen = Counter(map(_our_id, [*human.screen, *human.someone.sees_directly()]))
            found += [f"{human.id}: {one}" for one, times in seen.items() if one and times > 1]
        return found


def _our_id(shown: Shown) -> str | None:
    blocks = [read_block_id(block["block_id"]) for block in shown.blocks]
    return next((block.message for block in blocks if block), None)


def crew_of(slack: Slack, team: Team, room: str = ROOM) -> Crew:
    """People for a workspace that has none, in one channel with the bot."""
    mark = team.id[1:]
    host = slack.add_person(
        team, f"U{mark}HOST", "host", tz="Europe/Berlin", locale="de-DE", email=f"host@{team.domain}.example"
    )
    guest = slack.add_person(
        team, f"U{mark}GUEST", "guest", tz="America/New_York", email=f"guest@{team.domain}.example"
    )
    second = slack.add_person(
        team,
        f"U{mark}SECOND",
        "second-guest",
        tz="Asia/Kolkata",
        locale="en-GB",
        email=f"second@{team.domain}.example",
        is_restricted=True,
    )
    slack.add_channel(team, room, "logo-design", [host, guest, second])
    return Crew(team, *(Human(one, room) for one in (host, guest, second)))


__all__ = ["HOME", "MODAL", "Crew", "Human", "crew_of", "starts"]
