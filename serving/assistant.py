"""The assistant's tools, bound to one signed-in customer: the bank's own functions, none of which writes a record.

A quote in a conversation is decided by `Quotes.make` and `Advice.look`, which record nothing: a customer who wonders
aloud has not asked for a decision.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from lending.domain.application import Applicant, Collateral, Outcome
from lending.domain.errors import NotFoundError, RefusedError
from lending.domain.money import Money, Rate, money, money_text, plain, to_cents
from lending.domain.offers import Candidate
from lending.domain.policy import Policy, Rulebook, on_sale, rulebook
from lending.domain.prepayment import payoff, prepay
from lending.domain.repayment import Repayment, Standing, rows_from
from lending.domain.schedule import LEVEL, LoanFigures
from lending.talk_ports import PastDecisions
from rag.chunk import Passage
from rag.ports import Hit, Wish
from serving.customize import Advice
from serving.decide import LoanAsk, Quotes
from serving.knowledge import CUSTOMER, Knowledge
from serving.largest import largest, over_each_term
from serving.own_documents import OwnPapers
from serving.partners import partners_of
from serving.points import Scanner
from serving.products import Catalogue, repayment_plan
from serving.profile import loans_of
from serving.recorded import recorded_quote

LATEST = 8
"""Decisions that the assistant speaks of."""
_FACTS = ("gross_monthly_income", "net_monthly_income", "monthly_obligations", "credit_score", "employment_status")


@dataclass(frozen=True, slots=True)
class Desk:
    """What the tools stand on; the same for every customer."""

    advice: Advice
    catalogue: Catalogue
    past: PastDecisions
    knowledge: Knowledge
    papers: OwnPapers

    @property
    def quotes(self) -> Quotes:
        """Decides."""
        return self.advice.quotes

    def tools(self, customer_id: str) -> Tools:
        """The tools of one customer, who comes from the session and from nowhere else."""
        return Tools(self, customer_id)


@dataclass(frozen=True)
class Tools:
    """`rag.ports.Toolbox` for one customer."""

    desk: Desk
    customer_id: str

    @cached_property
    def _day(self) -> date:
        return self.desk.quotes.clock.now().date()

    @cached_property
    def _policy(self) -> Policy:
        return self.desk.quotes.policy.current

    def quote(self, wish: Wish) -> Mapping[str, Any]:
        """Decided, priced and advised on as a page would, and not recorded."""
        return _unrecorded(self.desk.advice.look(self.customer_id, self._ask(wish)))

    def what_if(self, wish: Wish, instalment: Decimal | None = None) -> Mapping[str, Any] | None:
        """The largest amount that the grid approves, decided again by the whole pipeline."""
        scan, book = self._scanner(wish), self._book(wish.product)
        best = None if scan is None else largest(scan, book, wish.term_months, instalment)
        return None if best is None else self._told(wish, best)

    def terms(self, wish: Wish) -> Sequence[Mapping[str, Any]]:
        """What the grid approves the amount at, over each of the product's terms."""
        scan, book = self._scanner(wish), self._book(wish.product)
        if scan is None or wish.amount is None:
            return []
        return [
            {"term_months": one.term_months, "instalment": money_text(one.instalment)}
            for one in over_each_term(scan, book, money(str(wish.amount)))
        ]

    def _scanner(self, wish: Wish) -> Scanner | None:
        """Of the smallest loan of the product, whose amount and term it moves; None where no model can score here."""
        quotes, book = self.desk.quotes, self._book(wish.product)
        model = quotes.champion.for_customer(self.customer_id).model
        if model is None:
            return None
        least = replace(wish, amount=book["amount_min"], term_months=int(book["term_months_min"]))
        application = quotes.application(self.customer_id, self._ask(least), self._policy, self._day)
        return Scanner(application, model, self._policy, self._day)

    def _told(self, wish: Wish, best: Candidate) -> Mapping[str, Any] | None:
        found = replace(wish, amount=best.amount, term_months=best.term_months)
        made = self.desk.quotes.make(self.customer_id, self._ask(found))
        return _unrecorded(made.shown()) if made.decision.outcome is Outcome.APPROVE else None

    def schedule(
        self, amount: Decimal, annual_rate: Decimal, term_months: int, repayment: Mapping[str, Any] | None = None
    ) -> Mapping[str, Any]:
        """By the function that quotes and letters use. Raises LoanTermsError."""
        how = Repayment(**repayment) if repayment else LEVEL
        loan = LoanFigures(money(str(amount)), annual_rate, term_months, how)
        rows = repayment_plan(loan.how, loan.principal, Rate(annual_rate), term_months)
        interest = sum((Decimal(row["interest"]) for row in rows), Decimal(0))
        return {
            "amount": money_text(loan.principal), "annual_rate": plain(annual_rate), "term_months": term_months,
            "instalment": money_text(loan.due()), "total_interest": money_text(Money(interest)), "rows": rows,
        }  # fmt: skip

    def early(
        self, loan: Mapping[str, Any], month: int, extra: Decimal | None = None, *, monthly: bool = False
    ) -> Mapping[str, Any]:
        """By the functions of `candor loan prepay` and `payoff`, with the product's charge. Raises LoanTermsError."""
        book = self._book(str(loan["product"]))
        how = Repayment(**loan["repayment"]) if loan.get("repayment") else LEVEL
        figures = LoanFigures(money(loan["amount"]), Decimal(loan["annual_rate"]), int(loan["term_months"]), how)
        charge = book["prepayment_charge"]
        if extra is None:
            return {"product": loan["product"], **payoff(figures, month, 0, charge).as_dict()}
        if monthly:
            return {"product": loan["product"], **_more_each_month(figures, money(str(extra)), charge)}
        changed = prepay(figures, month, money(str(extra)), "instalment", charge).as_dict()
        return {"product": loan["product"], "month": month, "extra": money_text(money(str(extra))), **changed}

    def eligibility(self, product: str | None = None) -> Sequence[Mapping[str, Any]]:
        """As the catalogue page shows them. Raises NotFoundError for a product that is not sold here."""
        if product is not None:
            self._book(product)
        rows = self.desk.catalogue.products(self.customer_id, self._day)
        return [row for row in rows if product in (None, row["product"])]

    def decisions(self) -> Sequence[Mapping[str, Any]]:
        """From the record, by the function that showed them first; what does not replay is left out."""
        return list(self._decisions())

    def _decisions(self) -> Iterator[Mapping[str, Any]]:
        for row in self.desk.past.of(self.customer_id, LATEST):
            try:
                quote = recorded_quote(row, self.desk.quotes.policy)
            except (NotFoundError, RefusedError):
                continue
            yield {
                **quote,
                "recorded_on": row.recorded_at.date().isoformat(),
                "request": json.loads(row.core)["request"],
            }

    def facts(self) -> Mapping[str, Any]:
        """A few figures of the customer's own record; flags and all that staff alone see are no part of it."""
        person = self.desk.quotes.customers.facts(self.customer_id, self._day)
        known = {name: getattr(person, name) for name in _FACTS}
        return {
            **{name: None if value is None else str(value) for name, value in known.items()},
            "documents": list(person.documents), "loans": len(person.loans),
            "co_applicants": [self.desk.quotes.customers.name(one.customer_id) for one in self._partners()],
        }  # fmt: skip

    def loans(self) -> Sequence[Mapping[str, str]]:
        """As the profile page shows them beside the monthly obligations."""
        return loans_of(self.desk.quotes.customers.facts(self.customer_id, self._day))

    def search(self, question: str, product: str | None = None) -> Sequence[Hit]:
        """For customers alone, on today's texts."""
        return self.desk.knowledge.search(question, audiences=CUSTOMER, product=product)

    def document(self, doc_id: str) -> Sequence[Passage]:
        """Of the version that holds today in this market, for customers."""
        return self.desk.knowledge.document(doc_id)

    def checklist(self, product: str) -> Sequence[Passage]:
        """The list of the product, then how to prove an income."""
        own = self.document(f"checklist-{product.split('_')[0]}")
        return [*own, *self.document("checklist-income")]

    def own_documents(self, question: str) -> Sequence[Hit]:
        """Of this customer's papers, and of nobody else's."""
        return self.desk.papers.search(self.customer_id, question)

    def _ask(self, wish: Wish) -> LoanAsk:
        amount = money(str(wish.amount)) if wish.amount is not None else Money(self._book(wish.product)["amount_min"])
        security, partner = self._security(wish), self._partner(wish)
        return LoanAsk(wish.product, amount, wish.term_months, security, partner, wish.refinances)

    def _security(self, wish: Wish) -> Collateral | None:
        kind = self._policy.product(wish.product).collateral
        if kind == "gold" and wish.weight_g is not None and wish.purity_k is not None:
            return Collateral("gold", weight_g=wish.weight_g, purity_k=wish.purity_k)
        if kind in ("property", "vehicle") and wish.value is not None:
            return Collateral(kind, value=money(str(wish.value)))
        return None

    def _partner(self, wish: Wish) -> str | None:
        known = self._partners() if wish.joint else ()
        return known[0].customer_id if known else None

    def _partners(self) -> Sequence[Applicant]:
        return partners_of(self.desk.quotes.customers, self.customer_id, self._day)

    def _book(self, product: str) -> Rulebook:
        sold = on_sale(self._policy, self._day)
        if product not in sold:
            raise NotFoundError(
                f"there is no {product[:40]} loan here", code="not_found", field="product", found=product[:40],
                expected=", ".join(sold), do="Choose one of these.",
            )  # fmt: skip
        return rulebook(self._policy, product, self._day)


def _more_each_month(loan: LoanFigures, extra: Money, charge: Decimal) -> dict[str, Any]:
    """A loan whose every payment is higher by the same; its last one absorbs the rest."""
    start = Standing(0, loan.principal, loan.principal)
    more = rows_from(loan.how, start, loan.annual_rate, loan.term_months, Money(loan.due() + extra))
    paid = more[: sum(1 for row in more if row.outstanding) + 1]
    before, after = (sum((row.interest for row in rows), Decimal(0)) for rows in (loan.rows(), paid))
    return {
        "extra": money_text(extra), "instalment": money_text(Money(loan.due() + extra)), "term_months": len(paid),
        "months_saved": loan.term_months - len(paid), "interest_saved": money_text(Money(before - after)),
        "charge": money_text(to_cents(extra * len(paid) * charge)),
    }  # fmt: skip


def _unrecorded(result: Mapping[str, Any]) -> dict[str, Any]:
    """A quote result without the names that only a record has."""
    offers = [{**offer, "offer_id": None} for offer in result["offers"]]
    return {**result, "decision_id": None, "offers": offers}
