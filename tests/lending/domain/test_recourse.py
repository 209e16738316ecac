"""A plan that works when refused: it flips the decision, asks only for what can be changed, and is the cheapest."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

import pytest
from hypothesis import assume, given, settings

from lending.adapters.policy_files import parse_policy, read_texts
from lending.domain.application import Applicant, Application, Expiry, Loan, LoanRequest, Outcome
from lending.domain.changes import put, shown
from lending.domain.lever import Lever
from lending.domain.levers import levers_later, levers_now
from lending.domain.money import Rate, money, money_text
from lending.domain.plan_search import failed_fields
from lending.domain.plans import Plan, apply
from lending.domain.policy import Policy, rulebook
from lending.domain.policy_checks import FIELDS
from lending.domain.recourse import Recourse, recourse
from lending.settings import ROOT
from tests.builders import AS_OF, an_applicant, an_application
from tests.conftest import sized
from tests.lending.domain.refusals import (
    ASKED,
    Counted,
    actions,
    an_ask,
    applications,
    book_of,
    decide_many,
    decided,
    partners,
    plans_of,
)

MAY_CHANGE = {
    "repay_debt": {"monthly_obligations"},
    "smaller_amount": {"amount"},
    "larger_deposit": {"amount"},
    "larger_amount": {"amount"},
    "longer_term": {"term_months"},
    "shorter_term": {"term_months"},
    "more_collateral": {"collateral"},
    "more_gold": {"collateral"},
    "co_applicant": {"co_applicant"},
    "reduce_utilisation": {"revolving_balance", "revolving_utilisation"},
    "on_time_months": {"months_since_delinquency", "oldest_account_months", "employment_months"},
    "build_score": {"credit_score"},
    "extra_income": {"gross_monthly_income", "net_monthly_income"},
}
SHOWS = {
    "repay_debt": lambda a: money_text(a.applicant.monthly_obligations),
    "smaller_amount": lambda a: money_text(a.request.amount),
    "larger_deposit": lambda a: money_text(a.request.amount),
    "larger_amount": lambda a: money_text(a.request.amount),
    "longer_term": lambda a: a.request.term_months,
    "shorter_term": lambda a: a.request.term_months,
    "more_collateral": lambda a: money_text(a.request.collateral.value),
    "more_gold": lambda a: f"{a.request.collateral.weight_g.normalize():f}",
    "co_applicant": lambda a: a.co_applicant and a.co_applicant.customer_id,
    "reduce_utilisation": lambda a: money_text(a.applicant.revolving_balance),
    "build_score": lambda a: a.applicant.credit_score,
    "extra_income": lambda a: money_text(a.applicant.gross_monthly_income),
}
"""Where an action's figure stands in an application."""


EXPIRED = Expiry("identity", AS_OF - timedelta(days=1))


def changed(before: Application, after: Application) -> set[str]:
    """Names of everything that differs."""
    found = {"co_applicant"} if before.co_applicant != after.co_applicant else set[str]()
    for one, other in ((before.applicant, after.applicant), (before.request, after.request)):
        found |= {f.name for f in fields(one) if getattr(one, f.name) != getattr(other, f.name)}
    return found


def the_plan(found: Recourse, *wanted: str) -> Plan:
    return next(plan for plan in found.plans if actions(plan) == list(wanted))


@settings(max_examples=sized(120, 3000))
@given(applications, partners)
def test_every_plan_flips_the_decision_and_changes_nothing_but_what_its_steps_say(
    application: Application, others: list[Applicant]
) -> None:
    for plan in plans_of(application, others).plans:
        after = apply(application, plan)
        again = decided(after)
        assert (again.outcome, again) == (Outcome.APPROVE, plan.gives)
        assert changed(application, after) <= set[str]().union(*(MAY_CHANGE[action] for action in actions(plan)))
        assert changed(application, after)


@settings(max_examples=sized(120, 3000))
@given(applications, partners)
def test_steps_say_from_where_to_where_the_application_moves(application: Application, others: list[Applicant]) -> None:
    for plan in plans_of(application, others).plans:
        after = apply(application, plan)
        for step in plan.as_dict()["steps"]:  # pyright: ignore[reportGeneralTypeIssues]
            if step["action"] != "on_time_months":
                show = SHOWS[step["action"]]
                assert (step["from"], step["to"]) == (show(application), show(after))
                assert step["from"] != step["to"]


@settings(max_examples=sized(120, 3000))
@given(applications, partners)
def test_plans_stand_in_order_few_distinct_and_none_is_beaten_by_a_part_of_itself(
    application: Application, others: list[Applicant]
) -> None:
    found, book = plans_of(application, others), book_of(application.request.product)
    assert len(found.plans) <= book["recourse_plans_max"]
    assert (found.why is None) is (bool(found.plans) or decided(application).outcome is Outcome.APPROVE)
    assert len({plan.plan_id for plan in found.plans}) == len(found.plans)
    order = [(plan.then_ask_again, plan.cost + plan.months * book["recourse_wait_month_cost"]) for plan in found.plans]
    assert order == sorted(order)
    for plan in found.plans:
        for other in found.plans:
            if set(actions(other)) < set(actions(plan)) and not other.then_ask_again:
                assert plan.cost < other.cost * (1 - book["recourse_second_step_share"])


@settings(max_examples=sized(60, 1500))
@given(applications, partners)
def test_a_refusal_is_answered_with_few_decisions_in_few_calls(
    application: Application, others: list[Applicant]
) -> None:
    """The bar of 50 ms allows for some two hundred decisions of a fifth of a millisecond, in about forty calls."""
    count, book = Counted(), book_of(application.request.product)
    recourse(application, decided(application), count, book, others)
    assert count.applications <= 200
    assert count.calls <= 60


def _brute(lever: Lever, application: Application) -> int | None:
    levels = range(1, lever.top + 1)
    hits = decide_many([lever.at(application, level) for level in levels])
    return next((level for level, d in zip(levels, hits, strict=True) if d.outcome is Outcome.APPROVE), None)


@settings(max_examples=sized(25, 400))
@given(applications, partners)
def test_each_single_action_goes_no_further_than_it_must(application: Application, others: list[Applicant]) -> None:
    """Against every level of the grid, one by one."""
    decision = decided(application)
    assume(decision.outcome is Outcome.DECLINE)
    assert decision.price is not None
    book = book_of(application.request.product)
    wide = replace(book, values={**book.values, "recourse_plans_max": Decimal(99)})
    found = recourse(application, decision, decide_many, wide, others)
    single = {plan.steps[0].action: plan for plan in found.plans if len(plan.steps) == 1}
    levers = [*levers_now(application, decision.price.priced_rate, others, book), *levers_later(application, book)]
    for lever in levers:
        level = None if found.why else _brute(lever, application)
        plan = single.pop(lever.action, None)
        assert (plan and plan.steps[0].after) == (level and lever.setting(level)), lever.action
    assert not single


@pytest.mark.parametrize(
    ("action", "first", "last"),
    [("repay_debt", 350, 0), ("larger_deposit", 14_950, 1000), ("reduce_utilisation", 1450, 0)],
)
def test_money_is_moved_to_the_nearest_multiple_of_the_step_and_on_to_the_end(
    action: str, first: int, last: int
) -> None:
    application = replace(an_ask("car", monthly_obligations=Decimal("399.99")), request=ASKED["car"])
    levers = levers_now(application, Rate(Decimal("0.08")), (), book_of("car"))
    lever = next(lever for lever in levers if lever.action == action)
    assert (lever.value(1), lever.value(lever.top)) == (first, last)


@pytest.mark.parametrize(("share", "pairs"), [("0.05", 2), ("0.90", 0)])
def test_a_second_step_is_proposed_only_where_it_saves_enough(share: str, pairs: int) -> None:
    application = an_ask("car", monthly_obligations=Decimal(2145))
    book = book_of("car")
    asked = replace(book, values={**book.values, "recourse_second_step_share": Decimal(share)})
    found = recourse(application, decided(application), decide_many, asked)
    assert [len(plan.steps) for plan in found.plans if not plan.then_ask_again].count(2) == pairs
    assert [actions(plan) for plan in found.plans if len(plan.steps) == 1][:2] == [["repay_debt"], ["larger_deposit"]]


def test_two_debts_too_many_are_answered_with_what_to_repay_and_what_it_takes() -> None:
    """3,000 of 6,500 a month is above the car loan's 35 %, with the instalment on top."""
    application = an_ask("car", monthly_obligations=Decimal(2400))
    plan = the_plan(plans_of(application), "repay_debt")
    (step,) = plan.as_dict()["steps"]  # pyright: ignore[reportGeneralTypeIssues]
    repaid = Decimal(step["from"]) - Decimal(step["to"])
    assert repaid % book_of("car")["recourse_money_step"] == 0
    assert step["cost"] == money_text(repaid * book_of("car")["debt_payoff_months"])
    less = put(application, "repay_debt", Decimal(step["to"]) + 50)
    assert decided(less).outcome is Outcome.DECLINE


def test_a_low_score_is_a_reason_to_ask_again_and_never_a_promise() -> None:
    application = an_ask("car", credit_score=633, revolving_utilisation=Decimal(0), revolving_balance=Decimal(0))
    found = plans_of(application)
    assert [actions(plan) for plan in found.plans] == [["build_score"]]
    assert found.plans[0].then_ask_again is True
    assert found.plans[0].steps[0].after == 650
    assert found.plans[0].months == 4, "17 points at 5 a month"


@settings(max_examples=sized(60, 1500))
@given(applications, partners)
def test_what_takes_time_or_luck_is_always_marked_and_takes_months(
    application: Application, others: list[Applicant]
) -> None:
    slow = {"on_time_months", "build_score", "extra_income"}
    for plan in plans_of(application, others).plans:
        assert plan.then_ask_again is bool(slow & set(actions(plan)))
        assert plan.then_ask_again is (plan.months > 0)


def test_paying_on_time_ages_what_ages_and_gains_no_score() -> None:
    before = an_application(months_since_delinquency=3, credit_score=655)
    after = put(before, "on_time_months", Decimal(6))
    assert changed(before, after) == MAY_CHANGE["on_time_months"]
    assert after.applicant.months_since_delinquency == 9


def test_credit_lines_are_paid_down_in_step_with_their_use_which_is_never_flattered() -> None:
    before = an_application(revolving_balance=Decimal(3000), revolving_utilisation=Decimal("0.7"))
    after = put(before, "reduce_utilisation", Decimal(1000)).applicant
    assert (after.revolving_balance, after.revolving_utilisation) == (1000, Decimal("0.2334"))


def test_debt_that_the_loan_pays_off_is_not_repaid_twice() -> None:
    loan = Loan("L1", Decimal(400), Decimal(3000))
    person = an_applicant(monthly_obligations=Decimal(1000), loans=(loan,))
    application = Application(person, replace(ASKED["car"], refinances=("L1",)))
    (lever, *_) = levers_now(application, Rate(Decimal("0.08")), (), book_of("car"))
    assert (lever.action, lever.value(lever.top)) == ("repay_debt", 400)


@pytest.mark.parametrize(
    ("application", "why"),
    [
        (an_ask("car", birth_date=AS_OF - timedelta(days=17 * 365)), "under_age"),
        (an_ask("car", employment_status="student"), "student_not_eligible"),
        (an_ask("car", credit_score=None), "missing_credit_score"),
        (an_ask("car", credit_score=None, monthly_obligations=Decimal(3000)), "missing_credit_score"),
        (an_ask("car", expiries=(EXPIRED,), monthly_obligations=Decimal(3000)), "document_expired"),
        (an_ask("education", employment_status="student", credit_score=None), "co_applicant_needed"),
        (an_ask("car", flags=("fraud",)), "person_needed"),
        (an_ask("car", flags=("sanctions",), monthly_obligations=Decimal(3000)), "person_needed"),
        (an_ask("home", gross_monthly_income=Decimal(900), credit_score=500), "no_plan"),
    ],
)
def test_where_nothing_can_be_changed_there_is_no_plan_and_a_code_says_why(application: Application, why: str) -> None:
    assert plans_of(application) == Recourse((), why)


def test_a_partner_who_does_not_help_a_student_is_no_reason_to_look_for_one() -> None:
    student = an_ask(
        "education", employment_status="student", credit_score=None, documents=("admission",),
        gross_monthly_income=Decimal(300),
    )  # fmt: skip
    poor = an_applicant(customer_id="C00002", gross_monthly_income=Decimal(300))
    assert plans_of(student, [poor]).why == "missing_credit_score"


def test_an_approval_has_neither_plans_nor_a_why() -> None:
    assert plans_of(an_ask("car")) == Recourse((), None)


def test_of_a_co_applicants_record_no_more_is_said_than_that_it_is_theirs() -> None:
    other = an_applicant(customer_id="C00002", credit_score=None)
    assert plans_of(Application(an_applicant(), ASKED["car"], other)).why == "co_applicant_record"


def test_a_partner_is_asked_only_where_one_agreed_and_costs_nothing() -> None:
    poor = an_ask("car", gross_monthly_income=Decimal(2800))
    other = an_applicant(customer_id="C00002")
    assert not any("co_applicant" in actions(plan) for plan in plans_of(poor).plans)
    first = plans_of(poor, [other]).plans[0]
    assert (actions(first), first.cost, first.as_dict()["steps"][0]["to"]) == (["co_applicant"], 0, "C00002")  # pyright: ignore[reportIndexIssue]


@lru_cache
def india() -> Policy:
    """Market in: nobody may be older than 70 at the last instalment of a car loan."""
    return parse_policy(read_texts(ROOT / "kb", "in"), "in")


def an_old_ask(born: int, income: int, debts: int, term: int) -> Application:
    person = an_applicant(
        birth_date=date(born, 11, 2), gross_monthly_income=Decimal(income), monthly_obligations=Decimal(debts),
        revolving_balance=None,
    )  # fmt: skip
    return Application(person, LoanRequest("car", money("500000"), term))


def test_a_loan_that_would_outlast_the_age_limit_gets_shorter() -> None:
    application = an_old_ask(1958, 200_000, 5000, 60)
    decision = decided(application, india())
    assert "age_at_maturity_years" in failed_fields(decision)
    found = recourse(application, decision, Counted(india()), rulebook(india(), "car", AS_OF))
    assert (actions(found.plans[0]), found.plans[0].steps[0].after) == (["shorter_term"], 35)


@pytest.mark.parametrize(("born", "last"), [(1959, 47), (1960, 59)])
def test_a_longer_term_in_a_pair_ends_at_the_age_limit_and_the_pair_is_the_cheapest(born: int, last: int) -> None:
    """Against every amount with every term of a grid."""
    application, book = an_old_ask(born, 60_000, 12_000, 24), rulebook(india(), "car", AS_OF)
    book = replace(book, values={**book.values, "recourse_money_step": Decimal(20_000)})
    decision, decide = decided(application, india()), Counted(india())
    assert decision.price is not None
    levers = {lever.action: lever for lever in levers_now(application, decision.price.priced_rate, (), book)}
    less, longer = levers["larger_deposit"], levers["longer_term"]
    grid = [(a, b) for a in range(1, less.top + 1) for b in range(1, last - 24 + 2)]
    hits = decide([longer.at(less.at(application, a), b) for a, b in grid])
    flips = [g for g, d in zip(grid, hits, strict=True) if d.outcome is Outcome.APPROVE]
    found = recourse(application, decision, decide, book)
    plan = the_plan(found, "larger_deposit", "longer_term")
    assert plan.cost == min(less.cost(a) + longer.cost(b) for a, b in flips)
    assert max(b for _, b in flips) + 24 == last


def test_a_plan_as_data_has_the_keys_of_the_contract() -> None:
    plan = plans_of(an_ask("car", monthly_obligations=Decimal(2400))).plans[0].as_dict()
    assert list(plan) == [
        "plan_id", "steps", "cost", "months", "gives", "redecided_id", "robust", "then_ask_again",
    ]  # fmt: skip
    assert list(plan["gives"]) == ["outcome", "annual_rate", "instalment"]  # pyright: ignore[reportArgumentType]
    assert all(list(s) == ["action", "from", "to", "cost", "months"] for s in plan["steps"])  # pyright: ignore[reportGeneralTypeIssues]


def test_whatever_a_rule_may_look_at_is_mended_by_some_lever_or_known_as_fixed() -> None:
    """A new kind of rule must not silently leave refusals without a plan."""
    from lending.domain.levers import _MENDS
    from lending.domain.recourse import _FIXED

    mended = frozenset[str]().union(*_MENDS.values())
    asked_of_people = {"flag_count", "co_applicant", "collateral_kind"}
    assert mended | _FIXED | asked_of_people | (FIELDS & mended) == FIELDS


def test_a_co_applicant_is_shown_by_id() -> None:
    assert shown("co_applicant", an_applicant(customer_id="C00007")) == "C00007"
