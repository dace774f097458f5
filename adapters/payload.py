"""Reading the JSON of a vendor whose form is known and whose contents are not: a surprise is no error.

Pure. What a payload of its kind always has is demanded with `text`; everything else is looked for.
"""

from collections.abc import Mapping


class Malformed(ValueError):
    """A payload that lacks what its kind always has; the text says where."""


def find(holder: object, *names: str) -> object:
    """What stands at the end of the names, or None where one is missing."""
    for name in names:
        if not isinstance(holder, Mapping):
            return None
        holder = holder.get(name)
    return holder


def text(holder: object, *names: str) -> str:
    """A text that must be there, and not be empty.

    Raises:
        Malformed: it is not.
    """
    found = maybe(holder, *names)
    if not found:
        raise Malformed(f"no text at {'.'.join(names)}")
    return found


def maybe(holder: object, *names: str) -> str:
    """A text, or "" where there is none."""
    found = find(holder, *names)
    return storable(found) if isinstance(found, str) else ""


def storable(found: str) -> str:
    """Without what no database keeps: NUL and halves of a surrogate pair."""
    return found.replace("\x00", "").encode("utf-8", "replace").decode()
