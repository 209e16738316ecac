"""The register: every version of models, prompts, policies and documents, with its hash and who answers for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dash import html
from dash.development.base_component import Component
from flask import Response, request

from console.components.aria import aria
from console.components.chart import Table
from console.components.panel import empty
from console.components.staff import Cell, Choice, filters, head, mark, rows_table, with_query
from console.routes import route
from console.visit import Visit
from lending.domain.roles import STAFF, Permission, may
from serving.register import KINDS, Kind, Registered

PATH = "/staff/register"
NAME = "Register"
PERMISSION = Permission.MODEL_READ
ROLES = STAFF
CALLBACKS = ()
_WORDS: Mapping[Kind, str] = {
    "model": "Models", "prompt": "Prompts", "policy": "Policies", "document": "Documents",
}  # fmt: skip
_EMPTY: Mapping[Kind, str] = {
    "model": "A training that passes its gates registers one: candor train, or the page Flows.",
    "prompt": "Prompts stand in rag/prompts.", "policy": "Policies stand in kb/policy and kb/products.",
    "document": "Documents stand in kb/documents.",
}  # fmt: skip
_SHORT = 12
COLUMNS = ("Name", "Version", "Used as", "Since", "From", "Approved by", "Hash", "Note")
_HERE = ("decides", "in force", "champion")


def layout(visit: Visit) -> Component:
    """The four kinds, a search, and the versions of the chosen kind."""
    kind = visit.ask.register.kind(visit.query.get("kind", ""))
    words = visit.query.get("words", "")[:100]
    file = html.A("These as CSV", href=with_query(f"{PATH}/versions.csv", {"kind": kind, "words": words}),
                  className="btn btn-secondary")  # fmt: skip
    text = "What decides, what it says, and who answers for it. A hash changes with the smallest change."
    return html.Div(
        [head("Register", text, file), _kinds(kind), filters(PATH, _choices(), {"kind": kind, "words": words}),
         *_about(visit, kind), _table(visit, visit.ask.register.of(kind, words), kind, filtered=bool(words))],
        className="register-page",
    )  # fmt: skip


def blank() -> Component:
    """Nothing here is wired to a callback."""
    return html.Div()


def _kinds(chosen: Kind) -> Component:
    links = [
        html.A(_WORDS[one], href=with_query(PATH, {}, kind=one),
               className=f"btn {'btn-primary' if one == chosen else 'btn-secondary'}",
               **aria(current="page" if one == chosen else "false"))
        for one in KINDS
    ]  # fmt: skip
    return html.Nav(links, className="pager", **aria(label="Kinds"))


def _choices() -> list[Choice]:
    return [Choice("kind", "Kind", [(one, _WORDS[one]) for one in KINDS]),
            Choice("words", "Name, person or hash", kind="search")]  # fmt: skip


def _about(visit: Visit, kind: Kind) -> list[Component]:
    """Where more is told of a kind."""
    if kind == "document":
        index = visit.ask.register.index()
        return [html.P(["The index that answers: ", html.Code(index) if index else "none yet. Run refresh-knowledge."])]
    links: list[Cell] = []
    if kind == "model":
        links.append(html.A("Models beside each other", href="/staff/models"))
    if kind == "policy" and may(visit.account.role, Permission.POLICY_READ):
        links.append(html.A("Try a change in the policy lab", href="/staff/lab"))
    return [html.P(links)] if links else []


def _table(visit: Visit, rows: Sequence[Registered], kind: Kind, *, filtered: bool) -> Component:
    if not rows:
        text = "Clear the search to see all." if filtered else _EMPTY[kind]
        return empty("Nothing fits" if filtered else "Nothing is registered yet", text)
    shown = [_row(visit, one) for one in rows]
    return html.Section([html.H2(f"{_WORDS[kind]} ({len(rows)})"), rows_table(_WORDS[kind], COLUMNS, shown)])


def _row(visit: Visit, one: Registered) -> list[Cell]:
    since = visit.formats.day(one.since) if one.since else "–"
    digest: Cell = html.Code(one.sha256[:_SHORT], title=one.sha256) if one.sha256 else "–"
    return [one.name, one.version or "–", _use(one.use), since, one.owner or "–", one.approved_by or "–", digest,
            one.note]  # fmt: skip


def _use(use: str) -> Cell:
    if use == "not approved":
        return mark(use, "look")
    good = use.startswith(("live", "from")) or any(word in use for word in _HERE)
    return mark(use, "good") if good else use or "–"


@route(f"{PATH}/versions.csv", permission=PERMISSION)
def versions_file(visit: Visit) -> Response:
    """The versions that are shown, with whole hashes."""
    kind = visit.ask.register.kind(request.args.get("kind", ""))
    rows = visit.ask.register.of(kind, request.args.get("words", "")[:100])
    made = Table("", COLUMNS, [], [[one.name, one.version, one.use, one.since, one.owner, one.approved_by, one.sha256,
                                    one.note] for one in rows])  # fmt: skip
    answer = Response(made.csv(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{kind}s.csv"'
    return answer


ROUTES = (versions_file,)
