"""Partial responses: the `fields` parameter.

Source: https://developers.google.com/workspace/calendar/api/guides/performance#partial
"""

import re
from typing import Any

from tests.adapters.google.discovery import Wrong

Mask = dict[str, Any]


def masked(answer: object, fields: str) -> object:
    """*answer* with nothing but what *fields* names."""
    words = re.findall(r"[\w*]+|[(),/]", fields)
    if "".join(words) != fields:
        raise Wrong("fields cannot be read")
    mask = _parsed(words)
    if words:
        raise Wrong("fields cannot be read")
    return _kept(answer, mask)


def _parsed(words: list[str]) -> Mask:
    mask: Mask = {}
    while words and words[0] != ")":
        inner = mask.setdefault(words.pop(0), {})
        while words and words[0] == "/":
            words.pop(0)
            inner = inner.setdefault(words.pop(0), {})
        if words and words[0] == "(":
            words.pop(0)
            inner.update(_parsed(words))
            if not words or words.pop(0) != ")":
                raise Wrong("fields cannot be read")
        if words and words[0] == ",":
            words.pop(0)
    return mask


def _kept(answer: object, mask: Mask) -> object:
    if not mask:
        return answer
    if isinstance(answer, list):
        return [_kept(each, mask) for each in answer]
    if isinstance(answer, dict):
        return {name: _kept(value, mask[name]) for name, value in answer.items() if name in mask}
    return answer
