"""Traces of texts in MLflow: one root span, a span a step, opinions as feedback."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.adapters.mlflow_door import Door
from rag.tracing import STEPS, Opinion, Trace

if TYPE_CHECKING:
    from mlflow import MlflowClient

READER, REVIEWED = "reader", "reviewed by staff"
_NANO = 1_000_000


class MlflowTraces:
    """`rag.tracing.Traces`."""

    def __init__(self, uri: str, artifacts: Path) -> None:
        self._door = Door(uri, artifacts)

    def write(self, traces: Sequence[Trace]) -> Sequence[str]:
        """Keep traces and wait until they are written: MLflow queues them."""
        if not traces:
            return []
        with self._door.client() as client:
            import mlflow

            experiment = self._door.experiment(client)
            names = [_written(client, trace, experiment) for trace in traces]
            mlflow.flush_trace_async_logging()  # an opinion on a queued trace would find none
            for name, trace in zip(names, traces, strict=True):
                for opinion in trace.opinions:
                    _say(name, opinion)
        return names

    def say(self, trace_id: str, opinion: Opinion) -> None:
        """Add an opinion."""
        with self._door.client():
            _say(trace_id, opinion)


def _written(client: MlflowClient, trace: Trace, experiment: str) -> str:
    end = _nanoseconds(trace.ended)
    at = end - sum(trace.steps.values()) * _NANO
    root = client.start_trace(
        trace.name, span_type="CHAIN", inputs=trace.inputs.get(""), tags=dict(trace.tags), experiment_id=experiment,
        start_time_ns=at,
    )  # fmt: skip
    for step in (s for s in STEPS if s in trace.steps):
        span = client.start_span(
            step, root.trace_id, root.span_id, span_type=_KINDS[step], inputs=trace.inputs.get(step), start_time_ns=at
        )
        at += trace.steps[step] * _NANO
        client.end_span(root.trace_id, span.span_id, outputs=trace.outputs.get(step), end_time_ns=at)
    client.end_trace(root.trace_id, outputs=trace.outputs.get(""), end_time_ns=end)
    return root.trace_id


_KINDS = {"plan": "CHAIN", "retrieve": "RETRIEVER", "word": "LLM", "verify": "EVALUATOR"}


def _say(trace_id: str, opinion: Opinion) -> None:
    import mlflow
    from mlflow.entities import AssessmentSource

    source: Any = AssessmentSource(source_type="HUMAN", source_id=REVIEWED)
    mlflow.log_feedback(trace_id=trace_id, name=READER, value=opinion.good, rationale=opinion.reason, source=source)


def _nanoseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000) * _NANO
