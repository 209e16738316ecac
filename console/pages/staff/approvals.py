"""What waits for a person's yes: cause, figures, gates, the champion beside it; and the answer with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component
from flask import redirect, request
from werkzeug.wrappers import Response as AnyResponse

from console.components.panel import empty
from console.components.staff import Choice, Tile, Tone, field, head, mark, rows_table, tiles, with_query
from console.queries_approvals import Waiting
from console.routes import route
from console.visit import Visit
from lending.approval_ports import ApprovalRow
from lending.domain.errors import InputError
from lending.domain.roles import STAFF, Permission

PATH = "/staff/approvals"
NAME = "Approvals"
PERMISSION = Permission.MODEL_READ
ROLES = STAFF
CALLBACKS = ()
_KINDS: Mapping[str, str] = {"model.release": "New model", "model.challenger": "Challenger"}
_TONES: Mapping[str, Tone] = {"approved": "good", "refused": "no", "expired": "plain"}
_FIGURES: Mapping[str, str] = {
    "auc": "Ranking power (AUC)", "ks": "Largest gap (KS)", "brier": "Error of the probability (Brier)",
    "ece": "Calibration error (ECE)", "log_loss": "Log loss", "auc_change": "Ranking power against the champion",
    "log_loss_change": "Log loss against the champion",
}  # fmt: skip
_DONE: Mapping[str, str] = {
    "kept": "The answer is kept and the run goes on.",
    "later": "The answer is kept. The orchestrator did not answer; the run goes on when it is back.",
    "by_hand": "The answer is kept. The orchestrator did not answer, so start it by hand: candor models challenger",
}


def layout(visit: Visit) -> Component:
    """What waits, then what was answered."""
    waiting = visit.ask.approvals.waiting(visit.account)
    done = _DONE.get(visit.query.get("done", ""))
    said = [html.P([mark("done", "good"), " ", done], role="status")] if done else []
    text = "A second person says yes or no. Nobody approves what they asked for or trained."
    cards = [_card(visit, one) for one in waiting] or [_nothing()]
    return html.Div([head("Approvals", text), *said, *cards, _closed(visit)], className="approvals-page")


def blank() -> Component:
    """Nothing here is wired to a callback."""
    return html.Div()


def _nothing() -> Component:
    text = "A retraining asks here once its gates passed. Start one on the page Flows, or wait for an alarm of drift."
    return empty("Nothing waits for a yes", text)


def _card(visit: Visit, one: Waiting) -> Component:
    row, shown = one.row, one.row.content
    day = visit.formats.day
    asked = f"Asked by {row.asked_by} on {day(row.opened_at.date())}; ends by itself on {day(one.ends_at.date())}."
    trained = f" Trained by {shown['trained_by']}." if shown.get("trained_by") else ""
    why = [html.P([html.B("Why: "), str(shown["why"])])] if shown.get("why") else []
    parts: list[Component] = [
        html.H2(f"{_KINDS.get(row.kind, row.kind)}: {row.subject}"), *why, html.P(asked + trained, className="note"),
        *_figures(visit, shown), *_beside(visit, shown), *_gates(shown), *_links(visit, row), _answer(one),
    ]  # fmt: skip
    return html.Section(parts, className="card approval", id=row.approval_id)


def _figures(visit: Visit, shown: Mapping[str, Any]) -> list[Component]:
    """The main figures with what they rest on."""
    metrics: Mapping[str, Any] = shown.get("metrics") or {}
    level = f"{_level(visit)}, on loans it never saw"
    made = [
        Tile(_FIGURES[name], f"{one['value']:.3f}", f"{one['low']:.3f} to {one['high']:.3f}: {level}")
        for name in ("auc", "ks", "brier", "ece") if (one := metrics.get(name))
    ]  # fmt: skip
    return [tiles(made)] if made else []


def _level(visit: Visit) -> str:
    return f"{visit.formats.share('0.95')} interval"


def _beside(visit: Visit, shown: Mapping[str, Any]) -> list[Component]:
    """The champion on the same loans, in one sentence and two figures."""
    beside = shown.get("beside") or {}
    if not beside:
        there = f"{shown['champion']} decides now." if shown.get("champion") else "No model decides yet."
        return [html.P(f"{there} No comparison was made.")] if "champion" in shown else []
    change = beside["auc_change"]
    words, tone = _verdict(change)
    line = f"{beside['champion']} decides now. On the same {beside['loans']:,} loans ({beside['bads']:,} bad):"
    rows = [
        [_FIGURES[name], f"{beside[name]['value']:+.4f}", f"{beside[name]['low']:+.4f} to {beside[name]['high']:+.4f}"]
        for name in ("auc_change", "log_loss_change")
    ]
    return [html.H3("Beside the champion"), html.P([line, " ", mark(words, tone)]),
            rows_table("Change against the champion", ("Figure", "Change", _level(visit)), rows)]  # fmt: skip


def _verdict(change: Mapping[str, float]) -> tuple[str, Tone]:
    if change["low"] > 0:
        return "ranks better", "good"
    return ("ranks worse", "no") if change["high"] < 0 else ("cannot tell which ranks better", "plain")


def _gates(shown: Mapping[str, Any]) -> list[Component]:
    gates: Sequence[Mapping[str, Any]] = shown.get("gates") or ()
    if not gates:
        return []
    passed = sum(bool(gate["passed"]) for gate in gates)
    rows = [
        [gate["name"], mark("passed", "good") if gate["passed"] else mark("failed", "no"), _short(gate["found"]),
         _short(gate["limit"]), str(gate["detail"])]
        for gate in gates
    ]  # fmt: skip
    table = rows_table("Gates", ("Gate", "Result", "Found", "Limit", "What it looks at"), rows)
    return [html.Details([html.Summary(f"{passed} of {len(gates)} gates passed"), table])]


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _links(visit: Visit, row: ApprovalRow) -> list[Component]:
    """Where more is told; the tools' own pages stay on this machine."""
    settings = visit.ask.platform.settings
    links = [("The versions beside each other", "/staff/models")]
    if row.content.get("run_id") and settings.mlflow_pages:
        links.append(("The training in MLflow", f"{settings.mlflow_pages}/#/runs/{row.content['run_id']}"))
    if row.flow_run_id:
        links.append(("The run that waits", with_query("/staff/flows", {}, run=row.flow_run_id)))
    return [html.Ul([html.Li(html.A(words, href=url, rel="noreferrer")) for words, url in links])]


def _answer(one: Waiting) -> Component:
    """The form of the answer, or why this person has none."""
    if one.why_not:
        return html.P([mark("not yours to answer", "plain"), f" {one.why_not}."])
    place = one.row.approval_id
    reason = field(Choice("reason", "Why", kind="textarea"), required=True, within=place)
    yes, no = (
        html.Button(words, type="submit", name="answer", value=value, className=f"btn btn-{tone}")
        for words, value, tone in (("Approve", "yes", "primary"), ("Refuse", "no", "secondary"))
    )
    buttons = html.Div([yes, no], className="buttons")
    return html.Form([reason, buttons], action=f"{PATH}/{place}/answer", method="POST", className="act")


def _closed(visit: Visit) -> Component:
    rows = [
        [_KINDS.get(row.kind, row.kind), row.subject, mark(row.state, _TONES[row.state]), row.decided_by or "",
         visit.formats.day((row.closed_at or row.opened_at).date()), row.reason, row.asked_by]
        for row in visit.ask.approvals.closed()
    ]  # fmt: skip
    names = ("Kind", "What", "Answer", "By", "On", "Why", "Asked by")
    shown = rows_table("Answered before", names, rows) if rows else html.P("Nobody has answered anything yet.")
    return html.Section([html.H2("Answered before"), shown], className="card")


@route(f"{PATH}/<approval_id>/answer", permission=Permission.MODEL_COUNTERSIGN, methods=("POST",))
def answer(visit: Visit, approval_id: str) -> AnyResponse:
    """A yes or a no, with its reason."""
    said = request.form.get("answer", "")
    if said not in ("yes", "no"):
        raise InputError("say yes or no", field="answer", found=said[:20], expected="yes or no", do="Press a button.")
    reason = request.form.get("reason", "")
    done = visit.ask.approvals.decide(approval_id, visit.account, approved=said == "yes", reason=reason)
    return redirect(with_query(PATH, {}, done=done), 303)


ROUTES = (answer,)
