"""The models of the portfolio as staff see them, and what staff may start; without opening the registry."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Literal

from lending.alarm_ports import MeasurementRow, Measurements
from lending.approval_ports import ApprovalRow
from lending.domain.errors import CandorError, InputError, NotFoundError, RefusedError
from lending.domain.policy_checks import parameters_of
from lending.ports import Clock
from lending.settings import ROOT
from lending.yaml_text import read_tree
from serving.approvals import ApprovalDesk
from serving.ports import Champion, FlowRun, FlowRuns
from serving.routing import Standing
from training.servable.routing import Beside

FLOW = "route-model"
KIND = "model.challenger"
_POLICY = ROOT / "training" / "release.yaml"
_SHARE_MAX = "challenger_share_max"
_BESIDE = ("version", "approver", "requested_by", "reason", "at", "share")
_VERSION = ("version", "family", "registered_at", "metrics", "gates_failed", "trained_by", "requested_by", "approver",
            "reason", "approved_at", "override", "rolled_back")  # fmt: skip
Act = Literal["shadow", "end-split", "end-shadow", "rollback"]
"""What one person may start."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Everything about the models of the portfolio, as of the last change.

    Attributes:
        standing: who decides now; empty where that cannot be said.
        trouble: why it cannot be said; "" when all is well.
        rows: versions as `training.ports.Registry.list`, newest first; empty until the registry wrote them down.
        at: when it did, ISO; "" for never.
        compared: the newest comparison on live decisions; None for none.
    """

    data: str
    standing: Standing
    trouble: str
    rows: Sequence[Mapping[str, Any]]
    at: str
    compared: MeasurementRow | None

    @property
    def is_broken(self) -> bool:
        """Whether a challenger should decide and cannot be used."""
        routing = self.standing.routing
        return bool(routing and routing.challenger and self.standing.challenger is None)

    def part_of(self, version: str) -> str:
        """What a version does, from what serving reads: the registry's own names may be older, or mean trained last."""
        routing, champion = self.standing.routing, self.standing.champion
        if champion and champion.version == version:
            return "champion"
        beside = {"challenger": routing.challenger, "shadow": routing.shadow} if routing else {}
        return next((part for part, one in beside.items() if one and one.version == version), "")

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, as the API answers."""
        routing, champion, compared = self.standing.routing, self.standing.champion, self.compared
        beside = {role: getattr(routing, role, None) for role in ("challenger", "shadow")}
        return {
            "data": self.data, "champion": champion.version if champion else None,
            **{role: None if one is None else _told(one, _BESIDE) for role, one in beside.items()},
            "split": (routing.split if routing else "") or None, "broken": self.is_broken,
            "versions": [{name: row.get(name) for name in _VERSION} for row in self.rows],
            "compared": compared.content if compared else None,
            "compared_at": compared.at.isoformat() if compared else None,
        }  # fmt: skip

    def row(self, version: str) -> Mapping[str, Any] | None:
        """One version; None when it is not written down."""
        return next((row for row in self.rows if row["version"] == version), None)

    def free(self) -> list[str]:
        """Versions that neither decide nor stand beside, newest first."""
        routing, champion = self.standing.routing, self.standing.champion
        taken = {champion.version if champion else ""}
        taken |= {one.version for one in (routing.challenger, routing.shadow) if one} if routing else set()
        return [str(row["version"]) for row in self.rows if row["version"] not in taken]


@dataclass(frozen=True, slots=True)
class ModelDesk:
    """Reads what the registry left for readers; what changes something is a flow, or waits for a second person."""

    folder: Path
    data: str
    champion: Champion
    measurements: Measurements
    approvals: ApprovalDesk
    flow_runs: FlowRuns
    clock: Clock

    def shelf(self) -> Shelf:
        """Versions, who decides, and the newest comparison. Raises UnavailableError: the database is gone."""
        try:
            standing, trouble = self.champion.standing(), ""
        except CandorError as error:
            standing, trouble = Standing(None), str(error)
        body = _read(self.folder / "versions.json")
        compared = self.measurements.latest("models", "live")
        return Shelf(self.data, standing, trouble, body.get("models", ()), str(body.get("at", "")), compared)

    def share_max(self) -> Decimal:
        """Largest share of the applicants for whom a challenger may decide today."""
        tree = read_tree(_POLICY.name, _POLICY.read_text(encoding="utf-8"))
        return parameters_of({_SHARE_MAX: tree[_SHARE_MAX]}, _POLICY.name)[_SHARE_MAX].at(self.clock.now().date()).value

    def ask_challenger(self, version: str, share: str, reason: str, asked_by: str) -> ApprovalRow:
        """Ask a second person to let a version decide for a share of the applicants.

        Raises:
            InputError: share or reason is missing or out of bounds.
            NotFoundError: no such version.
            RefusedError: it decides already, or nobody does.
        """
        shelf, share = self.shelf(), self._bounded(share)
        row, champion = self._known(shelf, version), shelf.standing.champion
        if champion is None or (version not in shelf.free() and not _is_shadow(shelf, version)):
            found = "no champion" if champion is None else "it decides already"
            raise RefusedError(
                f"{version} cannot be challenger: {found}", code="model_taken", field="version", found=found,
                expected="a version that does not decide", do="Choose another version.",
            )  # fmt: skip
        why = f"{_said(reason)} It would decide for {share} of the applicants."
        content = {
            "data": self.data, "version": version, "champion": champion.version, "why": why, "share": share,
            "trained_by": row["trained_by"] or "", "run_id": row["run_id"], "gates": [], "metrics": row["metrics"],
        }  # fmt: skip
        return self.approvals.ask(KIND, version, asked_by, content, None)

    def start(self, act: Act, by: str, reason: str, version: str = "") -> FlowRun:
        """Start what one person may do alone.

        Raises:
            InputError: no reason; NotFoundError: no such version.
            UnavailableError: the orchestrator does not answer; then nothing was started.
        """
        if act == "shadow":
            self._known(self.shelf(), version)
        return self._start(act=act, version=version, approver=by, reason=_said(reason))

    def answered(self, row: ApprovalRow) -> FlowRun | None:
        """Carry out a challenger that was approved; None for whatever else was answered. Raises UnavailableError."""
        if row.kind != KIND or row.state != "approved":
            return None
        return self._start(
            act="challenger", version=row.subject, share=str(row.content["share"]), approver=row.decided_by or "",
            requested_by=row.asked_by, reason=row.reason,
        )  # fmt: skip

    def _start(self, **request: str) -> FlowRun:
        return self.flow_runs.start(FLOW, {"request": {"data": self.data, **request}})

    def _known(self, shelf: Shelf, version: str) -> Mapping[str, Any]:
        row = shelf.row(version)
        if row is None:
            raise NotFoundError(
                f"there is no version {version[:60]!r}", code="version_unknown", field="version", found=version[:60],
                expected="a version of the list", do="Choose one of the list.",
            )  # fmt: skip
        return row

    def _bounded(self, text: str) -> str:
        most = self.share_max()
        try:
            share = Decimal(text.strip()) / 100
        except InvalidOperation:
            share = Decimal("NaN")
        if share.is_finite() and 0 < share <= most:
            return f"{share.normalize():f}"
        raise InputError(
            f"the share is {text[:20]!r} percent", field="share", found=text[:20],
            expected=f"a number above 0, at most {most * 100:f}", do="Enter a share in percent, such as 10.",
        )  # fmt: skip


def _told(one: Beside, names: Sequence[str]) -> dict[str, str]:
    return {name: getattr(one, name) for name in names}


def _is_shadow(shelf: Shelf, version: str) -> bool:
    routing = shelf.standing.routing
    return bool(routing and routing.shadow and routing.shadow.version == version)


def _said(reason: str) -> str:
    said = reason.strip()
    if 0 < len(said) <= 400:
        return said
    raise InputError(
        "it needs its reason", field="reason", found=f"{len(said)} characters", expected="1 to 400 characters",
        do="Say why in a sentence.",
    )  # fmt: skip


def _read(path: Path) -> Mapping[str, Any]:
    """The registry's own copy for readers; empty where there is none yet, or a hand spoiled it."""
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        return body if isinstance(body, dict) and isinstance(body.get("models"), list) else {}
    except (OSError, ValueError):
        return {}
