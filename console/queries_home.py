"""What the start page asks: everything that is the customer's own, each part by itself so that one can fail alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from lending.domain.errors import RefusedError

if TYPE_CHECKING:
    from lending.domain.application import Applicant
    from lending.ports import DecisionRow
    from serving.assembly import Platform
    from serving.best_fit import Fit

_LATEST = 3
"""Messages and offers that the start page shows."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A request that was declined: `{product, amount, term_months, collateral, co_applicant}`, and the day (UTC)."""

    request: Mapping[str, Any]
    day: date


@dataclass(frozen=True, slots=True)
class HomeQueries:
    """Questions bound to one platform."""

    platform: Platform

    def today(self) -> date:
        """The day by which validity is counted (UTC)."""
        return self.platform.clock.now().date()

    def products(self, customer_id: str) -> Sequence[Mapping[str, Any]]:
        """All loan types of the market, open or closed for this customer."""
        return self.platform.catalogue.products(customer_id)

    def codes(self) -> Mapping[str, str]:
        """Text of a reason or a way in to its code, such as `reasons.debts_high`, for readers of other languages."""
        words = self.platform.policy.current.wording
        ways = {text: f"ways_in.{code}" for code, text in words.ways_in.items()}
        return {reason.customer: f"reasons.{code}" for code, reason in words.reasons.items()} | ways

    def refused(self, customer_id: str) -> Mapping[str, Refused]:
        """By loan type, what the customer asked for last and could not have; a record that is damaged says nothing."""
        try:
            rows = self.platform.records.decisions.refusals(customer_id)
        except RefusedError:
            return {}
        return {str(one.request["product"]): one for one in map(_refused, rows)}

    def fit(self, customer_id: str, products: Sequence[Mapping[str, Any]]) -> Fit | None:
        """The type that fits best, if one stands out; nothing is recorded."""
        return self.platform.best_fit.of(customer_id, products)

    def profile(self, customer_id: str) -> Applicant:
        """What the bank knows about the customer today."""
        return self.platform.records.customers.facts(customer_id, self.today())

    def offers(self, customer_id: str) -> Sequence[Mapping[str, Any]]:
        """Offers that nobody applied for yet, one a decision, of the latest decision first."""
        free = [o for o in self.platform.applications.open_offers(customer_id) if not o.get("application_id")]
        first = {o["decision_id"]: o for o in sorted(free, key=lambda o: bool(o["recommended"]))}
        return sorted(first.values(), key=lambda o: o["made_at"], reverse=True)[:_LATEST]

    def applications(self, customer_id: str) -> Sequence[Mapping[str, Any]]:
        """The customer's applications, the one that changed last first."""
        return sorted(self.platform.applications.of(customer_id), key=lambda a: a["changed_at"], reverse=True)

    def messages(self, customer_id: str, language: str) -> Sequence[Mapping[str, Any]]:
        """The latest messages of the bank in a language, newest first."""
        return self.platform.messages.inbox(customer_id, language)[:_LATEST]


def _refused(row: DecisionRow) -> Refused:
    return Refused(json.loads(row.core)["request"], row.recorded_at.date())
