"""Instalments, schedules and the yearly cost."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from decimal import Decimal, getcontext
from fractions import Fraction

import pytest
import pyxirr
from hypothesis import assume, example, given
from hypothesis import strategies as st

from lending.domain.apr import Flow, apr_answer, level_apr, unit_period_rate
from lending.domain.errors import InputError, LoanTermsError
from lending.domain.instalments import instalment
from lending.domain.money import ZERO, Money, money, rate, round_up_to_tick, to_cents
from lending.domain.prepayment_answers import change_term_answer, payoff_answer, prepay_answer
from lending.domain.schedule import payments, quote_schedule, schedule
from tests.conftest import sized
from tests.lending.domain.solvers import actuarial, bisected

amounts = st.integers(1, 10**11).map(lambda cents: Money(Decimal(cents).scaleb(-2)))
rates = st.integers(0, 10_000).map(lambda points: Decimal(points).scaleb(-4))
terms = st.integers(1, 420)


def test_the_emi_of_the_style_guide() -> None:
    assert instalment(Decimal("500000"), Decimal("0.105"), 60) == Decimal("10746.95")


def test_a_loan_without_interest_is_split_evenly_and_the_last_payment_takes_the_rest() -> None:
    assert [r.payment for r in schedule(money("100"), Decimal(0), 3)] == [
        Decimal(p) for p in ("33.33", "33.33", "33.34")
    ]


@given(amounts, rates, terms)
def test_the_parts_of_a_schedule_add_up_to_the_cent(amount: Money, annual_rate: Decimal, term: int) -> None:
    rows = schedule(amount, annual_rate, term)
    assert len(rows) == term
    assert sum((r.principal for r in rows), ZERO) == amount
    assert rows[-1].outstanding == 0
    assert all(r.payment == r.interest + r.principal and r.outstanding >= 0 for r in rows)
    assert [r.payment for r in rows] == payments(amount, annual_rate, term)


@given(amounts, rates, st.integers(1, 419))
def test_at_an_equal_rate_a_longer_term_never_raises_the_instalment(
    amount: Money, annual_rate: Decimal, term: int
) -> None:
    assert instalment(amount, annual_rate, term + 1) <= instalment(amount, annual_rate, term)


@pytest.mark.parametrize(
    ("principal", "annual_rate", "term"),
    [
        ("0", "0.1", 12),
        ("-1", "0.1", 12),
        ("100", "-0.1", 12),
        ("100", "11", 12),
        ("100", "0.1", 0),
        ("100", "0.1", 1201),
    ],
)
def test_terms_no_loan_can_have_are_refused(principal: str, annual_rate: str, term: int) -> None:
    with pytest.raises(LoanTermsError, match="expected"):
        instalment(Decimal(principal), Decimal(annual_rate), term)


@given(amounts.filter(lambda a: a >= 100), rates, terms)
def test_the_quick_apr_equals_the_general_equation(amount: Money, annual_rate: Decimal, term: int) -> None:
    paid = payments(amount, annual_rate, term)
    financed = to_cents(amount * Decimal("0.99"))
    assert abs(level_apr(financed, paid) - actuarial(financed, paid)) <= Decimal("0.000001")


def apr(financed: str, per_year: object, *streams: dict[str, object]) -> str:
    body = {"amount_financed": financed, "unit_periods_per_year": per_year, "streams": list(streams)}
    return apr_answer(body)["apr_percent"]


def test_the_published_single_stream_example() -> None:
    """Regulation Z, Appendix J (c)(1): 24 monthly payments of 230 for 5,000 financed."""
    assert apr("5000", 12, {"amount": "230.00", "count": 24, "first_t": 1, "f": "0"}) == "9.69"


def test_a_single_payment_after_part_of_a_year_is_simple_interest() -> None:
    """One payment after 255 days: the unit period is the term, so APR = interest / principal x 365 / 255."""
    expected = (Decimal("1080") / 1000 - 1) * 365 / 255 * 100
    assert apr("1000", "365/255", {"amount": "1080", "first_t": 1}) == str(expected.quantize(Decimal("0.01")))


def test_generated_loans_agree_with_a_fifty_digit_solver() -> None:
    """Within 0.00001 per cent points a year: two advances, odd days, payments before and after the second advance."""
    draw = random.Random(3)
    for _ in range(sized(100, 1000)):
        count = draw.randint(2, 60)
        lent = draw.randint(500, 50_000)
        second = Flow(Decimal(draw.randint(1, 900)), draw.randint(0, 3), Fraction(draw.randint(0, 29), 30))
        advances = [Flow(Decimal(lent), 0, Fraction(0)), second]
        each = Decimal(lent + 900) / count * (1 + Decimal(draw.randint(1, 40)) / 100)
        odd = Fraction(draw.randint(0, 29), 30)
        streams = [Flow(each, draw.randint(1, 3), odd, count), Flow(Decimal(draw.randint(1, 500)), count + 4, odd)]
        ours, theirs = unit_period_rate(advances, streams), bisected(advances, streams)
        assert abs(ours - theirs) * 1200 <= Decimal("0.00001")


some_payments = st.lists(st.integers(0, 10**7).map(lambda cents: Money(Decimal(cents).scaleb(-2))), max_size=60)


@given(st.integers(0, 400), some_payments, st.integers(1, 10**8))
@example(399, [money("3000")], 100_000)
@example(0, [money("0.01")] * 3, 1)
def test_the_quick_apr_takes_any_payments(wait: int, last: list[Money], cents: int) -> None:
    """Months without a payment, payments that rise and fall, one payment at maturity."""
    paid, financed = [*[ZERO] * wait, *last], Decimal(cents).scaleb(-2)
    assume(financed <= sum(paid) < 1000 * financed)
    exact = actuarial(financed, paid)
    assert abs(level_apr(financed, paid) - exact) <= Decimal("0.000001") * max(1, exact / 100)


def test_payments_that_only_return_the_loan_cost_nothing() -> None:
    assert level_apr(Decimal(100), [money("50")] * 2) == level_apr(Decimal(100), [money("10")]) == 0


def test_one_payment_at_maturity_has_the_term_as_unit_period() -> None:
    """Appendix J (c)(5)(ii): 1,044 for 1,000 after six months is 8.80 %, not twelve times a monthly rate."""
    assert level_apr(Decimal(1000), [*[ZERO] * 5, money("1044")]) == Decimal("0.088000")
    assert to_cents(level_apr(Decimal(1000), [*[ZERO] * 17, money("1135.19")]) * 100) == Decimal("8.76")


def test_whole_unit_periods_agree_with_an_internal_rate_of_return() -> None:
    flows = [-5000.0] + [230.0] * 24
    ours = unit_period_rate([Flow(Decimal(5000), 0, Fraction(0))], [Flow(Decimal(230), 1, Fraction(0), 24)])
    assert float(ours) == pytest.approx(pyxirr.irr(flows), abs=1e-10)


def test_payments_below_the_advance_have_no_yearly_cost() -> None:
    with pytest.raises(InputError, match="less than"):
        apr("5000", 12, {"amount": "1", "count": 2, "first_t": 1})


@pytest.mark.parametrize(
    "advances",
    [[{"amount": "1000", "t": 12}], [{"amount": "1000"}, {"amount": "5000", "t": 9, "f": "1/2"}]],
    ids=["all paid before the advance", "more paid at once than lent"],
)
def test_payments_worth_more_than_the_advances_at_any_rate_have_no_yearly_cost(advances: list[object]) -> None:
    body = {"advances": advances, "unit_periods_per_year": 12, "streams": [{"amount": "7000", "first_t": 0}]}
    with pytest.raises(InputError, match="at any rate"):
        apr_answer(body)


@pytest.mark.parametrize("per_year", ["0", "-1", "366.5", "1e3", "9" * 39])
def test_a_year_has_more_than_no_and_at_most_366_unit_periods(per_year: str) -> None:
    with pytest.raises(InputError, match="unit_periods_per_year"):
        apr("5000", per_year, {"amount": "230", "count": 24, "first_t": 1})


def test_twenty_thousand_payments_are_answered() -> None:
    """1 a day for 5,000: i = (1 - (1 + i)^-19999) / 5000 = (1 - 0.0198) x 0.0002 = 0.00019603, x 365 = 7.16 %."""
    assert apr("5000", 365, {"amount": "1", "count": 19_999, "first_t": 1}) == "7.16"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
loan_keys = st.sampled_from(["amount_financed", "advances", "unit_periods_per_year", "streams", "principal",
                             "annual_rate", "term_months", "fees", "repayment", "apr_method", "month", "amount",
                             "keep", "remaining_months", "new_annual_rate", "days", "disbursed", "paid_on",
                             "charge_fraction"])  # fmt: skip


@given(st.dictionaries(loan_keys, json_values | st.sampled_from(["5000", "0.1", 12, [{"amount": "1", "first_t": 1}]])))
def test_any_json_gives_an_answer_or_one_clear_error(data: dict[str, object]) -> None:
    for question in (apr_answer, quote_schedule, prepay_answer, change_term_answer, payoff_answer):
        assert said(question, data)


def said(question: Callable[[Mapping[str, object]], object], data: dict[str, object]) -> object:
    """The answer, or what the error expects; anything else fails."""
    try:
        return question(data)
    except InputError as error:
        return error.as_dict()["expected"]


def test_the_apr_method_is_chosen_by_name() -> None:
    loan = {"principal": "20000", "annual_rate": "0.15", "term_months": 24, "fees": "400"}
    indian = quote_schedule({**loan, "apr_method": "in_kfs"})
    assert (indian["apr"], indian["apr_method"]) == ("0.170706", "in_kfs")
    assert quote_schedule({**loan, "apr_method": None}) == quote_schedule(loan)
    assert quote_schedule(loan)["apr_method"] == "us_actuarial"
    with pytest.raises(InputError, match="us_actuarial or in_kfs"):
        quote_schedule({**loan, "apr_method": "eu"})


@pytest.mark.parametrize(
    ("repayment", "field"),
    [
        ("bullet", "repayment"),
        ({}, "repayment.kind"),
        ({"kind": "balloon"}, "repayment.kind"),
        ({"kind": "instalment", "interest": "paid"}, "repayment.interest"),
        ({"kind": "bullet", "moratorium_months": 3}, "repayment.moratorium_months"),
        ({"kind": "bullet", "interest": "paid"}, "interest"),
        ({"kind": "moratorium"}, "repayment.moratorium_months"),
        ({"kind": "moratorium", "moratorium_months": True}, "repayment.moratorium_months"),
        ({"kind": "moratorium", "moratorium_months": 12}, "moratorium_months"),
        ({"kind": "moratorium", "moratorium_months": 3, "interest": "free"}, "repayment.interest"),
    ],
)
def test_a_way_to_repay_that_does_not_exist_is_refused_by_name(repayment: object, field: str) -> None:
    with pytest.raises(InputError) as refused:
        quote_schedule({"principal": "1000", "annual_rate": "0.1", "term_months": 12, "repayment": repayment})
    assert refused.value.field == field


def test_a_plain_loan_is_answered_the_same_however_it_is_asked_for() -> None:
    loan = {"principal": "1000", "annual_rate": "0.1", "term_months": 12}
    for repayment in (None, {"kind": "instalment"}, {"kind": "moratorium", "moratorium_months": 0}):
        assert quote_schedule({**loan, "repayment": repayment}) == quote_schedule(loan)


def test_fees_that_are_a_finance_charge_raise_the_apr() -> None:
    loan = {"principal": "10000", "annual_rate": "0.08", "term_months": 36}
    with_fee = quote_schedule({**loan, "fees": [{"amount": "200", "finance_charge": True}]})
    not_charged = quote_schedule({**loan, "fees": [{"amount": "200", "finance_charge": False}]})
    plain = quote_schedule(loan)
    assert Decimal(str(with_fee["apr"])) > Decimal(str(plain["apr"])) == Decimal(str(not_charged["apr"]))
    assert abs(Decimal(str(plain["apr"])) - Decimal("0.08")) < Decimal("0.0001")


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1e309", "", "ten", "1.001", "12345678901234567"])
def test_money_reads_finite_amounts_in_cents_only(text: str) -> None:
    with pytest.raises(InputError):
        money(text)


def test_rates_are_fractions_and_round_up_to_the_tick() -> None:
    with pytest.raises(InputError, match=r"0\.105"):
        rate("10.5")
    assert round_up_to_tick(Decimal("0.07301"), Decimal("0.0001")) == Decimal("0.0731")
    assert round_up_to_tick(Decimal("0.0730"), Decimal("0.0001")) == Decimal("0.0730")
    assert getcontext().prec == 28
