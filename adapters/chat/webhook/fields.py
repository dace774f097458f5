"""Reads JSON values with their place in the document, so that every mistake can be pointed at (RFC 6901)."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# PostgreSQL stores neither; JSON can write both.
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")


class Invalid(Exception):
    """The document is not what it should be.

    Attributes:
        pointer: where (JSON Pointer).
        detail: what to do.
    """

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(f"{pointer}: {detail}")
        self.pointer = pointer
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Node:
    """A value in the document and the pointer to it."""

    value: Any
    pointer: str = ""

    def get(self, name: str) -> "Node | None":
        """A member of this object; None when it is missing or null."""
        members = self._object()
        if members.get(name) is None:
            return None
        return self._child(name, members[name])

    def need(self, name: str) -> "Node":
        """A member of this object that must be there."""
        found = self.get(name)
        if found is None:
            raise Invalid(self._child(name, None).pointer, f"“{name}” is missing here.")
        return found

    def members(self) -> "Iterator[tuple[str, Node]]":
        """Name and value of every member of this object."""
        for name, value in self._object().items():
            yield name, self._child(name, value)

    def items(self, at_most: int) -> "list[Node]":
        """The elements of this list."""
        if not isinstance(self.value, list):
            raise Invalid(self.pointer, "This must be a list.")
        if len(self.value) > at_most:
            raise Invalid(self.pointer, f"This list has at most {at_most} elements.")
        return [self._child(str(place), value) for place, value in enumerate(self.value)]

    def text(self, at_most: int | None = None) -> str:
        """A string, as it is, of at most so many characters."""
        if not isinstance(self.value, str):
            raise Invalid(self.pointer, "This must be a string.")
        if at_most is not None and len(self.value) > at_most:
            raise Invalid(self.pointer, f"This has at most {at_most} characters.")
        return storable(self.value, self.pointer)

    def identifier(self, at_most: int) -> str:
        """A string that is not empty and holds no control characters."""
        text = self.text(at_most)
        if not text or _CONTROLS.search(text):
            raise Invalid(self.pointer, "An id is not empty and holds no control characters.")
        return text

    def _object(self) -> dict[str, Any]:
        if not isinstance(self.value, dict):
            raise Invalid(self.pointer, "This must be an object.")
        return self.value

    def _child(self, name: str, value: object) -> "Node":
        return Node(value, f"{self.pointer}/{name.replace('~', '~0').replace('/', '~1')}")


def document(body: bytes) -> Node:
    """The JSON document in *body* (UTF-8, RFC 8259: no NaN, no Infinity; names in an object are unique).

    Raises:
        Invalid: it is none, says something twice, or is nested too deeply.
    """
    try:
        return Node(json.loads(body.decode(), parse_constant=_no_constant, object_pairs_hook=_object))
    except RecursionError:
        raise Invalid("", "The body is nested too deeply.") from None
    except ValueError:
        raise Invalid("", "The body must be JSON in UTF-8.") from None


def storable(text: str, pointer: str) -> str:
    """The text, unless it holds what no database takes."""
    if _UNSTORABLE.search(text):
        raise Invalid(pointer, "Text must not hold NUL characters or lone surrogates.")
    return text


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Which of the two counts differs between JSON libraries: whoever signed it may have meant the other.
    members = dict(pairs)
    if len(members) < len(pairs):
        ((twice, _),) = Counter(name for name, _ in pairs).most_common(1)
        raise Invalid("", f"“{twice[:40]}” stands twice in one object; say it once.")
    return members


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")
