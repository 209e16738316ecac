"""Published figures and other people's solvers."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args

import mortgagemath as mm
import pytest
import pyxirr
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from lending.domain.apr import Flow, apr_answer, key_facts_apr, level_apr, unit_period_rate
from lending.domain.instalments import instalment
from lending.domain.money import CENT, Money, money, to_cents
from lending.domain.prepayment import Keep, change_term, prepay
from lending.domain.prepayment_answers import change_term_answer, payoff_answer, prepay_answer
from lending.domain.repayment import Repayment, due, paid_monthly, rows
from lending.domain.schedule import LoanFigures, payments, quote_schedule, schedule
from tests.conftest import sized
from tests.lending.domain.solvers import actuarial, bisected

CASES = Path(__file__).parents[2] / "cases"
EVEN = mm.PaymentRounding.ROUND_HALF_EVEN


def cases(name: str, part: str | None = None) -> list[Any]:
    """The worked cases of a file, or of a part of it, each named by its source."""
    found = yaml.safe_load((CASES / name).read_text(encoding="utf-8"))
    return [pytest.param(case, id=case["source"]) for case in (found[part] if part else found)]


def keyed(names: tuple[str, ...], listed: list[list[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(names, values, strict=True)) for values in listed]


def flows(case: dict[str, Any]) -> tuple[list[Flow], list[Flow]]:
    """Advances and payments of a case."""
    lent = case.get("advances", [[case.get("financed"), 0, "0"]])
    return (
        [Flow(Decimal(amount), t, Fraction(f)) for amount, t, f in lent],
        [Flow(Decimal(amount), t, Fraction(f), count) for amount, count, t, f in case["streams"]],
    )


@pytest.mark.parametrize("case", cases("apr.yaml", "appendix_j") + cases("apr.yaml", "by_hand"))
def test_the_apr_is_that_of_regulation_z_appendix_j(case: dict[str, Any]) -> None:
    lent = {"amount_financed": case.get("financed")}
    if "advances" in case:
        lent = {"advances": keyed(("amount", "t", "f"), case["advances"])}
    streams = keyed(("amount", "count", "first_t", "f"), case["streams"])
    answer = apr_answer({**lent, "unit_periods_per_year": case["per_year"], "streams": streams})
    assert answer["apr_percent"] == case["apr_percent"]
    halved = bisected(*flows(case))
    assert abs(Decimal(answer["unit_period_rate"]) - halved) <= Decimal("1e-12")


@pytest.mark.parametrize("case", cases("apr.yaml", "key_facts"))
def test_the_apr_of_the_key_facts_statement_is_the_illustrated_one(case: dict[str, Any]) -> None:
    how = Repayment(case.get("kind", "instalment"), interest=case.get("interest", "compound"))
    loan = (how, money(case["principal"]), Decimal(case["annual_rate"]), case["term_months"])
    found = key_facts_apr(Decimal(case["net_disbursed"]), *loan)
    assert to_cents(found * 100) == Decimal(case["apr_percent"])
    assert due(*loan) == Decimal(case["instalment"])


@pytest.mark.parametrize("case", cases("instalments.yaml"))
def test_the_instalment_is_the_published_one(case: dict[str, Any]) -> None:
    found = instalment(Decimal(case["principal"]), Decimal(case["annual_rate"]), case["term_months"])
    assert found == Decimal(case["instalment"])


@pytest.mark.parametrize("case", cases("repayment.yaml"))
def test_the_plan_is_the_one_worked_by_hand(case: dict[str, Any]) -> None:
    answer: Any = quote_schedule(case["loan"])
    parts = [[row[name] for name in ("payment", "interest", "principal", "outstanding")] for row in answer["rows"]]
    assert parts == case["rows"]
    assert answer["instalment"] == case["due"]


@pytest.mark.parametrize(
    ("case", "answer"),
    [
        pytest.param(case.values[0], answer, id=case.id)
        for part, answer in (("prepay", prepay_answer), ("change_term", change_term_answer), ("payoff", payoff_answer))
        for case in cases("prepayment.yaml", part)
    ],
)
def test_the_change_is_the_one_worked_by_hand(
    case: dict[str, Any], answer: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    found = answer(case["asked"])
    plan = found.pop("rows", None)
    assert found == case["answer"]
    assert plan is None or [row["payment"] for row in plan] == case["payments"]


def drawn(draw: random.Random) -> tuple[Money, Decimal, int]:
    """Amount, rate in percent and term of a loan that somebody could have.

    A twelfth of the rate has few digits: the library rounds it before it multiplies, which would move halves of a cent.
    """
    return money(draw.randint(1000, 900_000)), Decimal(12 * draw.randint(4, 208)).scaleb(-2), draw.randint(6, 360)


def rows_of(loan: mm.LoanParams) -> list[tuple[Decimal, ...]]:
    return [(i.payment, i.interest, i.principal, i.balance) for i in mm.amortization_schedule(loan)[1:]]


def test_a_schedule_agrees_row_by_row_with_an_independent_library() -> None:
    draw = random.Random(5)
    for _ in range(sized(20, 300)):
        amount, percent, term = drawn(draw)
        loan = mm.LoanParams(amount, percent, term, payment_rounding=EVEN, interest_rounding=EVEN)
        ours = [(r.payment, r.interest, r.principal, r.outstanding) for r in schedule(amount, percent / 100, term)]
        assert ours == rows_of(loan)


def test_a_moratorium_with_interest_paid_agrees_row_by_row_with_an_independent_library() -> None:
    draw = random.Random(6)
    for _ in range(sized(20, 300)):
        amount, percent, term = drawn(draw)
        wait = draw.randint(1, term - 2)
        loan = mm.LoanParams(
            amount, percent, term, payment_rounding=EVEN, interest_rounding=EVEN, interest_only_months=wait
        )
        plan = rows(Repayment("moratorium", wait, "paid"), amount, percent / 100, term)
        assert [(r.payment, r.interest, r.principal, r.outstanding) for r in plan] == rows_of(loan)


def test_a_prepayment_agrees_row_by_row_with_an_independent_library() -> None:
    """A loan whose instalment is given, or computed anew, on what is left: mortgagemath with `payment_override`."""
    draw = random.Random(11)
    for _ in range(sized(20, 300)):
        amount, percent, term = drawn(draw)
        loan = LoanFigures(amount, percent / 100, term)
        month = draw.randint(1, term - 3)
        left = to_cents(loan.rows()[month - 1].outstanding * draw.randint(30, 99) / 100)
        paid = Money(loan.rows()[month - 1].outstanding - left)
        for keep in get_args(Keep):
            changed = prepay(loan, month, paid, keep)
            given_level = loan.due() if keep == "instalment" else None
            theirs = mm.LoanParams(
                left, percent, len(changed.rows), payment_rounding=EVEN, interest_rounding=EVEN,
                payment_override=given_level,
            )  # fmt: skip
            assert [(r.payment, r.interest, r.principal, r.outstanding) for r in changed.rows] == rows_of(theirs)


def test_another_rate_agrees_row_by_row_with_an_independent_library() -> None:
    draw = random.Random(12)
    for _ in range(sized(20, 300)):
        amount, percent, term = drawn(draw)
        month, other = draw.randint(1, term - 2), drawn(draw)[1]
        changed = change_term(LoanFigures(amount, percent / 100, term), month, term - month, other / 100)
        theirs = mm.LoanParams(
            amount, percent, term, payment_rounding=EVEN, interest_rounding=EVEN,
            rate_schedule=(mm.RateChange(effective_payment_number=month + 1, new_annual_rate=other),),
        )  # fmt: skip
        ours = [(r.payment, r.interest, r.principal, r.outstanding) for r in changed.rows]
        assert ours == rows_of(theirs)[month:]


def test_generated_loans_agree_with_an_independent_internal_rate_of_return() -> None:
    draw = random.Random(7)
    for _ in range(sized(100, 1000)):
        amount, percent, term = drawn(draw)
        wait = draw.randint(0, term - 2)
        how = Repayment("moratorium", wait, draw.choice(["paid", "simple", "compound"]))
        paid = paid_monthly(how, amount, percent / 100, term)
        theirs = pyxirr.irr([-float(amount), *map(float, paid)])
        assert theirs is not None
        assert abs(float(level_apr(amount, paid)) - theirs * 12) <= 0.0000006
        net = to_cents(amount * draw.randint(90, 100) / 100)
        unrounded = pyxirr.irr([-float(net), *map(float, paid)])
        assert unrounded is not None
        found = key_facts_apr(net, how, amount, percent / 100, term)
        assert float(found) == pytest.approx(unrounded * 12, abs=0.00001), "cents move it by this much at most"


tiny = st.integers(1, 500).map(lambda cents: Money(Decimal(cents).scaleb(-2)))
usual = st.integers(1, 10**7).map(lambda cents: Money(Decimal(cents).scaleb(-2)))


@given(tiny | usual, st.integers(0, 30_000), st.integers(1, 12) | st.integers(1, 1200), st.integers(1, 100))
def test_the_quick_apr_holds_for_tiny_loans_long_terms_and_fees_that_leave_almost_nothing(
    amount: Money, points: int, term: int, left: int
) -> None:
    paid = payments(amount, Decimal(points).scaleb(-4), term)
    financed = max(CENT, to_cents(amount * left / 100))
    assert abs(level_apr(Money(financed), paid) - actuarial(financed, paid)) <= Decimal("0.000001")


def test_an_apr_above_a_thousand_per_cent_a_month_is_found_too() -> None:
    assert level_apr(Decimal("47.31"), [money("4732.95")]) == Decimal("1188.494610")


@given(tiny, st.integers(0, 100_000), st.integers(1, 1200))
@example(money("1.50"), 100_000 // 25, 1200)
def test_the_parts_of_a_tiny_or_century_long_schedule_add_up_to_the_cent(amount: Money, points: int, term: int) -> None:
    plan = schedule(amount, Decimal(points).scaleb(-4), term)
    assert len(plan) == term
    assert sum(r.principal for r in plan) == amount
    assert plan[-1].outstanding == 0
    assert all(r.payment == r.interest + r.principal and r.outstanding >= 0 <= r.payment for r in plan)
    assert all(v == v.quantize(CENT) for r in plan for v in (r.payment, r.interest, r.principal, r.outstanding))


def test_the_lowest_of_several_rates_that_fit_is_the_yearly_cost() -> None:
    """240 a month paid before, between and after a student's advances: 2.67 % a month fits, and so does a huge rate."""
    advances = [Flow(Decimal(a), t + 12 * k, Fraction(4, 30)) for k in range(4) for a, t in ((1800, 2), (1000, 6))]
    found = unit_period_rate(advances, [Flow(Decimal(240), 0, Fraction(0), 50)])
    assert abs(found - bisected(advances, [Flow(Decimal(240), 0, Fraction(0), 50)], high="0.1")) < Decimal("1e-20")
    assert Decimal("0.026") < found < Decimal("0.027")
