"""Flow runs over Prefect's REST API; the library itself is never imported here."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from lending.domain.errors import InputError, NotFoundError, RefusedError, UnavailableError
from lending.errand import current_id
from serving.ports import REQUEST_TAG, Deployed, FlowNote, FlowRun

TIMEOUT = 2.0  # seconds; a page waits for the answer
SLACK = timedelta(minutes=1)
"""How far the orchestrator's clock may be ahead of ours: a run that was started just now is not one of the future."""
BUSY = (0.1, 0.4)
"""Seconds between tries while it is busy."""
NOTES = ("markdown", "link", "table")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


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
        if name := current_id():
            body["tags"] = [request_tag(name)]
        run = self._ask("POST", f"/deployments/{found['id']}/create_flow_run", body)
        return self._flow_run(run, deployment, None)

    def get(self, run_id: str) -> FlowRun:
        """One run with its progress. Raises NotFoundError, UnavailableError."""
        run = self._ask("GET", f"/flow_runs/{run_id}", missing=f"flow run {run_id}")
        return self._with_progress([run])[0]

    def asked_by(self, request_id: str) -> list[FlowRun]:
        """The runs that a request started, by its id, and the run whose own id it is. Raises UnavailableError."""
        own = {"id": {"any_": [request_id]}} if _UUID.fullmatch(request_id) else {}
        tagged = {"flow_runs": {"operator": "or_", "tags": {"all_": [request_tag(request_id)]}, **own}}
        runs = self._ask("POST", "/flow_runs/filter", {"sort": "EXPECTED_START_TIME_DESC", "limit": 50, **tagged})
        return self._with_progress(runs)

    def latest(self, flow: str) -> FlowRun | None:
        """The run of a flow that was due last; None when it never ran."""
        runs = self._filter(1, {"flows": {"name": {"any_": [flow]}}})
        return self._with_progress(runs)[0] if runs else None

    def deployed(self) -> list[Deployed]:
        """Every deployment, by name. Raises UnavailableError."""
        found = self._ask("POST", "/deployments/filter", {"sort": "NAME_ASC", "limit": 200})
        return [_deployed(row, f"{self._url}/deployments/deployment/{row['id']}") for row in found]

    def notes(self, run_id: str) -> list[FlowNote]:
        """Pages, tables and links that a run left, oldest first. Raises UnavailableError."""
        wanted = {"flow_run_id": {"any_": [run_id]}, "type": {"any_": list(NOTES)}}
        found = self._ask("POST", "/artifacts/filter", {"artifacts": wanted, "limit": 50})
        rows = sorted(found, key=lambda row: row["created"])
        return [FlowNote(row["key"] or "", row["type"], str(row["data"] or "")) for row in rows]

    def cancel(self, run_id: str) -> None:
        """Ask a run to stop. Raises NotFoundError, RefusedError, UnavailableError."""
        body = {"state": {"type": "CANCELLING"}}
        answer = self._ask("POST", f"/flow_runs/{run_id}/set_state", body, missing=f"flow run {run_id}")
        if (answer.get("state") or {}).get("type") not in ("CANCELLING", "CANCELLED"):
            raise _refused(answer, "stopped", "one that has not ended")

    def resume(self, run_id: str, answer: Mapping[str, Any]) -> None:
        """Let a paused run go on. Raises NotFoundError, RefusedError, UnavailableError."""
        self._ask("GET", f"/flow_runs/{run_id}", missing=f"flow run {run_id}")  # resuming an unknown one breaks Prefect
        said = self._ask("POST", f"/flow_runs/{run_id}/resume", {"run_input": dict(answer)})
        if said.get("status") != "ACCEPT":
            raise _refused(said, "resumed", "one that is paused")

    def list(self, limit: int = 20) -> Sequence[FlowRun]:
        """The runs due last, newest first; `limit` 1 to 200."""
        return self._with_progress(self._filter(limit, {}))

    def _filter(self, limit: int, more: Mapping[str, Any]) -> list[dict[str, Any]]:
        due = {"expected_start_time": {"before_": (datetime.now(UTC) + SLACK).isoformat()}}
        body = {"sort": "EXPECTED_START_TIME_DESC", "limit": max(1, min(limit, 200)), "flow_runs": due, **more}
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
            at=_time(run.get("start_time") or run.get("expected_start_time")),
            seconds=run.get("total_run_time") or run.get("estimated_run_time"),
        )

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None, missing: str = "") -> Any:
        answer = self._asked(method, path, body)
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

    def _asked(self, method: str, path: str, body: Mapping[str, Any] | None) -> httpx.Response:
        """The answer; a server that says it is busy (503) has done nothing and is asked again."""
        try:
            for pause in BUSY:
                answer = self._client.request(method, path, json=body)
                if answer.status_code != 503:
                    return answer
                time.sleep(pause)
            return self._client.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise self._unavailable(type(error).__name__) from None

    def _unavailable(self, found: str) -> UnavailableError:
        return UnavailableError(
            f"the orchestrator at {self._url} does not answer ({found})",
            code="orchestrator", found=found, expected="a Prefect server", do="Start it: candor up",
        )  # fmt: skip


def request_tag(request_id: str) -> str:
    """What a run carries of the request that started it."""
    return f"{REQUEST_TAG}{request_id}"


def _deployed(row: Mapping[str, Any], url: str) -> Deployed:
    limit = row.get("global_concurrency_limit") or {}
    cron = [one["schedule"] for one in row.get("schedules") or () if one.get("active") and "cron" in one["schedule"]]
    return Deployed(
        row["name"], row.get("description") or "", [f"{one['cron']} {one.get('timezone') or 'UTC'}" for one in cron],
        row.get("parameter_openapi_schema") or {}, row.get("parameters") or {}, limit.get("limit"), url,
    )  # fmt: skip


def _time(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None


def _refused(answer: Mapping[str, Any], wanted: str, expected: str) -> RefusedError:
    why = str((answer.get("details") or {}).get("reason") or "no reason was given")[:300]
    return RefusedError(
        f"the flow run was not {wanted}: {why}", code="flow_run", field="run_id", found=why, expected=expected,
        do="Look at the run again.",
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
