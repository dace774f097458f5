"""The figures an operator watches, as Prometheus reads them at `/metrics`."""

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from bot.office import Office
from scheduling_core.ports import JobEngine

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

log = structlog.get_logger()


class Metrics:
    """Counts deliveries as they are answered; everything else is read from the database when asked."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._deliveries = Counter(
            "parley_deliveries",
            "Requests to a platform's address by what they were and what became of them",
            ["act", "outcome"],
            registry=self._registry,
        )
        self._acknowledged = Histogram(
            "parley_acknowledgement_seconds",
            "From a delivery's arrival to its acknowledgement",
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._database = Gauge(
            "parley_database_up", "1 when the database answered these figures", registry=self._registry
        )
        # Not of the registry above: they are known only while the database answers.
        self._stored = CollectorRegistry()
        self._jobs = self._gauge("parley_jobs", "Durable jobs whose time has come", "state")
        self._meetings = self._gauge("parley_meetings", "Meetings by phase", "phase")
        self._mails = self._gauge("parley_mails", "Mails by outcome", "outcome")
        self._pending = Gauge(
            "parley_deliveries_pending", "Deliveries recorded and not answered yet", registry=self._stored
        )

        self._unreadable = Gauge(
            "parley_calendars_unreadable",
            "Linked calendar accounts that gave no answer when last asked",
            registry=self._stored,
        )

    def _gauge(self, name: str, about: str, label: str) -> Gauge:
        return Gauge(name, about, [label], registry=self._stored)

    def counted(self, act: str, outcome: str) -> None:
        """A request to a platform's address was answered; see `bot.receipts` for the outcomes.

        Args:
            act: `none` when it was refused before anybody read it.
        """
        self._deliveries.labels(act, outcome).inc()

    def acknowledged(self, seconds: float) -> None:
        """How long the platform waited for what it delivered."""
        self._acknowledged.observe(seconds)

    async def page(self, office: Office, engine: JobEngine) -> bytes:
        """All figures as text; only those of this process while the database is away."""
        try:
            await self._read(office, engine)
        except Exception as error:
            log.warning("metrics.without_database", error=type(error).__name__)
            self._database.set(0)
            return generate_latest(self._registry)
        self._database.set(1)
        return generate_latest(self._registry) + generate_latest(self._stored)

    async def _read(self, office: Office, engine: JobEngine) -> None:
        backlog = await engine.backlog(office.clock())
        async with office.store.read() as reading:
            counts = await reading.counts()
        self._jobs.labels("due").set(backlog.due)
        self._jobs.labels("late").set(backlog.late)
        for gauge, numbers in ((self._meetings, counts.meetings), (self._mails, counts.mails)):
            gauge.clear()
            for label, number in numbers.items():
                gauge.labels(label).set(number)
        self._pending.set(counts.deliveries_pending)
        self._unreadable.set(counts.calendars_unreadable)
