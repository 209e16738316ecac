"""Everything that one request led to, found by its id."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from lending.domain.errors import UnavailableError
from lending.errand_ports import Errands
from serving.ports import FlowRun, FlowRuns


@dataclass(frozen=True, slots=True)
class OneId:
    """Asks the records and the orchestrator."""

    errands: Errands
    flows: FlowRuns

    def of(self, request_id: str) -> dict[str, Any]:
        """What a request wrote, JSON-ready.

        Returns:
            `{request_id, entries, acts, texts, flows}`: of the ledger, of the audit trail, texts with their traces, and
            flow runs; `flows` is None while the orchestrator does not answer. Empty lists where nothing was written.
        """
        found = self.errands(request_id)
        rows = {name: [_plain(one) for one in getattr(found, name)] for name in ("entries", "acts", "texts")}
        return {"request_id": request_id, **rows, "flows": self._flows(request_id)}

    def _flows(self, request_id: str) -> list[dict[str, Any]] | None:
        try:
            return [_run(run) for run in self.flows.asked_by(request_id)]
        except UnavailableError:
            return None


def _run(run: FlowRun) -> dict[str, Any]:
    return {"run_id": run.run_id, "flow": run.flow, "state": run.state, "at": run.at.isoformat() if run.at else None}


def _plain(row: Any) -> dict[str, Any]:
    return {**asdict(row), "at": row.at.isoformat()}
