"""Which loan types are open to a customer, and what opens the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from lending.domain.application import Applicant, Application, LoanRequest, Outcome
from lending.domain.eligibility import REQUEST_FIELDS, Finding, check, fields, own_fields
from lending.domain.money import Money, Rate, money_text, plain
from lending.domain.policy import AFFORDABILITY_FIELDS, Policy, Rulebook, on_sale, rulebook
from lending.domain.repayment import Repayment, rows
from lending.ports import Clock, Customers
from serving.decide import PolicySource
from serving.partners import partners_of
from serving.shown import ways_of

_BY_REQUEST = REQUEST_FIELDS | AFFORDABILITY_FIELDS


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The catalogue as one customer sees it."""

    customers: Customers
    policy: PolicySource
    clock: Clock

    def products(self, customer_id: str, as_of: date | None = None) -> list[dict[str, object]]:
        """Every product of the market, open or closed, with the rules that close it and the ways in.

        A customer with a linked co-applicant is looked at together with the first one where that opens the product.

        Raises:
            NotFoundError: no such customer.
        """
        day = as_of or self.clock.now().date()
        policy = self.policy.current
        partner = next(iter(partners_of(self.customers, customer_id, day)), None)
        return [self._product(customer_id, partner, name, policy, day) for name in on_sale(policy, day)]

    def on_sale(self) -> list[dict[str, object]]:
        """Every product of the market today with its limits, as somebody sees it whom the bank does not know yet."""
        day, policy = self.clock.now().date(), self.policy.current
        books = [rulebook(policy, name, day) for name in on_sale(policy, day)]
        return [{"product": b.product.name, "name": b.product.title, "limits": _limits(b)} for b in books]

    def _product(
        self, customer_id: str, partner: Applicant | None, name: str, policy: Policy, day: date
    ) -> dict[str, object]:
        book = rulebook(policy, name, day)
        asking = self._asking(customer_id, None, book, day)
        alone = _closing(asking, book, day)
        joint = _closing(self._asking(customer_id, partner, book, day), book, day) if alone and partner else alone
        closing = alone if joint else []
        ways = dict.fromkeys(way for f in closing for way in ways_of(f, asking, policy, day))
        return {
            "product": name,
            "name": book.product.title,
            "open": not closing,
            "needs_co_applicant": bool(alone) and not closing,
            "collateral": book.product.collateral,
            "repayment": book.product.repayment,
            "benefits": list(book.product.benefits),
            "conditions": list(book.product.terms),
            "findings": [{**f.as_dict(), "text": _text(f, policy)} for f in closing],
            "ways_in": [policy.wording.ways_in[way] for way in ways],
            "limits": _limits(book),
        }

    def _asking(self, customer_id: str, partner: Applicant | None, book: Rulebook, day: date) -> Application:
        """The smallest loan of a product."""
        request = LoanRequest(book.product.name, Money(book["amount_min"]), int(book["term_months_min"]))
        return Application(self.customers.facts(customer_id, day), request, partner)


def _closing(application: Application, book: Rulebook, day: date) -> Sequence[Finding]:
    """Rules about the person that would decline; those that only refer leave the product open."""
    values, own = fields(application, book, day), own_fields(application, book, day)
    rules = [r for r in book.rules if r.rule.field not in _BY_REQUEST and not r.rule.confidential]
    return [f for f in check(rules, values, own) if not f.passed and f.outcome is Outcome.DECLINE]


def repayment_plan(how: Repayment, amount: Money, annual_rate: Rate, term_months: int) -> list[dict[str, str | int]]:
    """The months of a quoted loan. Raises LoanTermsError."""
    return [row.as_dict() for row in rows(how, amount, annual_rate, term_months)]


def _limits(book: Rulebook) -> dict[str, str | int]:
    months = ("term_months_min", "term_months_max", "term_months_step", "term_months_default")
    return {
        **{name: money_text(book[name]) for name in ("amount_min", "amount_max", "amount_step")},
        **{name: int(book[name]) for name in months},
        **{name: plain(book[name]) for name in ("rate_min", "rate_max")},
    }


def _text(finding: Finding, policy: Policy) -> str:
    reasons = policy.wording.reasons
    return reasons.get(finding.reason, reasons["missing_information"]).customer
