"""Calendars in memory behind the port of `scheduling_core.calendar_ports`: what people have, how it fails."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from scheduling_core.availability import Busy, FreeBusy, Unreadable
from scheduling_core.calendar_ports import (
    Account,
    Begun,
    Calendar,
    Changes,
    Counted,
    EventCopy,
    Form,
    FormField,
    Found,
    NewAccount,
    Push,
    SignIn,
    Written,
)
from scheduling_core.errors import Conflict, ProviderError, ReconnectNeeded, Refused, Rejected, Unavailable
from scheduling_core.intervals import Interval, clip

PASSWORD = "the password"
SILENT = Unreadable("It did not answer in time.")


@dataclass(slots=True)
class FakeForm:
    """Linking by an account's name and `PASSWORD`."""

    world: "FakeCalendars"

    @property
    def fields(self) -> Sequence[FormField]:
        """See the port."""
        return (FormField("account", "Account"), FormField("password", "Password", "password"))

    async def finish(self, values: Mapping[str, str]) -> NewAccount:
        """See the port."""
        if values.get("password") != PASSWORD or values.get("account") not in self.world.accounts:
            raise Refused("That account and password do not work; look at both again.")
        return NewAccount(values["account"], values["account"], values["account"])


CONSENT = "https://calendars.example/consent"
"""Where people give it; they come back with the account as the code, or with an error."""


@dataclass(slots=True)
class FakeConsent:
    """Linking by a page of the provider's; the n-th sign-in has the state `state-n`."""

    world: "FakeCalendars"
    begun: int = 0

    async def begin(self, redirect_uri: str, *, writing: bool) -> Begun:
        """See the port."""
        del writing
        self.begun += 1
        state = f"state-{self.begun}"
        return Begun(f"{CONSENT}?state={state}&redirect_uri={redirect_uri}", state, f"verifier-{self.begun}")

    async def finish(self, secret: str, redirect_uri: str, query: Mapping[str, str]) -> NewAccount:
        """See the port."""
        assert secret == query["state"].replace("state", "verifier")
        assert redirect_uri.endswith(f"/link/back/{self.world.name}")
        if "error" in query:
            raise Refused("You did not agree, so nothing was linked.")
        return NewAccount(query["code"], query["code"], query["code"])


@dataclass(slots=True)
class FakeCalendars:
    """A provider; an account's secret is its name.

    Attributes:
        accounts: account → its calendars, the primary one first.
        busy: calendar → somebody's own events there.
        events: calendar → our events by key.
        declined: keys of those that their owner declined.
        versions: key → how often that event was written, by whomever.
        silent: calendar → what it answers instead.
        trouble: account → what every call but `free_busy` raises.
        asked: every calendar that was asked for busy times, in order.
        seconds: how long an answer takes.
        hanging: calendars that do not answer.
        keeps_deadlines: otherwise nothing is said before everything is.
        tells_changes: a cursor is what a calendar holds; otherwise it cannot tell.
        asked_changes: every calendar that was asked whether it changed, in order.
        meanwhile: happens once, when busy times are read and not yet answered.
        makes_video: what becomes of a link that is asked for.
        videos: links by the key of their event; "" while one is being made.
        videos_made: how many were begun, ever.
        looked: how often an event was looked at.
        hides: calendar → what it raises when an event there is looked at, or when asked whether it changed.
        revoke_trouble: what giving access back raises.
        refuses_removal: UIDs of events of ours that cannot be taken out, and calendars nothing can be.
        loses_answers: how many writes are done and not answered.
        before_written: happens once, when an event is about to be written.
        while_written: happens once, when an event was written and that is not yet answered.
        consent: set where accounts are linked by consent instead of a form.
    """

    name: str = "fake"
    title: str = "Fake calendar"
    push: Push | None = None
    can_write: bool = True
    accounts: dict[str, tuple[Calendar, ...]] = field(default_factory=dict)
    busy: dict[str, list[Interval]] = field(default_factory=dict)
    events: dict[str, dict[str, EventCopy]] = field(default_factory=dict)
    declined: set[str] = field(default_factory=set)
    versions: Counter[str] = field(default_factory=Counter)
    silent: dict[str, Unreadable] = field(default_factory=dict)
    trouble: dict[str, ProviderError] = field(default_factory=dict)
    revoked: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    seconds: float = 0.0
    hanging: set[str] = field(default_factory=set)
    keeps_deadlines: bool = True
    tells_changes: bool = False
    asked_changes: list[str] = field(default_factory=list)
    meanwhile: Callable[[], None] | None = None
    video_title: str = "Fake Video"
    left_to_do: str = ""
    makes_video: Literal["at once", "later", "never"] = "at once"
    videos: dict[str, str] = field(default_factory=dict)
    videos_made: int = 0
    looked: int = 0
    hides: dict[str, ProviderError] = field(default_factory=dict)
    revoke_trouble: ProviderError | None = None
    refuses_removal: set[str] = field(default_factory=set)
    loses_answers: int = 0
    before_written: Callable[[], Awaitable[None]] | None = None
    while_written: Callable[[], Awaitable[None]] | None = None
    consent: FakeConsent | None = None

    @property
    def way_in(self) -> SignIn | Form:
        """See the port."""
        return self.consent or FakeForm(self)

    def add(self, account: str, *calendars: str) -> None:
        """An account with these calendars; its first is the primary one."""
        self.accounts[account] = tuple(
            Calendar(name, name.title(), is_primary=not place, can_write=True)
            for place, name in enumerate(calendars)
        )

    async def _open(self, account: Account) -> str:
        name = await account.secret()
        if name in self.revoked:
            raise ReconnectNeeded("revoked")
        if name in self.trouble:
            raise self.trouble[name]
        return name

    async def calendars(self, account: Account) -> tuple[Calendar, ...]:
        """See the port."""
        return self.accounts[await self._open(account)]

    async def free_busy(
        self, account: Account, counted: Sequence[Counted], window: Interval, zone: str, *, within: float
    ) -> Mapping[str, FreeBusy]:
        """See the port."""
        del zone
        self.asked += [each.calendar for each in counted]
        hangs = not self.hanging.isdisjoint(each.calendar for each in counted)
        limit = within if self.keeps_deadlines else self.seconds
        await asyncio.sleep(limit if hangs else min(self.seconds, limit))
        if self.seconds > within:
            return {each.calendar: SILENT for each in counted}
        if await account.secret() in self.revoked:
            revoked = Unreadable("Access was withdrawn.", needs_owner=True)
            return {each.calendar: revoked for each in counted}
        said = {each.calendar: self._busy(each, window) for each in counted}
        if happens := self.meanwhile:
            self.meanwhile = None
            happens()
        return said

    def _busy(self, counted: Counted, window: Interval) -> FreeBusy:
        if counted.calendar in self.hanging:
            return SILENT
        if failure := self.silent.get(counted.calendar):
            return failure
        ours = (copy.entry for copy in self.events.get(counted.calendar, {}).values())
        foreign = [
            left for entry in ours for left in counted.left_of(Interval(entry.start, entry.end), entry.uid)
        ]
        return Busy(clip([*self.busy.get(counted.calendar, []), *foreign], window))

    async def changes(self, account: Account, calendar: str, cursor: str) -> Changes:
        """See the port."""
        self.asked_changes.append(calendar)
        if calendar in self.hanging:
            await asyncio.Event().wait()
        await self._open(account)
        if calendar in self.hides:
            raise self.hides[calendar]
        if not self.tells_changes:
            return Changes("", has_changed=True)
        there = [self._version(key) + key for key in sorted(self.events.get(calendar, {}))]
        now = repr((self.busy.get(calendar, []), there))
        return Changes(now, has_changed=now != cursor)

    async def write(
        self, account: Account, calendar: str, copy: EventCopy, before: Written | None
    ) -> Written:
        """See the port."""
        if happens := self.before_written:
            self.before_written = None
            await happens()
        await self._open(account)
        there = self.events.setdefault(calendar, {})
        if before is not None and (copy.key not in there or self._version(copy.key) != before.version):
            raise Conflict("changed or gone")
        self._put(calendar, copy)
        self.declined.discard(copy.key)
        if copy.wants_video and copy.key not in self.videos and self.makes_video != "never":
            self.videos_made += 1
            link = f"https://video.example/{self.videos_made}"
            self.videos[copy.key] = link if self.makes_video == "at once" else ""
        if happens := self.while_written:
            self.while_written = None
            await happens()
        if self.loses_answers:
            self.loses_answers -= 1
            raise Unavailable("the answer was lost")
        return self._written(copy)

    def _written(self, copy: EventCopy) -> Written:
        link = self.videos.get(copy.key)
        version = self._version(copy.key)
        return Written(copy.key, version, copy.entry.uid, link or "", video_pending=link == "")

    def _version(self, key: str) -> str:
        return f"v{self.versions[key]}"

    def _put(self, calendar: str, copy: EventCopy) -> None:
        self.events.setdefault(calendar, {})[copy.key] = copy
        self.versions[copy.key] += 1

    def move(self, calendar: str, start: datetime, hours: float | None = None, key: str = "") -> None:
        """Somebody else moves the event, the only one there but for *key*; to so many hours, or as it was."""
        (copy,) = [each for each in self.events[calendar].values() if key in ("", each.key)]
        length = copy.entry.end - copy.entry.start if hours is None else timedelta(hours=hours)
        self._put(calendar, replace(copy, entry=replace(copy.entry, start=start, end=start + length)))

    def carry(self, calendar: str, other: str) -> None:
        """Somebody else moves the only event there into another calendar."""
        ((_, copy),) = self.events.pop(calendar).items()
        self._put(other, copy)

    async def remove(self, account: Account, calendar: str, written: Written) -> bool:
        """See the port."""
        await self._open(account)
        if not self.refuses_removal.isdisjoint({written.uid, calendar}):
            raise Rejected(403, "read only")
        self.videos.pop(written.event, None)
        return self.events.get(calendar, {}).pop(written.event, None) is not None

    async def look(self, account: Account, calendar: str, written: Written) -> Found | None:
        """See the port."""
        self.looked += 1
        await self._open(account)
        if calendar in self.hides:
            raise self.hides[calendar]
        copy = self.events.get(calendar, {}).get(written.event)
        if copy is None:
            return None
        is_off = copy.key in self.declined
        return Found(self._written(copy), None if is_off else Interval(copy.entry.start, copy.entry.end))

    async def revoke(self, account: Account) -> None:
        """See the port."""
        if self.revoke_trouble:
            raise self.revoke_trouble
        self.revoked.add(await account.secret())

    async def close(self) -> None:
        """See the port."""
