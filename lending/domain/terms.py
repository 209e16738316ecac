"""What a loan would be at its price: instalment, yearly cost, fees, totals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from lending.domain.affordability import repayment_of
from lending.domain.apr import key_facts_apr, level_apr
from lending.domain.money import ZERO, Money, Rate, to_cents
from lending.domain.policy import Policy, Rulebook
from lending.domain.repayment import Repayment, due, paid_monthly
from lending.domain.schedule import Fee, amount_financed


@dataclass(frozen=True, slots=True)
class LoanTerms:
    """What the loan would be. `total_cost` is interest plus fees: what the customer pays besides the principal.

    `instalment` is the level one (after a moratorium), for a bullet loan the one payment.
    """

    amount: Money
    term_months: int
    repayment: Repayment
    annual_rate: Rate
    instalment: Money
    last_instalment: Money
    apr: Decimal
    apr_method: str
    fees: tuple[Fee, ...]
    total_interest: Money
    total_cost: Money
    valid_until: date


@dataclass(frozen=True, slots=True)
class Basis:
    """What turns amount, term and rate into terms: the way to repay, the upfront fee's share, the APR's method."""

    repayment: Repayment
    processing_fee: Decimal
    apr_method: str
    valid_until: date


class TermsAsked(NamedTuple):
    """What `terms_at` takes: of which loan the terms are wanted."""

    amount: Money
    term_months: int
    annual_rate: Rate
    basis: Basis


def basis_of(policy: Policy, book: Rulebook, as_of: date) -> Basis:
    """The basis of a product on a day."""
    valid = timedelta(days=int(book["quote_valid_days"]))
    last_day = as_of + valid if as_of < date.max - valid else date.max
    return Basis(repayment_of(book), book["processing_fee"], policy.apr_method, last_day)


def terms_at(amount: Money, term_months: int, annual_rate: Rate, basis: Basis) -> LoanTerms:
    """The terms of an amount and a term at a rate.

    Raises:
        LoanTermsError: no loan can be like that; InputError: the fees leave nothing of it.
    """
    asked, how = TermsAsked(amount, term_months, annual_rate, basis), basis.repayment
    fees, level = fees_of(asked), due(how, amount, annual_rate, term_months)
    paid = paid_monthly(how, amount, annual_rate, term_months)
    financed, in_kfs = amount_financed(amount, fees), basis.apr_method == "in_kfs"
    apr = key_facts_apr(financed, how, amount, annual_rate, term_months) if in_kfs else level_apr(financed, paid)
    return made_terms(asked, level, paid[-1], apr, fees, Money(sum(paid, ZERO)))


def made_terms(
    asked: TermsAsked, level: Money, last: Money, apr: Decimal, fees: tuple[Fee, ...], paid: Money
) -> LoanTerms:
    """The terms from their figures: the level instalment, the last one, the yearly cost, and all that is paid back."""
    interest, basis = Money(paid - asked.amount), asked.basis
    return LoanTerms(
        amount=asked.amount,
        term_months=asked.term_months,
        repayment=basis.repayment,
        annual_rate=asked.annual_rate,
        instalment=level,
        last_instalment=last,
        apr=apr,
        apr_method=basis.apr_method,
        fees=fees,
        total_interest=interest,
        total_cost=Money(interest + sum((f.amount for f in fees), ZERO)),
        valid_until=basis.valid_until,
    )


def fees_of(asked: TermsAsked) -> tuple[Fee, ...]:
    """What setting the loan up costs."""
    charge = to_cents(asked.amount * asked.basis.processing_fee)
    return (Fee("processing", charge, "upfront", finance_charge=True),) if charge else ()


def within_bounds(amount: Decimal, term_months: int, book: Rulebook) -> bool:
    """Whether the product has such an amount and term at all."""
    fits = book["term_months_min"] <= term_months <= book["term_months_max"]
    return fits and book["amount_min"] <= amount <= book["amount_max"]
