"""What customers ask of the bank: the list for staff, and one request with the form of its answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from dash import html
from dash.development.base_component import Component

from console.components.case import card, pairs, words_of
from console.components.cases import moment
from console.components.staff import Choice, act_form, field, mark, rows_table
from console.visit import Visit
from lending.domain.roles import Permission, may

Row = Mapping[str, Any]
KINDS = {"review": "A person looks again", "dispute": "A figure is called wrong", "add": "A figure is added",
         "contact": "A person to talk to", "erase": "Erase the data"}  # fmt: skip

_BY = {"you": "the customer", "bank": "the bank", "system": "by itself"}


def requests_table(rows: Sequence[Row], visit: Visit) -> Component:
    """Requests that wait, due first."""
    columns = ("Request", "Kind", "Customer", "Answer by", "Who works on it")
    return rows_table("Requests that wait", columns, [
        [html.A(row["reference"], href=f"/staff/cases/requests/{row['request_id']}"), KINDS[row["kind"]],
         row["customer_id"], _due(row, visit), row["handled_by"] or "Nobody yet"]
        for row in rows
    ])  # fmt: skip


def _due(row: Row, visit: Visit) -> Component:
    late = date.fromisoformat(row["due_on"]) < visit.ask.cases.now.date()
    day = visit.formats.day(row["due_on"])
    return mark(f"Late, {day}", "no") if late else mark(day, "good")


def request_parts(row: Row, visit: Visit) -> list[Component]:
    """What was said, the steps, and what may be done."""
    said = [(words_of(name), str(text)) for name, text in row["said"].items() if text not in (None, "")]
    steps = [[moment(one["at"], visit), words_of(one["act"]), _BY[one["by"]]] for one in row["timeline"]]
    about = [("Kind", KINDS[row["kind"]]), ("About", str(row["subject"])), ("State", words_of(row["state"])),
             ("Answer by", _due(row, visit)), ("Who works on it", row["handled_by"] or "Nobody yet")]  # fmt: skip
    answered = [card("The answer", html.P(f"{words_of(row['result'])}: {row['answer']}"))] if row["answer"] else []
    return [
        card("What is asked", pairs(about), html.H3("What the customer said"), pairs(said)), *answered,
        *_acts(row, visit), card("History", rows_table("History", ("When (UTC)", "What", "Who"), steps)),
    ]  # fmt: skip


def _acts(row: Row, visit: Visit) -> list[Component]:
    open_one = row["state"] in ("open", "in_progress")
    if not (open_one and row["results"] and may(visit.account.role, Permission.CASE_DECIDE)):
        return []
    at, mine = f"/staff/cases/requests/{row['request_id']}", row["handled_by"] == visit.account.username
    forms: list[Component] = []
    if row["handled_by"] is None:
        forms.append(act_form(f"{at}/take", [], "Take it up"))
    if row["handled_by"] is None or mine:
        forms.append(_answer(row, at))
    else:
        forms.append(html.P(f"{row['handled_by']} works on it.", className="note"))
    return [card("What to do", *forms)]


def _answer(row: Row, at: str) -> Component:
    results = [(name, words_of(name)) for name in row["results"]]
    fields = [
        field(Choice("result", "How it ends", results), within="close"),
        field(Choice("answer", "What the customer reads", kind="textarea"), required=True, within="close"),
    ]
    if "corrected" in row["results"]:
        fields.append(field(Choice("value", "The right figure, if not as stated"), within="close"))
    return act_form(f"{at}/close", fields, "Answer", tone="secondary")
