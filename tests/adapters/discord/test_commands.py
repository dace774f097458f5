"""Commands and choices: each rule catches what breaks it."""

from typing import Any

import pytest

from tests.adapters.discord.commands import characters, registration_breaches
from tests.adapters.discord.limits import autocomplete_breaches
from tests.adapters.discord.shapes import Breach

Json = dict[str, Any]


def where(breaches: list[Breach]) -> list[str]:
    return [".".join(map(str, breach.path)) for breach in breaches]


STRING = {"type": 3, "name": "when", "description": "When"}
COMMAND = {"name": "meet", "description": "Find a time", "options": [STRING]}
BAD_COMMANDS: dict[str, tuple[list[Json], str]] = {
    "capitals": ([{**COMMAND, "name": "Meet"}], "0.name"),
    "a space": ([{**COMMAND, "name": "meet me"}], "0.name"),
    "a long name": ([{**COMMAND, "name": "m" * 33}], "0.name"),
    "no description": ([{"name": "meet"}], "0.description"),
    "a long description": ([{**COMMAND, "description": "x" * 101}], "0.description"),
    "26 options": ([{**COMMAND, "options": [{**STRING, "name": f"o{n}"} for n in range(26)]}], "0.options"),
    "an option with capitals": ([{**COMMAND, "options": [{**STRING, "name": "When"}]}], "0.options.0.name"),
    "the same option twice": ([{**COMMAND, "options": [STRING, STRING]}], "0.options.1.name"),
    "required after optional": (
        [{**COMMAND, "options": [STRING, {**STRING, "name": "b", "required": True}]}],
        "0.options.1",
    ),
    "26 choices": (
        [
            {
                **COMMAND,
                "options": [{**STRING, "choices": [{"name": f"{n}", "value": f"{n}"} for n in range(26)]}],
            }
        ],
        "0.options.0.choices",
    ),
    "choices and autocomplete": (
        [
            {
                **COMMAND,
                "options": [{**STRING, "autocomplete": True, "choices": [{"name": "a", "value": "a"}]}],
            }
        ],
        "0.options.0.autocomplete",
    ),
    "a text for a number": (
        [{**COMMAND, "options": [{**STRING, "type": 4, "choices": [{"name": "a", "value": "a"}]}]}],
        "0.options.0.choices.0.value",
    ),
    "subcommand beside option": ([{**COMMAND, "options": [{**STRING, "type": 1}, STRING]}], "0.options"),
    "no such option": ([{**COMMAND, "options": [{**STRING, "type": 12}]}], "0.options.0.type"),
    "no such context": ([{**COMMAND, "contexts": [3]}], "0.contexts.0"),
    "a context menu with words": ([{"type": 2, "name": "Meet with…", "description": "x"}], "0.description"),
    "the same name twice": ([COMMAND, COMMAND], "1"),
    "8,001 characters": (
        [
            {
                **COMMAND,
                "options": [
                    {
                        **STRING,
                        "name": f"o{n}",
                        "choices": [{"name": "n" * 100, "value": f"{m}" * 90} for m in range(9)],
                    }
                    for n in range(6)
                ],
            }
        ],
        "0",
    ),
    "16 context menus": ([{"type": 2, "name": f"Meet {n}"} for n in range(16)], ""),
    "101 commands": ([{**COMMAND, "name": f"meet{n}"} for n in range(101)], ""),
}


@pytest.mark.parametrize(("commands", "path"), BAD_COMMANDS.values(), ids=BAD_COMMANDS)
def test_a_bad_command_is_told_where(commands: list[Json], path: str) -> None:
    assert path in where(registration_breaches(commands))


def test_localizations_count_instead_of_the_default() -> None:
    named = {"name": "meet", "name_localizations": {"de": "treffen"}, "description": "x"}
    assert characters(named) == len("treffen") + 1
    subcommands = {
        **COMMAND,
        "options": [{"type": 1, "name": "zone", "description": "x", "options": [STRING]}],
    }
    menu = {"type": 2, "name": "Meet with…", "description": ""}
    assert registration_breaches([named, {**subcommands, "name": "settings"}, menu]) == []


@pytest.mark.parametrize(
    ("choices", "kind"),
    [
        ([{"name": "x", "value": "x"}] * 26, 3),
        ([{"name": "x" * 101, "value": "x"}], 3),
        ([{"name": "x", "value": "x" * 101}], 3),
        ([{"name": "", "value": "x"}], 3),
        ([{"name": "x", "value": "x"}], 4),
        ([{"name": "x", "value": 1.5}], 4),
    ],
)
def test_bad_choices_of_autocomplete_are_told(choices: list[Json], kind: int) -> None:
    assert autocomplete_breaches({"choices": choices}, kind)
    assert autocomplete_breaches({"choices": [{"name": "x", "value": 1}]}, 4) == []
