"""What is told of a finished errand: a log line, counts, a line for CloudWatch, and spans for a collector."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from lending.errand import Errand, Happened, current_id
from serving.happenings import ANSWERED, DECIDED, SUBMITTED
from serving.measures import Gauges, Measures

if TYPE_CHECKING:
    from lending.ports import Clock
    from serving.assembly import Platform

NAMESPACE = "Candor"
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")


@dataclass(frozen=True, slots=True)
class Finished:
    """An errand with its end; `route` is the template of its address."""

    errand: Errand
    service: str
    method: str
    route: str
    status: int
    seconds: float


class Spans(Protocol):
    """Where finished errands go as spans; it never waits and never fails."""

    def offer(self, done: Finished) -> None: ...


class Telemetry:
    """Tells of the errands of one web process."""

    def __init__(
        self, service: str, measures: Measures, log: Any, *, emf: TextIO | None = None, spans: Spans | None = None
    ) -> None:
        """Take the parts.

        Args:
            service: api or console.
            measures: its counters.
            log: a structlog logger.
            emf: where lines for CloudWatch go; None writes none.
            spans: where spans go; None makes none.
        """
        self.service, self.measures, self.log = service, measures, log
        self._emf, self._spans = emf, spans

    def begin(self, request_id: str, traceparent: str) -> Errand:
        """A new errand under the caller's ids; its parts are timed where spans are collected."""
        return Errand.begin(request_id, traceparent, timed=self._spans is not None)

    def finished(self, errand: Errand, method: str, route: str, status: int, seconds: float) -> None:
        """Tell of one answer. Whatever goes wrong here harms no answer."""
        done = Finished(errand, self.service, method if method in METHODS else "other", route, status, seconds)
        for tell in (self._counted, self._logged, self._to_cloudwatch, self._to_collector):
            try:
                tell(done)
            except Exception as error:  # a full disk or a closed stream is told where it can be, and spoils nothing
                with suppress(Exception):
                    logging.getLogger("candor.telemetry").warning("not told: %s", type(error).__name__)

    def _counted(self, done: Finished) -> None:
        self.measures.answered(done.method, done.route, done.status, done.seconds)
        for one in done.errand.happened:
            self.measures.happened(one)

    def _logged(self, done: Finished) -> None:
        errand, ms = done.errand, round(done.seconds * 1000, 2)
        ids = {"request_id": errand.request_id, "trace_id": errand.trace_id, **errand.notes}
        self.log.info(
            "answered", service=done.service, method=done.method, route=done.route, status=done.status, ms=ms, **ids
        )

    def _to_cloudwatch(self, done: Finished) -> None:
        if self._emf is not None:
            self._emf.write("".join(_dumps(line) + "\n" for line in _emf_lines(done)))
            self._emf.flush()

    def _to_collector(self, done: Finished) -> None:
        if self._spans is not None and done.errand.timed:
            self._spans.offer(done)


def _emf_lines(done: Finished) -> Iterator[Mapping[str, Any]]:
    """What CloudWatch keeps of an answer, and of what happened in it."""
    at, name = (done.errand.started + int(done.seconds * 1e9)) // 1_000_000, done.errand.request_id
    status = {"Service": done.service, "Status": f"{done.status // 100}xx"}
    yield emf_line(at, {"Requests": (1.0, "Count")}, status, name)
    yield emf_line(at, {"RequestSeconds": (done.seconds, "Seconds")}, {"Service": done.service}, name)
    for one in done.errand.happened:
        if found := _business(one):
            yield emf_line(at, *found, name)


def _business(one: Happened) -> tuple[Mapping[str, tuple[float, str]], Mapping[str, str]] | None:
    """What CloudWatch's dashboards show of something that happened."""
    if one.name == DECIDED:
        return {"Decisions": (1.0, "Count")}, {"Outcome": one.labels["outcome"]}
    if one.name == SUBMITTED:
        return {"Submissions": (1.0, "Count")}, {}
    if one.name == ANSWERED:
        return {"TimeToDecisionSeconds": (one.value, "Seconds")}, {}
    return None


def emf_line(
    at: int, metrics: Mapping[str, tuple[float, str]], dimensions: Mapping[str, str], request_id: str
) -> dict[str, Any]:
    """One log event in CloudWatch's embedded metric format.

    Args:
        at: milliseconds since 1970.
        metrics: name to figure and unit.
        dimensions: a metric is kept for each of them and for all together; none of them names a person.
        request_id: a property beside the metrics: it can be searched for and makes no metric of its own.
    """
    names = list(dimensions)
    kept = [[], *([name] for name in names), *([names] if len(names) > 1 else [])]
    said = [{"Name": name, "Unit": unit} for name, (_, unit) in metrics.items()]
    head = {"Timestamp": at, "CloudWatchMetrics": [{"Namespace": NAMESPACE, "Dimensions": kept, "Metrics": said}]}
    values = {name: round(value, 6) for name, (value, _) in metrics.items()}
    return {"_aws": head, **dimensions, **values, "request_id": request_id}


def make_log(stream: TextIO | None = None) -> Any:
    """A structlog logger that writes one JSON object a line; it changes no global logging.

    Only ids, codes and times belong in it.
    """
    import structlog

    return structlog.wrap_logger(
        structlog.WriteLogger(stream or sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(serializer=_dumps),
        ],
        wrapper_class=structlog.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _dumps(event: Mapping[str, Any], **_: Any) -> str:
    return json.dumps(event, default=str, separators=(",", ":"))


class JsonLines(logging.Formatter):
    """Records of the standard library as JSON lines: an error is told by its class and places, never by its words."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; of what is not ours only the class of an error and where it happened."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat()
        line: dict[str, Any] = {"event": record.getMessage(), "level": record.levelname.lower(), "timestamp": at}
        if name := current_id():
            line["request_id"] = name
        if record.exc_info and record.exc_info[1] is not None:
            line |= {"error": type(record.exc_info[1]).__name__, "at": places(record.exc_info[1])}
        return json.dumps({"logger": record.name, **line}, separators=(",", ":"))


def log_as_json(names: Sequence[str] = (), stream: TextIO | None = None) -> None:
    """Write what this process logs as JSON lines: everything from warnings up, and loggers with ways of their own."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logging.getLogger().handlers[:] = [handler]
    for name in names:
        for own in logging.getLogger(name).handlers:
            own.setFormatter(JsonLines())


def places(error: BaseException) -> list[str]:
    """Where it happened, as file and line; never values or messages, which may hold personal data."""
    found: list[str] = []
    trace = error.__traceback__
    while trace is not None:
        found.append(f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return found[-8:]


def telemetry_of(platform: Platform, service: str, log_to: TextIO | None = None) -> Telemetry:
    """The telemetry of a web process over a platform, as its settings ask."""
    settings = platform.settings
    spans = platform.spans if settings.otlp_url else None
    measures = Measures(lambda: gauges_of(platform))
    emf = (log_to or sys.stderr) if settings.metrics_log == "emf" else None
    return Telemetry(service, measures, make_log(log_to), emf=emf, spans=spans)


def gauges_of(platform: Platform) -> Gauges:
    """The figures of this moment that can be had; one that cannot be read is left out."""
    found: dict[tuple[str, str], float] = {}
    try:
        found |= _outbox(platform)
    except Exception as error:  # a reading of figures fails for no part that is away
        logging.getLogger("candor.telemetry").warning("outbox not read: %s", type(error).__name__)
    for name, breaker in getattr(platform, "breakers", dict[str, Any]()).items():
        found["candor_breaker_open", name] = float(breaker.is_open)
    return found


def _outbox(platform: Platform) -> dict[tuple[str, str], float]:
    depth = platform.records.outbox.depth()
    oldest = 0.0 if depth.oldest is None else _age(platform.clock, depth.oldest)
    return {("candor_outbox_waiting", ""): float(depth.waiting), ("candor_outbox_oldest_seconds", ""): oldest,
            ("candor_outbox_given_up", ""): float(depth.given_up)}  # fmt: skip


def _age(clock: Clock, since: datetime) -> float:
    return max(0.0, (clock.now() - since).total_seconds())
