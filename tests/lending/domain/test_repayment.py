"""Ways to repay: level instalments, a moratorium, a bullet."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from lending.domain.errors import LoanTermsError
from lending.domain.instalments import instalment
from lending.domain.money import CENT, ZERO, Money, money, to_cents
from lending.domain.repayment import Repayment, Row, burden, due, paid_monthly, rows, unrounded_monthly
from lending.domain.schedule import payments, schedule

amounts = (st.integers(1, 500) | st.integers(1, 10**11)).map(lambda cents: Money(Decimal(cents).scaleb(-2)))
rates = (st.integers(0, 5_000) | st.integers(0, 100_000)).map(lambda points: Decimal(points).scaleb(-4))
short = st.integers(1, 48)
terms = short | st.integers(1, 1200)
interests = st.sampled_from(["paid", "simple", "compound"])
accruing = st.sampled_from(["simple", "compound"])
BULLET, LEVEL = Repayment("bullet"), Repayment()


@st.composite
def ways(draw: st.DrawFn, term: int) -> Repayment:
    """Any way to repay a loan of so many months."""
    kind = draw(st.sampled_from(["instalment", "bullet", "moratorium"]))
    wait = draw(st.integers(0, term - 1)) if kind == "moratorium" else 0
    return Repayment(kind, wait, draw(accruing if kind == "bullet" else interests))


Loan = tuple[Repayment, Money, Decimal, int]


@st.composite
def loans(draw: st.DrawFn) -> Loan:
    """Any loan whose debt stays within fifteen digits: compound interest may run for fifty years, not at any rate."""
    term, annual_rate = draw(terms), draw(rates)
    how = draw(ways(term))
    if how.interest == "compound" and annual_rate * term > 120:
        how = replace(how, interest="simple")
    return how, draw(amounts), annual_rate, term


@given(loans())
@example((Repayment("moratorium", 1199, "simple"), money("0.01"), Decimal(10), 1200))
@example((Repayment("bullet", 0, "simple"), money("999999999.99"), Decimal(10), 1200))
@example((Repayment("moratorium", 600, "paid"), money("1.50"), Decimal(4), 1200))
def test_the_parts_of_every_plan_add_up_to_the_cent(loan: Loan) -> None:
    _, amount, _, term = loan
    plan = rows(*loan)
    assert [r.month for r in plan] == list(range(1, term + 1))
    assert sum((r.principal for r in plan), ZERO) == amount
    assert plan[-1].outstanding == 0
    assert [r.payment for r in plan] == paid_monthly(*loan)
    owed = amount
    for r in plan:
        assert r.payment == r.interest + r.principal
        assert r.outstanding == owed - r.principal
        assert r == Row(r.month, *(to_cents(v) for v in (r.payment, r.interest, r.principal, r.outstanding)))
        owed = r.outstanding


@given(loans())
def test_nothing_is_negative_but_the_principal_of_a_month_whose_interest_accrues(loan: Loan) -> None:
    how = loan[0]
    for r in rows(*loan):
        assert min(r.payment, r.interest, r.outstanding) >= 0
        waiting = how.kind == "bullet" or (how.kind == "moratorium" and r.month <= how.moratorium_months)
        assert r.principal >= 0 or (waiting and how.interest != "paid" and r.payment == 0)


@given(amounts, rates, terms, interests)
def test_level_instalments_are_exactly_the_plain_schedule(
    amount: Money, annual_rate: Decimal, term: int, interest: str
) -> None:
    plain = (amount, annual_rate, term)
    for how in (Repayment(interest=interest), Repayment("moratorium", 0, interest)):  # type: ignore[arg-type]
        assert rows(how, *plain) == schedule(*plain)
        assert paid_monthly(how, *plain) == payments(*plain)
        assert due(how, *plain) == burden(how, *plain) == instalment(*plain)


@given(loans())
def test_what_is_due_is_what_most_months_pay(loan: Loan) -> None:
    how, _, _, term = loan
    plan = rows(*loan)
    if how.kind == "bullet":
        assert [r.payment for r in plan] == [ZERO] * (term - 1) + [due(*loan)]
        return
    wait = how.moratorium_months if how.kind == "moratorium" else 0
    owed = plan[wait - 1].outstanding if wait else loan[1]
    assert due(*loan) == instalment(owed, loan[2], term - wait)
    assert all(r.payment == min(due(*loan), r.payment + r.outstanding) for r in plan[wait:-1])


@given(loans(), st.integers(1, 60))
def test_at_an_equal_rate_a_longer_term_never_raises_what_is_due(loan: Loan, more: int) -> None:
    how, *figures, term = loan
    assume(how.kind != "bullet" and term + more <= 1200)
    assert due(how, *figures, term + more) <= due(how, *figures, term)
    assert burden(how, *figures, term + more) <= burden(how, *figures, term)


@given(amounts, rates.filter(lambda r: r <= 1), short)
def test_a_bullet_weighs_its_one_payment_spread_over_the_term(amount: Money, annual_rate: Decimal, term: int) -> None:
    load = burden(BULLET, amount, annual_rate, term)
    assert load == load.quantize(CENT)
    assert load * term >= due(BULLET, amount, annual_rate, term) > (load - CENT) * term


@given(amounts, terms, st.data())
def test_without_interest_all_ways_cost_the_same(amount: Money, term: int, data: st.DataObject) -> None:
    how = data.draw(ways(term))
    plan = rows(how, amount, Decimal(0), term)
    assert sum((r.payment for r in plan), ZERO) == amount
    assert all(r.interest == 0 for r in plan)
    if how.kind == "moratorium":
        others = [replace(how, interest=i) for i in ("paid", "simple", "compound")]
        assert all(rows(other, amount, Decimal(0), term) == plan for other in others)


@given(amounts, rates.filter(lambda r: r <= 1), st.integers(1, 24), short)
def test_interest_that_is_paid_costs_less_than_simple_and_simple_less_than_compound(
    amount: Money, annual_rate: Decimal, wait: int, later: int
) -> None:
    def owed(interest: str) -> Money:
        how = Repayment("moratorium", wait, interest)  # type: ignore[arg-type]
        return rows(how, amount, annual_rate, wait + later)[wait - 1].outstanding

    assert owed("paid") == amount <= owed("simple") <= owed("compound")


@given(loans())
def test_unrounded_payments_differ_from_the_rounded_ones_by_rounding_alone(loan: Loan) -> None:
    """Each rounding moves at most half a cent, which then earns interest until the end."""
    *_, annual_rate, term = loan
    assume(annual_rate * term <= 12)
    exact, paid = unrounded_monthly(*loan), paid_monthly(*loan)
    assert len(exact) == len(paid) == term
    worth = (1 + annual_rate / 12) ** term
    most = CENT * term * worth + CENT
    assert abs(sum(exact) - sum(paid, ZERO)) <= most * term
    assert all(a == b == 0 for a, b in zip(exact, paid, strict=True) if a == 0)


@pytest.mark.parametrize(
    ("how", "principal", "annual_rate", "term", "field"),
    [
        (Repayment("moratorium", 12), "100", "0.1", 12, "moratorium_months"),
        (Repayment("moratorium", 13, "paid"), "100", "0.1", 12, "moratorium_months"),
        (Repayment("moratorium", -1), "100", "0.1", 12, "moratorium_months"),
        (Repayment("bullet", interest="paid"), "100", "0.1", 12, "interest"),
        (BULLET, "100", "10", 1200, "term_months"),
        (Repayment("moratorium", 1199), "100", "10", 1200, "term_months"),
        (Repayment("bullet", interest="simple"), "9999999999999", "10", 1200, "term_months"),
        (BULLET, "0", "0.1", 12, "principal"),
        (BULLET, "100", "10.1", 12, "annual_rate"),
        (LEVEL, "100", "0.1", 1201, "term_months"),
    ],
)
def test_what_no_loan_can_be_is_refused_by_every_question(
    how: Repayment, principal: str, annual_rate: str, term: int, field: str
) -> None:
    loan = (how, Money(Decimal(principal)), Decimal(annual_rate), term)
    for question in (rows, paid_monthly, due, burden, unrounded_monthly):
        with pytest.raises(LoanTermsError, match="expected") as refused:
            question(*loan)
        assert refused.value.field == field
