"""Forms of the policy lab: replay, propose, answer, withdraw, take back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from console.components.staff import Choice, act_form, field
from console.queries_lab import data_words
from lending.draft_ports import DraftRow
from serving.lab import QUICK

NO_PRODUCT = "none"
"""Chosen where loans that say no product are left out; an empty choice would show as nothing."""


def run_form(row: DraftRow, sources: Sequence[str], products: Mapping[str, str]) -> Component:
    """Which past applications, and how many of them."""
    sizes = [("quick", f"A sample of {QUICK}, at once"), ("all", "All of them, as a flow that shows how far it is")]
    fields = [
        field(Choice("data", "Past applications", [(name, data_words(name)) for name in sources]), within="run"),
        field(Choice("size", "How many", sizes), within="run"),
        field(Choice("product", "What loans count as where the data does not say",
                     [(NO_PRODUCT, "Leave them out"), *products.items()]), within="run"),
    ]  # fmt: skip
    return act_form(f"/staff/lab/{row.draft_id}/run", fields, "Replay")


def propose_form(row: DraftRow, today: date) -> Component:
    """From which day on, and why."""
    day = Choice("effective_on", "Decides from", kind="date")
    fields = [field(day, today.isoformat(), required=True, within="propose"), _reason("propose")]
    return _act(row, "propose", fields, "Propose")


def answer_forms(row: DraftRow) -> Component:
    """A yes or a no with its reason."""
    buttons = html.Div(
        [html.Button("Approve", type="submit", name="answer", value="yes", className="btn btn-primary"),
         html.Button("Refuse", type="submit", name="answer", value="no", className="btn btn-secondary")],
        className="buttons",
    )  # fmt: skip
    version = dbc.Input(type="hidden", name="version", value=str(row.version))
    return html.Form([version, _reason("answer"), buttons], action=f"/staff/lab/{row.draft_id}/answer", method="POST",
                     className="act")  # fmt: skip


def withdraw_form(row: DraftRow) -> Component:
    """Away with it, before it decides."""
    return _act(row, "withdraw", [_reason("withdraw")], "Withdraw", tone="secondary")


def take_back_form(row: DraftRow) -> Component:
    """A new draft with the figures of before; it needs a replay, a proposal and a yes like any other."""
    words = html.P("This writes a draft with the figures of before. It is proposed and approved like any other.")
    return _act(row, "take-back", [words], "Write the draft that takes it back", tone="secondary")


def _reason(within: str) -> Component:
    return field(Choice("reason", "Why", kind="textarea"), required=True, within=within)


def _act(row: DraftRow, name: str, fields: Sequence[Component], words: str, *, tone: str = "primary") -> Component:
    return act_form(f"/staff/lab/{row.draft_id}/{name}", fields, words, tone=tone, version=str(row.version))
