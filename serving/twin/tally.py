"""How each variant does, under SageMaker's own names; counts only grow while a variant keeps its version."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from threading import Lock

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric

BOUNDS_US = (250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000)
"""Upper bounds of the latencies that are counted together, in microseconds."""
COUNTED = ("Invocations", "Invocation4XXErrors", "Invocation5XXErrors")
TIMED = ("ModelLatency", "OverheadLatency")
_INF = "+Inf"


@dataclass(slots=True)
class Times:
    """Latencies in microseconds, counted by bucket."""

    sum: float = 0.0
    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_US) + 1))

    def add(self, microseconds: float) -> None:
        """One more."""
        self.sum += microseconds
        self.counts[bisect_left(BOUNDS_US, microseconds)] += 1

    def buckets(self) -> dict[str, int]:
        """Calls of at most so many microseconds, by bound."""
        names, found, total = [*map(str, BOUNDS_US), _INF], dict[str, int](), 0
        for name, count in zip(names, self.counts, strict=True):
            total += count
            found[name] = total
        return found

    def as_dict(self) -> dict[str, object]:
        """JSON-ready."""
        return {"count": sum(self.counts), "sum": round(self.sum, 1), "buckets": self.buckets()}


class Tally:
    """The figures of one variant with one version."""

    def __init__(self, version: str) -> None:
        self.version = version
        self._lock = Lock()
        self._counts: dict[str, int] = dict.fromkeys(COUNTED, 0)
        self._times = {name: Times() for name in TIMED}

    def add(self, status: int, model_seconds: float, overhead_seconds: float) -> None:
        """Count one call by the status that the model's container gave it."""
        with self._lock:
            self._counts["Invocations"] += 1
            if status >= 400:
                self._counts[f"Invocation{'5' if status >= 500 else '4'}XXErrors"] += 1
            self._times["ModelLatency"].add(model_seconds * 1e6)
            self._times["OverheadLatency"].add(overhead_seconds * 1e6)

    def as_dict(self) -> dict[str, object]:
        """JSON-ready."""
        with self._lock:
            times = {name: one.as_dict() for name, one in self._times.items()}
            return {"version": self.version, **self._counts, **times}

    def samples(self) -> tuple[dict[str, int], dict[str, tuple[dict[str, int], float]]]:
        """Counts, and buckets with their sum."""
        with self._lock:
            return dict(self._counts), {name: (one.buckets(), one.sum) for name, one in self._times.items()}


def families(tallies: Iterable[tuple[str, str, Tally]]) -> Iterator[Metric]:
    """Prometheus' form of the tallies of (endpoint, variant): `candor_endpoint_…` with labels, times in seconds."""
    found = [((endpoint, variant, one.version), *one.samples()) for endpoint, variant, one in tallies]
    labels = ("endpoint", "variant", "version")
    for name in COUNTED:
        counter = CounterMetricFamily(f"candor_endpoint_{_snake(name)}", f"SageMaker's {name}.", labels=labels)
        for values, counts, _ in found:
            counter.add_metric(values, counts[name])
        yield counter
    for name in TIMED:
        histogram = HistogramMetricFamily(
            f"candor_endpoint_{_snake(name)}_seconds", f"SageMaker's {name}.", labels=labels
        )
        for values, _, times in found:
            buckets, total = times[name]
            rows = [(bound if bound == _INF else str(int(bound) / 1e6), count) for bound, count in buckets.items()]
            histogram.add_metric(values, rows, total / 1e6)
        yield histogram


def _snake(name: str) -> str:
    """`Invocation5XXErrors` as `invocation_5xx_errors`."""
    told = {"Invocation4XXErrors": "invocation_4xx_errors", "Invocation5XXErrors": "invocation_5xx_errors"}
    spaced = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
    return told.get(name, spaced)
