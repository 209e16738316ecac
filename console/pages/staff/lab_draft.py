"""One draft of the policy: what it changes, what it would have done, and its way to publication."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from dash import html
from dash.development.base_component import Component
from flask import redirect, request
from werkzeug.wrappers import Response

from console.components import lab as parts
from console.components.lab_forms import NO_PRODUCT, answer_forms, propose_form, run_form, take_back_form, withdraw_form
from console.components.lab_result import result
from console.components.panel import empty
from console.components.staff import head, rows_table
from console.queries_lab import Replaying
from console.routes import route
from console.visit import Visit
from lending.domain.days import day_from
from lending.domain.errors import InputError
from lending.domain.money import plain
from lending.domain.roles import STAFF, Permission, may
from lending.draft_ports import DraftRow
from serving.lab_drafts import Move

PATH = "/staff/lab/<draft_id>"
NAME = "Draft of the policy"
PERMISSION = Permission.POLICY_READ
ROLES = STAFF
CALLBACKS = ()
_OVERTAKEN = "The policy in force changed since. Replay the draft once more, or withdraw it and write it anew."


def layout(visit: Visit, draft_id: str) -> Component:
    """The page of one draft. Raises NotFoundError."""
    row = visit.ask.lab.draft(draft_id)
    back = html.A("All drafts", href="/staff/lab", className="btn btn-secondary")
    decides = row.published_on(visit.ask.lab.today)
    said = html.P([parts.state_mark(row, decides=decides), f" {_way(visit, row, decides)}"])
    stale = [html.P(_OVERTAKEN, className="state state-problem", role="status")] if visit.ask.lab.overtaken(row) else []
    return html.Div(
        [head(row.title, f"Written by {row.author}; changes the policy {row.base_version}.", back), said, *stale,
         _card("What it changes", _changes(visit, row)), *_replay(visit, row), *_acts(visit, row, decides),
         _card("History", _story(visit, row))],
        className="lab-page",
    )  # fmt: skip


def blank() -> Component:
    """Nothing here is wired to a callback."""
    return html.Div()


@route("/staff/lab/<draft_id>/run", permission=Permission.POLICY_DRAFT, methods=("POST",))
def run(visit: Visit, draft_id: str) -> Response:
    """Replay a sample at once, or begin a replay of everything."""
    form = request.form
    quick = form.get("size", "quick") != "all"
    product = form.get("product", NO_PRODUCT)
    visit.ask.lab.run(draft_id, form.get("data", ""), "" if product == NO_PRODUCT else product, quick=quick)
    return redirect(f"/staff/lab/{draft_id}#result", 303)


@route("/staff/lab/<draft_id>/propose", permission=Permission.POLICY_DRAFT, methods=("POST",))
def propose(visit: Visit, draft_id: str) -> Response:
    """Ask for approval from a day on."""
    visit.ask.lab.desk.propose(draft_id, _day(request.form.get("effective_on", "")), _move(visit))
    return redirect(f"/staff/lab/{draft_id}", 303)


@route("/staff/lab/<draft_id>/withdraw", permission=Permission.POLICY_DRAFT, methods=("POST",))
def withdraw(visit: Visit, draft_id: str) -> Response:
    """Take it away before it decides."""
    visit.ask.lab.desk.withdraw(draft_id, _move(visit))
    return redirect(f"/staff/lab/{draft_id}", 303)


@route("/staff/lab/<draft_id>/take-back", permission=Permission.POLICY_DRAFT, methods=("POST",))
def take_back(visit: Visit, draft_id: str) -> Response:
    """Write the draft that undoes this one, and open it."""
    row = visit.ask.lab.desk.take_back(draft_id, visit.account.username)
    return redirect(f"/staff/lab/{row.draft_id}", 303)


@route("/staff/lab/<draft_id>/answer", permission=Permission.POLICY_PUBLISH, methods=("POST",))
def answer(visit: Visit, draft_id: str) -> Response:
    """Approve or refuse what somebody else proposed."""
    said, desk = request.form.get("answer", ""), visit.ask.lab.desk
    if said not in ("yes", "no"):
        raise InputError("the answer is neither yes nor no", code="answer", field="answer", found=said[:20],
                         expected="yes or no", do="Use the page's buttons.")  # fmt: skip
    (desk.approve if said == "yes" else desk.refuse)(draft_id, _move(visit))
    return redirect(f"/staff/lab/{draft_id}", 303)


ROUTES = (run, propose, withdraw, take_back, answer)


def _move(visit: Visit) -> Move:
    text = request.form.get("version", "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InputError("the form names no version", code="version", field="version", found=text[:20],
                         expected="a whole number", do="Load the page again.")  # fmt: skip
    return Move(visit.account.username, int(text), request.form.get("reason", ""))


def _day(text: str) -> date:
    try:
        return day_from(text)
    except ValueError:
        raise InputError(f"{text[:20]!r} is no day", code="lab_day", field="effective_on", found=text[:20],
                         expected="a day such as 2026-12-01", do="Choose a day.") from None  # fmt: skip


def _way(visit: Visit, row: DraftRow, decides: bool) -> str:
    """Its state in a sentence."""
    day = visit.formats.day(row.effective_on) if row.effective_on else ""
    if decides:
        return f"It has decided since {day}; {row.decided_by} approved it."
    said = {
        "draft": "Nothing is published yet.",
        "proposed": f"It would decide from {day} on. Somebody else than {row.author} must answer.",
        "approved": f"It decides from {day} on; {row.decided_by} approved it.",
        "refused": f"{row.decided_by} refused it.",
        "withdrawn": "It was withdrawn before it decided anything.",
    }
    return said[row.state]


def _changes(visit: Visit, row: DraftRow) -> Component:
    products, known = visit.ask.lab.products(), {leaf.path: leaf for leaf in visit.ask.lab.leaves()}
    rows: list[list[Any]] = []
    for path, value in row.values.items():
        leaf = known.get(path)
        unit, does = (leaf.unit, f"{leaf.description} {leaf.does}") if leaf else ("", "")
        before, after = (visit.formats.quantity(plain(one), unit) for one in (row.before[path], value))
        said = html.Span(does, className="words")
        rows.append([parts.path_words(path, products), before, html.B(after), html.Code(path), said])
    table = rows_table("Changed figures", ["Figure", "Before", "Draft", "Path", "What it does"], rows)
    if not row.undoes:
        return table
    link = html.A("an earlier draft", href=f"/staff/lab/{row.undoes}")
    return html.Div([html.P(["It takes back ", link, "."]), table])


def _replay(visit: Visit, row: DraftRow) -> list[Component]:
    """The form that begins a replay, how far one is, and what the last one found."""
    mine = row.state == "draft" and may(visit.account.role, Permission.POLICY_DRAFT)
    form = [_card("Replay", run_form(row, visit.ask.platform.lab.sources(), visit.ask.lab.products()))] if mine else []
    under_way = visit.ask.lab.replaying(row)
    if under_way and under_way.state != "done":
        form.append(_under_way(row, under_way))
    if row.result.get("failed"):
        return [*form, _failed(row.result["failed"])]
    if "figures" not in row.result:
        text = "Approvals, losses, yield, groups and who moves appear here after a replay."
        return [*form, html.Section(empty("It was not replayed yet", text), className="card", id="result")]
    return [*form, *result(row.result, visit.ask.lab.products(), visit.formats)]


def _under_way(row: DraftRow, run: Replaying) -> Component:
    again = html.A("Look again", href=f"/staff/lab/{row.draft_id}", className="btn btn-secondary")
    words = {
        "running": run.message or "The replay waits for its turn.",
        "failed": f"The replay failed. {run.message}",
        "unseen": "The orchestrator does not answer, so nobody can say how far the replay is.",
    }[run.state]
    flows = html.A("Flows", href="/staff/flows")
    shown = parts.progress_bar(run.percent if run.state == "running" else None, words)
    return _card("Replay of everything", html.Div([shown, html.P([again, " or see ", flows, "."])]))


def _failed(error: Mapping[str, str]) -> Component:
    text = f"{error.get('found', '')}. {error.get('do', '')}"
    return html.Section(
        [html.P("The replay failed", className="state-title"), html.P(text)],
        className="state state-failed", role="alert", id="result",
    )  # fmt: skip


def _acts(visit: Visit, row: DraftRow, decides: bool) -> list[Component]:
    """What this person may do now."""
    role, name = visit.account.role, visit.account.username
    drafts, publishes, mine = (
        may(role, Permission.POLICY_DRAFT),
        may(role, Permission.POLICY_PUBLISH),
        name == row.author,
    )
    found: list[Component] = []
    if row.state == "draft" and mine and "figures" in row.result:
        found.append(_card("Propose", propose_form(row, visit.ask.lab.today)))
    if row.state == "proposed" and publishes and not mine:
        found.append(_card("Answer", answer_forms(row)))
    if drafts and decides:
        found.append(_card("Take back", take_back_form(row)))
    if mine and row.state in ("draft", "proposed", "approved") and not decides:
        found.append(_card("Withdraw", withdraw_form(row)))
    return found


def _story(visit: Visit, row: DraftRow) -> Component:
    rows = [[visit.formats.day(one.at.date()), one.actor, one.act, one.reason or "–"] for one in row.story]
    return rows_table("Who did what", ["Day", "Who", "What", "Why"], rows)


def _card(title: str, content: Component) -> Component:
    return html.Section([html.H2(title), content], className="card")
