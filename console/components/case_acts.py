"""What may be done with a case: take, ask, decide, decide against the record, and the second person's word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from console.components.case import SPEAKS, card
from console.components.cases import clock_mark, moment
from console.components.staff import Choice, act_form, field, mark
from console.visit import Visit

Case = Mapping[str, Any]
_VERB = {"offer": "Make the offer", "refuse": "Refuse"}
_TWO = {"amount": "the amount", "product": "the loan type", "reason": "the reason", "question": "an open question"}
_STATE = {"proposed": "waits for a second person", "confirmed": "holds", "rejected": "rejected",
          "withdrawn": "taken back"}  # fmt: skip


def acts_card(case: Case, visit: Visit) -> Component:
    """How the case stands, what its record speaks for, and the forms that this person may use."""
    parts: list[Component] = [_stands(case, visit), _speaks(case)]
    if case["may"]["own"]:
        parts.append(html.P("This is a case of your own. A colleague decides it.", className="note"))
    for build in (_take, _second, _ask, _decide, _override):
        parts += build(case)
    return card("What to do", *parts, anchor="act")


def _stands(case: Case, visit: Visit) -> Component:
    clock = case["clock"]
    if clock is None:
        return html.P("Nobody needs to decide this any more.")
    holder = clock["taken_by"]
    who = "Nobody works on it." if holder is None else (
        "You work on it." if holder == visit.account.username else f"{holder} works on it.")  # fmt: skip
    asked = " The customer was asked for more." if clock["asked"] else ""
    due = clock_mark(clock["stands"], clock["due"], visit.ask.cases.now)
    return html.P([due, f" {moment(clock['due'], visit)} (UTC). {who}{asked}"])


def _speaks(case: Case) -> Component:
    found = case["recommendation"]
    words, tone = SPEAKS[found["speaks"]]
    questions = [html.Li(one["words"]) for one in found["questions"]]
    barred = [html.Li("A rule that nobody sets aside declines it. No offer can be made.")] if found["barred"] else []
    price = [] if found["priced"] else [html.Li("It has no price, so no offer can be made.")]
    return html.Div([html.P(["The record ", mark(words, tone)]), html.Ul([*questions, *barred, *price])])


def _take(case: Case) -> list[Component]:
    at, may = f"/staff/cases/{case['application_id']}", case["may"]
    forms = []
    if may["take"]:
        forms.append(act_form(f"{at}/take", [], "Take this case"))
    if may["release"]:
        forms.append(act_form(f"{at}/release", [], "Let it go", tone="secondary"))
    return [html.Div(forms, className="case-buttons")] if forms else []


def _second(case: Case) -> list[Component]:
    """What was proposed, and the second person's word where it waits for this one's."""
    shown: list[Component] = []
    for one in case["overrides"]:
        second = f" {one['confirmed_by']} was the second person." if one["confirmed_by"] else ""
        line = f"{one['proposed_by']} wants to {one['wanted']}: {_hidden(one['words'])}."
        words = [html.P(f"“{text}”", className="note") for text in (one["comment"], one["answer"]) if text]
        shown.append(
            html.Div(
                [html.P(f"{line} It {_STATE[one['state']]}.{second}"), *words, *_answer(one, case["may"])],
                className="case-override",
            )
        )
    return [html.H3("Against the record"), *shown] if shown else []


def _hidden(words: str) -> str:
    return "a reason that is not shown to your role" if words == "hidden" else words


def _answer(one: Case, may: Case) -> list[Component]:
    if one["state"] != "proposed":
        return []
    at, version = f"/staff/overrides/{one['override_id']}", str(one["version"])
    forms: list[Component] = []
    if may["confirm"]:
        answer = Choice("answer", "What you say to it (for the bank alone)", kind="textarea")
        forms += [
            act_form(f"{at}/confirm", [field(answer, within="confirm")], "Confirm: it is decided", version=version),
            act_form(f"{at}/reject", [field(answer, required=True, within="reject")], "Reject", tone="secondary",
                     version=version),
        ]  # fmt: skip
    elif not one["mine"]:
        forms.append(html.P("A second person who has not worked on the case confirms or rejects it.",
                            className="note"))  # fmt: skip
    if one["mine"] and may["take_back"]:
        forms.append(act_form(f"{at}/take-back", [], "Take it back", tone="secondary", version=version))
    return forms


def _ask(case: Case) -> list[Component]:
    if not case["may"]["decide"]:
        return []
    missing = [(item["asked"], item.get("title") or item["asked"]) for item in case["papers"]
               if not item.get("optional") and item["state"] not in ("accepted", "on_file")]  # fmt: skip
    what = Choice("what", "What is needed", [*missing, ("call", "A talk, to clear a question")])
    return [_fold("Ask the customer for more", act_form(
        f"/staff/cases/{case['application_id']}/ask", [field(what, within="ask")], "Ask for it", tone="secondary",
        version=str(case["version"])))]  # fmt: skip


def _decide(case: Case) -> list[Component]:
    """The plain acts: those that the record does not speak against."""
    found = case["recommendation"]
    acts = [act for act in ("offer", "refuse") if act not in found["against"] and _possible(act, found)]
    if not case["may"]["decide"]:
        return []
    return [_fold(_VERB[act], act_form(
        f"/staff/cases/{case['application_id']}/decide", [_ground(case, act, "decide"), _note("note", "Note", act)],
        _VERB[act], tone="primary" if act == found["speaks"] else "secondary", act=act, version=str(case["version"]),
    )) for act in acts]  # fmt: skip


def _override(case: Case) -> list[Component]:
    found = case["recommendation"]
    if not case["may"]["override"]:
        return []
    return [_fold(f"Against the record: {_VERB[act].lower()}", *_override_form(case, act))
            for act in found["against"] if _possible(act, found)]  # fmt: skip


def _override_form(case: Case, act: str) -> list[Component]:
    reasons = case["recommendation"]["override_reasons"][act]
    named = [(one["code"], one["words"] + (" (two persons)" if one["two_persons"] else "")) for one in reasons]
    why = sorted({_TWO[name] for one in reasons for name in one["two_persons"]})
    note = f"Policy asks for a second person because of {' and '.join(why)}." if why else "It holds at once."
    fields = [field(Choice("reason", "Why against the record", named), within=f"override-{act}"),
              _ground(case, act, "override"), _note("comment", "In your own words", act, required=True)]  # fmt: skip
    return [html.P(note, className="note"), act_form(
        f"/staff/cases/{case['application_id']}/override", fields, "Decide against the record", tone="secondary",
        act=act, version=str(case["version"]))]  # fmt: skip


def _possible(act: str, found: Case) -> bool:
    return act == "refuse" or (found["priced"] and not found["barred"])


def _ground(case: Case, act: str, within: str) -> Component:
    grounds: Sequence[Case] = case["grounds"][act]
    words = "Ground (the customer reads it)" if act == "refuse" else "Ground"
    return field(Choice("ground", words, [(one["code"], one["words"]) for one in grounds]), within=f"{within}-{act}")


def _note(name: str, words: str, act: str, *, required: bool = False) -> Component:
    return field(Choice(name, f"{words} (for the bank alone)", kind="textarea"), required=required,
                 within=f"{name}-{act}")  # fmt: skip


def _fold(title: str, *parts: Component) -> Component:
    return html.Details([html.Summary(title), *parts], className="case-fold")
