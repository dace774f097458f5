"""A small HTTP client that costs little beside what it measures: kept-alive connections, ready-made requests.

A closed loop sends the next request when the last is answered: it finds the rate. An open loop sends at fixed
moments, whatever comes back: a slow answer makes no later request late, so its percentiles are honest.
"""

import asyncio
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """What a run of requests took.

    Attributes:
        seconds: from the first request to the last answer.
        latencies: of each request, in seconds; in an open loop from the moment it was due.
    """

    seconds: float
    latencies: tuple[float, ...]

    @property
    def per_second(self) -> float:
        """Requests answered in a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, percent: int) -> float:
        """Milliseconds within which so many of a hundred requests were answered."""
        return statistics.quantiles(self.latencies, n=100, method="inclusive")[percent - 1] * 1000


class Connection:
    """One kept-alive HTTP/1.1 connection.

    Attributes:
        bodies: of all answers, in order.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.bodies: list[bytes] = []

    @classmethod
    async def open(cls, port: int) -> "Connection":
        """To a server on this machine."""
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def exchange(self, request: bytes) -> None:
        """Send a whole request and read its answer.

        Raises:
            RuntimeError: the status is not 200.
        """
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        body = await self._reader.readexactly(length)
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"{head.decode()}{body.decode()}")
        self.bodies.append(body)

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


def post(path: str, headers: dict[str, str], body: bytes) -> bytes:
    """The bytes of a request."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n{lines}\r\n"
    return head.encode() + body


async def closed_loop(port: int, requests: Iterator[bytes], *, connections: int, seconds: float) -> Timing:
    """As many requests as *connections* get answered one after the other until the time is up."""
    loop = asyncio.get_running_loop()
    latencies: list[float] = []
    began = loop.time()

    async def work(connection: Connection) -> None:
        for request in requests:
            sent = loop.time()
            await connection.exchange(request)
            latencies.append(loop.time() - sent)
            if loop.time() - began > seconds:
                return

    opened = [await Connection.open(port) for _ in range(connections)]
    async with asyncio.TaskGroup() as tasks:
        for connection in opened:
            tasks.create_task(work(connection))
    for connection in opened:
        connection.close()
    return Timing(loop.time() - began, tuple(latencies))


async def open_loop(port: int, requests: Sequence[bytes], *, per_second: float) -> Timing:
    """All *requests*, each at its moment."""
    loop = asyncio.get_running_loop()
    idle: list[Connection] = []
    latencies: list[float] = []
    began = loop.time()

    async def send(request: bytes, due: float) -> None:
        connection = idle.pop() if idle else await Connection.open(port)
        await connection.exchange(request)
        latencies.append(loop.time() - due)
        idle.append(connection)

    async with asyncio.TaskGroup() as tasks:
        for number, request in enumerate(requests):
            due = began + number / per_second
            await asyncio.sleep(max(0.0, due - loop.time()))
            tasks.create_task(send(request, due))
    for connection in idle:
        connection.close()
    return Timing(loop.time() - began, tuple(latencies))
