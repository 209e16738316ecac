"""Requests unlike every loan that made a model: a person looks, whatever the score."""

from dataclasses import replace
from decimal import Decimal

import pytest

from lending.domain.alternatives import alternatives
from lending.domain.application import Learned, Outcome, Span
from lending.domain.approval import approves
from lending.domain.core import assessment_from, core_of
from lending.domain.decision import decide
from lending.domain.policy import rulebook
from lending.domain.recourse import recourse
from tests.builders import AS_OF, a_request, an_application, an_assessment, the_policy

SMALL = Learned(Span(Decimal(400), Decimal(31250)), Span(Decimal("28.8"), Decimal(75)), ("car", "home"))


def asked(word=None, **request):
    facts = request.pop("facts", {})
    application = an_application(a_request(**request), **facts)
    return application, decide(application, word or an_assessment(learned=SMALL), the_policy(), AS_OF)


def test_within_the_range_nothing_changes():
    application, decision = asked()
    assert decision == decide(application, an_assessment(), the_policy(), AS_OF)
    assert decision.outcome is Outcome.APPROVE


@pytest.mark.parametrize(
    ("request_", "field", "value", "limit"),
    [
        ({"amount": Decimal("31250.01")}, "amount", "31250.01", "31250"),
        ({"term_months": 76}, "term_months", "76", "75"),
        ({"term_months": 28}, "term_months", "28", "28.8"),
        ({"product": "education"}, "product", "education", "car, home"),
    ],
)
def test_beyond_it_a_person_looks_and_the_finding_says_why(request_, field, value, limit):
    _, decision = asked(**request_)
    outside = [f for f in decision.findings if f.reason == "outside_training_range"]
    assert [(f.field, f.value, f.limit, f.passed, f.source) for f in outside] == [
        (field, value, limit, False, "candor-pd-test/1")
    ]
    if decision.outcome is Outcome.REFER:
        assert [reason.code for reason in decision.reasons] == ["outside_training_range"]
    assert (decision.price, decision.affordability, decision.terms) == (None, None, None)


@pytest.mark.parametrize("edge", [{"amount": Decimal("31250.00")}, {"term_months": 75}, {"term_months": 29}])
def test_the_ends_of_the_range_belong_to_it(edge):
    _, decision = asked(**edge)
    assert decision.price is not None


@pytest.mark.parametrize("pd", ["0.000001", "0.999999"])
def test_outside_no_score_approves_or_declines(pd):
    _, decision = asked(an_assessment(pd, learned=SMALL), amount=Decimal(40000))
    assert decision.outcome is Outcome.REFER


def test_a_rule_that_needs_no_score_still_declines():
    _, decision = asked(amount=Decimal(100_001))
    assert decision.outcome is Outcome.DECLINE
    assert [reason.code for reason in decision.reasons] == ["amount_too_large"]


def refused_outside(amount, **facts):
    """Declined by a rule, for an amount beyond what the model learned; with plans, and instead."""
    word, book = an_assessment(learned=SMALL), rulebook(the_policy(), "car", AS_OF)
    application, decision = asked(word, amount=Decimal(amount), facts=facts)

    def decide_many(many):
        return [decide(one, word, the_policy(), AS_OF) for one in many]

    assert (decision.outcome, decision.price) == (Outcome.DECLINE, None)
    found = recourse(application, decision, decide_many, book)
    return found, alternatives(application, decision, decide_many, {"car": book})


def test_an_amount_that_is_too_large_for_rule_and_model_alike_has_a_plan():
    found, instead = refused_outside(100_001)
    (plan,) = found.plans
    assert [(step.action, step.after) for step in plan.steps] == [("larger_deposit", Decimal(31_250))]
    assert [(one.kind, one.application.request.amount) for one in instead] == [("smaller_amount", Decimal(31_250))]


def test_where_there_is_none_it_says_why():
    found, instead = refused_outside(40_000, employment_status="student")
    assert (found.plans, found.why, instead) == ((), "student_not_eligible", ())
    found, _ = refused_outside(100_001, credit_score=None)
    assert (found.plans, found.why) == ((), "missing_credit_score")


def test_who_is_screened_reads_what_everybody_reads():
    _, screened = asked(amount=Decimal(40000), facts={"flags": ("fraud",)})
    _, other = asked(amount=Decimal(40000))
    assert (screened.outcome, screened.reasons) == (other.outcome, other.reasons)


def test_a_search_for_approvals_finds_none_outside():
    word, application = an_assessment(learned=SMALL), an_application(a_request(amount=Decimal(40000)))
    assert not approves(application, word, the_policy(), AS_OF)
    assert approves(application, replace(word, learned=None), the_policy(), AS_OF)


def test_a_record_holds_the_range_and_decides_again_from_it():
    import json

    word = an_assessment(learned=SMALL)
    application, decision = asked(word, amount=Decimal(40000))
    core = core_of(application, word, decision, the_policy(), AS_OF, "1")
    again = assessment_from(json.loads(core))
    assert again == word
    assert decide(application, again, the_policy(), AS_OF) == decision


def test_a_record_of_a_model_that_says_no_range_is_as_it_ever_was():
    application, decision = asked(an_assessment())
    assert b"learned" not in core_of(application, an_assessment(), decision, the_policy(), AS_OF, "1")
