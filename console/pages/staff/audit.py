"""The record: who did what, whether its chains hold, and any decision worked out again."""

from __future__ import annotations

from collections.abc import Mapping

from dash import html
from dash.development.base_component import Component
from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from console.components.aria import aria
from console.components.panel import empty
from console.components.staff import (
    Cell,
    Choice,
    Tile,
    Tone,
    act_form,
    field,
    filters,
    head,
    mark,
    rows_table,
    tiles,
    with_query,
)
from console.queries_audit import Replayed
from console.routes import route
from console.visit import Visit
from lending.audit_ports import AuditEvent, Chain
from lending.domain.roles import STAFF, Permission, may
from serving.audit_book import Asked, AuditPage, ChainState

PATH = "/staff/audit"
NAME = "Audit"
PERMISSION = Permission.AUDIT_READ
ROLES = STAFF
CALLBACKS = ()
_FILTERS = ("actor", "act", "subject", "from", "to")
_CHAINS: Mapping[Chain, str] = {"audit": "Who did what", "decisions": "Decisions"}
_REPLAYED: Mapping[str, tuple[str, Tone]] = {
    "equal": ("Equal: today's code, given what stood there then, decides the same to the byte.", "good"),
    "different": ("Different: working it out again gives something else.", "no"),
    "tampered": ("Changed: the record does not have its hash any more.", "no"),
    "erased": ("Erased: the customer's key was deleted, nobody can read it.", "plain"),
    "model_missing": ("Cannot tell: the model that decided is no longer exported here.", "look"),
    "unknown": ("Unknown: no such decision was recorded.", "look"),
}


def layout(visit: Visit) -> Component:
    """Chains, replay, filters, and the acts of a page."""
    asked = visit.ask.audit.asked(visit.query)
    kept = {name: visit.query.get(name, "") for name in _FILTERS}
    file = html.A("All of these as CSV", href=with_query(f"{PATH}/acts.csv", kept), className="btn btn-secondary")
    return html.Div(
        [
            head("Audit", "Who did what, when, and to what. Nothing here can be changed or taken out unseen.", file),
            _chains(visit),
            _replay(visit),
            html.Section(
                [html.H2("Acts"), *_wrong(asked), filters(PATH, _choices(), kept), *_acts(visit, asked, kept)],
                className="trail",
            ),
        ],
        className="audit-page",
    )  # fmt: skip


def blank() -> Component:
    """Nothing here is wired to a callback."""
    return html.Div()


def _chains(visit: Visit) -> Component:
    states = visit.ask.audit.chains()
    at = states[0].at
    when = f"Last checked {visit.formats.day(at.date())}, {at:%H:%M} UTC." if at else "Nobody has checked them yet."
    words = f"{when} Each entry carries the hash of the one before. A check walks only what is new."
    form = act_form(f"{PATH}/check", [], "Check what is new", tone="secondary")
    parts = [html.H2("Chains of hashes"), tiles([_tile(one) for one in states]), html.P(words, className="note"), form]
    return html.Section(parts, className="card")


def _tile(state: ChainState) -> Tile:
    name = _CHAINS[state.chain]
    if state.at is None:
        return Tile(name, "Not checked", "press the button, or wait for the night's run", "look")
    if state.broken:
        return Tile(name, "Broken", f"after entry {state.entries}: {state.broken}", "no")
    return Tile(name, "Whole", f"{state.entries:,} entries", "good")


def _replay(visit: Visit) -> Component:
    there = visit.query.get("replayed", "")
    shown = [_replayed(visit.ask.audit.replayed(there))] if there else []
    box = field(Choice("decision_id", "Decision"), there, required=True, within="replay")
    parts: list[Component] = [html.H2("Work a decision out again"), *shown]
    if may(visit.account.role, Permission.DECISION_REPLAY):
        parts.append(act_form(f"{PATH}/replay", [box], "Replay"))
    return html.Section(parts, className="card", id="replay")


def _replayed(found: Replayed) -> Component:
    words, tone = _REPLAYED[found.status]
    detail = [html.P(f"Found: {found.detail}.")] if found.detail else []
    line = html.P([mark(found.status.replace("_", " "), tone), " ", words])
    return html.Div([html.P(html.Code(found.decision_id)), line, *detail], role="status")


def _choices() -> list[Choice]:
    return [
        Choice("actor", "Who", kind="search"), Choice("act", "Act, or how it begins", kind="search"),
        Choice("subject", "To what", kind="search"), Choice("from", "From", kind="date"),
        Choice("to", "To", kind="date"),
    ]  # fmt: skip


def _wrong(asked: Asked) -> list[Component]:
    return [html.P([mark("left out", "look"), " ", f"{text}."]) for text in asked.wrong]


def _acts(visit: Visit, asked: Asked, kept: Mapping[str, str]) -> list[Component]:
    page = visit.ask.audit.page(asked)
    if not page.events:
        text = "Acts appear here as soon as somebody signs in, decides or approves. Clear the filter to see all."
        return [empty("No act fits", text)]
    rows = [_row(visit, event, kept) for event in page.events]
    return [rows_table("Acts, newest first", ("No.", "When (UTC)", "Who", "Act", "To what", "More"), rows),
            _pager(page, kept)]  # fmt: skip


def _row(visit: Visit, event: AuditEvent, kept: Mapping[str, str]) -> list[Cell]:
    def only(name: str, value: str) -> Component:
        return html.A(value, href=with_query(PATH, kept, **{name: value}))

    when = html.Time(f"{visit.formats.day(event.at.date())} {event.at:%H:%M:%S}", dateTime=event.at.isoformat())
    more = html.Dl([html.Div([html.Dt(name), html.Dd(value)]) for name, value in event.detail.items() if value])
    who, what, to = only("actor", event.actor), only("act", event.act), only("subject", event.subject)
    return [str(event.seq), when, who, what, to, more]


def _pager(page: AuditPage, kept: Mapping[str, str]) -> Component:
    links = [("Newer", "after", page.newer), ("Older", "before", page.older)]
    made = [
        html.A(words, href=with_query(PATH, kept, **{name: str(seq)}), className="btn btn-secondary")
        for words, name, seq in links if seq is not None
    ]  # fmt: skip
    return html.Nav(made, className="pager", **aria(label="Pages of acts"))


@route(f"{PATH}/acts.csv", permission=PERMISSION)
def acts_file(visit: Visit) -> Response:
    """All acts of the filter, sent while they are read."""
    lines = visit.ask.audit.file(dict(request.args))
    answer = Response(lines, content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="acts.csv"'
    return answer


@route(f"{PATH}/check", permission=PERMISSION, methods=("POST",))
def check(visit: Visit) -> AnyResponse:
    """Walk what is new of the chains."""
    visit.ask.audit.check(visit.account.username)
    return redirect(PATH, 303)


@route(f"{PATH}/replay", permission=Permission.DECISION_REPLAY, methods=("POST",))
def replay(visit: Visit) -> AnyResponse:
    """Work one decision out again, and show what came of it."""
    found = visit.ask.audit.replay(request.form.get("decision_id", ""), visit.account.username)
    return redirect(f"{with_query(PATH, {}, replayed=found.decision_id)}#replay", 303)


ROUTES = (acts_file, check, replay)
