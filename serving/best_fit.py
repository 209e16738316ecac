"""Which loan type fits a customer best today, at a usual amount and term. Nothing is recorded of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from lending.domain.money import money
from serving.decide import LoanAsk, Quotes
from serving.partners import partners_of

FILE = "best_fit.yaml"
_TOLD_FIRST = ("gold", "property")
"""What secures a loan and has to be told before it can be priced."""


@dataclass(frozen=True, slots=True)
class Fit:
    """The type that fits, and why: `lowest` yearly cost, the one `approved`, the `only` one open, or no `score` needed.

    Attributes:
        quote: its quote result at the usual loan; None where it cannot be priced without asking more.
    """

    product: str
    why: str
    quote: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Suiting:
    """What counts as a fit, from kb/best_fit.yaml.

    Attributes:
        amount: types are looked at with this amount, in the market's currency.
        term_months: and over this term.
        made_for: type to the kinds of work it is made for; a type that is not named suits everybody.
    """

    amount: Decimal
    term_months: int
    made_for: Mapping[str, Sequence[str]]


def read_suiting(kb: Path, market: str) -> Suiting:
    """What counts as a fit in a market."""
    held = yaml.safe_load((kb / FILE).read_text(encoding="utf-8"))
    usual = held["usual"][market]
    return Suiting(Decimal(usual["amount"]), int(usual["term_months"]), held["made_for"])


@dataclass(frozen=True, slots=True)
class BestFit:
    """Looks at the loan types that are open to a customer."""

    quotes: Quotes
    suiting: Suiting

    def of(self, customer_id: str, products: Sequence[Mapping[str, Any]]) -> Fit | None:
        """The fit among the customer's products (of `Catalogue.products`); None where none stands out.

        Raises:
            NotFoundError: no such customer.
        """
        person = self.quotes.customers.facts(customer_id, self.quotes.clock.now().date())
        ready = [p for p in products if p["open"] and self._suits(p["product"], person.employment_status)]
        priced = sorted(self._approved(customer_id, ready), key=lambda quote: Decimal(quote["apr"]))
        if priced:
            return Fit(priced[0]["product"], "lowest" if len(priced) > 1 else "approved", priced[0])
        if len(ready) == 1:
            return Fit(ready[0]["product"], "only")
        if person.credit_score is None:
            return next((Fit(p["product"], "score") for p in ready if p["collateral"] == "gold"), None)
        return None

    def _suits(self, product: str, work: str) -> bool:
        return work in self.suiting.made_for.get(product, (work,))

    def _approved(self, customer_id: str, products: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
        """Quotes at the usual loan for the types that can be priced now and would be approved."""
        partners = partners_of(self.quotes.customers, customer_id, self.quotes.clock.now().date())
        for product in products:
            if product["collateral"] in _TOLD_FIRST:
                continue
            partner = partners[0].customer_id if product["needs_co_applicant"] and partners else None
            made = self.quotes.make(customer_id, self._ask(product, partner))
            if made.decision.outcome == "approve":
                yield dict(made.shown())

    def _ask(self, product: Mapping[str, Any], partner: str | None) -> LoanAsk:
        limits = product["limits"]
        amount = _within(self.suiting.amount, Decimal(limits["amount_min"]), Decimal(limits["amount_max"]))
        term = _within(self.suiting.term_months, limits["term_months_min"], limits["term_months_max"])
        return LoanAsk(product["product"], money(amount), int(term), co_applicant=partner)


def _within(value: Any, least: Any, most: Any) -> Any:
    return min(max(value, least), most)
