"""Laws that hold for every product: no leak, no perverse incentive, nothing lost on the way to the record."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.domain.affordability import afford
from lending.domain.application import Collateral, LoanRequest, Outcome
from lending.domain.decision import Decision, decide
from lending.domain.errors import InputError
from lending.domain.money import CENT, Rate, money, round_up_to_tick, to_cents
from lending.domain.policy import rulebook
from lending.domain.pricing import price_loan
from lending.domain.record import canonical
from lending.domain.repayment import Repayment, burden, due
from lending.domain.roles import GRANTS, Permission, Role, may
from serving.shown import result
from tests.builders import AS_OF, an_applicant, an_application, an_assessment, gold, the_policy

RANK = {Outcome.DECLINE: 0, Outcome.REFER: 1, Outcome.APPROVE: 2}
REQUESTS = {
    "car": LoanRequest("car", money("15000"), 48),
    "home": LoanRequest("home", money("150000"), 240, Collateral("property", money("250000"))),
    "gold": LoanRequest("gold", money("2000"), 12, gold("60")),
    "education": LoanRequest("education", money("12000"), 120),
}
products = st.sampled_from(sorted(REQUESTS))
every_product = pytest.mark.parametrize("product", sorted(REQUESTS))


def decided(product: str, pd: str = "0.020000", request: LoanRequest | None = None, **facts: Any) -> Decision:
    application = an_application(request or REQUESTS[product], **facts)
    return decide(application, an_assessment(pd), the_policy(), AS_OF)


def answered(product: str, **facts: Any) -> dict[str, object]:
    """What the customer gets to see."""
    application, word = an_application(REQUESTS[product], **facts), an_assessment()
    return result(application, word, decide(application, word, the_policy(), AS_OF), the_policy(), AS_OF, "d_1")


@every_product
@pytest.mark.parametrize("weak", [{}, {"credit_score": 400}, {"gross_monthly_income": Decimal(1)}])
def test_what_a_customer_sees_of_a_screening_flag_is_only_that_a_person_looks(
    product: str, weak: dict[str, Any]
) -> None:
    fraud, sanctions = (answered(product, flags=(flag,), **weak) for flag in ("fraud", "sanctions"))
    assert fraud == sanctions
    assert fraud["outcome"] == "refer"
    said = json.dumps(fraud).lower()
    assert not [word for word in ("fraud", "sanction", "screening", "flag") if word in said]
    assert '"passed": false' not in said
    assert fraud["ways_in"] == []


@every_product
def test_a_flag_on_a_co_applicant_refers_just_as_quietly(product: str) -> None:
    other = an_applicant(customer_id="C00002", flags=("fraud",))
    application = an_application(REQUESTS[product], other)
    decision = decide(application, an_assessment(), the_policy(), AS_OF)
    assert decision.outcome is Outcome.REFER
    assert [r.code for r in decision.reasons] == ["person_needed"]


def test_every_product_is_open_to_the_good_applicant() -> None:
    """Without this the laws below could hold by declining everybody."""
    assert {name: decided(name).outcome for name in REQUESTS} == dict.fromkeys(REQUESTS, Outcome.APPROVE)


@every_product
def test_income_is_enough_from_the_exact_minimum(product: str) -> None:
    least = rulebook(the_policy(), product, AS_OF)["income_min"]
    for step, enough in ((-CENT, False), (Decimal(0), True), (CENT, True)):
        findings = decided(product, gross_monthly_income=least + step).findings
        assert next(f.passed for f in findings if f.rule == f"{product}_income") is enough


@every_product
def test_debt_is_carried_up_to_the_exact_share_of_income(product: str) -> None:
    book, income = rulebook(the_policy(), product, AS_OF), Decimal(10_000)
    rate = price_loan(an_assessment(), book).priced_rate
    level = afford(an_application(REQUESTS[product]), rate, None, book, AS_OF).instalment
    room = to_cents(income * book["dti_max"]) - level
    for step, carried in ((-CENT, True), (Decimal(0), True), (CENT, False)):
        facts: dict[str, Any] = {"gross_monthly_income": income, "monthly_obligations": room + step}
        findings = decided(product, **facts).findings
        assert next(f.passed for f in findings if f.rule == f"{product}_dti") is carried


def test_a_home_is_lent_on_up_to_the_exact_share_of_its_value() -> None:
    limit = money("250000") * rulebook(the_policy(), "home", AS_OF)["ltv_max"]
    for step, inside in ((-CENT, True), (Decimal(0), True), (CENT, False)):
        request = replace(REQUESTS["home"], amount=to_cents(limit + step))
        findings = decided("home", request=request).findings
        assert next(f.passed for f in findings if f.rule == "home_ltv") is inside


@every_product
def test_a_student_gets_only_an_education_loan(product: str) -> None:
    outcome = decided(product, employment_status="student", documents=("identity", "admission")).outcome
    assert outcome is Outcome.DECLINE, "an education loan needs a co-applicant, every other one no student"


@every_product
@given(pd=st.integers(0, 999_999))
def test_a_rate_is_a_whole_number_of_ticks_within_the_band(product: str, pd: int) -> None:
    book = rulebook(the_policy(), product, AS_OF)
    price = price_loan(an_assessment(f"{pd / 1e6:.6f}"), book)
    assert price.required_rate == sum(value for _, value in price.parts)
    assert price.priced_rate % book["rate_tick"] == 0
    assert price.priced_rate >= max(price.required_rate, book["rate_min"])
    assert price.annual_rate == (price.priced_rate if price.priced_rate <= book["rate_max"] else None)


@given(st.integers(0, 10**8), st.integers(1, 10**4))
def test_rounding_to_a_tick_never_lowers_and_adds_less_than_one_tick(value: int, tick: int) -> None:
    exact, step = Decimal(value).scaleb(-8), Decimal(tick).scaleb(-6)
    found: Rate = round_up_to_tick(exact, step)
    assert 0 <= found - exact < step
    assert found % step == 0


WAYS = [
    Repayment(), Repayment("moratorium", 24, "simple"), Repayment("moratorium", 24, "compound"),
    Repayment("moratorium", 24, "paid"),
]  # fmt: skip
amounts = st.integers(100, 10**9).map(lambda cents: money(Decimal(cents).scaleb(-2)))


@pytest.mark.parametrize("how", WAYS, ids=str)
@given(amounts, st.integers(0, 3_000), st.integers(25, 1_199), st.integers(1, 300))
def test_at_an_equal_rate_a_longer_term_never_raises_the_instalment(
    how: Repayment, amount: Any, points: int, months: int, more: int
) -> None:
    rate = Decimal(points).scaleb(-4)
    assert due(how, amount, rate, min(months + more, 1200)) <= due(how, amount, rate, months)


@given(amounts, st.integers(0, 1_900), st.integers(1, 11), st.integers(1, 11))
def test_nor_does_it_raise_what_a_bullet_weighs_a_month(amount: Any, points: int, months: int, more: int) -> None:
    how, rate = Repayment("bullet", 0, "compound"), Decimal(points).scaleb(-4)
    assert burden(how, amount, rate, min(months + more, 12)) <= burden(how, amount, rate, months)


@pytest.mark.parametrize(
    "value", [{"a": 1}, {"a": [1.5]}, {"é": "1"}, {"a": Decimal(1)}, {"a": {1: "x"}}, [{"a": {2}}]]
)
def test_a_core_refuses_what_would_not_be_the_same_everywhere(value: object) -> None:
    with pytest.raises(InputError, match="a core"):
        canonical(value)  # pyright: ignore[reportArgumentType]


def test_every_role_has_its_line_and_every_permission_somebody_who_holds_it() -> None:
    assert set(GRANTS) == set(Role)
    assert len(Role) == 7
    assert frozenset().union(*GRANTS.values()) == set(Permission)


@pytest.mark.parametrize("permission", list(Permission))
def test_nobody_but_a_customer_acts_as_one_and_a_customer_does_nothing_else(permission: Permission) -> None:
    own = permission.value.endswith(".own")
    assert may(Role.CUSTOMER, permission) is own
    assert not (own and any(may(role, permission) for role in Role if role is not Role.CUSTOMER))


def test_who_proposes_does_not_also_countersign() -> None:
    for role in Role:
        assert not (may(role, Permission.MODEL_PROMOTE) and may(role, Permission.MODEL_COUNTERSIGN))
