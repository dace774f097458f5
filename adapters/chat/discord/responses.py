"""The first response to an interaction: what it can be, and its body. Pure.

Source: "Interaction Response Object" of Discord's documentation.
"""

from dataclasses import dataclass

from adapters.chat.discord.names import Json

EPHEMERAL = 1 << 6
"""A flag of a message: one person alone sees it, and may dismiss it."""


@dataclass(frozen=True, slots=True)
class Pong:
    """An endpoint is tried (callback type 1)."""


@dataclass(frozen=True, slots=True)
class Thinking:
    """A new private answer follows: "… is thinking" (type 5, ephemeral)."""


@dataclass(frozen=True, slots=True)
class Working:
    """The message may be edited, or nothing happens (type 6)."""


@dataclass(frozen=True, slots=True)
class Redraw:
    """The message keeps what was chosen in it (type 7)."""

    data: Json


@dataclass(frozen=True, slots=True)
class Suggest:
    """What is offered for an option (type 8)."""

    choices: list[Json]


@dataclass(frozen=True, slots=True)
class OpenForm:
    """A modal with some fields of a message of ours (type 9): `render.modal` makes its data.

    Attributes:
        message_id: ours.
    """

    message_id: str
    group: int


@dataclass(frozen=True, slots=True)
class Tell:
    """A private sentence, and nothing more follows (type 4, ephemeral)."""

    sentence: str


First = Pong | Thinking | Working | Redraw | Suggest | OpenForm | Tell


def callback(first: First, modal: Json | None = None, told: Json | None = None) -> Json:
    """The body of the first response.

    Args:
        modal: of an `OpenForm`: what `render.modal` made.
        told: of a `Tell`: what `render.note` made.
    """
    match first:
        case Pong():
            return {"type": 1}
        case Thinking():
            return {"type": 5, "data": {"flags": EPHEMERAL}}
        case Working():
            return {"type": 6}
        case Redraw(data):
            return {"type": 7, "data": data}
        case Suggest(choices):
            return {"type": 8, "data": {"choices": choices}}
        case OpenForm():
            return {"type": 9, "data": modal}
        case Tell():
            made = told or {"content": first.sentence}
            return {"type": 4, "data": {**made, "flags": EPHEMERAL | int(made.get("flags", 0))}}
