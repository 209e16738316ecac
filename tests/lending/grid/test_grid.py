"""Every point of the grid is the decision of the domain."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.domain.application import (
    Application,
    Collateral,
    LoanRequest,
    Outcome,
)
from lending.domain.decision import Decision
from lending.domain.instalments import instalment
from lending.domain.money import money
from lending.domain.policy import Operator, rulebook
from lending.domain.pricing import pd_12m, price_loan
from lending.domain.repayment import Repayment, burden, due
from lending.grid.figures import Points
from lending.grid.instalments import burden_cents, due_cents
from lending.grid.pricing import priced_rates, yearly_pd
from lending.grid.requests import OUTCOMES, Answers, Grid
from tests.builders import AS_OF, an_applicant, an_assessment, the_policy
from tests.conftest import sized
from tests.lending.grid.anybody import LIMITS, a_person, an_ask, decided, the_code, with_a_rule
from tests.lending.test_market_in import india

PRODUCTS = ("car", "home", "gold", "education")


def column(*values: int) -> Any:
    return np.array(values, dtype=np.int64)


@given(
    st.integers(1, 10**10),
    st.integers(0, 10_000).map(lambda ticks: ticks * 10_000),
    st.integers(1, 480),
)
def test_an_instalment_of_the_grid_is_that_of_the_domain(cents: int, rate8: int, months: int) -> None:
    exact = instalment(Decimal(cents).scaleb(-2), Decimal(rate8).scaleb(-8), months)
    found = due_cents(Repayment(), column(cents), column(rate8), column(months))
    assert Decimal(int(found[0])).scaleb(-2) == exact


@pytest.mark.parametrize("how", [
    Repayment("bullet", 0, "simple"), Repayment("bullet", 0, "compound"), Repayment("moratorium", 24, "simple"),
    Repayment("moratorium", 24, "compound"), Repayment("moratorium", 24, "paid"),
])  # fmt: skip
@given(st.integers(100, 10**9), st.integers(0, 3_000), st.integers(25, 180))
def test_every_way_to_repay_is_the_same_in_both(how: Repayment, cents: int, points: int, months: int) -> None:
    amount, rate = money(Decimal(cents).scaleb(-2)), Decimal(points).scaleb(-4)
    given_to_grid = (how, column(cents), column(points * 10_000), column(months))
    assert Decimal(int(due_cents(*given_to_grid)[0])).scaleb(-2) == due(how, amount, rate, months)
    assert Decimal(int(burden_cents(*given_to_grid)[0])).scaleb(-2) == burden(how, amount, rate, months)


@pytest.mark.parametrize("horizon", [12, 24, 36, 7])
def test_yearly_risks_and_prices_are_those_of_the_domain(horizon: int) -> None:
    book = rulebook(the_policy(), "gold", AS_OF)
    draw = random.Random(horizon)
    micro = [0, 1, 99, 500_000, 999_999, *(draw.randrange(1_000_000) for _ in range(sized(300, 5000)))]
    yearly = yearly_pd(column(*micro), horizon)
    rates = priced_rates(column(*micro), book, horizon)
    for pd, found, rate in zip(micro, yearly, rates, strict=True):
        exact = Decimal(pd).scaleb(-6)
        assert Decimal(int(found)).scaleb(-8) == pd_12m(exact, horizon)
        word = an_assessment(str(exact), horizon_months=horizon)
        assert Decimal(int(rate)).scaleb(-8) == price_loan(word, book).priced_rate


def same(answers: Answers, at: int, decision: Decision) -> None:
    assert OUTCOMES[answers.outcome[at]] is decision.outcome
    code = answers.code[at]
    assert (None if code < 0 else answers.codes[code]) == the_code(decision)
    assert decision.price is not None
    assert Decimal(int(answers.rate8[at])).scaleb(-8) == decision.price.priced_rate
    if decision.affordability is not None:
        assert Decimal(int(answers.due[at])).scaleb(-2) == decision.affordability.instalment


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize("horizon", [12, 36])
def test_every_point_is_the_decision(product: str, horizon: int) -> None:
    draw = random.Random(f"{product}{horizon}")
    book = rulebook(the_policy(), product, AS_OF)
    bounds = [int(book[name] * 100) for name in ("amount_min", "amount_max")]
    for _ in range(sized(25, 200)):
        partner = a_person(draw, "C2") if draw.random() < 0.4 else None
        application = Application(a_person(draw, "C1"), an_ask(draw, product), partner)
        near = [b + step for b in bounds for step in (-1, 0, 1)]
        cents = [*near, *(draw.randint(1, bounds[1] + 1000) for _ in range(20))]
        terms = [draw.randint(1, int(book["term_months_max"]) + 4) for _ in cents]
        micro = [draw.randint(1, draw.choice((40_000, 300_000, 1_000_000))) for _ in cents]
        answers = Grid(application, the_policy(), AS_OF, horizon).evaluate(
            Points(column(*cents), column(*terms), column(*micro))
        )
        for at, point in enumerate(zip(cents, terms, micro, strict=True)):
            same(answers, at, decided(application, *point, horizon))


@pytest.mark.parametrize("field", LIMITS)
@pytest.mark.parametrize("operator", ["at_least", "at_most", "present", "none_of"])
def test_a_rule_of_any_kind_is_decided_as_the_domain_does(field: str, operator: Operator) -> None:
    draw = random.Random(f"{field} {operator}")
    for _ in range(sized(12, 120)):
        market = draw.choice((the_policy(), india()))
        product = draw.choice(list(market.products))
        policy = with_a_rule(market, product, field, operator, tiered=draw.random() < 0.5, hidden=draw.random() < 0.3,
                             fail=draw.choice((Outcome.DECLINE, Outcome.REFER)))  # fmt: skip
        partner = a_person(draw, "C2") if draw.random() < 0.4 else None
        application = Application(a_person(draw, "C1"), an_ask(draw, product), partner)
        cents = [draw.choice((900_001, 900_002, 4_000_000, draw.randint(1, 7_000_000))) for _ in range(12)]
        terms, micro = [draw.randint(1, 100) for _ in cents], [draw.randint(1, 300_000) for _ in cents]
        points = Points(column(*cents), column(*terms), column(*micro))
        answers = Grid(application, policy, AS_OF, 12).evaluate(points)
        for at, point in enumerate(zip(cents, terms, micro, strict=True)):
            same(answers, at, decided(application, *point, 12, policy))


def test_amounts_beyond_any_loan_are_still_counted_exactly() -> None:
    """Products of cents with millionths need more than 64 bits here."""
    huge = Collateral("property", money("9999999999999.99"))
    application = Application(an_applicant(monthly_obligations=Decimal("9e12")), LoanRequest("home", money(1), 1, huge))
    cents, micro = [10**6, 2 * 10**9, 10**14 + 1, 10**15 - 1], 20_000
    answers = Grid(application, the_policy(), AS_OF, 12).evaluate(
        Points(column(*cents), column(*[240] * 4), column(*[micro] * 4))
    )
    for at, amount in enumerate(cents):
        same(answers, at, decided(application, amount, 240, micro, 12))


def test_debts_with_more_places_than_cents_are_counted_to_the_last_one() -> None:
    """A third of a cent of debt tips the scale where the instalment alone just fits."""
    book = rulebook(the_policy(), "car", AS_OF)
    monthly = due(Repayment(), money(15_000), price_loan(an_assessment(), book).priced_rate, 48)
    fitting = Decimal(6500) * book["dti_max"] - monthly
    for owed, outcome in ((fitting, Outcome.APPROVE), (fitting + Decimal("0.003"), Outcome.DECLINE)):
        application = Application(an_applicant(monthly_obligations=owed), LoanRequest("car", money(1), 1))
        answers = Grid(application, the_policy(), AS_OF, 12).evaluate(
            Points(column(1_500_000), column(48), column(20_000))
        )
        assert OUTCOMES[answers.outcome[0]] is outcome
        same(answers, 0, decided(application, 1_500_000, 48, 20_000, 12))


@pytest.mark.parametrize(("operator", "outcome"), [("at_least", Outcome.APPROVE), ("at_most", Outcome.APPROVE)])
def test_a_share_is_rounded_up_before_it_meets_a_limit(operator: Operator, outcome: Outcome) -> None:
    """A cent less than half of the value is half of it at six places."""
    policy = with_a_rule(the_policy(), "car", "ltv", operator, tiered=False, hidden=False, fail=Outcome.DECLINE)
    request = LoanRequest("car", money(1), 1, Collateral("vehicle", money(30_000)))
    application = Application(an_applicant(), request)
    answers = Grid(application, policy, AS_OF, 12).evaluate(Points(column(1_499_999), column(48), column(20_000)))
    assert OUTCOMES[answers.outcome[0]] is outcome
    same(answers, 0, decided(application, 1_499_999, 48, 20_000, 12, policy))
