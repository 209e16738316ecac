"""The level monthly payment, and its total."""

from __future__ import annotations

from decimal import Context, Decimal, localcontext
from functools import lru_cache
from typing import NoReturn

from lending.domain.errors import LoanTermsError
from lending.domain.money import Money, to_cents

MAX_TERM_MONTHS = 1200
_EXACT = Context(prec=34)
_ONE, _TWELVE = Decimal(1), Decimal(12)


def unrounded_instalment(principal: Decimal, annual_rate: Decimal, term_months: int) -> Decimal:
    """The level payment before rounding to the minor unit; arguments and errors as `instalment`."""
    check_terms(principal, annual_rate, term_months)
    if annual_rate == 0:
        return principal / term_months
    # The first month's interest is kept exact, so that the instalment never rounds to less than that interest.
    times = _EXACT.multiply
    return _EXACT.divide(times(times(principal, annual_rate), _annuity(annual_rate, term_months)), _TWELVE)


@lru_cache(maxsize=4096)
def _annuity(annual_rate: Decimal, term_months: int) -> Decimal:
    """An instalment as a multiple of the first month's interest; kept, as many loans share rate and term."""
    with localcontext(_EXACT):
        growth = (_ONE + annual_rate / 12) ** term_months
        return growth / (growth - _ONE)


def instalment(principal: Decimal, annual_rate: Decimal, term_months: int) -> Money:
    """Level monthly payment (EMI) that repays a loan, rounded half-even to the minor unit.

    Args:
        principal: amount lent, above zero.
        annual_rate: nominal yearly rate as a fraction; zero is allowed.
        term_months: number of payments, 1 to 1200.

    Raises:
        LoanTermsError: a value lies outside those ranges.

    Source: annuity formula with r = annual_rate / 12.

    >>> instalment(Decimal("500000"), Decimal("0.105"), 60)
    Decimal('10746.95')
    """
    return _rounded(principal, annual_rate, term_months)


@lru_cache(maxsize=2048)
def _rounded(principal: Decimal, annual_rate: Decimal, term_months: int) -> Money:
    """Kept, as a decision asks for the same instalment several times."""
    return to_cents(unrounded_instalment(principal, annual_rate, term_months))


def check_terms(principal: Decimal, annual_rate: Decimal, term_months: int) -> None:
    """Refuse what no loan can be.

    Raises:
        LoanTermsError: naming the value, what is allowed and what to do.
    """
    if principal <= 0:
        refuse_terms("principal", principal, "an amount above zero")
    if not 0 <= annual_rate <= 10:
        refuse_terms("annual_rate", annual_rate, "a fraction from 0 to 10 (0.105 means 10.5 %)")
    if not 1 <= term_months <= MAX_TERM_MONTHS:
        refuse_terms("term_months", term_months, f"a whole number from 1 to {MAX_TERM_MONTHS}")


def refuse_terms(field: str, found: object, expected: str) -> NoReturn:
    """Raise LoanTermsError in one sentence: the field, what was found and what is expected."""
    raise LoanTermsError(
        f"{field} is {found}; expected {expected}",
        field=field, found=str(found), expected=expected, do=f"Change {field}.",
    )  # fmt: skip
