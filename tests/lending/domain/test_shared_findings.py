"""Decisions that share their findings are each as alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from lending.domain.application import Applicant, Application, Expiry, LoanRequest
from lending.domain.core import core_of
from lending.domain.core_parts import FindingWords
from lending.domain.decision import decide
from lending.domain.money import money
from lending.domain.shared_findings import SharedFindings
from tests.builders import AS_OF, an_applicant, an_assessment, gold, the_policy

# Few values of each, so that many findings are shared and those that are not differ in one thing.
few = st.sampled_from
people = st.builds(
    an_applicant,
    birth_date=few([AS_OF - timedelta(days=365 * years) for years in (17, 30, 66)]),
    employment_status=few(["salaried", "student", "retired"]),
    employment_months=few([None, 3, 60]),
    gross_monthly_income=few([None, Decimal(0), Decimal(2500), Decimal("2500.00"), Decimal(9000)]),
    monthly_obligations=few([None, Decimal(400), Decimal(2400)]),
    credit_score=few([None, 560, 760]),
    flags=few([(), ("fraud",)]),
    documents=few([("identity", "income"), ("identity",), ()]),
    expiries=few([(), (Expiry("identity", AS_OF - timedelta(days=1)),)]),
)
requests = st.builds(
    LoanRequest,
    product=few(["car", "education", "gold", "home"]),
    amount=few(["100", "9000", "9000.00", "300000"]).map(money),
    term_months=few([6, 48, 400]),
    collateral=few([None, gold("100"), gold("20")]),
)
applications = st.builds(Application, people, requests, st.none() | people)


@given(st.lists(st.tuples(applications, few(["0.010000", "0.300000"]), few([0, 400])), min_size=1, max_size=6))
def test_decisions_that_share_their_findings_are_each_as_alone(asked: list[tuple[Application, str, int]]) -> None:
    look, words, policy = SharedFindings().check, FindingWords(), the_policy()
    for application, pd, later in asked:
        word, day = an_assessment(pd), AS_OF + timedelta(days=later)
        alone, shared = decide(application, word, policy, day), decide(application, word, policy, day, look)
        assert shared == alone
        given_words = core_of(application, word, shared, policy, day, "1", words)
        assert given_words == core_of(application, word, alone, policy, day, "1")


def test_a_finding_that_two_decisions_share_is_made_once() -> None:
    look, policy, word = SharedFindings().check, the_policy(), an_assessment()
    one = Application(an_applicant(), LoanRequest("car", money("9000"), 48))
    other = replace(one, applicant=replace(one.applicant, credit_score=700))
    first, second = (decide(a, word, policy, AS_OF, look).findings for a in (one, other))
    mine, theirs = ({f.field: f for f in found} for found in (first, second))
    assert mine["age_years"] is theirs["age_years"]
    assert mine["credit_score"] != theirs["credit_score"]


def test_people_of_a_batch_keep_their_own_findings() -> None:
    look, policy, word = SharedFindings().check, the_policy(), an_assessment()

    def findings(person: Applicant) -> set[tuple[str, str | None, bool]]:
        asked = Application(person, LoanRequest("car", money("9000"), 48))
        return {(f.field, f.value, f.passed) for f in decide(asked, word, policy, AS_OF, look).findings}

    assert ("credit_score", "760", True) in findings(an_applicant())
    assert ("credit_score", "500", False) in findings(an_applicant(credit_score=500))
    assert ("credit_score", None, False) in findings(an_applicant(credit_score=None))
