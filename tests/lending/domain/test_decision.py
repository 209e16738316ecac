"""Rules first, model second, price third."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.domain.application import Collateral, Loan, LoanRequest, Outcome
from lending.domain.core import application_from, core_of
from lending.domain.decision import Decision, decide, joint
from lending.domain.errors import NotFoundError
from lending.domain.money import CENT, Money, money
from lending.domain.people import obligations_left
from lending.domain.policy import rulebook
from lending.domain.pricing import price_loan
from lending.domain.record import decision_id
from lending.domain.roles import GRANTS, Permission, Role, may
from tests.builders import AS_OF, a_request, an_applicant, an_application, an_assessment, gold, the_policy

RANK = {Outcome.DECLINE: 0, Outcome.REFER: 1, Outcome.APPROVE: 2}


def decided(pd: str = "0.020000", request: LoanRequest | None = None, **facts: object) -> Decision:
    return decide(an_application(request, **facts), an_assessment(pd), the_policy(), AS_OF)


def failed(decision: Decision) -> list[str]:
    return [f.rule for f in decision.findings if not f.passed]


def test_a_good_applicant_is_approved_with_terms() -> None:
    decision = decided()
    assert decision.outcome is Outcome.APPROVE
    assert decision.terms is not None
    assert decision.reasons == ()
    assert decision.terms.total_cost == decision.terms.total_interest + sum(f.amount for f in decision.terms.fees)


@pytest.mark.parametrize("product", ["car", "home", "gold", "education"])
@pytest.mark.parametrize("bound", ["amount_min", "amount_max"])
def test_an_amount_is_inside_up_to_the_last_cent_of_its_bound(product: str, bound: str) -> None:
    limit = rulebook(the_policy(), product, AS_OF)[bound]
    outward = CENT if bound.endswith("max") else -CENT
    rule = f"{product}_{bound}"
    for step, inside in ((-outward, True), (Decimal(0), True), (outward, False)):
        request = LoanRequest(product, Money(limit + step), 60 if product != "gold" else 12)
        assert (rule not in failed(decided(request=request))) is inside


@pytest.mark.parametrize(("product", "score"), [("car", 650), ("home", 700), ("education", 680)])
def test_a_score_at_the_minimum_is_enough_and_one_below_is_not(product: str, score: int) -> None:
    request = a_request(product=product, term_months=60)
    assert f"{product}_score" not in failed(decided(request=request, credit_score=score))
    below = decided(request=request, credit_score=score - 1)
    assert f"{product}_score" in failed(below)
    assert below.outcome is Outcome.DECLINE


def test_no_score_is_referred_and_never_scored_as_zero() -> None:
    decision = decided(credit_score=None)
    assert decision.outcome is Outcome.REFER
    assert [r.code for r in decision.reasons] == ["missing_credit_score"]


def test_gold_asks_for_no_score() -> None:
    request = LoanRequest("gold", money("2000"), 12, gold("60"))
    assert decided(request=request, credit_score=None).outcome is Outcome.APPROVE


def test_gold_is_lent_on_up_to_its_share_of_weight_purity_and_price() -> None:
    book = rulebook(the_policy(), "gold", AS_OF)
    most = money("100") * 22 / 24 * book["gold_price_per_gram"] * book["ltv_max"]
    at = Money(most.quantize(CENT))
    assert "gold_ltv" not in failed(decided(request=LoanRequest("gold", Money(at - CENT), 12, gold("100"))))
    assert "gold_ltv" in failed(decided(request=LoanRequest("gold", Money(at + CENT), 12, gold("100"))))


def test_a_student_is_sent_from_a_car_loan_to_the_education_loan() -> None:
    decision = decided(employment_status="student")
    assert decision.outcome is Outcome.DECLINE
    assert decision.findings[[f.rule for f in decision.findings].index("car_student")].ways_in == ("education_loan",)


def test_a_student_with_a_parent_is_assessed_by_the_parent() -> None:
    student = an_applicant(employment_status="student", credit_score=None, gross_monthly_income=None,
                           documents=("identity", "admission"))  # fmt: skip
    parent = an_applicant(customer_id="C00008")
    request = LoanRequest("education", money("12000"), 120)
    application = replace(an_application(request, parent), applicant=student)
    assert decide(application, an_assessment(), the_policy(), AS_OF).outcome is Outcome.APPROVE


@pytest.mark.parametrize("flag", ["fraud", "sanctions"])
@pytest.mark.parametrize("score", [760, 500])
def test_a_screening_flag_always_refers_and_gives_one_neutral_reason(flag: str, score: int) -> None:
    decision = decided(flags=(flag,), credit_score=score)
    assert decision.outcome is Outcome.REFER
    assert [r.code for r in decision.reasons] == ["person_needed"]


def test_a_minor_is_refused() -> None:
    assert "capacity_age" in failed(decided(birth_date=date(2008, 11, 3)))
    assert "capacity_age" not in failed(decided(birth_date=date(2008, 11, 2)))


def test_without_a_model_a_person_decides() -> None:
    decision = decide(an_application(), None, the_policy(), AS_OF)
    assert decision.outcome is Outcome.REFER
    assert [r.code for r in decision.reasons] == ["no_model"]
    assert decision.price is None


def test_below_the_floor_the_floor_is_charged() -> None:
    price = price_loan(an_assessment("0.000001"), rulebook(the_policy(), "car", AS_OF))
    assert price.required_rate < Decimal("0.073") == price.annual_rate


def test_above_the_top_nothing_is_lent_and_the_model_s_drivers_are_the_reasons() -> None:
    decision = decided("0.200000")
    assert "price_above_band" in failed(decision)
    assert decision.outcome is Outcome.DECLINE
    assert decision.terms is None
    assert "utilisation_high" in [r.code for r in decision.reasons]


def test_the_reference_rate_of_the_day_moves_the_price() -> None:
    early, late = date(2024, 1, 2), date(2026, 1, 2)
    policy, word = the_policy(), an_assessment("0.020000")
    before = price_loan(word, rulebook(policy, "car", early)).required_rate
    after = price_loan(word, rulebook(policy, "car", late)).required_rate
    assert before - after == Decimal("0.0550") - Decimal("0.0375")


def test_an_unknown_product_is_not_found() -> None:
    with pytest.raises(NotFoundError, match="car, education, gold, home"):
        decided(request=a_request(product="boat"))


def rate_of(decision: Decision) -> Decimal:
    return decision.price.priced_rate if decision.price else Decimal(0)


@given(st.integers(1000, 40_000), st.integers(0, 20_000), st.integers(1, 6000), st.integers(20_000, 60_000_00))
def test_more_income_or_less_debt_never_worsens_the_outcome(income: int, more: int, debt: int, cents: int) -> None:
    request = a_request(amount=Money(Decimal(cents).scaleb(-2)))
    poor = decided(request=request, gross_monthly_income=Decimal(income), monthly_obligations=Decimal(debt))
    rich = decided(request=request, gross_monthly_income=Decimal(income + more), monthly_obligations=Decimal(debt))
    free = decided(request=request, gross_monthly_income=Decimal(income), monthly_obligations=Decimal(debt // 2))
    assert RANK[rich.outcome] >= RANK[poor.outcome] <= RANK[free.outcome]


@given(st.integers(1, 400_000), st.integers(0, 200_000), st.integers(300, 850), st.integers(0, 200))
def test_a_higher_pd_never_lowers_the_price_and_a_better_score_never_worsens_the_outcome(
    pd: int, more: int, score: int, better: int
) -> None:
    low, high = decided(f"{pd / 1e6:.6f}", credit_score=score), decided(f"{(pd + more) / 1e6:.6f}", credit_score=score)
    assert rate_of(low) <= rate_of(high)
    assert RANK[low.outcome] >= RANK[high.outcome]
    assert RANK[decided(f"{pd / 1e6:.6f}", credit_score=min(850, score + better)).outcome] >= RANK[low.outcome]


def core(**changes: object) -> bytes:
    application, word = an_application(**changes), an_assessment()
    return core_of(application, word, decide(application, word, the_policy(), AS_OF), the_policy(), AS_OF, "1")


def numbers(value: object) -> list[object]:
    if isinstance(value, dict):
        return [n for item in value.values() for n in numbers(item)]
    if isinstance(value, list):
        return [n for item in value for n in numbers(item)]
    return [value] if isinstance(value, int | float) and not isinstance(value, bool) else []


def test_a_core_is_canonical_holds_no_number_and_names_its_decision() -> None:
    made = core()
    tree = json.loads(made)
    assert made == json.dumps(tree, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert numbers(tree) == []
    assert core() == made
    assert decision_id(core(credit_score=759)) != decision_id(made)


def test_an_application_is_read_back_from_its_core_exactly() -> None:
    request = LoanRequest("home", money("200000"), 240, Collateral("property", money("300000")))
    application = an_application(request, an_applicant(customer_id="C00002"), flags=("fraud",))
    word = an_assessment()
    decision = decide(application, word, the_policy(), AS_OF)
    made = core_of(application, word, decision, the_policy(), AS_OF, "1")
    assert application_from(json.loads(made)) == application


def test_a_customer_holds_only_what_is_their_own_and_an_auditor_only_reads() -> None:
    assert all(p.value.endswith(".own") for p in GRANTS[Role.CUSTOMER])
    assert all(p.value.endswith(".read") or p is Permission.DECISION_REPLAY for p in GRANTS[Role.AUDITOR])
    assert GRANTS[Role.ADMIN] == {Permission.USER_MANAGE, Permission.FLOW_READ, Permission.FLOW_RUN}
    assert not may(Role.OFFICER, Permission.CASE_OVERRIDE)
    assert may(Role.SENIOR_OFFICER, Permission.CASE_OVERRIDE)


def test_a_score_below_the_minimum_comes_with_what_is_behind_it() -> None:
    drivers = (
        ("credit_score", Decimal("0.9")),
        ("revolving_utilisation", Decimal("0.4")),
        ("inquiries_6m", Decimal("-0.1")),
    )
    word = an_assessment(contributions=drivers)
    decision = decide(an_application(credit_score=600), word, the_policy(), AS_OF)
    assert [r.code for r in decision.reasons] == ["credit_score_low", "utilisation_high"]


def test_unknown_debts_of_one_signer_are_not_no_debts() -> None:
    partner = an_applicant(customer_id="C2", gross_monthly_income=Decimal(1000), monthly_obligations=Decimal(0))
    decision = decide(an_application(None, partner, monthly_obligations=None), an_assessment(), the_policy(), AS_OF)
    assert decision.outcome is Outcome.REFER


def test_the_reasons_behind_a_low_score_are_those_of_its_owner() -> None:
    partner = an_applicant(customer_id="C2", credit_score=640)
    theirs = an_assessment("0.010000", contributions=(("revolving_utilisation", Decimal("0.4")),))
    own = an_assessment("0.020000", contributions=(("inquiries_6m", Decimal("0.9")),))
    word = joint({"applicant": own, "co_applicant": theirs})
    decision = decide(an_application(None, partner), word, the_policy(), AS_OF)
    assert [(r.code, r.person) for r in decision.reasons] == [
        ("credit_score_low", "co_applicant"),
        ("utilisation_high", "co_applicant"),
    ]


def test_the_stronger_of_two_counts_where_the_product_says_so() -> None:
    partner = an_applicant(customer_id="C2", credit_score=720)
    word = joint({"applicant": an_assessment("0.300000"), "co_applicant": an_assessment("0.010000")}, "strongest")
    for score in (719, 721):
        application = an_application(LoanRequest("education", money("10000"), 120), partner, credit_score=score)
        assert decide(application, word, the_policy(), AS_OF).outcome is Outcome.APPROVE


def test_refinancing_never_counts_a_debt_below_zero() -> None:
    loan = Loan("L1", Decimal(900), Decimal(5000))
    partner = an_applicant(customer_id="C2", monthly_obligations=Decimal(2000))
    request = LoanRequest("car", money("15000"), 48, refinances=("L1",))
    application = an_application(request, partner, monthly_obligations=Decimal(100), loans=(loan,))
    assert obligations_left(application) == 2000


def test_a_day_at_the_end_of_time_and_an_amount_beyond_all_bounds_are_decided_too() -> None:
    late = decide(an_application(), an_assessment(), the_policy(), date(9999, 12, 25))
    assert late.terms is not None
    vast = LoanRequest("education", Money(Decimal("9999999999999.99")), 120)
    assert decided(request=vast).outcome is Outcome.DECLINE


def test_a_thin_file_is_for_a_person_however_risky_the_model_finds_it() -> None:
    """A score that is not there is no bad one: no default by the model declines, and its absence is the one reason."""
    found = decided("0.900000", credit_score=None)
    assert found.outcome is Outcome.REFER
    assert [reason.code for reason in found.reasons] == ["missing_credit_score"]
    assert decided("0.900000").outcome is Outcome.DECLINE
