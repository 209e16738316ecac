"""Generations as traces, written after the fact: what a text costs never waits for MLflow, and none is lost with it.

The diary in the database is written with each text. A command or a flow brings what is new to MLflow, whose import
takes seconds that no process that answers customers ever pays. What could not be written is written next time.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lending.word_ports import FeedbackBox, FeedbackRow, GenerationRow, Generations
from rag.tracing import STEPS, Opinion, Trace, Traces

AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class TraceExport:
    """Brings generations and reviewed feedback to where traces are kept.

    Attributes:
        key: ids of customers and decisions are hashed with it, so that a trace names nobody.
    """

    generations: Generations
    box: FeedbackBox
    traces: Traces
    key: bytes

    def run(self) -> int:
        """Write every generation that has no trace yet; answers how many. Raises UnavailableError."""
        written = 0
        while rows := self.generations.untraced(AT_ONCE):
            said = [row for row in self.box.list("accepted") if row.about == "generation"]
            traces = [
                trace_of(row, self.key, [_opinion(s) for s in said if s.subject == row.generation_id]) for row in rows
            ]
            for row, name in zip(rows, self.traces.write(traces), strict=True):
                self.generations.traced(row.generation_id, name)
            written += len(rows)
        return written

    def say(self, row: FeedbackRow) -> bool:
        """Add accepted feedback to its trace, writing the trace first if need be; False where it is about none.

        Raises:
            UnavailableError: MLflow does not answer; the feedback stays accepted.
        """
        if row.about != "generation" or row.state != "accepted":
            return False
        known = self.generations.get(row.subject).trace_id
        if known is None:
            self.run()  # writes this opinion with the trace
        else:
            self.traces.say(known, _opinion(row))
        return True


def trace_of(row: GenerationRow, key: bytes, opinions: list[Opinion]) -> Trace:
    """A generation as a trace: listed fields only; no name, no id in the open, no amount, no text of a customer."""
    detail = row.detail
    took: Mapping[str, int] = {s: int(ms) for s, ms in detail.get("took", {}).items() if s in STEPS}
    checks = sorted({check for check, _ in row.failures})
    whole = {"written_by": row.written_by, "cached": row.cached, "failed_checks": checks, "cost_usd": str(row.cost)}
    outputs: dict[str, Mapping[str, Any]] = {
        "": whole, "retrieve": {"passages": list(detail.get("passages", []))}, "verify": {"failed_checks": checks},
        "word": {"tokens_in": row.tokens_in, "tokens_out": row.tokens_out, "slotted": _slotted(detail)},
    }  # fmt: skip
    inputs: dict[str, Mapping[str, Any]] = {
        "": {"claims": list(detail.get("claims", []))}, "retrieve": {"index_version": row.index_version},
        "word": {"prompt": row.prompt, "model": row.model},
    }  # fmt: skip
    tags = {
        "generation_id": row.generation_id, "prompt": row.prompt, "model": row.model, "written_by": row.written_by,
        "customer": hashed(row.customer_id, key), "decision": hashed(row.decision_id, key),
        "request_id": str(detail.get("request_id", "")),
    }  # fmt: skip
    return Trace(row.kind, row.at, took, inputs, outputs, {n: v for n, v in tags.items() if v}, opinions)


def hashed(name: str | None, key: bytes) -> str:
    """An id that stays the same and tells nobody whose it is."""
    return hmac.new(key, name.encode(), hashlib.sha256).hexdigest()[:16] if name else ""


def _slotted(detail: Mapping[str, Any]) -> str:
    """The model's sentences with open slots; nothing where a figure stands in them."""
    text = str(detail.get("slotted", ""))
    return "" if any(character.isdigit() for character in text) else text


def _opinion(row: FeedbackRow) -> Opinion:
    return Opinion(row.thumb == "up", row.reason)
