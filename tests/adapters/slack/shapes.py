"""Small checks of JSON that say where and which rule is broken, in the words Slack uses.

A `Check` takes a value and its JSON pointer and yields what is wrong. Source of the words: answers of the Web
API as quoted in public issue trackers ("no more than 25 items allowed [json-pointer:/blocks/1/elements]").
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Breach:
    """One broken rule.

    Attributes:
        pointer: JSON pointer (RFC 6901) into the payload.
        rule: which rule, in words.
    """

    pointer: str
    rule: str

    def __str__(self) -> str:
        return f"[ERROR] {self.rule} [json-pointer:{self.pointer}]"


Check = Callable[[Any, str], Iterator[Breach]]


def anything(value: object, at: str) -> Iterator[Breach]:
    """No rule of ours: slack_sdk's models judge it."""
    yield from ()


def string(most: int, least: int = 1) -> Check:
    """A string of *least* to *most* characters, not only white space where one is needed."""

    def check(value: object, at: str) -> Iterator[Breach]:
        if not isinstance(value, str):
            yield Breach(at, "must be a string")
        elif len(value.strip()) < least:
            yield Breach(at, f"must be more than {least - 1} characters")
        elif len(value) > most:
            yield Breach(at, f"must be less than {most + 1} characters")

    return check


def matching(pattern: str) -> Check:
    """A string that is wholly *pattern*."""
    wanted = re.compile(pattern)

    def check(value: object, at: str) -> Iterator[Breach]:
        if not isinstance(value, str) or not wanted.fullmatch(value):
            yield Breach(at, f"must match {pattern}")

    return check


def one_of(*allowed: object) -> Check:
    """One of these values."""

    def check(value: object, at: str) -> Iterator[Breach]:
        if value not in allowed:
            yield Breach(at, f"must be a valid enum value: {', '.join(map(str, allowed))}")

    return check


def boolean(value: object, at: str) -> Iterator[Breach]:
    """True or false, not "true"."""
    if not isinstance(value, bool):
        yield Breach(at, "must be a boolean")


def integer(least: int, most: int) -> Check:
    """A whole number, both ends included."""

    def check(value: object, at: str) -> Iterator[Breach]:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            yield Breach(at, f"must be an integer from {least} to {most}")

    return check


def items(each: Check, most: int, least: int = 1) -> Check:
    """A list of *least* to *most* things."""

    def check(value: object, at: str) -> Iterator[Breach]:
        if not isinstance(value, list):
            yield Breach(at, "must be an array")
            return
        if len(value) > most:
            yield Breach(at, f"no more than {most} items allowed")
        if len(value) < least:
            yield Breach(at, f"no fewer than {least} items allowed")
        for number, one in enumerate(value):
            yield from each(one, f"{at}/{number}")

    return check


@dataclass(frozen=True, slots=True)
class Shape:
    """A closed object.

    Attributes:
        fields: every key there may be, and what its value must be.
        required: keys that must be there.
        rules: what concerns several keys at once.
    """

    fields: Mapping[str, Check]
    required: tuple[str, ...] = ()
    rules: tuple[Check, ...] = field(default=())

    def __call__(self, value: object, at: str) -> Iterator[Breach]:
        if not isinstance(value, dict):
            yield Breach(at, "must be an object")
            return
        for name in self.required:
            if value.get(name) is None:
                yield Breach(at, f"missing required field: {name}")
        for name, one in value.items():
            if name not in self.fields:
                yield Breach(f"{at}/{name}", "invalid additional property")
            elif one is not None:
                yield from self.fields[name](one, f"{at}/{name}")
        for rule in self.rules:
            yield from rule(value, at)


def by_type(shapes: Mapping[str, Shape], allowed: frozenset[str], what: str) -> Check:
    """An object whose `type` names its shape and is one of *allowed* here."""

    def check(value: object, at: str) -> Iterator[Breach]:
        kind = value.get("type") if isinstance(value, dict) else None
        if kind not in shapes:
            yield Breach(at, f"unsupported {what} type: {kind}")
        elif kind not in allowed:
            yield Breach(at, f"{what} of type {kind} is not allowed here")
        else:
            yield from shapes[kind](value, at)

    return check


def plain(most: int) -> Check:
    """A `plain_text` object: where Slack renders no mrkdwn, none is accepted."""
    return Shape({"type": one_of("plain_text"), "text": string(most), "emoji": boolean}, ("type", "text"))


def rich(most: int) -> Check:
    """A `mrkdwn` or `plain_text` object."""
    both = {
        "plain_text": Shape(
            {"type": anything, "text": string(most), "emoji": boolean},
            ("text",),
        ),
        "mrkdwn": Shape(
            {"type": anything, "text": string(most), "verbatim": boolean},
            ("text",),
        ),
    }
    return by_type(both, frozenset(both), "text")
