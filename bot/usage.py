"""What people can type to the bot, by platform: help and refusals name commands as they are typed there."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """What can be typed on a platform.

    Attributes:
        word: the command, `/meet`.
        has_options: whom to meet is an option of it, and `list` and the like are commands beside it.
        hears_words: what people merely say to the bot reaches it.
        shows_forms: every card with fields can be filled in.
    """

    word: str
    has_options: bool = False
    hears_words: bool = True
    shows_forms: bool = True

    def invite(self, rest: str) -> str:
        """`/meet @name 30`, or `/meet with:@name text:30`.

        Args:
            rest: what is said beside whom.
        """
        return f"{self.word} with:@name text:{rest}" if self.has_options else f"{self.word} @name {rest}"

    def verb(self, name: str) -> str:
        """`/meet list`, or `/meet-list`."""
        return f"{self.word}-{name}" if self.has_options else f"{self.word} {name}"
