"""Spans over OTLP to a collector: built and sent beside the requests, dropped while the collector is away.

No provider is set up, for this process or for anybody else: MLflow's traces keep a provider of their own.
"""

from __future__ import annotations

import queue
from collections.abc import Iterator, Mapping, Sequence

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from lending import __version__
from lending.errand import Errand
from serving.background import Background
from serving.telemetry import Finished

_SECONDS = 3
"""Longest wait for the collector."""
_MOST_WAITING = 2_000
_AT_ONCE = 200
_EVERY_SECONDS = 1.0
_NOTES = {"outcome": "candor.outcome", "model_version": "candor.model_version",
          "policy_version": "candor.policy_version"}  # fmt: skip
ATTRIBUTES = frozenset({
    "http.request.method", "http.route", "http.response.status_code", "candor.request_id", "error.type",
    *_NOTES.values(),
})  # fmt: skip
"""Everything that a span may say; there is no person among it."""
_SCOPE = InstrumentationScope("candor", __version__)


class OtlpSpans:
    """`serving.telemetry.Spans` at the address of a collector."""

    def __init__(self, url: str, exporter: OTLPSpanExporter | None = None) -> None:
        """Begin to send.

        Args:
            url: of the collector, without `/v1/traces`.
            exporter: for tests.
        """
        at = f"{url.rstrip('/')}/v1/traces"
        self._exporter = exporter or OTLPSpanExporter(endpoint=at, timeout=_SECONDS)
        self._waiting: queue.Queue[Finished] = queue.Queue(_MOST_WAITING)
        self._background = Background("spans", self.send, _EVERY_SECONDS)
        self.dropped = 0

    def offer(self, done: Finished) -> None:
        """Take a finished errand; it is dropped while too many wait."""
        self._background.start()
        try:
            self._waiting.put_nowait(done)
        except queue.Full:
            self.dropped += 1

    def send(self) -> None:
        """Send what waits; what the collector does not take within seconds is dropped."""
        while some := list(_taken(self._waiting)):
            spans = [span for done in some for span in spans_of(done)]
            if self._exporter.export(spans).name != "SUCCESS":
                self.dropped += len(some)
                return

    def close(self) -> None:
        """Send what waits and end."""
        self._background.stop()
        self.send()
        self._exporter.shutdown()


def spans_of(done: Finished) -> Sequence[ReadableSpan]:
    """The span of the request and those of its parts."""
    errand = done.errand
    resource = Resource({"service.name": f"candor-{done.service}", "service.version": __version__})
    ids = [_context(errand, _part_id(errand, number)) for number in range(len(errand.parts))]
    own, ended = _context(errand, errand.span_id), errand.started + int(done.seconds * 1e9)
    caller = _context(errand, errand.called_by) if errand.called_by else None
    spans = [_span(f"{done.method} {done.route}", own, caller, resource, _said(done), errand.started, ended,
                   SpanKind.SERVER, failed=done.status >= 500)]  # fmt: skip
    for one, context in zip(errand.parts, ids, strict=True):
        inside = own if one.inside < 0 else ids[one.inside]
        said = {"error.type": one.failed} if one.failed else {}
        spans.append(_span(one.name, context, inside, resource, said, one.started, one.ended or ended,
                           SpanKind.INTERNAL, failed=bool(one.failed)))  # fmt: skip
    return spans


def _said(done: Finished) -> Mapping[str, str | int]:
    notes = {name: done.errand.notes[note] for note, name in _NOTES.items() if note in done.errand.notes}
    return {"http.request.method": done.method, "http.route": done.route, "http.response.status_code": done.status,
            "candor.request_id": done.errand.request_id, **notes}  # fmt: skip


def _span(
    name: str, context: SpanContext, parent: SpanContext | None, resource: Resource, said: Mapping[str, str | int],
    started: int, ended: int, kind: SpanKind, *, failed: bool,
) -> ReadableSpan:  # fmt: skip
    kept = {key: value for key, value in said.items() if key in ATTRIBUTES}
    return ReadableSpan(
        name, context, parent, resource, kept, kind=kind, start_time=started, end_time=ended,
        status=Status(StatusCode.ERROR if failed else StatusCode.UNSET), instrumentation_scope=_SCOPE,
    )  # fmt: skip


def _context(errand: Errand, span_id: str) -> SpanContext:
    return SpanContext(int(errand.trace_id, 16), int(span_id, 16), is_remote=False, trace_flags=TraceFlags(1))


def _part_id(errand: Errand, number: int) -> str:
    """An id of its own for each part, counted on from the errand's."""
    return f"{(int(errand.span_id, 16) + number + 1) % 2**64 or 1:016x}"


def _taken(waiting: queue.Queue[Finished]) -> Iterator[Finished]:
    for _ in range(_AT_ONCE):
        try:
            yield waiting.get_nowait()
        except queue.Empty:
            return
