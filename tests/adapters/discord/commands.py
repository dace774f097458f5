"""What may be registered as application commands. Pure.

Source: "Application Commands" of Discord's documentation (snapshot of 2026-08-06): 25 options, 25 choices,
names of 32 characters, descriptions of 100, 8,000 characters a command; the sum and the order of required
options are not in the published OpenAPI document.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from tests.adapters.discord.limits import choice
from tests.adapters.discord.shapes import (
    Breach,
    Check,
    Json,
    Path,
    Shape,
    anything,
    boolean,
    by_type,
    integer,
    items,
    mapping,
    matching,
    one_of,
    snowflake,
    string,
)

CHAT_INPUT, USER, MESSAGE = 1, 2, 3
SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN, USER_OPTION, NUMBER = 1, 2, 3, 4, 5, 6, 10
PLAIN_OPTIONS: Final = (BOOLEAN, USER_OPTION, 8, 9, 11)
CHARACTERS: Final = 8_000
MOST: Final = {CHAT_INPUT: 100, USER: 15, MESSAGE: 15}

_LETTERS = matching(r"[-_'\w]{1,32}", 32, "APPLICATION_COMMAND_INVALID_NAME")


def lower_name(value: object, at: Path) -> Iterator[Breach]:
    """The name of a slash command or an option: no spaces, no capitals."""
    yield from _LETTERS(value, at)
    if isinstance(value, str) and value != value.lower():
        yield Breach(at, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


_NAMED: Final[dict[str, Check]] = {
    "type": anything,
    "name": lower_name,
    "name_localizations": mapping(lower_name),
    "description": string(100),
    "description_localizations": mapping(string(100)),
}


def _choices_or_autocomplete(option: Json, at: Path) -> Iterator[Breach]:
    if option.get("autocomplete") and option.get("choices"):
        rule = "Autocomplete cannot be enabled with choices"
        yield Breach((*at, "autocomplete"), "APPLICATION_COMMAND_AUTOCOMPLETE_WITH_CHOICES", rule)


def _options_in_order(command: Json, at: Path) -> Iterator[Breach]:
    options = [one for one in command.get("options") or [] if isinstance(one, dict)]
    names = Counter(str(one.get("name")) for one in options)
    kinds = {one.get("type") in (SUBCOMMAND, GROUP) for one in options}
    was_optional = False
    for number, one in enumerate(options):
        here = (*at, "options", number)
        if names[str(one.get("name"))] > 1:
            rule = "Option name already exists"
            yield Breach((*here, "name"), "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", rule)
        if one.get("required") and was_optional:
            rule = "Required options must be placed before non-required options"
            yield Breach(here, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", rule)
        was_optional = was_optional or not one.get("required")
    if len(kinds) > 1:
        rule = "Sub-command and sub-command group option types are mutually exclusive to all other types"
        yield Breach((*at, "options"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", rule)


_VALUE: Final[dict[str, Check]] = {**_NAMED, "required": boolean}
_LIMITED: Final = integer(-(2**53), 2**53)


def _number(value: object, at: Path) -> Iterator[Breach]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield Breach(at, "NUMBER_TYPE_COERCE", f'Value "{value}" is not a number.')


def _typed(kind: int, **more: Check) -> Shape:
    fields = {**_VALUE, "choices": items(choice(kind), 25), "autocomplete": boolean, **more}
    return Shape(fields, ("name", "description"), (_choices_or_autocomplete,))


_PLAIN = Shape({**_VALUE, "channel_types": anything}, ("name", "description"))
VALUES: Final[dict[int, Check]] = {
    STRING: _typed(STRING, min_length=integer(0, 6000), max_length=integer(1, 6000)),
    INTEGER: _typed(INTEGER, min_value=_LIMITED, max_value=_LIMITED),
    NUMBER: _typed(NUMBER, min_value=_number, max_value=_number),
    **dict.fromkeys((*PLAIN_OPTIONS, 7), _PLAIN),
}


def _holder(inside: Check) -> Shape:
    fields = {**_NAMED, "options": items(inside, 25), "required": boolean}
    return Shape(fields, ("name", "description"), (_options_in_order,))


_SUB = _holder(by_type(VALUES))
_GROUP = _holder(by_type({SUBCOMMAND: _SUB}))
OPTIONS: Final[dict[int, Check]] = {SUBCOMMAND: _SUB, GROUP: _GROUP, **VALUES}
_COMMAND: Final[dict[str, Check]] = {
    "type": one_of(CHAT_INPUT, USER, MESSAGE),
    "id": snowflake,
    "default_member_permissions": anything,
    "dm_permission": boolean,
    "nsfw": boolean,
    "contexts": items(one_of(0, 1, 2), 3, 1),
    "integration_types": items(one_of(0, 1), 2, 1),
}
SHAPES: Final = {
    CHAT_INPUT: Shape(
        {**_NAMED, **_COMMAND, "options": items(by_type(OPTIONS), 25)},
        ("name", "description"),
        (_options_in_order,),
    ),
    USER: Shape(
        {
            **_COMMAND,
            "name": string(32),
            "name_localizations": mapping(string(32)),
            # Empty is right; discord.py sends "".
            "description": string(0, 0),
            "description_localizations": anything,
            "options": items(anything, 0),
        },
        ("name",),
    ),
}


def characters(command: Json) -> int:
    """What counts towards the 8,000: names, descriptions and values, of the command, its options and choices.

    Of localizations the longest counts instead of the default, as the documentation says.
    """
    total = 0
    for key in ("name", "description"):
        words = [command.get(key), *(command.get(f"{key}_localizations") or {}).values()]
        total += max((len(one) for one in words if isinstance(one, str)), default=0)
    value = command.get("value")
    total += len(value) if isinstance(value, str) else 0
    inside = [*(command.get("options") or []), *(command.get("choices") or [])]
    return total + sum(characters(one) for one in inside if isinstance(one, dict))


def command_breaches(command: Any, at: Path = ()) -> list[Breach]:
    """What is wrong with one command."""
    kind = command.get("type") or CHAT_INPUT if isinstance(command, dict) else CHAT_INPUT
    found = list(SHAPES.get(USER if kind in (USER, MESSAGE) else CHAT_INPUT, _SUB)(command, at))
    if isinstance(command, dict) and characters(command) > CHARACTERS:
        rule = f"Command exceeds maximum size ({CHARACTERS})"
        found.append(Breach(at, "APPLICATION_COMMAND_TOO_LARGE", rule))
    return found


def registration_breaches(commands: Any) -> list[Breach]:
    """What is wrong with all commands of an application or a guild."""
    if not isinstance(commands, list):
        return [Breach((), "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")]
    found = [breach for number, one in enumerate(commands) for breach in command_breaches(one, (number,))]
    kinds = [(one.get("type") or CHAT_INPUT, one.get("name")) for one in commands if isinstance(one, dict)]
    for number, one in enumerate(kinds):
        if one in kinds[:number]:
            rule = "Application command names must be unique"
            found.append(Breach((number,), "APPLICATION_COMMANDS_DUPLICATE_NAME", rule))
    for kind, most in MOST.items():
        if sum(1 for one, _ in kinds if one == kind) > most:
            rule = f"Must be {most} or fewer of type {kind}."
            found.append(Breach((), "BASE_TYPE_MAX_LENGTH", rule))
    return found
