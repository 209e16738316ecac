"""Flow runs over Prefect's REST API; the library itself is never imported here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from lending.domain.errors import InputError, NotFoundError, UnavailableError
from serving.ports import FlowRun

TIMEOUT = 2.0  # seconds; a page waits for the answer


class PrefectFlowRuns:
    """`serving.ports.FlowRuns` on a Prefect server. Deployments carry the name of their flow."""

    def __init__(self, url: str, transport: httpx.BaseTransport | None = None) -> None:
        """Make the client; nothing is sent.

        Args:
            url: the server without `/api`, such as http://127.0.0.1:4200; its pages are there too.
            transport: for tests.
        """
        self._url = url.rstrip("/")
        self._client = httpx.Client(base_url=f"{self._url}/api", timeout=TIMEOUT, transport=transport, trust_env=False)

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def start(self, deployment: str, parameters: Mapping[str, Any]) -> FlowRun:
        """Schedule a run now.

        Raises:
            NotFoundError: no such deployment.
            InputError: the flow does not take these parameters.
            UnavailableError: the orchestrator does not answer.
        """
        found = self._ask("GET", f"/deployments/name/{deployment}/{deployment}", missing=f"deployment {deployment}")
        body = {"parameters": dict(parameters), "state": {"type": "SCHEDULED"}}
        run = self._ask("POST", f"/deployments/{found['id']}/create_flow_run", body)
        return self._flow_run(run, deployment, None)

    def get(self, run_id: str) -> FlowRun:
        """One run with its progress. Raises NotFoundError, UnavailableError."""
        run = self._ask("GET", f"/flow_runs/{run_id}", missing=f"flow run {run_id}")
        return self._with_progress([run])[0]

    def latest(self, flow: str) -> FlowRun | None:
        """The run of a flow that was due last; None when it never ran."""
        runs = self._filter(1, {"flows": {"name": {"any_": [flow]}}})
        return self._with_progress(runs)[0] if runs else None

    def list(self, limit: int = 20) -> Sequence[FlowRun]:
        """The runs due last, newest first; `limit` 1 to 200."""
        return self._with_progress(self._filter(limit, {}))

    def _filter(self, limit: int, more: Mapping[str, Any]) -> list[dict[str, Any]]:
        body = {"sort": "EXPECTED_START_TIME_DESC", "limit": max(1, min(limit, 200)), **more}
        return self._ask("POST", "/flow_runs/filter", body)

    def _with_progress(self, runs: Sequence[Mapping[str, Any]]) -> list[FlowRun]:
        if not runs:
            return []
        flows = {
            flow["id"]: flow["name"]
            for flow in self._ask("POST", "/flows/filter", {"flows": {"id": {"any_": [r["flow_id"] for r in runs]}}})
        }
        progress = self._progress([run["id"] for run in runs])
        return [self._flow_run(run, flows.get(run["flow_id"], ""), progress.get(run["id"])) for run in runs]

    def _progress(self, run_ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        wanted = {"flow_run_id": {"any_": list(run_ids)}, "type": {"any_": ["progress"]}}
        found = self._ask("POST", "/artifacts/filter", {"artifacts": wanted, "limit": 200})
        return {row["flow_run_id"]: row for row in sorted(found, key=lambda row: row["updated"])}

    def _flow_run(self, run: Mapping[str, Any], flow: str, progress: Mapping[str, Any] | None) -> FlowRun:
        state = run.get("state") or {}
        name = str(state.get("type") or run.get("state_type") or "SCHEDULED").lower()
        doing = progress.get("description") if progress and name == "running" else None
        return FlowRun(
            run_id=run["id"],
            flow=flow,
            state=name,
            percent=100.0 if name == "completed" else _percent(progress),
            message=doing or state.get("message") or "",
            url=f"{self._url}/runs/flow-run/{run['id']}",
        )

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None, missing: str = "") -> Any:
        try:
            answer = self._client.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise self._unavailable(type(error).__name__) from None
        if answer.status_code == 404 and missing:
            raise NotFoundError(
                f"{missing} is not known to the orchestrator at {self._url}",
                found=missing, expected="one that its page lists", do=f"Look at {self._url}",
            )  # fmt: skip
        if answer.status_code in (409, 422):
            raise InputError(f"the orchestrator refused the parameters: {_detail(answer)}", field="parameters")
        if answer.status_code >= 400:
            raise self._unavailable(f"status {answer.status_code}")
        try:
            return answer.json()
        except ValueError:
            raise self._unavailable("an answer that is not JSON") from None

    def _unavailable(self, found: str) -> UnavailableError:
        return UnavailableError(
            f"the orchestrator at {self._url} does not answer ({found})",
            code="orchestrator", found=found, expected="a Prefect server", do="Start it: candor up",
        )  # fmt: skip


def _percent(progress: Mapping[str, Any] | None) -> float | None:
    try:
        return None if progress is None else float(progress["data"])
    except (KeyError, TypeError, ValueError):
        return None


def _detail(answer: httpx.Response) -> str:
    try:
        body = answer.json()
    except ValueError:
        return answer.text[:200]
    return (
        str(body.get("detail") or body.get("exception_detail") or body)[:300] if isinstance(body, dict) else str(body)
    )
