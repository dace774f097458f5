"""The event loop never waits here."""

from tests.blocking import nothing_blocks, watched

__all__ = ["nothing_blocks", "watched"]
