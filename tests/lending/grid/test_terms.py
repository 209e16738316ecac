"""The terms of many loans are those of each alone, to the last digit and the last place."""

from __future__ import annotations

from dataclasses import astuple
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.domain.money import Rate, money
from lending.domain.repayment import Repayment
from lending.domain.terms import Basis, TermsAsked, terms_at
from lending.grid.decisions import decide_many
from lending.grid.terms import FEW, terms_many
from tests.builders import AS_OF, an_application, an_assessment, the_policy

VALID = date(2026, 12, 1)
LEVEL, BULLET, WAITING = Repayment(), Repayment("bullet"), Repayment("moratorium", 5, "simple")
bases = st.builds(
    Basis,
    repayment=st.sampled_from([LEVEL, LEVEL, LEVEL, BULLET, WAITING]),
    processing_fee=st.sampled_from(["0", "0.005", "0.0215"]).map(Decimal),
    apr_method=st.sampled_from(["us_actuarial", "us_actuarial", "in_kfs"]),
    valid_until=st.just(VALID),
)
amounts = st.integers(2_00, 9_999_999_00).map(lambda cents: money(Decimal(cents).scaleb(-2)))
rates = st.integers(0, 40_000_000).map(lambda rate8: Rate(Decimal(rate8).scaleb(-8)))
loans = st.builds(TermsAsked, amounts, st.integers(6, 360), rates, bases)


def _said(asked: list[TermsAsked]) -> list[str]:
    """With every idle zero, as a core would show it."""
    return [str(astuple(terms)) for terms in terms_many(asked)]


@given(st.lists(loans, min_size=FEW + 2, max_size=24))
def test_terms_of_many_are_those_of_each(asked: list[TermsAsked]) -> None:
    assert _said(asked) == [str(astuple(terms_at(*one))) for one in asked]


@pytest.mark.parametrize(
    ("amount", "months", "rate", "fee"),
    [
        ("0.01", 12, "0.1", "0"),  # nothing is left to pay interest on
        ("0.30", 48, "0.09", "0"),  # repaid early by rounding to cents
        ("5.00", 12, "0.0001", "0"),  # no interest at all
        ("1000", 1, "0.09", "0.01"),  # one payment
        ("9999999999999.99", 360, "0.4", "0"),  # too large for whole numbers of 64 bits
        ("1000", 24, "0.0912345678901", "0"),  # a rate of more places
        ("1000", 24, "0", "0.01"),
    ],
)
def test_odd_loans_among_many_are_as_alone(amount: str, months: int, rate: str, fee: str) -> None:
    odd = TermsAsked(money(amount), months, Rate(Decimal(rate)), Basis(LEVEL, Decimal(fee), "us_actuarial", VALID))
    usual = TermsAsked(money("9000"), 48, Rate(Decimal("0.08")), odd.basis)
    assert _said([usual] * FEW + [odd, usual]) == [str(astuple(terms_at(*one))) for one in [usual] * FEW + [odd, usual]]


def test_decisions_of_a_batch_have_the_terms_of_each() -> None:
    asked = [an_application(credit_score=620 + 10 * n) for n in range(FEW + 8)]
    decided = decide_many([(one, an_assessment(), AS_OF) for one in asked], the_policy())
    assert [one.terms is None for one in decided] == [one.outcome == "decline" for one in decided]
    assert len({one.terms is None for one in decided}) == 2
