"""The loan that a letter speaks of: terms read back from the record, its plan, and proof that the two agree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any, Literal

from lending.domain.affordability import repayment_of
from lending.domain.apr import key_facts_apr, level_apr
from lending.domain.errors import RefusedError
from lending.domain.instalments import MAX_TERM_MONTHS
from lending.domain.money import ZERO, Money, Rate, money
from lending.domain.repayment import Repayment, Row, Standing, months_waiting, rows_from
from lending.domain.schedule import Fee, LoanFigures, amount_financed
from lending.domain.terms import LoanTerms
from serving.letters.case import Case

Origin = Literal["terms", "offer"]
PERSON = "person"
"""`made_by` of an offer that a person made after a referral; no other offer says by whom it was made."""


@dataclass(frozen=True, slots=True)
class Payments:
    """`count` equal payments, the first `first` months after the loan is paid out, then one a month."""

    count: int
    amount: Money
    first: int


@dataclass(frozen=True, slots=True)
class SheetLoan:
    """Terms, the plan month by month, and where the terms stand (`terms` of the core, or an `offer`)."""

    terms: LoanTerms
    plan: tuple[Row, ...]
    origin: Origin

    @property
    def waiting(self) -> int:
        """Months before the first one that repays principal."""
        return months_waiting(self.terms.repayment, self.terms.term_months)

    @property
    def charges(self) -> Money:
        """Fees that are a finance charge."""
        return _total(f.amount for f in self.terms.fees if f.finance_charge)

    @property
    def fees(self) -> Money:
        """All fees."""
        return _total(f.amount for f in self.terms.fees)

    @property
    def finance_charge(self) -> Money:
        """Interest and the fees that count as a finance charge."""
        return Money(self.terms.total_interest + self.charges)

    @property
    def financed(self) -> Money:
        """What the borrower has the use of."""
        return amount_financed(self.terms.amount, self.terms.fees)

    @property
    def paid(self) -> Money:
        """All payments of the plan."""
        return _total(row.payment for row in self.plan)

    def payments(self) -> list[Payments]:
        """The plan in runs of equal payments; months without a payment are left out."""
        runs = [list(run) for _, run in groupby(self.plan, key=lambda row: row.payment)]
        return [Payments(len(run), run[0].payment, run[0].month) for run in runs if run[0].payment]

    def at(self, annual_rate: Decimal) -> Money:
        """The instalment of the same loan at another rate."""
        return LoanFigures(self.terms.amount, annual_rate, self.terms.term_months, self.terms.repayment).due()

    def months_at(self, annual_rate: Decimal) -> int | None:
        """How many of the same instalments repay a level loan at another rate; None where they never do."""
        start = Standing(0, self.terms.amount, self.terms.amount)
        level = self.terms.instalment
        plan = rows_from(self.terms.repayment, start, annual_rate, MAX_TERM_MONTHS, level)
        count = sum(1 for month in plan if month.outstanding > 0) + 1
        return count if plan[count - 1].payment <= level else None


def sheet_loan(case: Case, offer: Mapping[str, Any] | None) -> SheetLoan:
    """The loan of an approved decision, or of an offer that belongs to a decision; of a referral, one a person made.

    Raises:
        RefusedError: the decision waits for a person or has no terms, or the record's figures contradict each other.
    """
    outcome, stated = case.core["outcome"], case.core["terms"] if offer is None else offer
    waits = outcome == "refer" and (offer is None or offer.get("made_by") != PERSON)
    if waits or stated is None or (offer is None and outcome != "approve"):
        raise RefusedError(
            f"the decision is {outcome} and has no loan to disclose; expected an approval or an offer",
            code="no_terms", field="decision_id", found=outcome, expected="approve, or an offer",
            do="Ask for the notice of the decision instead.",
        )  # fmt: skip
    return stated_loan(case, stated, "terms" if offer is None else "offer")


def stated_loan(case: Case, stated: Mapping[str, Any], origin: Origin) -> SheetLoan:
    """The loan of terms as the record states them. Raises RefusedError where they contradict each other."""
    how = _repayment(stated["repayment"]) if "repayment" in stated else repayment_of(case.book)
    amount, rate, months = money(stated["amount"]), Rate(Decimal(stated["annual_rate"])), int(stated["term_months"])
    plan = LoanFigures(amount, rate, months, how).rows()
    terms = LoanTerms(
        amount=amount,
        term_months=months,
        repayment=how,
        annual_rate=rate,
        instalment=money(stated["instalment"]),
        last_instalment=money(stated.get("last_instalment", str(plan[-1].payment))),
        apr=Decimal(stated["apr"]),
        apr_method=str(stated.get("apr_method", case.policy.apr_method)),
        fees=_fees(stated["fees"]),
        total_interest=money(stated["total_interest"]),
        total_cost=money(stated["total_cost"]),
        valid_until=date.fromisoformat(stated["valid_until"]),
    )
    return _checked(SheetLoan(terms, plan, origin))


def _checked(loan: SheetLoan) -> SheetLoan:
    """A letter never says what its own record contradicts."""
    terms = loan.terms
    pairs: dict[str, tuple[Decimal, Decimal]] = {
        "instalment": (terms.instalment, loan.at(terms.annual_rate)),
        "last_instalment": (terms.last_instalment, loan.plan[-1].payment),
        "total_interest": (terms.total_interest, Money(loan.paid - terms.amount)),
        "total_cost": (terms.total_cost, Money(terms.total_interest + loan.fees)),
        "apr": (terms.apr, _apr(loan)),
    }
    for name, (stated, again) in pairs.items():
        if stated != again:
            raise RefusedError(
                f"{loan.origin}.{name} is {stated} in the record, but its terms give {again}; no sheet is written",
                code="different", field=name, found=str(stated), expected=str(again),
                do="Replay the decision: candor replay shows what differs.",
            )  # fmt: skip
    return loan


def _apr(loan: SheetLoan) -> Decimal:
    terms = loan.terms
    if terms.apr_method == "in_kfs":
        return key_facts_apr(loan.financed, terms.repayment, terms.amount, terms.annual_rate, terms.term_months)
    return level_apr(loan.financed, [row.payment for row in loan.plan])


def _repayment(stated: Mapping[str, Any]) -> Repayment:
    return Repayment(stated["kind"], int(stated["moratorium_months"]), stated["interest"])


def _fees(stated: Sequence[Mapping[str, Any]]) -> tuple[Fee, ...]:
    return tuple(Fee(f["code"], money(f["amount"]), f["when"], f["finance_charge"]) for f in stated)


def _total(amounts: Iterable[Decimal]) -> Money:
    return Money(sum(amounts, ZERO))
