"""How often a declined customer gets a plan, and one that other draws of the loans agree with: measured on a sample."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from features.build import SUPPLIED
from features.ranks import wilson
from lending.domain.application import Applicant, Application, Collateral, LoanRequest, Outcome
from lending.domain.decision import Decision
from lending.domain.levers import page_terms
from lending.domain.money import Money, to_cents
from lending.domain.plan_search import failed_fields
from lending.domain.plans import Plan, apply
from lending.domain.policy import Policy, Rulebook, on_sale
from lending.domain.recourse import Recourse, recourse
from lending.ports import Customers
from serving.evaluate import evaluate_many
from serving.offers import decide_with
from serving.partners import partners_of
from serving.quick import approve_with, judge_with
from training.servable.protocol import ServableModel

PEOPLE = 60
"""Customers of a usual look: enough to tell nine in ten from eight, in seconds."""
_LOAN_TO_VALUE = 0.5, 1.1
"""Between which shares of the security a drawn request lies."""
_PURITY = 22


@dataclass(frozen=True, slots=True)
class _Row:
    """A declined request and what was found for it."""

    application: Application
    found: Recourse

    @property
    def has_a_robust_one(self) -> bool:
        return any(plan.robust for plan in self.found.plans)

    @property
    def can_be_done_at_once(self) -> bool:
        return any(not plan.then_ask_again for plan in self.found.plans)


def plans_found(
    customers: Customers, model: ServableModel, policy: Policy, day: date, *, seed: int, people: int = PEOPLE
) -> dict[str, Any]:
    """What customers who ask for every product get when they are declined, JSON-ready.

    The same records, model, policy, day and seed find the same.

    Args:
        customers: the bank's record.
        model: the one that decides.
        policy: the one that decides.
        day: whose day's values apply.
        seed: draws customers and requests.
        people: how many customers ask, each for every product on sale.

    Returns:
        `{customers, asked, declined, with_plan, plans, flipping, at_once, robust, robust_of_with_plan,
        robust_of_declined, without_plan, seed, as_of}`: counts of requests (`plans` and `flipping` of plans), shares as
        `{value, low, high}` with the 95 % interval of Wilson, and why there is no plan. Empty where the bank has no
        customers, or the model reads what their records do not hold.
    """
    known = sorted(customers.ids())
    if not known or not SUPPLIED.issuperset(model.feature_set.names):
        return {}
    draw = random.Random(seed)  # noqa: S311 - a sample, no secret
    chosen = draw.sample(known, min(people, len(known)))
    survey = _Survey(customers, model, policy, day)
    asked = list(survey.asked(draw, customers.facts_many(chosen, day)))
    decided = zip(asked, survey.decided(asked), strict=True)
    rows = [survey.row(one, decision) for one, decision in decided if decision.outcome is Outcome.DECLINE]
    sizes = {"customers": len(chosen), "asked": len(asked), "seed": seed, "as_of": day.isoformat()}
    return {**sizes, **survey.counted(rows)}


@dataclass(frozen=True, slots=True)
class _Survey:
    """The bank as it decides on a day."""

    customers: Customers
    model: ServableModel
    policy: Policy
    day: date

    def asked(self, draw: random.Random, people: Mapping[str, Applicant]) -> Iterator[Application]:
        """A drawn request of each person for each product."""
        for name in sorted(people):
            for book in on_sale(self.policy, self.day).values():
                yield Application(people[name], drawn_request(draw, book))

    def decided(self, asked: Sequence[Application]) -> list[Decision]:
        """The decision of each, by the whole pipeline."""
        return [decision for _, decision in evaluate_many([(one, self.day) for one in asked], self.model, self.policy)]

    def row(self, application: Application, decision: Decision) -> _Row:
        """What `serving.plans` would show."""
        model, policy, day, suspects = self.model, self.policy, self.day, failed_fields(decision)
        partners = partners_of(self.customers, application.applicant.customer_id, day)
        book = on_sale(policy, day)[application.request.product]
        decide, judge = decide_with(model, policy, day), judge_with(model, policy, day, suspects)
        passes = approve_with(model, policy, day, suspects)
        return _Row(application, recourse(application, decision, decide, book, partners, judge, passes))

    def counted(self, rows: Sequence[_Row]) -> dict[str, Any]:
        """The figures of `plans_found` that rest on what was declined."""
        helped = [row for row in rows if row.found.plans]
        plans = [(row.application, plan) for row in helped for plan in row.found.plans]
        robust = sum(row.has_a_robust_one for row in helped)
        return {
            "declined": len(rows),
            "with_plan": len(helped),
            "plans": len(plans),
            "flipping": self._flipping(plans),
            "at_once": sum(row.can_be_done_at_once for row in helped),
            "robust": robust,
            "robust_of_with_plan": _share(robust, len(helped)),
            "robust_of_declined": _share(robust, len(rows)),
            "without_plan": dict(Counter(row.found.why for row in rows if row.found.why).most_common()),
        }

    def _flipping(self, plans: Sequence[tuple[Application, Plan]]) -> int:
        """How many plans are approved when all that they ask for is done and the decision is made once more."""
        again = self.decided([apply(application, plan) for application, plan in plans])
        return sum(decision.outcome is Outcome.APPROVE for decision in again)


def drawn_request(draw: random.Random, book: Rulebook) -> LoanRequest:
    """An amount and a term that the product has, small amounts as likely as large ones, and a security that fits it."""
    least, most = (math.log(float(book[f"amount_{end}"])) for end in ("min", "max"))
    step = book["amount_step"]
    amount = max(book["amount_min"], Decimal(math.exp(draw.uniform(least, most))) // step * step)
    term = draw.choice(page_terms(book))
    return LoanRequest(book.product.name, to_cents(amount), term, _security(draw, to_cents(amount), book))


def _security(draw: random.Random, amount: Money, book: Rulebook) -> Collateral | None:
    kind = book.product.collateral
    if kind == "none":
        return None
    value = to_cents(amount / Decimal(str(draw.uniform(*_LOAN_TO_VALUE))))
    if kind != "gold":
        return Collateral(kind, value)
    grams = value / (Decimal(_PURITY) / 24 * book["gold_price_per_gram"])
    return Collateral("gold", None, grams.quantize(Decimal("0.1")), Decimal(_PURITY))


def _share(hits: int, total: int) -> dict[str, float]:
    low, high = wilson(hits, total)
    return {"value": round(hits / total, 4) if total else 0.0, "low": round(low, 4), "high": round(high, 4)}
