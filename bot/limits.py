"""How much one person and one workspace may ask of us: a bucket each, refilled steadily.

Kept in memory: a limit protects this process, and forgetting it at a restart harms nobody.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduling_core.deliveries import Delivery
from scheduling_core.errors import RateLimited

FORGET_ABOVE = 10_000
"""Buckets kept before those that are full again are dropped."""


@dataclass(slots=True)
class _Bucket:
    left: float
    at: datetime


class Bucket:
    """Allows bursts of *per_minute* and that rate on average, for each key.

    Args:
        per_minute: at least 1.
    """

    def __init__(self, per_minute: int) -> None:
        self._size = float(per_minute)
        self._per_second = per_minute / 60
        self._buckets: dict[Hashable, _Bucket] = {}

    def wait(self, key: Hashable, now: datetime) -> timedelta | None:
        """None when the key may go on, else how long it has to wait."""
        bucket = self._refilled(key, now)
        if bucket.left < 1:
            return timedelta(seconds=(1 - bucket.left) / self._per_second)
        return None

    def take(self, key: Hashable, now: datetime) -> None:
        """Count one."""
        self._refilled(key, now).left -= 1

    def _refilled(self, key: Hashable, now: datetime) -> _Bucket:
        if len(self._buckets) > FORGET_ABOVE:
            self._drop_full(now)
        bucket = self._buckets.setdefault(key, _Bucket(self._size, now))
        passed = max((now - bucket.at).total_seconds(), 0.0)
        bucket.left = min(bucket.left + passed * self._per_second, self._size)
        bucket.at = now
        return bucket

    def _drop_full(self, now: datetime) -> None:
        full_again = timedelta(minutes=1)
        self._buckets = {key: b for key, b in self._buckets.items() if now - b.at < full_again}


class Limits:
    """The limits of deliveries, per person and per workspace."""

    def __init__(self, per_person: int, per_workspace: int) -> None:
        self._people = Bucket(per_person)
        self._workspaces = Bucket(per_workspace)

    def check(self, delivery: Delivery) -> None:
        """Count this delivery.

        Raises:
            RateLimited: too many; nothing was counted.
        """
        person, workspace = delivery.actor.ref, delivery.room.ref.workspace
        now = delivery.received_at
        waits = (self._people.wait(person, now), self._workspaces.wait(workspace, now))
        if any(waits):
            raise RateLimited(max(filter(None, waits)))
        self._people.take(person, now)
        self._workspaces.take(workspace, now)
