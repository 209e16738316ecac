"""What becomes of an approved version, as plain functions: it stands in the shadow, decides for a share, then for all.

Only versions that a person approved by `retrain` move by themselves. What staff put beside the champion by hand stays.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from flows import steps
from lending.approval_ports import ApprovalRow
from lending.domain.errors import CandorError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serving.assembly import Platform
    from serving.rollout import Act, Seen
    from training.ports import Role
    from training.release import Ask

WATCH = "rollout"
"""Who takes a version out again when the rules say so."""


def begin(row: ApprovalRow) -> dict[str, Any]:
    """Let an approved version stand in the shadow, or decide at once where nobody decides yet.

    Returns:
        `{act, version, why}`; `act` is `none` when nobody said yes.
    """
    from serving.assembly import platform
    from training.route import route, set_shadow

    data, version = row.content["data"], row.subject
    if row.state != "approved":
        return {"act": "none", "version": version, "why": "Nothing changes: nobody said yes."}
    there = route(platform().registry, data)
    if version in (there["champion"], _version(there["shadow"]), _version(there["challenger"])):
        return {"act": "known", "version": version, "why": f"{version} stands there already."}
    if there["champion"] is None:
        _promote(row)
        return {"act": "promote", "version": version, "why": f"Nobody decided for {data}: {version} does from now on."}
    set_shadow(steps.office(), _ask(row))
    return {"act": "shadow", "version": version, "why": f"{version} scores in the shadow of {there['champion']}."}


def advance(data: str) -> dict[str, Any]:
    """Take the next step of the version that stands beside a champion, if the rules of kb/release.yaml say so.

    Returns:
        `{data, act, version, why}`; `act` is wait, split, promote, stop or none.
    """
    from serving.approvals import rules_on
    from serving.assembly import platform
    from serving.rollout import next_step
    from training.route import route

    place = platform()
    there = route(place.registry, data)
    role: Role = "challenger" if there["challenger"] else "shadow"
    version = _version(there[role])
    row = _approved(place, version) if version else None
    if row is None:
        why = "No version that was approved by a retraining stands beside the champion."
        return {"data": data, "act": "none", "version": version, "why": why}
    rules = rules_on(place.settings.kb, place.clock.now().date())
    step = next_step(_seen(place, there, role), rules)
    _act(row, role, step.act, step.why, rules)
    return {"data": data, "act": step.act, "version": version, "why": f"{step.why}."}


def sweep() -> dict[str, int]:
    """End approvals that nobody answered, and let runs go on whose answer did not reach the orchestrator."""
    from serving.assembly import platform

    place = platform()
    return {"ended": place.approvals.expire(), "resumed": sum(_resume(row) for row in place.approvals.closed())}


def answer_of(row: ApprovalRow) -> dict[str, Any]:
    """What the paused run is told, as its `ApprovalInput`."""
    return {"approve": row.state == "approved", "approver": row.decided_by or "", "reason": row.reason or "no answer"}


def _resume(row: ApprovalRow) -> bool:
    from flows.watch import orchestrator

    runs = orchestrator()
    try:
        if not row.flow_run_id or runs.get(row.flow_run_id).state != "paused":
            return False
        runs.resume(row.flow_run_id, answer_of(row))
    except CandorError:
        return False
    return True


def _act(row: ApprovalRow, role: Role, act: Act, why: str, rules: Mapping[str, Any]) -> None:
    from training.route import clear, set_challenger

    office, data = steps.office(), row.content["data"]
    if act == "split":
        clear(office, data, "shadow", WATCH, why)
        set_challenger(office, _ask(row), str(rules["challenger_share"]))
    elif act == "promote":
        _promote(row)
    elif act == "stop":
        clear(office, data, role, WATCH, why)


def _promote(row: ApprovalRow) -> None:
    from training.release import promote

    promote(steps.office(), _ask(row))


def _ask(row: ApprovalRow) -> Ask:
    from training.release import Ask

    return Ask(row.content["data"], row.subject, row.decided_by or "", row.reason, row.asked_by)


def _approved(place: Platform, version: str) -> ApprovalRow | None:
    rows = place.records.approvals.list(("approved",), 200)
    return next((row for row in rows if row.kind == "model.release" and row.subject == version), None)


def _seen(place: Platform, there: Mapping[str, Any], role: str) -> Seen:
    from serving.rollout import Seen

    one = there[role]
    since = datetime.fromisoformat(one["at"])
    days = (place.clock.now() - since).days
    if role == "shadow":
        scored = place.records.beside.shadow(one["version"], since)
        return Seen("shadow", days, scored.decisions, scored.turned)
    found = place.records.beside.split(there["split"], one["version"])
    return Seen("split", days, found.decisions, 0, found.approved, found.others, found.others_approved)


def _version(beside: Mapping[str, Any] | None) -> str:
    return beside["version"] if beside else ""
