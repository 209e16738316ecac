"""What a web process counts about itself, without anything personal: for /metrics."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from lending.errand import Happened
from serving.happenings import ANSWERED, CALLED, DECIDED, DEGRADED, SUBMITTED

if TYPE_CHECKING:
    from collections.abc import Callable

    from prometheus_client import Metric

_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_WAITS = (60.0, 600.0, 3600.0, 6 * 3600.0, 86400.0, 3 * 86400.0, 7 * 86400.0, 30 * 86400.0)
_SHARED = "PROMETHEUS_MULTIPROC_DIR"
"""The library's own variable: a folder in which several processes of one server keep their figures together."""
MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Gauges = Mapping[tuple[str, str], float]
"""(metric, label) to a figure of this moment; the label is "" where there is none."""
_GAUGES: Mapping[str, tuple[str, str]] = {
    "candor_outbox_waiting": ("Messages and other effects that are still to be done.", ""),
    "candor_outbox_oldest_seconds": ("Age of the oldest of them.", ""),
    "candor_outbox_given_up": ("Those that were tried too often.", ""),
    "candor_breaker_open": ("1 while a service is left alone after failures in a row.", "service"),
}


class Measures:
    """Counters of one process, or of all workers of one server where they share a folder."""

    def __init__(self, gauges: Callable[[], Gauges] = dict[tuple[str, str], float]) -> None:
        """Make the counters.

        Args:
            gauges: asked at each reading; the names are those of `_GAUGES`.
        """
        self.registry = CollectorRegistry()
        self._now = _Now(gauges)
        kept = self.registry
        self._requests = Counter("candor_requests", "Requests answered.", ("method", "route", "status"), registry=kept)
        self._seconds = Histogram(
            "candor_request_seconds", "Time to answer.", ("route",), registry=kept, buckets=_BUCKETS
        )
        self._called_seconds = Histogram("candor_endpoint_seconds", "Time of a call.", registry=kept, buckets=_BUCKETS)
        self._waited = Histogram(
            "candor_time_to_decision_seconds", "From sending an application to the bank's word.", registry=kept,
            buckets=_WAITS,
        )  # fmt: skip
        self._counters: Mapping[str, Counter] = {
            DECIDED: Counter("candor_decisions", "Decisions answered.", ("outcome",), registry=kept),
            SUBMITTED: Counter("candor_submissions", "Applications sent.", registry=kept),
            ANSWERED: Counter("candor_applications_answered", "Applications answered.", ("outcome",), registry=kept),
            DEGRADED: Counter("candor_degraded", "Answers by a lesser part, as policy allows.", ("part",),
                              registry=kept),
            CALLED: Counter("candor_endpoint_calls", "Calls of the model endpoint.", ("result",), registry=kept),
        }  # fmt: skip
        self._times = {ANSWERED: self._waited, CALLED: self._called_seconds}

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer; `route` is the template, never the path, so that labels stay few."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def happened(self, one: Happened) -> None:
        """Count what happened in an errand; what nobody measures is let go."""
        counter = self._counters.get(one.name)
        if counter is not None:
            (counter.labels(**one.labels) if one.labels else counter).inc()
        if one.name in self._times:
            self._times[one.name].observe(one.value)

    def text(self) -> bytes:
        """All figures in Prometheus' text format: of all workers where they share a folder."""
        shared = os.environ.get(_SHARED)
        counted = CollectorRegistry()
        if shared:
            MultiProcessCollector(counted, path=shared)
        counted.register(self._now)
        return (b"" if shared else generate_latest(self.registry)) + generate_latest(counted)


class _Now(Collector):
    """Figures of this moment."""

    def __init__(self, gauges: Callable[[], Gauges]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[Metric]:
        found = self._gauges()
        for name, (words, label) in _GAUGES.items():
            family = GaugeMetricFamily(name, words, labels=[label] if label else [])
            for (metric, value), figure in found.items():
                if metric == name:
                    family.add_metric([value] if label else [], figure)
            if family.samples:
                yield family
