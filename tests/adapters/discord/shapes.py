"""Small checks of JSON that say where and which rule is broken, in the words Discord uses.

A `Check` takes a value and its path and yields what is wrong. Source of the words: the "Invalid Form Body"
answers in Discord's documentation ("Error Messages" of the API reference) and in public issue trackers.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Json = dict[str, Any]
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Breach:
    """One broken rule.

    Attributes:
        path: keys and indices into the payload.
        code: Discord's name of the rule, or ours in its style.
        is_ignored: Discord takes the payload all the same; it is written down, but not refused.
    """

    path: Path
    code: str
    rule: str
    is_ignored: bool = False

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.path)) or 'body'}: {self.rule} [{self.code}]"


Check = Callable[[Any, Path], Iterator[Breach]]


def form_errors(breaches: Iterable[Breach]) -> Json:
    """The nested `errors` of an answer with code 50035."""
    nested: Json = {}
    for breach in breaches:
        inner = nested
        for key in breach.path:
            inner = inner.setdefault(str(key), {})
        inner.setdefault("_errors", []).append({"code": breach.code, "message": breach.rule})
    return nested


def anything(value: object, at: Path) -> Iterator[Breach]:
    """No rule of ours."""
    yield from ()


def string(most: int, least: int = 1) -> Check:
    """A string of *least* to *most* characters, white space at the ends not counted where one is needed."""

    def check(value: object, at: Path) -> Iterator[Breach]:
        if not isinstance(value, str):
            yield Breach(at, "STRING_TYPE_CONVERT", "Could not interpret as string.")
        elif least and not value.strip():
            yield Breach(at, "BASE_TYPE_REQUIRED", "This field is required")
        elif len(value) > most or len(value) < least:
            code = "BASE_TYPE_BAD_LENGTH" if least else "BASE_TYPE_MAX_LENGTH"
            rule = f"Must be between {least} and {most} in length." if least else f"Must be {most} or fewer"
            yield Breach(at, code, rule if least else f"{rule} in length.")

    return check


def matching(pattern: str, most: int = 2048, code: str = "STRING_TYPE_REGEX") -> Check:
    """A string that is wholly *pattern*."""
    wanted, bounded = re.compile(pattern), string(most)

    def check(value: object, at: Path) -> Iterator[Breach]:
        yield from bounded(value, at)
        if isinstance(value, str) and not wanted.fullmatch(value):
            yield Breach(at, code, "String value did not match validation regex.")

    return check


def one_of(*allowed: object) -> Check:
    """One of these values."""

    def check(value: object, at: Path) -> Iterator[Breach]:
        if isinstance(value, bool) or value not in allowed:
            yield Breach(at, "BASE_TYPE_CHOICES", f"Value must be one of {allowed}.")

    return check


def boolean(value: object, at: Path) -> Iterator[Breach]:
    """True or false, not "true"."""
    if not isinstance(value, bool):
        yield Breach(at, "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")


def integer(least: int, most: int) -> Check:
    """A whole number, both ends included."""

    def check(value: object, at: Path) -> Iterator[Breach]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield Breach(at, "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')
        elif value < least:
            yield Breach(at, "NUMBER_TYPE_MIN", f"int value should be greater than or equal to {least}.")
        elif value > most:
            yield Breach(at, "NUMBER_TYPE_MAX", f"int value should be less than or equal to {most}.")

    return check


def moment(value: object, at: Path) -> Iterator[Breach]:
    """An ISO 8601 instant."""
    try:
        datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        yield Breach(at, "DATE_TIME_TYPE_PARSE", f'Could not parse "{value}" as ISO8601.')


SNOWFLAKE = matching(r"0|[1-9]\d*", 20, "NUMBER_TYPE_COERCE")


def snowflake(value: object, at: Path) -> Iterator[Breach]:
    """An id, as a string or (Discord takes that too) as a number."""
    yield from SNOWFLAKE(str(value) if isinstance(value, int) and not isinstance(value, bool) else value, at)


def items(each: Check, most: int, least: int = 0) -> Check:
    """A list of *least* to *most* things."""

    def check(value: object, at: Path) -> Iterator[Breach]:
        if not isinstance(value, list):
            yield Breach(at, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
            return
        if len(value) > most or len(value) < least:
            yield Breach(at, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")
        for number, one in enumerate(value):
            yield from each(one, (*at, number))

    return check


def mapping(each: Check) -> Check:
    """An object whose values all keep one rule (localizations)."""

    def check(value: object, at: Path) -> Iterator[Breach]:
        if not isinstance(value, dict):
            yield Breach(at, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
            return
        for name, one in value.items():
            yield from each(one, (*at, name))

    return check


@dataclass(frozen=True, slots=True)
class Shape:
    """An object.

    Attributes:
        fields: every key there may be, and what its value must be; null stands for absent.
        required: keys that must be there.
        rules: what concerns several keys at once.
    """

    fields: Mapping[str, Check]
    required: tuple[str, ...] = ()
    rules: tuple[Check, ...] = field(default=())

    def __call__(self, value: object, at: Path) -> Iterator[Breach]:
        if not isinstance(value, dict):
            yield Breach(at, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
            return
        for name in self.required:
            if value.get(name) is None:
                yield Breach((*at, name), "BASE_TYPE_REQUIRED", "This field is required")
        for name, one in value.items():
            if name not in self.fields:
                # Discord overlooks what it does not know; a misspelt field is worth a word all the same.
                yield Breach((*at, name), "UNKNOWN_FIELD", "There is no such field", is_ignored=True)
            elif one is not None:
                yield from self.fields[name](one, (*at, name))
        for rule in self.rules:
            yield from rule(value, at)


def by_type(shapes: Mapping[int, Check], allowed: Iterable[int] | None = None) -> Check:
    """An object whose number `type` names its shape and is one of *allowed* here."""
    known = frozenset(shapes if allowed is None else allowed)

    def check(value: object, at: Path) -> Iterator[Breach]:
        kind = value.get("type") if isinstance(value, dict) else None
        if isinstance(kind, bool) or kind not in known:
            yield Breach(
                (*at, "type"), "UNION_TYPE_CHOICES", f"Value of field 'type' must be in {sorted(known)}"
            )
        else:
            yield from shapes[kind](value, at)

    return check
