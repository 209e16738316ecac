"""What a customer sees of a decision: the outcome in words, and whatever helps with it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from console.components.aria import aria, data
from console.components.outcome_alternatives import alternatives_section
from console.components.outcome_checks import checks_panel, near_limits
from console.components.outcome_compare import columns_of, comparison
from console.components.outcome_offers import choices, offers_section
from console.components.outcome_path import path_section
from console.components.outcome_refused import letter_card, person_card, reasons_list, referred_card, why_no_plan
from console.components.outcome_why import why_panel
from console.components.outcome_words import told
from console.visit import Visit

Result = Mapping[str, Any]
_MARK = {"approve": "✓", "refer": "…", "decline": "✕"}


def outcome_panel(result: Result, visit: Visit) -> Component:
    """Everything about one decision, as `platform.advice.customize` answered it.

    Args:
        result: `{decision, own, recommended, why_fewer_offers, comparison, recourse, alternatives, why_no_plan, text}`.
        visit: whose it is; its words, formats and market.
    """
    outcome = str(result["decision"]["outcome"])
    parts = {"approve": _approved, "refer": _referred, "decline": _refused}[outcome](result, visit)
    return html.Div([_headline(result, visit), *filter(None, parts)], className="outcome-panel")


def outcome_sentence(result: Result, visit: Visit) -> str:
    """The whole of it in one sentence, to be read aloud."""
    decision, say = result["decision"], visit.say
    outcome = str(decision["outcome"])
    if outcome == "approve":
        return cost_sentence(decision, visit)
    if outcome == "decline" and choices(result):
        return say("outcome.lead.counter")
    return say(f"outcome.lead.{'no_path' if outcome == 'decline' and not _has_way(result) else outcome}")


def cost_sentence(offer: Mapping[str, Any], visit: Visit) -> str:
    """What is borrowed, what is paid back with all fees, over what time, and the difference."""
    borrowed, cost = Decimal(offer["amount"]), Decimal(offer["total_cost"])
    write, bullet = visit.formats.round_money, offer["repayment"]["kind"] == "bullet"
    return visit.say(
        f"outcome.lead.{'bullet' if bullet else 'approve'}", amount=write(borrowed), repaid=write(borrowed + cost),
        time=visit.formats.months(offer["term_months"]), cost=write(cost),
    )  # fmt: skip


def _approved(result: Result, visit: Visit) -> list[Component | None]:
    return [offers_section(result, visit), _compare(result, visit), *_about(result, visit)]


def _referred(result: Result, visit: Visit) -> list[Component | None]:
    decision = result["decision"]
    return [referred_card(decision, visit), *_about(result, visit), letter_card(decision, visit)]


def _refused(result: Result, visit: Visit) -> list[Component | None]:
    decision = result["decision"]
    return [
        offers_section(result, visit), _compare(result, visit), path_section(result, visit),
        why_no_plan(result, visit), alternatives_section(result, visit), *_about(result, visit),
        letter_card(decision, visit), person_card(decision, visit),
    ]  # fmt: skip


def _about(result: Result, visit: Visit) -> list[Component | None]:
    """Why, what helped and hurt, and every rule that was checked."""
    decision = result["decision"]
    findings = decision["findings"]
    why = why_panel(str(decision["decision_id"]), str(decision["outcome"]), visit)
    return [why, near_limits(findings, visit), checks_panel(findings, visit)]


def _headline(result: Result, visit: Visit) -> Component:
    decision, say = result["decision"], visit.say
    outcome, said = str(decision["outcome"]), outcome_sentence(result, visit)
    title = say(f"outcome.title.{outcome}")
    return html.Section(
        [
            html.Div(
                [html.Span(_MARK[outcome], className="outcome-mark", **aria(hidden="true")), html.H2(title)],
                className="outcome-title",
            ),
            html.P(said, className="lead"),
            *_waits(decision, visit),
            *reasons_list(decision, visit),
            *_no_offers(result, visit),
            *_conditions(decision, visit),
            html.P(_reference(decision, visit), className="reference"),
        ],
        className=f"card outcome outcome-{outcome}",
        **data(announce=f"{title}. {said}"),
    )


def _waits(decision: Mapping[str, Any], visit: Visit) -> list[Component]:
    """That payments begin later, where they do."""
    months = int((decision["repayment"] or {}).get("moratorium_months", 0))
    return [html.P(visit.say("outcome.waits", time=visit.formats.months(months)))] if months else []


def _no_offers(result: Result, visit: Visit) -> list[Component]:
    """Why there are no offers; where there are some but few, that stands below them."""
    fewer = result["why_fewer_offers"]
    return [html.P(told(visit, "offers", fewer))] if fewer and not choices(result) else []


def _conditions(decision: Mapping[str, Any], visit: Visit) -> list[Component]:
    if not decision["conditions"]:
        return []
    items = [html.Li(told(visit, "conditions", one)) for one in decision["conditions"]]
    return [html.H3(visit.say("outcome.conditions")), html.Ul(items, className="conditions")]


def _reference(decision: Mapping[str, Any], visit: Visit) -> list[Any]:
    until = decision["valid_until"] if decision["outcome"] == "approve" else None
    stands = [visit.say("outcome.stands", day=visit.formats.day(until)), " "] if until else []
    return [*stands, visit.say("outcome.reference"), ": ", html.Code(decision["decision_id"])]


def _compare(result: Result, visit: Visit) -> Component | None:
    """The offers side by side, folded; the page /compare orders them and adds those put aside."""
    columns = columns_of(result, ())
    if len(columns) < 2:
        return None
    address = f"/compare?decision={result['decision']['decision_id']}"
    link = dcc.Link(visit.say("outcome.compare.open"), href=address, className="btn btn-secondary")
    return html.Details(
        [html.Summary(visit.say("outcome.compare.title")), comparison(columns, visit, points=False), html.P(link)],
        className="card fold",
    )


def _has_way(result: Result) -> bool:
    return bool(result["recourse"] or result["alternatives"])
