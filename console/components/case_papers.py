"""Papers of a case: verdicts, what was read beside what is known or stated, and a person's word on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from console.components.case import card, words_of
from console.components.panel import empty
from console.components.staff import Cell, Choice, Tone, act_form, field, mark, rows_table
from console.visit import Visit

Case = Mapping[str, Any]
_STATE: Mapping[str, tuple[str, Tone]] = {
    "accepted": ("accepted", "good"), "needs_person": ("a person must look", "look"), "refused": ("refused", "no"),
    "missing": ("not there yet", "plain"), "on_file": ("on file", "good"), "checking": ("being checked", "plain"),
    "quarantined": ("being checked", "plain"),
}  # fmt: skip
_DECISIONS = (("accept", "Accept it"), ("refuse", "Refuse it"))


def papers_card(case: Case, visit: Visit) -> Component:
    """Every paper that is asked for."""
    items: Sequence[Case] = case["papers"]
    if not items:
        return card("Papers", empty("No paper is needed", "This loan asks for none."), anchor="papers")
    return card("Papers", *[_asked(item, case, visit) for item in items], anchor="papers")


def _asked(item: Case, case: Case, visit: Visit) -> Component:
    title = item.get("title") or words_of(item["asked"])
    optional = " (helps, is not needed)" if item.get("optional") else ""
    head = html.H3([f"{title}{optional} ", mark(*_STATE.get(item["state"], (item["state"], "plain")))])
    return html.Div([head, *[_paper(one, case, visit) for one in item["documents"]]], className="case-paper")


def _paper(paper: Case, case: Case, visit: Visit) -> Component:
    href = f"/staff/cases/{case['application_id']}/papers/{paper['document_id']}"
    there = paper["state"] in ("accepted", "needs_person")
    name = html.A(paper["name"], href=href) if there else html.Span(paper["name"])
    sure = f", read with {visit.formats.percent(paper['confidence'], 0)} confidence" if paper["confidence"] else ""
    who = f" {paper['decided_by']} decided: {paper['reason']}" if paper["decided_by"] else ""
    findings = [html.Li(one["text"]) for one in paper["findings"]]
    rows = [_read(row, visit) for row in paper["rows"]]
    table = (
        [
            rows_table(
                f"What was read from {paper['name']}", ("Figure", "Read", "Confidence", "Beside it", "Result"), rows
            )
        ]
        if rows
        else []
    )
    return html.Div([
        html.P([name, f" ({words_of(paper['kind']) if paper['kind'] else 'kind not known'}{sure}).{who}"]),
        html.Ul(findings), *table, *_word(paper, case),
    ])  # fmt: skip


def _read(row: Case, visit: Visit) -> list[Cell]:
    beside = "–" if row["known"] is None else f"{row['known']} ({row['known_as']})"
    result = "" if row["fits"] is None else mark("fits", "good") if row["fits"] else mark("differs", "no")
    sure = visit.formats.percent(row["confidence"], 0) if row["confidence"] else "–"
    return [row["words"], row["read"] or "not found", sure, beside, result]


def _word(paper: Case, case: Case) -> list[Component]:
    """The form for a paper that waits for a person."""
    if paper["state"] != "needs_person" or not case["may"]["decide"]:
        return []
    name = paper["document_id"]
    fields = [
        field(Choice("decision", "Your word on it", _DECISIONS), within=name),
        field(Choice("reason", "Why (the customer reads it if refused)"), required=True, within=name),
    ]
    return [act_form(f"/staff/cases/{case['application_id']}/papers/{name}", fields, "Settle this paper",
                     tone="secondary")]  # fmt: skip
