"""Published figures and other people's solvers."""

from __future__ import annotations

import random
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import mortgagemath as mm
import pytest
import pyxirr
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from lending.domain.apr import Flow, apr_answer, level_apr, unit_period_rate
from lending.domain.instalments import instalment
from lending.domain.money import CENT, Money, money, to_cents
from lending.domain.schedule import payments, schedule
from tests.conftest import sized

CASES = Path(__file__).parents[2] / "cases"
START = Fraction(0)


def cases(name: str) -> list[Any]:
    """The worked cases of a file, each named by its source."""
    found = yaml.safe_load((CASES / name).read_text(encoding="utf-8"))
    return [pytest.param(case, id=case["source"]) for case in found]


@pytest.mark.parametrize("case", cases("apr.yaml"))
def test_the_apr_is_that_of_regulation_z_appendix_j(case: dict[str, Any]) -> None:
    streams = [dict(zip(("amount", "count", "first_t", "f"), s, strict=True)) for s in case["streams"]]
    question = {
        "amount_financed": case["financed"],
        "unit_periods_per_year": case["per_year"],
        "streams": streams,
    }
    assert apr_answer(question)["apr_percent"] == case["apr_percent"]


@pytest.mark.parametrize("case", cases("instalments.yaml"))
def test_the_instalment_is_the_published_one(case: dict[str, Any]) -> None:
    found = instalment(Decimal(case["principal"]), Decimal(case["annual_rate"]), case["term_months"])
    assert found == Decimal(case["instalment"])


def test_a_schedule_agrees_row_by_row_with_an_independent_library() -> None:
    draw = random.Random(5)
    even = mm.PaymentRounding.ROUND_HALF_EVEN
    for _ in range(sized(20, 300)):
        amount, term = money(draw.randint(1000, 900_000)), draw.randint(6, 360)
        percent = Decimal(draw.randint(50, 2500)).scaleb(-2)
        loan = mm.LoanParams(amount, percent, term, payment_rounding=even, interest_rounding=even)
        theirs = [(i.payment, i.interest, i.principal, i.balance) for i in mm.amortization_schedule(loan)[1:]]
        ours = [(r.payment, r.interest, r.principal, r.outstanding) for r in schedule(amount, percent / 100, term)]
        assert ours == theirs


def test_generated_loans_agree_with_an_independent_internal_rate_of_return() -> None:
    draw = random.Random(7)
    for _ in range(sized(50, 1000)):
        amount, term = money(draw.randint(1000, 500_000)), draw.randint(2, 360)
        annual_rate = Decimal(draw.randint(100, 3000)).scaleb(-4)
        paid = payments(amount, annual_rate, term)
        theirs = pyxirr.irr([-float(amount), *map(float, paid)])
        assert theirs is not None
        assert abs(float(level_apr(amount, paid)) - theirs * 12) <= 0.000001


tiny = st.integers(1, 500).map(lambda cents: Money(Decimal(cents).scaleb(-2)))
usual = st.integers(1, 10**7).map(lambda cents: Money(Decimal(cents).scaleb(-2)))


@given(tiny | usual, st.integers(0, 30_000), st.integers(1, 12) | st.integers(1, 1200), st.integers(1, 100))
def test_the_quick_apr_holds_for_tiny_loans_long_terms_and_fees_that_leave_almost_nothing(
    amount: Money, points: int, term: int, left: int
) -> None:
    paid = payments(amount, Decimal(points).scaleb(-4), term)
    financed = max(CENT, to_cents(amount * left / 100))
    flows = [Flow(p, month, START) for month, p in enumerate(paid, start=1) if p]
    exact = unit_period_rate([Flow(financed, 0, START)], flows) * 12
    assert abs(level_apr(Money(financed), paid) - exact) <= Decimal("0.000001")


def test_an_apr_above_a_thousand_per_cent_a_month_is_found_too() -> None:
    assert level_apr(Decimal("47.31"), [money("4732.95")]) == Decimal("1188.494610")


@given(tiny, st.integers(0, 100_000), st.integers(1, 1200))
@example(money("1.50"), 100_000 // 25, 1200)
def test_the_parts_of_a_tiny_or_century_long_schedule_add_up_to_the_cent(amount: Money, points: int, term: int) -> None:
    rows = schedule(amount, Decimal(points).scaleb(-4), term)
    assert len(rows) == term
    assert sum(r.principal for r in rows) == amount
    assert rows[-1].outstanding == 0
    assert all(r.payment == r.interest + r.principal and r.outstanding >= 0 <= r.payment for r in rows)
    assert all(v == v.quantize(CENT) for r in rows for v in (r.payment, r.interest, r.principal, r.outstanding))
