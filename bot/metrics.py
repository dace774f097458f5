"""The figures an operator watches, as Prometheus reads them at `/metrics`."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from bot.office import Office
from scheduling_core.ports import JobEngine

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """Counts deliveries as they are answered; everything else is read from the database when asked."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._deliveries = Counter(
            "parley_deliveries",
            "Deliveries by what they were and what became of them",
            ["act", "outcome"],
            registry=self._registry,
        )
        self._failed = Counter(
            "parley_delivery_failures", "Answers a bug stood in the way of", registry=self._registry
        )
        self._acknowledged = Histogram(
            "parley_acknowledgement_seconds",
            "From a delivery's arrival to its acknowledgement",
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._gauges = {
            "jobs": self._gauge("parley_jobs", "Durable jobs whose time has come", "state"),
            "meetings": self._gauge("parley_meetings", "Meetings by phase", "phase"),
            "mails": self._gauge("parley_mails", "Mails by outcome", "outcome"),
        }
        self._pending = Gauge(
            "parley_deliveries_pending", "Deliveries recorded and not answered yet", registry=self._registry
        )

    def _gauge(self, name: str, about: str, label: str) -> Gauge:
        return Gauge(name, about, [label], registry=self._registry)

    def delivered(self, act: str, outcome: str, seconds: float) -> None:
        """A delivery came in.

        Args:
            outcome: `accepted`, `repeated`, or `refused` (another content under its id, too many).
            seconds: how long the platform waited.
        """
        self._deliveries.labels(act, outcome).inc()
        self._acknowledged.observe(seconds)

    def failed(self) -> None:
        """A bug of ours stood in the way of an answer."""
        self._failed.inc()

    async def page(self, office: Office, engine: JobEngine) -> bytes:
        """All figures as text."""
        backlog = await engine.backlog(office.clock())
        async with office.store.read() as reading:
            counts = await reading.counts()
        self._gauges["jobs"].labels("due").set(backlog.due)
        self._gauges["jobs"].labels("late").set(backlog.late)
        for name, numbers in (("meetings", counts.meetings), ("mails", counts.mails)):
            self._gauges[name].clear()
            for label, number in numbers.items():
                self._gauges[name].labels(label).set(number)
        self._pending.set(counts.deliveries_pending)
        return generate_latest(self._registry)
