"""Words around a decision in the reader's language: by code where we have them, else the bank's own, marked English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html

from console.components import products
from console.visit import Visit
from console.words import Say
from serving.formats import Formats

Words = Any
"""Text, or a component that marks a text as English."""

_POINT_UNITS = {
    "lowest_instalment": "currency", "lowest_cost": "currency", "soonest_done": "months",
    "instalment_above": "currency", "cost_above": "currency", "longer": "months", "near_debt_limit": "fraction",
    "smaller_than_asked": "currency", "larger_than_asked": "currency",
}  # fmt: skip
"""The unit of a point's raw value, by its code."""

_LIMITS = frozenset({"at_least", "at_most", "none_of", "one_of", "includes", "excludes"})


def told(visit: Visit, family: str, item: Mapping[str, Any]) -> Words:
    """The text of a reason, condition, point or way, from its code.

    Args:
        visit: the reader.
        family: of `outcome_codes`, such as `reasons`, `conditions`, `offers` or `ways_in`.
        item: `{code, text, value?}`.
    """
    code, key = str(item["code"]), f"outcome_codes.{family}.{item['code']}"
    if visit.say.language == "en":
        return item["text"]
    if not visit.say.has(key):
        return html.Span(item["text"], lang="en")
    return visit.say(key, value=visit.formats.quantity(item.get("value"), _POINT_UNITS.get(code, "")))


def named(say: Say, family: str, code: str) -> str:
    """What a code is called, such as a field or a goal; the code's own words where it has no name."""
    key = f"outcome.{family}.{code}"
    return say(key) if say.has(key) else code.replace("_", " ")


def product_name(visit: Visit, product: str) -> str:
    """What a loan type is called, in the reader's language where we have it."""
    known = visit.ask.platform.policy.current.products.get(product)
    return products.product_name({"product": product, "name": known.title if known else product}, visit.say)


def quantity(visit: Visit, value: object, unit: str) -> str:
    """A value that a rule found, as people read it."""
    if value is None:
        return visit.say("outcome.checks.unknown")
    if value == "":
        return visit.say("outcome.checks.none")
    if unit in ("word", "text", "code", ""):
        return ", ".join(named(visit.say, "value", one) for one in str(value).split(","))
    return visit.formats.quantity(value, unit)


def limit_of(visit: Visit, finding: Mapping[str, Any]) -> str:
    """The limit of a rule with its direction: `at least $3,000`."""
    operator = str(finding.get("operator") or "")
    limit = quantity(visit, finding.get("limit"), str(finding.get("unit") or ""))
    return visit.say(f"outcome.checks.{operator}", limit=limit) if operator in _LIMITS else limit


def setting(visit: Visit, action: str, value: object) -> str:
    """Where a step of a plan starts or ends: money, time, points, grams, or a person's name."""
    formats: Formats = visit.formats
    if action == "co_applicant":
        return dict(visit.ask.partners(visit.customer_id)).get(str(value)) or visit.say("outcome.action.partner")
    if action in ("longer_term", "shorter_term", "on_time_months"):
        return formats.months(int(str(value)))
    return formats.number(str(value)) if action in ("build_score", "more_gold") else formats.round_money(str(value))
