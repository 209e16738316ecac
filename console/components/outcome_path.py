"""A way to yes: what to change, how far, what it takes, and what it gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from dash import html
from dash.development.base_component import Component

from console.components.aria import aria
from console.components.outcome_links import request_link
from console.components.outcome_words import setting
from console.visit import Visit

Plan = Mapping[str, Any]
Step = Mapping[str, Any]
_OF_THE_REQUEST: Mapping[str, str] = {
    "smaller_amount": "amount", "larger_deposit": "amount", "larger_amount": "amount", "longer_term": "term_months",
    "shorter_term": "term_months", "co_applicant": "co_applicant",
}  # fmt: skip
"""Actions that are done by asking differently, and the part of the request that they change."""

_COSTED = frozenset(
    {"repay_debt", "larger_deposit", "smaller_amount", "larger_amount", "longer_term", "shorter_term",
     "more_collateral", "more_gold", "reduce_utilisation"}
)  # fmt: skip


def path_section(result: Mapping[str, Any], visit: Visit) -> Component | None:
    """Plans that can be carried out now, then those that take time or luck; None where there is no plan."""
    plans: Sequence[Plan] = result["recourse"]
    if not plans:
        return None
    now = [plan for plan in plans if not plan["then_ask_again"]]
    later = [plan for plan in plans if plan["then_ask_again"]]
    parts = [*_group(now, 1, "way", result, visit), *_group(later, len(now) + 1, "later", result, visit)]
    return html.Section(parts, className="card path-card")


def _group(plans: Sequence[Plan], first: int, name: str, result: Mapping[str, Any], visit: Visit) -> list[Component]:
    if not plans:
        return []
    lead = visit.say(f"outcome.refused.{name}_lead", count=len(plans))
    ways = [_plan(plan, number, result["decision"], visit) for number, plan in enumerate(plans, start=first)]
    return [html.H3(visit.say(f"outcome.refused.{name}")), html.P(lead, className="finding"), *ways]


def _plan(plan: Plan, number: int, decision: Mapping[str, Any], visit: Visit) -> Component:
    """One way: its steps drawn as a path, then what it takes and gives."""
    return html.Article(
        [
            html.H4(visit.say("outcome.refused.plan", number=number)),
            html.Ol([_step(step, visit) for step in plan["steps"]], className="path"),
            _summary(plan, visit),
            *_trust(plan, visit),
            *_try(plan, number, decision, visit),
        ],
        className="plan is-later" if plan["then_ask_again"] else "plan",
    )


def _step(step: Step, visit: Visit) -> Component:
    action, write = str(step["action"]), visit.formats
    cost = write.round_money(step["cost"])
    words = visit.say(
        f"outcome.action.{action}", to=setting(visit, action, step["to"]), cost=cost,
        **{"from": setting(visit, action, step["from"])},
    )  # fmt: skip
    months = int(step["months"])
    when = visit.say("outcome.refused.about", time=write.months(months)) if months else visit.say("outcome.refused.now")
    facts = [when, *([_cost(action, cost, visit)] if Decimal(step["cost"]) else [])]
    bars = _bars(step, visit)
    return html.Li(
        [html.P(words, className="step-words"), *bars, html.P(" · ".join(facts), className="step-facts")],
        className="path-step",
    )


def _cost(action: str, cost: str, visit: Visit) -> str:
    kind = action if action in _COSTED else "other"
    return visit.say(f"outcome.step_cost.{kind}", cost=cost)


def _bars(step: Step, visit: Visit) -> list[Component]:
    """Today and the goal as two bars on one scale; the words beside them say the same."""
    pair = [step["from"], step["to"]]
    if step["action"] == "co_applicant" or None in pair:
        return []
    values = [Decimal(str(value)) for value in pair]
    scale = max(values) or Decimal(1)
    rows = [
        html.Div(
            [html.Span(visit.say(f"outcome.action.{name}"), className="bar-name"),
             html.Span(html.Span(className="fill", style={"width": f"{value / scale:.1%}"}), className="track"),
             html.Span(setting(visit, str(step["action"]), raw), className="bar-value")],
            className=f"bar-row bar-{name}",
        )
        for name, value, raw in zip(("from", "to"), values, pair, strict=True)
    ]  # fmt: skip
    return [html.Div(rows, className="bars", **aria(hidden="true"))]


def _summary(plan: Plan, visit: Visit) -> Component:
    """What the whole way takes, where it has several steps, and what it gives."""
    say, write, gives = visit.say, visit.formats, plan["gives"]
    facts: list[str] = []
    if len(plan["steps"]) > 1 and Decimal(plan["cost"]):
        facts.append(say("outcome.refused.takes", cost=write.round_money(plan["cost"])))
    if gives["instalment"] is not None and gives["annual_rate"] is not None:
        figures = {"rate": write.rate(gives["annual_rate"]), "instalment": write.money(gives["instalment"])}
        facts.append(say("outcome.refused.gives", **figures))
    return html.P(" ".join(facts), className="plan-gives")


def _trust(plan: Plan, visit: Visit) -> list[Component]:
    """How far the plan can be trusted beyond that it was tried, where that is known."""
    known = {True: "robust_yes", False: "robust_no"}.get(plan["robust"])
    told = "robust_later" if plan["then_ask_again"] else known
    return [html.P(visit.say(f"outcome.refused.{told}"), className="note")] if told else []


def _try(plan: Plan, number: int, decision: Mapping[str, Any], visit: Visit) -> list[Component]:
    """A button for ways that are done by asking differently."""
    changed = {_OF_THE_REQUEST.get(str(step["action"]), ""): step["to"] for step in plan["steps"]}
    if "" in changed:
        return []
    ask = {name: decision[name] for name in ("product", "amount", "term_months")}
    name = visit.say("outcome.refused.try_name", number=number)
    return [request_link({**ask, **changed}, visit.say("outcome.refused.try"), name, keep=True)]
