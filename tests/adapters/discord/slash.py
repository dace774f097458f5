"""Typing a command: what the client accepts, and how it becomes the `data` of an interaction."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.adapters.discord import payloads
from tests.adapters.discord.applications import available
from tests.adapters.discord.commands import GROUP, INTEGER, NUMBER, STRING, SUBCOMMAND
from tests.adapters.discord.world import Channel, Json, Person, World

USER_OPTION, CHANNEL_OPTION, MENTIONABLE, BOOLEAN = 6, 7, 9, 5
_NAME: Final = re.compile(r"(?<!\S)@([\w-]+)")
_PYTHON: Final[dict[int, type]] = {STRING: str, INTEGER: int, BOOLEAN: bool}


def mentions(world: World, channel: Channel, text: str) -> str:
    """What people type as Discord hands it on: `@guest` becomes `<@…>` where there is such a member."""
    names = {world.people[who].name: who for who in world.members(channel)}
    return _NAME.sub(lambda one: f"<@{names[one[1]]}>" if one[1] in names else one[0], text)


@dataclass(frozen=True, slots=True)
class Typed:
    """A command with its options.

    Attributes:
        option_kind: the type of the option being completed.
    """

    data: Json
    option_kind: int = 0


@dataclass(frozen=True, slots=True)
class Typing:
    """Somebody at the command line of a channel."""

    world: World
    person: Person
    channel: Channel

    def command(self, name: str, kind: int = 1) -> Json:
        """A command that is offered here."""
        offered = list(available(self.world, self.person, self.channel))
        found = [one for one in offered if (one["name"], one["type"]) == (name, kind)]
        names = [one["name"] for one in offered]
        assert found, f"{name} is not offered to {self.person.id} in {self.channel.id}, only {names}"
        return found[0]

    def typed(self, path: str, given: Mapping[str, Any], focused: str = "") -> Typed:
        """`meet` or `meet settings zone` with values by option name.

        Args:
            focused: the option that is being completed; its value is what is typed so far.
        """
        first, *rest = path.split()
        command = self.command(first)
        options, groups = list(command["options"]), []
        for name in rest:
            inside = [one for one in options if one["name"] == name and one["type"] in (SUBCOMMAND, GROUP)]
            assert inside, f"{path}: there is no subcommand {name}"
            groups.append({"type": inside[0]["type"], "name": name})
            options = list(inside[0].get("options") or [])
        known = {one["name"]: one for one in options}
        assert not any(one["type"] <= GROUP for one in options), f"{path}: a subcommand is needed"
        assert set(given) <= set(known), f"{path} has the options {sorted(known)}, not {sorted(given)}"
        self._nothing_missing(options, given, focused)
        values = [self._value(known[name], value, focused) for name, value in given.items()]
        for group in reversed(groups):
            values = [{**group, "options": values}]
        data = {"id": command["id"], "name": first, "type": 1, "options": values}
        data |= {"guild_id": command["guild_id"]} if "guild_id" in command else {}
        return Typed({**data, **self._resolved(values)}, known[focused]["type"] if focused else 0)

    def _nothing_missing(self, options: list[Json], given: Mapping[str, Any], focused: str) -> None:
        missing = [one["name"] for one in options if one.get("required") and one["name"] not in given]
        assert focused or not missing, f"these options are required: {missing}"

    def _value(self, option: Json, value: Any, focused: str) -> Json:
        kind, name = option["type"], option["name"]
        if name == focused:
            assert option.get("autocomplete"), f"{name} has no autocomplete"
            return {"type": kind, "name": name, "value": value, "focused": True}
        if kind in (USER_OPTION, MENTIONABLE, CHANNEL_OPTION):
            value = str(getattr(value, "id", value))
        if kind in (USER_OPTION, MENTIONABLE):
            value = value if value in self.world.people else self._named(value)
        if kind == STRING and isinstance(value, str):
            value = mentions(self.world, self.channel, value)
        self._check(option, value)
        return {"type": kind, "name": name, "value": value}

    def _named(self, name: str) -> str:
        found = [one.id for one in self.world.people.values() if one.name == name.removeprefix("@")]
        assert found, f"there is nobody called {name}"
        return found[0]

    def _check(self, option: Json, value: Any) -> None:
        kind, name = option["type"], option["name"]
        assert kind not in _PYTHON or isinstance(value, _PYTHON[kind]), f"{name} does not take {value!r}"
        choices = [one["value"] for one in option.get("choices") or []]
        assert not choices or value in choices, f"{name} takes one of {choices}"
        size = len(value) if kind == STRING else value
        least, most = ("min_length", "max_length") if kind == STRING else ("min_value", "max_value")
        if kind in (STRING, INTEGER, NUMBER):
            assert option.get(least) is None or size >= option[least], f"{name}: too little"
            assert size <= (option.get(most) or (6000 if kind == STRING else 2**53)), f"{name}: too much"

    def _resolved(self, values: list[Json]) -> Json:
        flat = list(_flat(values))
        people = [one["value"] for one in flat if one["type"] in (USER_OPTION, MENTIONABLE)]
        channels = [one["value"] for one in flat if one["type"] == CHANNEL_OPTION]
        found = payloads.resolved(self.world, self.channel, people, channels)
        return {"resolved": found} if found else {}


def _flat(values: list[Json]) -> Iterator[Json]:
    for one in values:
        if "options" in one:
            yield from _flat(one["options"])
        else:
            yield one
