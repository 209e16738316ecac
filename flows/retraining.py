"""What the flow `retrain` does, as plain functions: compare, ask for a yes, take an answer, say what came of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flows import steps
from flows.watch import addresses_file
from lending.approval_ports import WAITING, ApprovalRow
from lending.domain.errors import CandorError, RefusedError

KIND = "model.release"


def waiting_for(data: str) -> ApprovalRow | None:
    """The release of a portfolio that waits for a yes already."""
    from serving.assembly import platform

    rows = platform().approvals.waiting()
    return next((row for row in rows if row.kind == KIND and row.content.get("data") == data), None)


def asked_in(run_id: str) -> ApprovalRow | None:
    """What a flow run asked before it was suspended; None while it has asked nothing."""
    from serving.assembly import platform

    return platform().records.approvals.of_run(run_id)


def compare(data: str, version: str) -> dict[str, Any]:
    """The new version beside the champion on the newest loans; empty while nobody decides.

    Raises:
        RefusedError: it ranks clearly worse, by more than kb/release.yaml allows.
    """
    from serving.approvals import rules_on
    from serving.assembly import platform
    from training.against import against

    place = platform()
    champion = place.registry.champion(data)
    if champion is None:
        return {}
    day = place.clock.now().date()
    new, present = (place.registry.package(data, one) for one in (version, champion))
    found = against(new, present, steps.load_data(data), day)
    stop_when_worse(version, found, float(rules_on(place.settings.kb, day)["auc_loss_max"]))
    return found


def stop_when_worse(version: str, found: Mapping[str, Any], most: float) -> None:
    """Raise RefusedError when even the better end of the change of ranking power lies below `-most`."""
    change = found["auc_change"]
    if change["high"] >= -most:
        return
    raise RefusedError(
        f"{version} ranks worse than {found['champion']} on the same {found['loans']} loans: AUC {change['value']:+.3f}"
        f" ({change['low']:+.3f} to {change['high']:+.3f})", code="model_gate", field="gates", found="against champion",
        expected=f"a loss of at most {most:g}", do="Nothing was asked of anybody. Read the run's summary.",
    )  # fmt: skip


def ask(result: Mapping[str, Any], beside: Mapping[str, Any], why: str, asked_by: str, run_id: str) -> ApprovalRow:
    """Open the approval of a registered version with everything that whoever decides is shown."""
    from serving.approvals import Release
    from serving.assembly import platform

    place, data, version = platform(), result["data"], result["model_version"]
    content = Release(
        data, version, place.registry.champion(data) or "", why, place.registry.trained_by(data, version),
        result["run_id"], result["gates"], result["metrics"], beside,
    )  # fmt: skip
    return place.approvals.ask(KIND, version, asked_by, content.as_dict(), run_id)


def state_of(approval_id: str) -> ApprovalRow:
    """The approval as it stands now."""
    from serving.assembly import platform

    return platform().records.approvals.get(approval_id)


def take_answer(approval_id: str, approver: str, reason: str, *, approve: bool) -> str:
    """Write down what was typed into the page of the run; answers why it does not count, "" when it does."""
    from serving.approvals import words_of
    from serving.assembly import platform

    row = state_of(approval_id)
    if row.state != WAITING:
        return ""
    try:
        platform().approvals.decide_by_name(approval_id, approver, approved=approve, reason=reason)
    except CandorError as error:
        return words_of(error)
    return ""


def seconds_left(row: ApprovalRow) -> int:
    """Until it ends unanswered."""
    from serving.assembly import platform

    place = platform()
    return max(0, int((place.approvals.ends_at(row) - place.clock.now()).total_seconds()))


def console_address(var: Path) -> str:
    """Where the console of this machine answers; "" when it does not run."""
    try:
        return str(json.loads(addresses_file(var).read_text(encoding="utf-8"))["console"])
    except (OSError, ValueError, KeyError):
        return ""


def links_of(row: ApprovalRow) -> dict[str, str]:
    """Addresses of the approval and of the training, by what they are; none where nothing runs."""
    from serving.assembly import platform

    settings = platform().settings
    console = console_address(settings.var)
    pages = {"approval": f"{console}/staff/approvals#{row.approval_id}"} if console else {}
    run = f"{settings.mlflow_pages}/#/runs/{row.content['run_id']}"
    return pages | ({"training": run} if settings.mlflow_pages else {})
