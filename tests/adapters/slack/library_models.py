"""The second opinion on a payload: slack_sdk's own models accept it, and lose nothing of it.

They are builders: what they do not know they drop in silence, so the result is compared with what was given.
"""

import logging
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from tests.adapters.slack.shapes import Breach

Json = dict[str, Any]
REFUSALS = (SlackObjectFormationError, TypeError, AttributeError, KeyError, ValueError)

# It warns of each type it does not know; here that is a breach with a pointer.
logging.getLogger("slack_sdk.models.blocks.blocks").setLevel(logging.ERROR)


def lost_blocks(blocks: Any, at: str) -> Iterator[Breach]:
    """Blocks the models refuse or do not give back as they were."""
    if not isinstance(blocks, list):
        return
    for number, block in enumerate(blocks):
        where = f"{at}/{number}"
        try:
            parsed = Block.parse(deepcopy(block))
            yield from _lost(block, parsed.to_dict() if parsed else None, where)
        except REFUSALS as error:
            yield Breach(where, f"slack_sdk: {error}")


def lost_view(view: Json, at: str) -> Iterator[Breach]:
    """The same for a view, its blocks left out."""
    try:
        made = View(**deepcopy(view)).to_dict()
    except REFUSALS as error:
        yield Breach(at, f"slack_sdk: {error}")
        return
    yield from _lost({key: one for key, one in view.items() if key != "blocks"}, made, at)


def _lost(given: Any, kept: Any, at: str) -> Iterator[Breach]:
    match given, kept:
        case dict(), dict():
            for name, one in given.items():
                if one is not None:
                    yield from _lost(one, kept.get(name), f"{at}/{name}")
        case list(), list() if len(given) == len(kept):
            for number, (one, other) in enumerate(zip(given, kept, strict=True)):
                yield from _lost(one, other, f"{at}/{number}")
        case _:
            if given != kept:
                yield Breach(at, "slack_sdk does not know it")
