"""What a customer sees of a decision: the outcome in words, and whatever helps with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash.development.base_component import Component

from console.components.decision import decision
from console.visit import Visit


def outcome_panel(result: Mapping[str, Any], visit: Visit) -> Component:
    """Everything about one decision, as `platform.advice.customize` answered it.

    Args:
        result: `{decision, own, recommended, why_fewer_offers, comparison, recourse, alternatives, why_no_plan, text}`.
        visit: whose it is; its words, formats and market.
    """
    quote = result["decision"]
    return decision(quote, [], visit.formats)
