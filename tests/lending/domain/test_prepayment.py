"""A running loan on paper: prepaid, repaid at once, given another term or rate."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, get_args

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lending.domain.errors import InputError, LoanTermsError
from lending.domain.money import CENT, ZERO, Money, money, to_cents
from lending.domain.prepayment import Changed, Keep, change_term, months_since, pay_more, payoff, prepay
from lending.domain.prepayment_answers import change_term_answer, payoff_answer, prepay_answer
from lending.domain.repayment import Repayment
from lending.domain.schedule import LoanFigures

HOME = LoanFigures(money("100000"), Decimal("0.09"), 60)
GOLD = LoanFigures(money("1000"), Decimal("0.12"), 12, Repayment("bullet", interest="simple"))
amounts = (st.integers(1, 500) | st.integers(1, 10**9)).map(lambda cents: Money(Decimal(cents).scaleb(-2)))
keeps = st.sampled_from(get_args(Keep))


@st.composite
def loans(draw: st.DrawFn) -> LoanFigures:
    """Any loan of two months or more, repaid in any way."""
    term = draw(st.integers(2, 60))
    kind = draw(st.sampled_from(["instalment", "bullet", "moratorium"]))
    interest = draw(st.sampled_from(["simple", "compound"] if kind == "bullet" else ["paid", "simple", "compound"]))
    how = Repayment(kind, draw(st.integers(0, term - 1)) if kind == "moratorium" else 0, interest)
    return LoanFigures(draw(amounts), Decimal(draw(st.integers(0, 10_000))).scaleb(-4), term, how)


@st.composite
def prepayments(draw: st.DrawFn) -> tuple[LoanFigures, int, Money, Keep]:
    """A loan with a month of its plan, an amount owed after it, and what stays."""
    loan = draw(loans())
    month = draw(st.integers(1, loan.term_months - 1))
    owed = loan.rows()[month - 1].outstanding
    assume(owed > 0)
    amount = draw(st.integers(1, int(owed * 100)) | st.just(int(owed * 100)))
    keep = "term" if loan.how.kind == "bullet" else draw(keeps)
    return loan, month, Money(Decimal(amount).scaleb(-2)), keep


def check_parts(loan: LoanFigures, changed: Changed) -> None:
    """Months follow one another, every row adds up, the debt ends at nothing, the interest is what was counted."""
    owed = changed.outstanding
    for month, r in enumerate(changed.rows, start=changed.month + 1):
        assert r.month == month
        assert r.payment == r.interest + r.principal
        owed = Money(owed - r.principal)
        assert r.outstanding == owed
        assert min(r.payment, r.interest, r.outstanding) >= 0
        assert r.payment == to_cents(r.payment)
    assert owed == 0
    past = loan.rows()[: changed.month]
    assert changed.interest_after == sum((r.interest for r in (*past, *changed.rows)), ZERO)
    assert changed.interest_before == sum((r.interest for r in loan.rows()), ZERO)
    assert changed.months_saved == loan.term_months - changed.term_months


@given(prepayments())
def test_after_a_prepayment_the_parts_add_up_to_the_cent(asked: tuple[LoanFigures, int, Money, Keep]) -> None:
    loan, month, amount, _ = asked
    changed = prepay(*asked)
    check_parts(loan, changed)
    past = loan.rows()[:month]
    assert sum((r.principal for r in (*past, *changed.rows)), ZERO) + amount == loan.principal


@given(prepayments())
def test_keeping_the_instalment_never_costs_interest_or_months(asked: tuple[LoanFigures, int, Money, Keep]) -> None:
    loan, month, amount, _ = asked
    assume(loan.how.kind != "bullet")
    changed = prepay(loan, month, amount, "instalment")
    assert changed.interest_saved >= 0
    assert changed.months_saved >= 0
    assert all(r.payment <= before.payment for r, before in zip(changed.rows, loan.rows()[month:], strict=False))


@given(prepayments())
def test_keeping_the_term_keeps_it_and_never_raises_what_is_due(asked: tuple[LoanFigures, int, Money, Keep]) -> None:
    """Compared with the instalment computed anew without the prepayment, as both spread the cents rounded so far."""
    loan, month, amount, _ = asked
    changed, left = prepay(loan, month, amount, "term"), loan.term_months - month
    assume(changed.outstanding > 0)
    first = left - 1 if loan.how.kind == "bullet" else max(0, loan.how.moratorium_months - month)
    assert changed.term_months == loan.term_months
    assert changed.rows[first].payment <= change_term(loan, month, left).rows[first].payment


@given(prepayments(), st.integers(0, 100))
def test_the_charge_is_its_share_of_the_prepayment_and_comes_off_the_saving(
    asked: tuple[LoanFigures, int, Money, Keep], percent: int
) -> None:
    free, charged = prepay(*asked), prepay(*asked, Decimal(percent) / 100)
    assert charged.rows == free.rows
    assert charged.charge == to_cents(asked[2] * percent / 100)
    assert charged.net_saving == charged.interest_saved - charged.charge == free.net_saving - charged.charge


@pytest.mark.parametrize("amount", ["3000", "20000", "80000"])
def test_keeping_the_instalment_saves_more_interest_than_keeping_the_term(amount: str) -> None:
    by_term, by_instalment = (prepay(HOME, 12, money(amount), keep) for keep in ("term", "instalment"))
    assert by_instalment.interest_saved > by_term.interest_saved > 0
    assert by_instalment.months_saved > by_term.months_saved == 0
    assert by_instalment.instalment >= by_term.instalment


@given(loans(), st.data())
def test_after_another_term_the_parts_add_up_to_the_cent(loan: LoanFigures, data: st.DataObject) -> None:
    month = data.draw(st.integers(1, loan.term_months - 1))
    assume(loan.rows()[month - 1].outstanding > 0)
    waiting = max(0, loan.how.moratorium_months - month)
    remaining = data.draw(st.integers(waiting + 1, waiting + 120))
    rate = data.draw(st.none() | st.integers(0, 10_000).map(lambda points: Decimal(points).scaleb(-4)))
    changed = change_term(loan, month, remaining, rate)
    check_parts(loan, changed)
    assert changed.outstanding == loan.rows()[month - 1].outstanding
    assert changed.term_months == month + remaining


def test_a_longer_term_lowers_the_instalment_and_costs_interest() -> None:
    longer = change_term(HOME, 12, 96)
    assert longer.instalment < HOME.due()
    assert (longer.months_saved, longer.charge) == (-48, 0)
    assert longer.net_saving == longer.interest_saved < 0


@given(loans(), st.data())
def test_the_parts_of_a_payoff_add_up(loan: LoanFigures, data: st.DataObject) -> None:
    month, days = data.draw(st.integers(0, loan.term_months - 1)), data.draw(st.integers(0, 30))
    plan = loan.rows()
    owed = plan[month - 1].outstanding if month else loan.principal
    assume(owed > 0)
    found = payoff(loan, month, days, Decimal("0.03"))
    assert found.outstanding == owed
    assert found.amount == found.outstanding + found.accrued_interest + found.charge
    assert found.charge == to_cents(owed * 3 / 100)
    assert (found.accrued_interest == 0) if days == 0 else (0 <= found.accrued_interest <= owed)
    assert found.interest_saved == sum((r.interest for r in plan[month:]), ZERO) - found.accrued_interest


@given(loans(), st.data())
def test_a_payoff_on_the_day_of_a_payment_is_a_prepayment_of_all(loan: LoanFigures, data: st.DataObject) -> None:
    month = data.draw(st.integers(1, loan.term_months - 1))
    owed = loan.rows()[month - 1].outstanding
    assume(owed > 0)
    gone, whole = payoff(loan, month), prepay(loan, month, owed, "term")
    assert (gone.amount, gone.interest_saved) == (owed, whole.interest_saved)
    assert whole.rows == ()


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(0, 20_000))
def test_payments_fall_due_on_the_day_of_disbursement_or_the_last_of_a_short_month(lent: date, later: int) -> None:
    day = lent + timedelta(days=later)
    months, days = months_since(lent, day)
    assert 0 <= days <= 30
    last_due = day - timedelta(days=days)
    assert (last_due.year - lent.year) * 12 + last_due.month - lent.month == months
    next_day = last_due + timedelta(days=1)
    assert last_due.day == lent.day or (last_due.day < lent.day and next_day.day == 1)


Answer = Callable[[dict[str, Any]], dict[str, Any]]


def test_a_bullet_can_be_prepaid_and_ends_on_its_day() -> None:
    changed = prepay(GOLD, 3, money("500"), "term")
    assert changed.outstanding == money("530")
    assert [r.interest for r in changed.rows] == [money("5.30")] * 9
    assert changed.instalment == changed.rows[-1].payment == money("577.70")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda: prepay(HOME, 0, money("100"), "term"), "month"),
        (lambda: prepay(HOME, 60, money("100"), "term"), "month"),
        (lambda: prepay(HOME, 12, ZERO, "term"), "amount"),
        (lambda: prepay(HOME, 12, Money(HOME.rows()[11].outstanding + CENT), "term"), "amount"),
        (lambda: prepay(HOME, 12, money("100"), "term", Decimal("1.01")), "charge_fraction"),
        (lambda: prepay(HOME, 12, money("100"), "term", Decimal("-0.01")), "charge_fraction"),
        (lambda: prepay(GOLD, 3, money("100"), "instalment"), "keep"),
        (lambda: change_term(HOME, 60, 12), "month"),
        (lambda: change_term(HOME, 12, 0), "remaining_months"),
        (lambda: change_term(HOME, 12, 1189), "remaining_months"),
        (lambda: change_term(HOME, 12, 12, Decimal(11)), "annual_rate"),
        (lambda: change_term(LoanFigures(money("9"), ZERO, 9, Repayment("moratorium", 6)), 2, 4), "remaining_months"),
        (lambda: payoff(HOME, 60), "month"),
        (lambda: payoff(HOME, -1), "month"),
        (lambda: payoff(HOME, 12, 31), "days"),
        (lambda: payoff(HOME, 12, 0, Decimal(2)), "charge_fraction"),
    ],
)
def test_a_change_outside_the_plan_is_refused_by_name(change: Callable[[], object], field: str) -> None:
    with pytest.raises(LoanTermsError, match="expected") as refused:
        change()
    assert refused.value.field == field


def test_what_a_tiny_loan_no_longer_owes_cannot_be_changed() -> None:
    """5 cents over eight months: an instalment of 0.6 of a cent rounds to one, so five months repay it."""
    repaid = LoanFigures(money("0.05"), ZERO, 8)
    assert [r.outstanding for r in repaid.rows()].count(ZERO) == 4
    for change in (lambda: change_term(repaid, 5, 12), lambda: payoff(repaid, 5)):
        with pytest.raises(LoanTermsError, match="something is owed"):
            change()


LOAN = {"principal": "1000", "annual_rate": "0.12", "term_months": 12}


@pytest.mark.parametrize(
    ("answer", "asked", "field"),
    [
        (prepay_answer, {"month": 3, "amount": "100"}, "keep"),
        (prepay_answer, {"month": 3, "amount": "100", "keep": "both"}, "keep"),
        (prepay_answer, {"month": 3, "amount": "100.001", "keep": "term"}, "amount"),
        (prepay_answer, {"month": "three", "amount": "100", "keep": "term"}, "month"),
        (prepay_answer, {"month": 3, "amount": "100", "keep": "term", "fees": "1"}, "fees"),
        (change_term_answer, {"month": 3, "remaining_months": 0}, "remaining_months"),
        (change_term_answer, {"month": 3, "remaining_months": 9, "new_annual_rate": "12"}, "new_annual_rate"),
        (payoff_answer, {}, "month"),
        (payoff_answer, {"month": 3, "days": 31}, "days"),
        (payoff_answer, {"paid_on": "2026-03-01"}, "disbursed"),
        (payoff_answer, {"disbursed": "2026-03-01", "paid_on": "2026-03-10", "month": 0}, "month"),
        (payoff_answer, {"disbursed": "2026-03-01", "paid_on": "2026-02-28"}, "paid_on"),
        (payoff_answer, {"disbursed": "2026-03-01", "paid_on": "2027-03-01"}, "paid_on"),
        (payoff_answer, {"disbursed": "1 March", "paid_on": "2026-03-10"}, "disbursed"),
        (payoff_answer, {"disbursed": "20260301", "paid_on": "2026-03-10"}, "disbursed"),
    ],
)
def test_a_question_that_cannot_be_read_is_refused_by_name(answer: Answer, asked: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as refused:
        answer({**LOAN, **asked})
    assert refused.value.field == field


def test_paying_more_each_month_ends_the_loan_earlier_and_saves_interest() -> None:
    changed = pay_more(HOME, 0, money("200"))
    assert changed.rows[0].payment == HOME.due() + money("200")
    assert changed.months_saved == 60 - len(changed.rows) > 0
    assert changed.interest_saved > 0
    check_parts(HOME, changed)


@given(loans(), st.integers(0, 59), amounts)
def test_whoever_pays_more_each_month_never_pays_more_interest(loan: LoanFigures, month: int, extra: Money) -> None:
    assume(month < loan.term_months and loan.how.kind != "bullet")
    changed = pay_more(loan, month, extra)
    check_parts(loan, changed)
    assert changed.interest_saved >= 0
    assert changed.months_saved >= 0


@given(loans(), amounts)
def test_more_above_the_instalment_never_saves_less(loan: LoanFigures, extra: Money) -> None:
    assume(loan.how.kind != "bullet")
    assert pay_more(loan, 0, Money(extra * 2)).interest_saved >= pay_more(loan, 0, extra).interest_saved


def test_the_charge_is_a_share_of_all_that_is_paid_above_the_instalments() -> None:
    changed = pay_more(HOME, 12, money("100"), Decimal("0.02"))
    assert changed.charge == money("2") * (len(changed.rows) - 1)


@pytest.mark.parametrize(("loan", "month", "extra"), [(GOLD, 0, "10"), (HOME, 60, "10"), (HOME, 0, "0")])
def test_what_cannot_be_paid_more_is_refused(loan: LoanFigures, month: int, extra: str) -> None:
    with pytest.raises(LoanTermsError):
        pay_more(loan, month, money(extra))
