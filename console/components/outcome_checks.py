"""What the bank looked at: the figures that helped or hurt as bars, and every rule, folded away until asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from dash import html
from dash.development.base_component import Component

from console.components.aria import aria
from console.components.outcome_words import limit_of, named, quantity
from console.visit import Visit

Finding = Mapping[str, Any]
_MOST_BARS = 6
_PERSONAL = ("dti", "foir", "credit_score", "counted_income", "ltv", "dti_stressed", "required_rate", "pd_12m")
"""Fields that say how somebody stands; bounds of the product say nothing about them."""

_ROOM = Decimal("1.15")
"""How much longer than the longest value the scale of a bar is."""


def near_limits(findings: Sequence[Finding], visit: Visit) -> Component | None:
    """The figures that counted most, those against it first; None where the decision shows none."""
    shown = sorted(filter(_has_bar, findings), key=lambda f: (bool(f["passed"]), _distance(f)))[:_MOST_BARS]
    if not shown:
        return None
    return html.Section(
        [
            html.H3(visit.say("outcome.near.title")),
            html.P(visit.say("outcome.near.hint"), className="finding"),
            html.Ul([_bar(finding, visit) for finding in shown], className="gauges"),
        ],
        className="card",
    )


def checks_panel(findings: Sequence[Finding], visit: Visit) -> Component | None:
    """Every rule with what was found and the limit; None where nothing may be shown."""
    if not findings:
        return None
    return html.Details(
        [
            html.Summary(visit.say("outcome.checks.title", count=len(findings))),
            html.P(visit.say("outcome.checks.intro"), className="note"),
            html.Ul([_check(finding, visit) for finding in findings], className="checks"),
        ],
        className="card fold",
    )


def _has_bar(finding: Finding) -> bool:
    """Whether it is a figure of the customer's with a limit above zero."""
    known = finding["field"] in _PERSONAL and finding["operator"] in ("at_least", "at_most")
    return known and finding["value"] not in (None, "") and Decimal(finding["limit"]) > 0


def _distance(finding: Finding) -> Decimal:
    """How far from its limit a figure is, as a share of that."""
    return abs(Decimal(finding["value"]) / Decimal(finding["limit"]) - 1)


def _bar(finding: Finding, visit: Visit) -> Component:
    say, side = visit.say, "helped" if finding["passed"] else "hurt"
    unit = str(finding["unit"])
    words = say(
        f"outcome.near.{finding['operator']}", value=quantity(visit, finding["value"], unit),
        limit=quantity(visit, finding["limit"], unit),
    )  # fmt: skip
    value, limit = Decimal(finding["value"]), Decimal(finding["limit"])
    scale = max(value, limit) * _ROOM
    return html.Li(
        [
            html.Div(
                [html.Span(named(say, "field", str(finding["field"])), className="gauge-name"),
                 html.Span(say(f"outcome.near.{side}"), className="verdict")],
                className="gauge-head",
            ),
            html.Div(
                [html.Span(className="fill", style={"width": f"{max(value, Decimal(0)) / scale:.1%}"}),
                 html.Span(className="limit", style={"left": f"{limit / scale:.1%}"})],
                className="gauge", **aria(hidden="true"),
            ),
            html.Span(words, className="found"),
        ],
        className=f"gauge-{side}",
    )  # fmt: skip


def _check(finding: Finding, visit: Visit) -> Component:
    say, passed = visit.say, bool(finding["passed"])
    value = quantity(visit, finding.get("value"), str(finding.get("unit") or ""))
    found = say("outcome.checks.found", value=value, limit=limit_of(visit, finding))
    return html.Li(
        [
            html.Span("✓" if passed else "✕", className="mark", **aria(hidden="true")),
            html.Span(
                [html.Span(named(say, "field", str(finding["field"])), className="check-name"),
                 html.Span(found, className="found")]
            ),
            html.Span(say(f"outcome.checks.{'passed' if passed else 'missed'}"), className="verdict"),
        ],
        className="passed" if passed else "missed",
    )  # fmt: skip
