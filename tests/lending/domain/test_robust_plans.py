"""Plans that most of several models approve, beside the cheapest that the deciding one does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lending.domain.application import Applicant, Application, Outcome
from lending.domain.plans import apply
from lending.domain.recourse import recourse
from tests.conftest import sized
from tests.lending.domain.refusals import (
    actions,
    an_ask,
    applications,
    book_of,
    decide_many,
    decided,
    partners,
    plans_of,
)


def _judge(worse: str) -> Callable[[Sequence[Application], int], list[bool]]:
    """Twenty models, each a little more careful than the one before, the last one by `worse`."""
    steps = [Decimal(worse) * n / 20 for n in range(1, 21)]

    def judge(asked: Sequence[Application], enough: int) -> list[bool]:
        return [sum(decided(a, worse=w).outcome is Outcome.APPROVE for w in steps) >= enough for a in asked]

    return judge


RISKY = an_ask("car", credit_score=675, revolving_utilisation=Decimal("0.9"), revolving_balance=Decimal(6000))


def test_the_cheapest_plan_comes_with_a_robust_one_that_goes_further_the_same_way() -> None:
    plain = plans_of(RISKY).plans
    found = plans_of(RISKY, judge=_judge("0.02")).plans
    assert (plain[0].robust, found[0].robust) == (None, False)
    assert found[0].steps == plain[0].steps
    wider = next(plan for plan in found if plan.robust)
    assert actions(wider) == actions(found[0])
    assert wider.cost > found[0].cost
    assert _judge("0.02")([apply(RISKY, wider)], 18) == [True]


def test_a_plan_that_is_robust_as_it_is_needs_no_wider_one() -> None:
    found = plans_of(RISKY, judge=_judge("0")).plans
    assert [plan.robust for plan in found] == [True] * len(plans_of(RISKY).plans)


def test_where_the_cheapest_plan_has_no_robust_variant_another_plan_goes_further() -> None:
    owing = an_ask("car", monthly_obligations=Decimal(2400))
    plans = plans_of(owing, judge=lambda asked, _: [one.request.amount < 14_500 for one in asked]).plans
    assert "larger_deposit" not in actions(plans[0])
    assert [actions(plan) for plan in plans if plan.robust] == [["repay_debt", "larger_deposit"]]


@pytest.mark.parametrize("most", [1, 2, 5])
def test_a_robust_variant_keeps_its_place_among_the_plans_that_are_shown(most: int) -> None:
    book = book_of("car")
    book = replace(book, values={**book.values, "recourse_plans_max": Decimal(most)})
    plans = recourse(RISKY, decided(RISKY), decide_many, book, (), _judge("0.02")).plans
    assert len(plans) <= most
    assert any(plan.robust for plan in plans)


@settings(max_examples=sized(25, 400))
@given(applications, partners, st.sampled_from(["0.002", "0.01", "0.03"]))
def test_what_is_called_robust_is_what_enough_models_approve(
    application: Application, others: list[Applicant], worse: str
) -> None:
    judge = _judge(worse)
    for plan in plans_of(application, others, judge).plans:
        assert judge([apply(application, plan)], 18) == [plan.robust]
