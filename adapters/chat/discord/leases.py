"""Which process listens on which shard: leases in the store, renewed while their holder lives.

Two processes that listen on one shard would both answer every interaction. A lease is a record; it is taken
and renewed by replacing exactly what was read, so of several processes one succeeds. Clocks of two machines
are not compared to the second: a holder is given up when its record did not change for a while.

How many shards there are is one number for all processes, as shards of two numbers would overlap. It is a
record, too, which whoever takes a lease replaces with itself: so nobody takes one of a number just changed.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from adapters.chat.discord.holders import Holder, this_process
from scheduling_core.ports import Store, Transaction

KIND, NUMBER = "discord.shard", "discord.shards"
"""Kinds of records: a lease; how many shards there are, with the key `ALL`."""
ALL = "all"
RENEW_SECONDS = 3.0
LOST_AFTER_SECONDS = 12.0
"""Without a renewal: then others may take it. Three shards are listened on again within 30 seconds, as their
sessions begin five seconds apart."""
GOOD_FOR_SECONDS = 10.0
"""After a renewal: then its holder stops by itself, before anybody else begins."""
MOST_SKEW = timedelta(seconds=30)
"""Between clocks of two machines, for leases nobody of us has ever seen renewed."""


class SharedOtherwise(Exception):
    """There are *count* shards by now."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} shards")
        self.count = count


@dataclass(frozen=True, slots=True)
class Lease:
    """What a record says.

    Attributes:
        holder: None after it was given back.
        beats: renewals so far; makes each content differ.
        until: by the holder's clock.
        count: of how many shards it is one; 0 where that was not written down.
    """

    holder: Holder | None
    beats: int
    until: datetime
    count: int = 0

    def __str__(self) -> str:
        holder = asdict(self.holder) if self.holder else None
        until = self.until.isoformat()
        return json.dumps({"holder": holder, "beats": self.beats, "until": until, "count": self.count})


def read_lease(text: str) -> Lease:
    """What `str` made of one."""
    kept = json.loads(text)
    holder = Holder(**kept["holder"]) if kept["holder"] else None
    return Lease(holder, kept["beats"], datetime.fromisoformat(kept["until"]), kept.get("count", 0))


class Leases:
    """The leases of one process.

    Args:
        clock: the aware instant it is.
        running: seconds of a clock that never jumps.
    """

    def __init__(
        self,
        store: Store,
        clock: Callable[[], datetime],
        *,
        holder: Holder | None = None,
        lost_after_seconds: float = LOST_AFTER_SECONDS,
        good_for_seconds: float = GOOD_FOR_SECONDS,
        running: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._clock = clock
        self._holder = holder or this_process()
        self._lost_after_seconds = lost_after_seconds
        self._good_for_seconds = good_for_seconds
        self._running = running
        self._good_until: dict[int, float] = {}
        self._seen: dict[str, tuple[str, float]] = {}
        self._wanted = 0

    def good_until(self, shard: int) -> float:
        """Until when it may be listened on, by the running clock; in the past for one that is not ours."""
        return self._good_until.get(shard, 0.0)

    def is_ours(self, shard: int) -> bool:
        """Whether it may be listened on now."""
        return self._running() < self.good_until(shard)

    def ours(self) -> list[int]:
        """The shards that were not given back."""
        return list(self._good_until)

    def is_with_another(self, shard: int) -> bool:
        """Whether another process was seen to hold it lately."""
        seen = self._seen.get(str(shard))
        return bool(seen) and shard not in self._good_until and not self._is_free(str(shard))

    async def agree(self, wanted: int, refused: int = 0) -> int:
        """How many shards there are: *wanted* while nobody listens, or else as many as those who do have.

        Args:
            refused: Discord lets nobody begin with so many any more: then it is *wanted* all the same, and
                those who still listen notice and begin anew.
        """
        self._wanted = wanted
        async with self._store.write() as tx:
            was = await tx.record(NUMBER, ALL)
            if was is None:
                await tx.replace_record(NUMBER, ALL, None, str(wanted))
            # Itself first: from here on nobody takes a lease until this is over.
            elif was != str(wanted) and await tx.replace_record(NUMBER, ALL, was, was):
                self._look(await tx.records(KIND))
                if was == str(refused) or self._are_all_free():
                    await tx.replace_record(NUMBER, ALL, was, str(wanted))
            return int(await tx.record(NUMBER, ALL) or wanted)

    async def take(self, count: int) -> list[int]:
        """Take what nobody holds of the shards below *count*; returns what is ours from now on.

        None is taken while leases of another number are held.

        Raises:
            SharedOtherwise: *count* is not the number of shards, or need not be it any more: `agree` again.
        """
        if self._good_until.keys() >= set(range(count)):
            return []
        async with self._store.read() as reading:
            self._look(await reading.records(KIND))
            number = await reading.record(NUMBER, ALL)
        in_use = int(number or await self.agree(count))
        if in_use != count:
            raise SharedOtherwise(in_use)
        if self._wanted not in (0, count) and not self._good_until and self._are_all_free():
            raise SharedOtherwise(self._wanted)
        if any(self._is_of_another(key, count) for key in self._seen):
            return []
        wanted = [one for one in range(count) if one not in self._good_until and self._is_free(str(one))]
        return [one for one in wanted if await self._take(one, count)]

    async def renew(self) -> list[int]:
        """Renew all that is ours; returns those that another process has now."""
        ours, asked = self.ours(), self._running()
        async with self._store.write() as tx:
            lost = [shard for shard in ours if not await self._write(tx, shard, self._holder)]
        for shard in ours:
            if shard in lost:
                self._good_until.pop(shard, None)
            elif shard in self._good_until:
                self._good_until[shard] = asked + self._good_for_seconds
        return lost

    async def give_back(self, shard: int) -> None:
        """Let another process take it at once; nothing when it is not ours any more."""
        self._good_until.pop(shard, None)
        async with self._store.write() as tx:
            await self._write(tx, shard, None)

    async def _write(self, tx: Transaction, shard: int, holder: Holder | None) -> bool:
        """Renew a lease, or give it back; False when it is not ours."""
        kept = await tx.record(KIND, str(shard))
        lease = read_lease(kept) if kept is not None else None
        if lease is None or lease.holder != self._holder:
            return False
        following = self._following(lease, holder, lease.count)
        return await tx.replace_record(KIND, str(shard), kept, following)

    async def _take(self, shard: int, count: int) -> bool:
        asked, was = self._running(), self._seen.get(str(shard))
        following = self._following(read_lease(was[0]) if was else None, self._holder, count)
        async with self._store.write() as tx:
            is_taken = await tx.replace_record(
                NUMBER, ALL, str(count), str(count)
            ) and await tx.replace_record(KIND, str(shard), was and was[0], following)
        if is_taken:
            self._good_until[shard] = asked + self._good_for_seconds
        return is_taken

    def _following(self, lease: Lease | None, holder: Holder | None, count: int) -> str:
        until = self._clock() + timedelta(seconds=self._lost_after_seconds)
        return str(Lease(holder, lease.beats + 1 if lease else 1, until, count))

    def _look(self, kept: Mapping[str, str]) -> None:
        """Remember since when each record is as it is now."""
        now, before = self._running(), self._seen
        self._seen = {
            key: before[key] if key in before and before[key][0] == content else (content, now)
            for key, content in kept.items()
        }

    def _are_all_free(self) -> bool:
        return all(map(self._is_free, self._seen))

    def _is_of_another(self, key: str, count: int) -> bool:
        """Whether it is held, and of another number of shards than *count*."""
        return not self._is_free(key) and read_lease(self._seen[key][0]).count not in (0, count)

    def _is_free(self, key: str) -> bool:
        if key not in self._seen:
            return True
        content, since = self._seen[key]
        lease = read_lease(content)
        if lease.holder is None or lease.holder == self._holder or lease.holder.is_dead():
            return True
        is_silent = self._running() - since >= self._lost_after_seconds
        return is_silent or self._clock() >= lease.until + MOST_SKEW
