"""The second market: the same engine on rupees, the repo rate, shares by tiers of the amount, an age at maturity."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
import yaml

from lending.adapters.policy_files import parse_policy, read_texts
from lending.domain.application import Applicant, Application, Collateral, LoanRequest, Outcome
from lending.domain.decision import Decision, decide
from lending.domain.eligibility import Finding
from lending.domain.money import CENT, Money, money
from lending.domain.policy import Parameter, Policy, rulebook
from lending.domain.pricing import price_loan
from lending.grid.figures import Points
from lending.grid.requests import OUTCOMES, Grid
from lending.settings import ROOT
from tests.builders import AS_OF, an_applicant, an_assessment, the_policy

CASES: dict[str, Any] = yaml.safe_load((ROOT / "tests" / "cases" / "market_in.yaml").read_text(encoding="utf-8"))
PRODUCTS = ("car", "education", "gold", "gold_bullet", "home")
SHARED = ("car", "education", "gold", "home")


@lru_cache
def india() -> Policy:
    """The policy of the repository for market in."""
    return parse_policy(read_texts(ROOT / "kb", "in"), "in")


def cases(part: str) -> list[Any]:
    return [pytest.param(case, id=case["source"]) for case in CASES[part]]


def a_person(**facts: Any) -> Applicant:
    """A salaried person on 600,000 rupees a month, so that no share of income stands in the way."""
    income = {"gross_monthly_income": Decimal("600000"), "monthly_obligations": Decimal("5000")}
    return an_applicant(**{**income, **facts})


def a_loan(loan: dict[str, Any], amount: Decimal | None = None) -> LoanRequest:
    security = None
    if "gold_g" in loan:
        security = Collateral("gold", None, Decimal(loan["gold_g"]), Decimal(24))
    if "property" in loan:
        security = Collateral("property", money(loan["property"]))
    asked = Money(Decimal(loan.get("amount", "500000")) if amount is None else amount)
    return LoanRequest(loan["product"], asked, loan["term_months"], security)


def decided(
    loan: LoanRequest, day: date = AS_OF, pd: str = "0.020000", policy: Policy | None = None, **facts: Any
) -> Decision:
    return decide(Application(a_person(**facts), loan), an_assessment(pd), policy or india(), day)


def finding(decision: Decision, rule: str) -> Finding:
    return next(f for f in decision.findings if f.rule == rule)


def test_the_market_lends_in_rupees_under_the_key_facts_statement() -> None:
    policy = india()
    assert (policy.currency, policy.locale, policy.apr_method) == ("INR", "en_IN", "in_kfs")
    assert tuple(sorted(policy.products)) == PRODUCTS


def test_the_bullet_gold_loan_is_offered_in_this_market_alone() -> None:
    assert "gold_bullet" not in the_policy().products


def in_force(policy: Policy, product: str) -> dict[str, Parameter]:
    return {**policy.parameters, **policy.products[product].parameters}


@pytest.mark.parametrize("product", PRODUCTS)
def test_no_amount_of_money_is_left_in_dollars(product: str) -> None:
    """A figure in money that nobody set for India would be read as rupees; nothing at all is the same in both."""
    amounts = [p for p in in_force(india(), product).values() if p.unit == "currency"]
    assert [v for p in amounts for v in p.values if v.value != 0 and "for India" not in v.source] == []


@pytest.mark.parametrize("product", SHARED)
def test_an_override_keeps_the_unit_of_what_it_replaces(product: str) -> None:
    ours, theirs = in_force(india(), product), in_force(the_policy(), product)
    assert {name: p.unit for name, p in theirs.items()} == {name: ours[name].unit for name in theirs}


@pytest.mark.parametrize("case", cases("largest_loan"))
def test_a_security_carries_its_share_and_not_a_paisa_more(case: dict[str, Any]) -> None:
    largest = Decimal(case["amount"])
    for step, passed in ((-CENT, True), (Decimal(0), True), (CENT, False)):
        decision = decided(a_loan(case["loan"], largest + step), case["as_of"])
        assert finding(decision, case["rule"]).passed is passed
        assert (decision.outcome is Outcome.APPROVE) is passed


@pytest.mark.parametrize("case", cases("largest_loan"))
def test_the_grid_knows_the_same_largest_loan(case: dict[str, Any]) -> None:
    loan = a_loan(case["loan"])
    largest = int(Decimal(case["amount"]) * 100)
    cents = np.array([largest - 1, largest, largest + 1], dtype=np.int64)
    grid = Grid(Application(a_person(), loan), india(), case["as_of"], 12)
    answers = grid.evaluate(Points(cents, np.full(3, loan.term_months), np.full(3, 20_000)))
    assert [OUTCOMES[o] for o in answers.outcome] == [Outcome.APPROVE, Outcome.APPROVE, Outcome.DECLINE]


def largest_loan(grams: int) -> int:
    """The largest gold loan in thousands of rupees, found by asking for every one."""
    loans = (a_loan({"product": "gold", "term_months": 12, "gold_g": grams}, Decimal(n * 1000)) for n in range(10, 801))
    return sum(finding(decided(loan), "gold_ltv").passed for loan in loans) + 9


def test_the_largest_loan_never_falls_with_more_gold_and_rests_at_the_end_of_a_tier() -> None:
    found = [largest_loan(grams) for grams in (24, 25, 26, 27, 53, 54, 56, 57)]
    assert found == sorted(found)
    assert found == [240, 250, 250, 254, 500, 500, 500, 504]


def test_a_bullet_loan_carries_less_than_one_in_instalments_on_the_same_gold() -> None:
    loan = {"term_months": 12, "gold_g": "20"}
    amount = Decimal("190000")
    assert decided(a_loan({"product": "gold", **loan}, amount)).outcome is Outcome.APPROVE
    bullet = decided(a_loan({"product": "gold_bullet", **loan}, amount))
    assert bullet.outcome is Outcome.DECLINE
    assert [r.code for r in bullet.reasons] == ["security_too_small"]


def test_a_shorter_bullet_carries_more() -> None:
    loan = {"product": "gold_bullet", "gold_g": "20", "amount": "190000"}
    assert decided(a_loan({**loan, "term_months": 12})).outcome is Outcome.DECLINE
    assert decided(a_loan({**loan, "term_months": 6})).outcome is Outcome.APPROVE


@pytest.mark.parametrize(("months", "passed"), [(12, True), (13, False)])
@pytest.mark.parametrize("day", [date(2025, 11, 2), AS_OF])
def test_a_bullet_gold_loan_ends_within_twelve_months(months: int, passed: bool, day: date) -> None:
    decision = decided(a_loan({"product": "gold_bullet", "term_months": months, "gold_g": "90"}), day)
    assert finding(decision, "gold_bullet_term_max").passed is passed
    assert (decision.outcome is Outcome.APPROVE) is passed


def test_a_bullet_gold_loan_is_one_payment_with_interest_on_interest() -> None:
    decision = decided(a_loan({"product": "gold_bullet", "term_months": 12, "gold_g": "90", "amount": "180061.86"}))
    assert decision.terms is not None
    assert decision.terms.annual_rate == Decimal("0.1085")
    assert decision.terms.instalment == Decimal("200600.00")


@pytest.mark.parametrize("case", cases("maturity"))
def test_nobody_who_signs_may_be_too_old_at_the_end(case: dict[str, Any]) -> None:
    loan = a_loan(case["loan"])
    found = finding(decided(loan, birth_date=case["born"]), "age_at_maturity")
    assert (found.value, found.passed) == (case["age"], case["passed"])


def test_the_older_of_two_who_sign_counts() -> None:
    loan = a_loan({"product": "home", "term_months": 300, "property": "5000000"})
    parent = a_person(customer_id="C00002", birth_date=date(1975, 1, 1))
    decision = decide(Application(a_person(), loan, parent), an_assessment(), india(), AS_OF)
    assert decision.outcome is Outcome.DECLINE
    assert [r.code for r in decision.reasons] == ["too_old_at_maturity"]


def test_age_at_maturity_is_no_rule_where_the_market_does_not_allow_it() -> None:
    loan = a_loan({"product": "home", "term_months": 360, "property": "900000"})
    old = date(1956, 11, 2)
    assert decided(loan, birth_date=old).outcome is Outcome.DECLINE
    elsewhere = decided(loan, policy=the_policy(), birth_date=old)
    assert elsewhere.outcome is Outcome.APPROVE
    assert not any("maturity" in f.field for f in elsewhere.findings)


@pytest.mark.parametrize(("born", "passed"), [(date(2008, 11, 2), True), (date(2008, 11, 3), False)])
def test_nobody_below_eighteen_signs(born: date, passed: bool) -> None:
    found = finding(decided(a_loan({"product": "car", "term_months": 48}), birth_date=born), "capacity_age")
    assert found.passed is passed
    assert "Majority Act" in found.source


@pytest.mark.parametrize("case", cases("reference"))
def test_the_price_follows_the_repo_rate_of_the_day(case: dict[str, Any]) -> None:
    price = price_loan(an_assessment("0.020000"), rulebook(india(), "car", case["as_of"]))
    assert price.required_rate == Decimal(case["required"])


def days_of_change() -> list[date]:
    """Every day from which another rate or band holds, and the day before it, since the first product is offered."""
    first = max(p.values[0].since for p in in_force(india(), "car").values())
    dated = [*india().parameters["reference_rate"].values, *india().products["car"].parameters["rate_max"].values]
    return [day for v in dated for day in (v.since - timedelta(days=1), v.since) if day >= first]


@pytest.mark.parametrize("case", cases("bands"))
def test_the_band_keeps_the_good_and_refuses_the_bad_on_every_day(case: dict[str, Any]) -> None:
    loan = a_loan(case["loan"])
    for day in (*days_of_change(), AS_OF):
        assert decided(loan, day, case["good"]).outcome is Outcome.APPROVE, day
        refused = decided(loan, day, case["bad"])
        assert {f.field for f in refused.findings if not f.passed} <= {"required_rate", "pd_12m"}, day
        assert refused.outcome is Outcome.DECLINE, day


def test_studies_are_paid_for_after_three_years_and_within_fifteen_more() -> None:
    book = rulebook(india(), "education", AS_OF)
    assert book["term_months_max"] - book["moratorium_months"] == 15 * 12
    decision = decided(a_loan({"product": "education", "term_months": 216}))
    assert decision.outcome is Outcome.APPROVE


@pytest.mark.parametrize(
    ("day", "said_by"), [(date(2025, 12, 31), "DBOD.No.Dir.BC.107"), (date(2026, 1, 1), "Directions, 2025")]
)
def test_paying_a_home_loan_early_is_free_under_the_rule_of_the_day(day: date, said_by: str) -> None:
    charge = in_force(india(), "home")["prepayment_charge"].at(day)
    assert charge.value == 0
    assert said_by in charge.source
