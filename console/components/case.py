"""A case on one page: who asks, what for, the decision with its grounds, what came with it, history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from console.components.cases import WHY, case_link, moment, product_words
from console.components.chart import Table, chart_card
from console.components.panel import empty
from console.components.staff import Cell, Tone, act_form, mark, rows_table
from console.theme import BALANCE, INTEREST, figure
from console.visit import Visit

Case = Mapping[str, Any]
SPEAKS: Mapping[str, tuple[str, Tone]] = {
    "offer": ("speaks for an offer", "good"), "either": ("a person weighs it", "look"),
    "ask": ("speaks for asking for more", "look"), "refuse": ("speaks for a refusal", "no"),
}  # fmt: skip
STATES: Mapping[str, Tone] = {"in_review": "look", "offered": "good", "accepted": "good", "refused": "no"}
_PERSON = {"applicant": "", "co_applicant": " (whoever signs too)"}
_OPERATORS = {"at_least": "at least", "at_most": "at most", "one_of": "one of", "none_of": "none of",
              "includes": "with", "excludes": "without", "present": "known"}  # fmt: skip
_ACTS = {
    "start": "Application begun", "submit": "Sent", "review": "Put before a person", "offer": "Offer made",
    "refuse": "Refused", "accept": "Offer accepted", "decline": "Offer declined", "withdraw": "Withdrawn",
    "expire": "Time ran out", "take": "Taken", "release": "Let go", "ask": "Customer asked for more",
    "propose": "Override proposed", "confirm": "Override confirmed", "reject": "Override rejected",
    "take_back": "Override taken back",
}  # fmt: skip


def words_of(name: str) -> str:
    """A name of the record for people: `gross_monthly_income` as `Gross monthly income`."""
    return name.replace("_", " ").strip().capitalize()


def card(title: str, *parts: Component, anchor: str = "") -> Component:
    """A part of the page under its heading."""
    named: dict[str, Any] = {"id": anchor} if anchor else {}
    return html.Section([html.H2(title), *parts], className="card", **named)


def pairs(items: Sequence[tuple[str, Cell]]) -> Component:
    """Names with their values."""
    return html.Dl([html.Div([html.Dt(name), html.Dd(value)]) for name, value in items], className="case-pairs")


def asked_card(case: Case, visit: Visit) -> Component:
    """What is asked, and how the decision came to be."""
    asked, made, formats = case["asked_for"], case["decision"], visit.formats
    items: list[tuple[str, Cell]] = [
        ("Loan", product_words(asked["product"])), ("Amount", formats.money(asked["amount"])),
        ("Term", formats.months(asked["term_months"])), ("Why a person", WHY.get(case["why"], case["why"] or "–")),
    ]  # fmt: skip
    if asked["collateral"]:
        value = f", {formats.money(asked['collateral_value'])}" if asked["collateral_value"] else ""
        items.append(("Secured by", words_of(asked["collateral"]) + value))
    if case["co_applicant"]:
        items.append(("Signs too", str(case["co_applicant"])))
    if made["terms"]:
        items += [("Rate a year", formats.percent(made["terms"]["annual_rate"])),
                  ("Monthly payment", formats.money(made["terms"]["instalment"])),
                  ("Yearly cost (APR)", formats.percent(made["terms"]["apr"]))]  # fmt: skip
    return card("What is asked", pairs(items))


def who_card(case: Case, visit: Visit) -> Component:
    """Facts of the record with source and day, and what the application says."""
    rows = [
        [words_of(fact["field"]), _value(fact, visit), fact["source_name"] or "–",
         visit.formats.day(fact["as_of"]) if fact["as_of"] else "–",
         mark("disputed", "look") if fact["dispute"] else "–"]
        for fact in case["who"]
    ]  # fmt: skip
    stated = [(words_of(name), str(said)) for name, said in case["answers"].items()]
    return card(
        "Who asks", html.P([html.B(str(case["name"])), f", {case['customer_id']}"]),
        rows_table("Facts on record", ("Fact", "Value", "Source", "Since", "Said to be wrong"), rows),
        html.Details([html.Summary("What the application says"), pairs(stated)]),
    )  # fmt: skip


def _value(fact: Case, visit: Visit) -> str:
    if fact["value"] is None:
        return "not known"
    if fact["unit"] == "choice":
        return words_of(str(fact["value"]))
    return visit.formats.day(fact["value"]) if fact["unit"] == "date" else visit.formats.quantity(
        fact["value"], fact["unit"])  # fmt: skip


def decision_card(case: Case, visit: Visit) -> Component:
    """Outcome, reasons and findings; what a role may not know is said to be hidden, never what it is."""
    made = case["decision"]
    about = [
        ("Outcome", {"approve": "Approved", "refer": "Referred", "decline": "Declined"}[made["outcome"]]),
        ("Decided on", visit.formats.day(made["as_of"])), ("Policy", made["policy_version"]),
        ("Model", made["model_version"] or "none"),
        ("Chance of default", f"{visit.formats.percent(made['pd'], 1)} in {made['horizon_months']} months"
         if made["pd"] else "not assessed"),
    ]  # fmt: skip
    reasons = [html.Li(one["words"] + _PERSON.get(one["person"], "")) for one in made["reasons"]]
    failed = [one for one in made["findings"] if not one["passed"]]
    passed = [one for one in made["findings"] if one["passed"]]
    hidden = [html.P("A confidential rule asks for a person. Senior officers see which.", className="note")]
    more = (
        [html.H3("Rules that ask for a person"), _findings("Rules that ask for a person", failed, visit)]
        if failed
        else []
    )
    return card(
        "The decision", pairs(about), *([html.H3("Reasons"), html.Ul(reasons)] if reasons else []),
        *(hidden if made["hidden"] else []), *more,
        html.Details([html.Summary(f"{len(passed)} rules passed"), _findings("Rules that passed", passed, visit)]),
    )  # fmt: skip


def _findings(caption: str, rows: Sequence[Case], visit: Visit) -> Component:
    shown = [
        [words_of(one["rule"]), _quantity(one, "value", visit),
         f"{_OPERATORS.get(one['operator'], one['operator'])} {_quantity(one, 'limit', visit)}",
         mark("passed", "good") if one["passed"] else mark("open", "no"), one["source"] or "–"]
        for one in rows
    ]  # fmt: skip
    return rows_table(caption, ("Rule", "Found", "Limit", "Result", "Source"), shown)


def _quantity(finding: Case, side: str, visit: Visit) -> str:
    value = finding[side]
    if value in (None, ""):
        return "not known" if value is None else "none"
    return words_of(str(value)) if finding["unit"] == "word" else visit.formats.quantity(value, finding["unit"])


def contributions_card(case: Case, visit: Visit) -> list[Component]:
    """What raised and lowered the score; none where no model spoke."""
    made = case["decision"]
    found = sorted(made["contributions"], key=lambda one: abs(float(one["value"])), reverse=True)[:12]
    if not found:
        return []
    drawn = figure(
        [_side(found, "raises the risk", INTEREST, sign=1), _side(found, "lowers the risk", BALANCE, sign=-1)],
        x="Share in the log-odds of default", y="",
    )  # fmt: skip
    drawn["layout"]["barmode"] = "relative"
    order = [words_of(one["feature"]) for one in reversed(found)]
    drawn["layout"]["yaxis"] |= {"rangemode": "normal", "nticks": len(found), "showgrid": False,
                                 "categoryorder": "array", "categoryarray": order}  # fmt: skip
    drawn["layout"]["hovermode"] = "closest"
    top = found[0]
    verb = "raises" if float(top["value"]) > 0 else "lowers"
    said = f"{words_of(top['feature'])} counts most: it {verb} the chance of default."
    rows = [[words_of(one["feature"]), str(made["features"].get(one["feature"]) or "not known"),
             f"{float(one['value']):+.3f}"] for one in found]  # fmt: skip
    raw = [[one["feature"], str(made["features"].get(one["feature"]) or ""), one["value"]] for one in found]
    table = Table("What drove the score", ("Feature", "Value", "Share in the log-odds"), rows, raw)
    return [chart_card(drawn, "What drove the score", said, table)]


def _side(found: Sequence[Case], name: str, colour: str, *, sign: int) -> dict[str, Any]:
    """The bars that go one way, told apart by place, name and colour."""
    mine = [one for one in found if float(one["value"]) * sign > 0]
    return {
        "type": "bar", "orientation": "h", "name": name, "marker": {"color": colour},
        "x": [float(one["value"]) for one in mine], "y": [words_of(one["feature"]) for one in mine],
    }  # fmt: skip


def offers_card(case: Case, visit: Visit) -> Component:
    """Offers and plans that came with the decision."""
    formats, offers, plans = visit.formats, case["offers"]["offers"], case["offers"]["recourse"]
    rows = [
        [words_of(one["goal"]), formats.money(one["amount"]), formats.months(one["term_months"]),
         formats.percent(one["annual_rate"]), formats.money(one["instalment"]), formats.money(one["total_cost"])]
        for one in offers
    ]  # fmt: skip
    columns = ("Best for", "Amount", "Term", "Rate", "Payment", "Whole cost")
    parts: list[Component] = [rows_table("Offers", columns, rows)] if rows else []
    parts += [html.H3("Plans"), html.Ul([html.Li(str(plan.get("text", ""))) for plan in plans])] if plans else []
    none = empty("Nothing came with it", "A referred request has no offer until a person decides.")
    return card("Offers and plans", *(parts or [none]))


def history_card(case: Case, visit: Visit) -> Component:
    """What happened, newest first."""
    rows = [
        [moment(one["at"], visit), _ACTS.get(one["act"], one["act"]), one["actor"], _detail(one)]
        for one in reversed(case["events"])
    ]  # fmt: skip
    return card("History", rows_table("History", ("When (UTC)", "What", "Who", "Detail"), rows), anchor="history")


def _detail(event: Case) -> str:
    """What an act says beside itself; names of overrides stand in their own part."""
    if event["act"] in ("propose", "confirm", "reject", "take_back"):
        return ""
    return "not shown to your role" if event["words"] == "hidden" else str(event["words"]).capitalize()


def around_card(case: Case, visit: Visit) -> Component:
    """Other applications, what the customer was told, what they asked for."""
    earlier = [[case_link(one["application_id"]), product_words(one["product"]), words_of(one["state"]),
                visit.formats.day(one["created_at"][:10])] for one in case["earlier"]]  # fmt: skip
    told = [[moment(one["at"], visit), one["title"], "yes" if one["read_at"] else "no"] for one in case["told"]]
    asked = [[html.A(one["reference"], href=f"/staff/cases/requests/{one['request_id']}"), words_of(one["kind"]),
              words_of(one["state"]), visit.formats.day(one["due_on"])] for one in case["requests"]]  # fmt: skip
    parts: list[Component] = []
    for title, columns, rows, none in (
        ("Other applications", ("Case", "Loan", "State", "Begun"), earlier, "No other application."),
        ("Messages about this one", ("When (UTC)", "Message", "Read"), told, "The customer was told nothing yet."),
        ("Requests of the customer", ("Request", "Kind", "State", "Answer by"), asked, "No request."),
    ):
        parts += [html.H3(title), rows_table(title, columns, rows) if rows else html.P(none, className="note")]
    return card("Around this case", *parts)


def summary_card(summary: Case | None, *, may_write: bool, application_id: str) -> Component:
    """The case in words; every figure in it is bound to the record."""
    if summary is None:
        return card("In short", empty("It cannot be told", "The record does not replay. The audit page says why."))
    cited = {one["passage"]: number for number, one in enumerate(summary["citations"], start=1)}
    said = [[one["text"], *[html.Sup(html.A(str(cited[name]), href=f"#source-{cited[name]}"))
             for name in one["cites"] if name in cited], " "] for one in summary["sentences"]]  # fmt: skip
    notes = [html.Li(f"{one.get('title') or one['doc_id']}: {one['text'].strip()[:300]}", id=f"source-{number}")
             for number, one in enumerate(summary["citations"], start=1)]  # fmt: skip
    by = "a template" if summary["written_by"] == "template" else f"AI ({summary['written_by']})"
    label = f"Written by {by}; every figure was checked against the record."
    write = [act_form(f"/staff/cases/{application_id}/summary", [], "Write it anew", tone="secondary")]
    sources = [html.Details([html.Summary("Sources"), html.Ol(notes)])] if notes else []
    return card("In short", html.P([part for sentence in said for part in sentence]),
                html.P(label, className="note"), *sources, *(write if may_write else []))  # fmt: skip
