"""Reads the settings: `bot.toml` overlaid by the environment, every mistake reported at once.

The key `hold_minutes` of the table `[conversation]` is `PARLEY_CONVERSATION__HOLD_MINUTES` in the
environment: levels are parted by two underscores, case does not matter, the environment wins. A list is
written there with blanks or commas between.

pydantic checks the values. The overlay is our own: pydantic-settings stops at the first value it cannot
parse, and cannot say whether a value came from the file or from which variable.
"""

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bot.settings import Settings

PREFIX = "PARLEY_"
CONFIG_VARIABLE = "PARLEY_CONFIG"
DEFAULT_FILE = Path("bot.toml")
# Read by others: the first by `load` itself, the second by the browser tests.
NOT_SETTINGS = frozenset({CONFIG_VARIABLE, "PARLEY_REQUIRE_BROWSER"})
TENANTS = ("chat", "webhook", "tenants")

Key = tuple[str, ...]

PLAIN_REASONS = {
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "string_type": "must be text",
    "path_type": "must be a path",
    "model_type": "must be a table",
    "dict_type": "must be a table",
    "mapping_type": "must be a table",
    "tuple_type": "must be a list",
    "missing": "is needed",
    "greater_than": "must be more than {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than_equal": "must be at most {le:g}",
    "literal_error": "must be {expected}",
    "value_error": "{error}",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in the settings.

    Attributes:
        key: dotted, as in the file (`server.port`), or the variable when it matches no key.
        reason: what is wrong, never with the value, which may be a secret.
        origin: the file or the environment variable it came from.
    """

    key: str
    reason: str
    origin: str

    def __str__(self) -> str:
        return f"{self.key}: {self.reason} ({self.origin})"


class BadConfig(Exception):
    """The settings cannot be used. The text lists every mistake, one a line.

    Attributes:
        problems: the mistakes, in the order found, at least one.
    """

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        count = "a mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
        super().__init__("\n".join([f"The settings have {count}:", *(f"- {p}" for p in problems)]))
        self.problems = problems


@dataclass(slots=True)
class Overlay:
    """Values on their way to `Settings`, with the variable each overlaid one came from."""

    file: str
    values: dict[str, Any] = field(default_factory=dict)
    variables: dict[Key, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def put(self, key: Key, value: str, variable: str) -> None:
        """Lay *value* over the file's; a plain value where a table belongs is left to be reported."""
        table = self.values
        for name in key[:-1]:
            table = table.setdefault(name, {})
            if not isinstance(table, dict):
                return
        table[key[-1]] = value
        self.variables[key] = variable

    def origin(self, key: Key) -> str:
        """The variable that set *key* or a table around it, else the file."""
        for length in range(len(key), 0, -1):
            if variable := self.variables.get(key[:length]):
                return f"environment {variable}"
        return self.file


def load(config_path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Read the settings.

    Args:
        config_path: the file asked for on the command line; without it `PARLEY_CONFIG` names one, else
            `bot.toml` in the working directory is read if it is there. A file that was named must exist.
        environ: the process environment; only names that begin with `PARLEY_` are looked at, in any case.

    Raises:
        BadConfig: listing every mistake in the file and in the environment.
    """
    given = {name.upper(): value for name, value in environ.items() if name.upper().startswith(PREFIX)}
    overlay = _read_file(config_path, given.get(CONFIG_VARIABLE, ""))
    _lower_tenant_names(overlay)
    for variable in sorted(given.keys() - NOT_SETTINGS):
        _overlay_variable(overlay, variable, given[variable])
    try:
        settings = Settings.model_validate(overlay.values)
    except ValidationError as error:
        overlay.problems += [_problem(overlay, detail) for detail in error.errors()]
    if overlay.problems:
        raise BadConfig(tuple(overlay.problems))
    return settings


def known_keys() -> tuple[str, ...]:
    """Every key that can be set, dotted, in the order of the file; a tenant's name is `NAME`."""
    return tuple(".".join(key) for key in _keys_of(Settings, ()))


def variable_for(key: str) -> str:
    """The environment variable of a dotted key: `server.port` is `PARLEY_SERVER__PORT`."""
    return PREFIX + key.replace(".", "__").upper()


def _read_file(config_path: Path | None, variable: str) -> Overlay:
    named = config_path or (Path(variable) if variable else None)
    path = named or DEFAULT_FILE
    overlay = Overlay(str(path))
    try:
        overlay.values = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        if named:
            asked = "--config" if config_path else f"environment {CONFIG_VARIABLE}"
            overlay.problems.append(Problem(str(path), "there is no such file", asked))
    except OSError as error:
        overlay.problems.append(Problem(str(path), f"cannot be read: {error.strerror}", overlay.file))
    except ValueError as error:  # not TOML, or not UTF-8
        overlay.problems.append(Problem("not TOML", str(error), overlay.file))
    return overlay


def _lower_tenant_names(overlay: Overlay) -> None:
    """Tenant names are case-insensitive, since environment variables are."""
    parent: Any = overlay.values
    for name in TENANTS[:-1]:
        parent = parent.get(name) if isinstance(parent, dict) else None
    tenants = parent.get(TENANTS[-1]) if isinstance(parent, dict) else None
    if not isinstance(tenants, dict):
        return
    lowered: dict[str, Any] = {}
    for name, tenant in tenants.items():
        if name.lower() in lowered:
            key = ".".join((*TENANTS, name))
            overlay.problems.append(Problem(key, "the same tenant stands here twice", overlay.file))
        lowered[name.lower()] = tenant
    parent[TENANTS[-1]] = lowered


def _overlay_variable(overlay: Overlay, variable: str, value: str) -> None:
    key = tuple(variable.removeprefix(PREFIX).lower().split("__"))
    kind = _kind_at(key)
    if kind is None or "" in key:
        reason = "matches no key" + _hint(variable, [variable_for(known) for known in _relatives(key)])
        overlay.problems.append(Problem(variable, reason, "environment"))
    elif _is_table(kind):
        reason = f"is a table: set its keys, such as {variable}__…"
        overlay.problems.append(Problem(variable, reason, "environment"))
    else:
        overlay.put(key, value, variable)


def _is_model(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _is_table(kind: object) -> bool:
    return _is_model(kind) or get_origin(kind) is Mapping


def _kind_at(key: Key) -> Any:
    """The type found at *key* in the schema, or None."""
    kind: Any = Settings
    for name in key:
        if _is_model(kind):
            found = kind.model_fields.get(name)
            kind = found.annotation if found else None
        elif get_origin(kind) is Mapping:
            kind = get_args(kind)[1]
        else:
            return None
    return kind


def _keys_of(kind: Any, prefix: Key) -> Iterator[Key]:
    if _is_model(kind):
        for name, found in kind.model_fields.items():
            yield from _keys_of(found.annotation, (*prefix, name))
    elif get_origin(kind) is Mapping:
        yield from _keys_of(get_args(kind)[1], (*prefix, "NAME"))
    else:
        yield prefix


def _problem(overlay: Overlay, detail: ErrorDetails) -> Problem:
    key = tuple(str(part) for part in detail["loc"] if part != "[key]")
    template = PLAIN_REASONS.get(detail["type"])
    reason = template.format(**detail.get("ctx", {})) if template else detail["msg"]
    dotted = ".".join(key)
    match detail["type"]:
        case "extra_forbidden":
            reason = "there is no such key" + _hint(dotted, _relatives(key))
        case "missing":
            reason += f", here or as {variable_for(dotted)}"
    return Problem(dotted, reason, overlay.origin(key))


def _relatives(key: Key) -> list[str]:
    """The keys that could have been meant, with the tenant's name that was written."""
    tenant = key[len(TENANTS)] if key[: len(TENANTS)] == TENANTS and len(key) > len(TENANTS) else "NAME"
    return [known.replace("NAME", tenant) for known in known_keys()]


def _hint(written: str, known: list[str]) -> str:
    """The key most like *written*: nearly the same one, or the same name in another table."""
    close = difflib.get_close_matches(written, known, n=1, cutoff=0.8)
    leaf = written.split(".")[-1]
    close = close or [k for k in known if k.split(".")[-1] == leaf]
    return f"; did you mean {close[0]}?" if close else ""
