"""Laws of silence: what a customer is never told, about a screening flag and about the record of whoever signs too."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.domain.application import Applicant, Application, Assessment, Expiry, Outcome, Person
from lending.domain.core import core_of
from lending.domain.decision import Decision, decide, joint
from lending.domain.eligibility import EACH_PERSON
from lending.domain.money import Money
from lending.domain.people import assessed
from lending.domain.policy import rulebook
from lending.domain.surface import read_point
from lending.ports import DecisionRow
from serving.evaluate import evaluate
from serving.letters import notice
from serving.letters.wording import wording
from serving.offers import offer_set
from serving.plans import plans_for
from serving.shown import result
from serving.surface import SurfaceMaker, expiry
from tests.builders import AS_OF, an_applicant, an_assessment
from tests.lending.domain.test_laws_of_strength import LOANS, RUPEES, Monotone, every_loan, of

NOW = datetime(2026, 11, 2, tzinfo=UTC)
ROW = DecisionRow("d_1", "C00001", b"", "portal", "C00001", NOW)
TELLING = re.compile(r"fraud|\bsanctions?\b|screen|flag")
EXPIRED = (Expiry("identity", AS_OF - timedelta(days=1)),)


def a_customer(market: str, **facts: Any) -> Applicant:
    """Somebody to whom every product is open."""
    scale = 1 if market == "us" else RUPEES
    person = an_applicant(customer_id="C00001", credit_score=820, documents=("identity", "income", "admission"))
    money = {
        name: getattr(person, name) * scale
        for name in ("gross_monthly_income", "monthly_obligations", "revolving_balance")
    }
    return replace(person, **{**money, **facts})


def asks(market: str, product: str, applicant: Applicant, partner: Applicant | None = None) -> Application:
    return Application(applicant, of(market)[1][product], partner)


def told(market: str, application: Application) -> dict[str, Any]:
    """All that a customer is told about one request: result, offers, plans, alternatives, surface."""
    policy, model = of(market)[0], Monotone()
    word, decision = evaluate(application, model, policy, AS_OF)
    surface = SurfaceMaker(application, model, policy, AS_OF).body(expiry(policy, NOW))
    offers = offer_set(application, decision, model, policy, AS_OF)
    return {
        **result(application, word, decision, policy, AS_OF, ROW.decision_id),
        "offers": len(offers.offers),
        "why_fewer": offers.why_fewer,
        **plans_for(application, decision, model, policy, AS_OF, []),
        "surface": surface,
    }


@every_loan
def test_the_customer_of_these_laws_would_be_approved(market: str, product: str) -> None:
    """Without this they could hold by refusing everybody."""
    assert told(market, asks(market, product, a_customer(market)))["outcome"] == "approve"


@every_loan
@pytest.mark.parametrize("flags", [("fraud",), ("sanctions",), ("fraud", "sanctions")])
def test_nothing_that_a_screened_customer_is_told_names_the_screening(
    market: str, product: str, flags: tuple[str, ...]
) -> None:
    everything = told(market, asks(market, product, a_customer(market, flags=flags)))
    said = json.dumps(everything, default=str).lower()
    assert TELLING.findall(said) == []
    assert everything["outcome"] == "refer"


@every_loan
def test_a_screened_customer_is_told_what_anybody_is_told_who_is_referred(market: str, product: str) -> None:
    """All but the reason itself: the rule that is open, and how to close it."""
    screened = told(market, asks(market, product, a_customer(market, flags=("fraud",))))
    referred = told(market, asks(market, product, a_customer(market, expiries=EXPIRED)))
    assert set(screened) == set(referred)
    differing = {name for name in screened if screened[name] != referred[name]}
    assert differing == {"reasons", "why_no_plan", "ways_in", "findings", "surface"}


@every_loan
@pytest.mark.parametrize("weak", [{"credit_score": 400}, {"monthly_obligations": None}, {"expiries": EXPIRED}])
def test_a_flag_hides_whatever_else_would_have_been_said(market: str, product: str, weak: dict[str, Any]) -> None:
    screened = told(market, asks(market, product, a_customer(market, flags=("fraud",), **weak)))
    assert screened["outcome"] == "refer"
    assert [r["code"] for r in screened["reasons"]] == ["person_needed"]
    assert [f for f in screened["findings"] if not f["passed"]] == []
    assert (screened["offers"], screened["recourse"], screened["alternatives"]) == (0, [], [])
    assert {cell["code"] for row in screened["surface"]["cells"] for cell in row} == {"person_needed"}
    assert screened["surface"]["limits"] == []


@every_loan
def test_without_a_model_a_screened_customer_is_told_what_everybody_is(market: str, product: str) -> None:
    policy = of(market)[0]
    answers = []
    for flags in ((), ("fraud",)):
        application = asks(market, product, a_customer(market, flags=flags))
        word, decision = evaluate(application, None, policy, AS_OF)
        surface = SurfaceMaker(application, None, policy, AS_OF).body(expiry(policy, NOW))
        answers.append((result(application, word, decision, policy, AS_OF, ROW.decision_id), surface))
    assert answers[0] == answers[1]


OWN = st.fixed_dictionaries(
    {
        "credit_score": st.none() | st.integers(560, 850),
        "delinquencies_24m": st.integers(0, 5),
        "birth_date": st.dates(date(1975, 1, 1), date(2009, 6, 1)),
        "expiries": st.sampled_from([(), (Expiry("income", AS_OF - timedelta(days=3)),), EXPIRED]),
        "documents": st.sampled_from([("identity",), ("identity", "income")]),
        "inquiries_6m": st.integers(0, 9),
    }
)
"""What is a person's own and joins nobody else's figure."""


PDS = st.sampled_from(["0.005000", "0.020001", "0.020002"])
"""Of the partner: below the applicant's 0.01, and two above it that cost the same."""


def copy_of(market: str, application: Application, pd: str) -> tuple[dict[str, Any], Person, Decision]:
    """The applicant's copy of a decision in which the partner has a PD, and whose PD counted."""
    policy, request = of(market)[0], application.request
    book = rulebook(policy, request.product, AS_OF)
    words: dict[Person, Assessment] = {"applicant": an_assessment("0.010000"), "co_applicant": an_assessment(pd)}
    word = joint({role: words[role] for role in assessed(application, book)}, book.product.assess)
    decision = decide(application, word, policy, AS_OF)
    return result(application, word, decision, policy, AS_OF, ROW.decision_id), word.person, decision


@every_loan
@given(partners=st.lists(st.tuples(OWN, PDS), min_size=6, max_size=10))
def test_partners_who_lead_to_the_same_answer_cannot_be_told_apart(
    market: str, product: str, partners: list[tuple[dict[str, Any], str]]
) -> None:
    """The answer: outcome, price, whose risk counts, and that something in the other's record stands against it."""
    copies: dict[object, list[dict[str, Any]]] = {}
    for own, pd in partners:
        partner = a_customer(market, **{**own, "customer_id": "C00002"})
        copy, whose, decision = copy_of(market, asks(market, product, a_customer(market), partner), pd)
        answer = decision.outcome, decision.price and decision.price.priced_rate, whose
        copies.setdefault((*answer, tuple(r["code"] for r in copy["reasons"])), []).append(copy)
    for alike in copies.values():
        assert all(copy == alike[0] for copy in alike)


@every_loan
@given(own=OWN, pd=PDS)
def test_a_reason_from_the_partners_record_says_only_that_it_is_one(
    market: str, product: str, own: dict[str, Any], pd: str
) -> None:
    partner = a_customer(market, **{**own, "customer_id": "C00002"})
    shown, whose, _ = copy_of(market, asks(market, product, a_customer(market), partner), pd)
    theirs = [r for r in shown["reasons"] if r["person"] == "co_applicant"]
    assert {(r["code"], r["field"]) for r in theirs} <= {("co_applicant_record", "")}
    assert [f for f in shown["findings"] if f["person"] == "co_applicant"] == []
    assert shown["pd"] is None or whose == "applicant"


@pytest.mark.parametrize(("market", "product"), [loan for loan in LOANS if "gold" not in loan[1]])
def test_a_map_says_of_a_partners_score_what_the_answer_says(market: str, product: str) -> None:
    me, partner = a_customer(market, credit_score=660), a_customer(market, customer_id="C00002", credit_score=600)
    application = asks(market, product, me if product == "car" else replace(me, credit_score=720), partner)
    policy, model = of(market)[0], Monotone()
    surface = json.loads(json.dumps(SurfaceMaker(application, model, policy, AS_OF).body(expiry(policy, NOW))))
    _, decision = evaluate(application, model, policy, AS_OF)
    point = read_point(surface, Money(application.request.amount), application.request.term_months)
    assert point.outcome is decision.outcome
    if decision.outcome is Outcome.DECLINE:
        assert point.code == "co_applicant_record"
    assert "credit_score_low" not in json.dumps(surface)


@every_loan
@given(own=OWN, pd=PDS)
def test_a_notice_says_no_more_of_a_partner_than_the_answer_does(
    market: str, product: str, own: dict[str, Any], pd: str
) -> None:
    """Its reasons are the applicant's own of the answer, and that something stands in the other's record."""
    policy, partner = of(market)[0], a_customer(market, **{**own, "customer_id": "C00002"})
    application = asks(market, product, a_customer(market), partner)
    copy, _, decision = copy_of(market, application, pd)
    if decision.outcome is not Outcome.DECLINE:
        return
    core = json.loads(core_of(application, None, decision, policy, AS_OF, "1"))
    letter: Any = notice(core, policy, NOW, sample=True)
    words = wording(market).texts["notice"]["other_applicant"]
    told_in_answer = {
        words if r["person"] == "co_applicant" else policy.wording.reasons[r["code"]].notice for r in copy["reasons"]
    }
    assert {item["text"] for item in letter["reasons"]["items"]} == told_in_answer
    # What the applicant meets at any partner's side does not stand against them.
    assert {r["field"] for r in copy["reasons"] if r["person"] == "applicant"} & (EACH_PERSON | {"age_years"}) == set()


@every_loan
@pytest.mark.parametrize("born", [date(2009, 1, 1), date(2012, 1, 1)])
def test_whoever_is_under_age_is_told_so_whoever_else_is(market: str, product: str, born: date) -> None:
    me = a_customer(market, birth_date=date(2010, 6, 1))
    for partner in (None, a_customer(market, customer_id="C00002", birth_date=born)):
        application = asks(market, product, me, partner)
        copy, _, decision = copy_of(market, application, "0.005000")
        mine = next(f for f in copy["findings"] if f["field"] == "age_years")
        assert (mine["value"], mine["passed"]) == ("16", False)
        assert copy["reasons"][0]["code"] == "under_age"
        surface = SurfaceMaker(application, Monotone(), of(market)[0], AS_OF).body(expiry(of(market)[0], NOW))
        point = read_point(surface, Money(application.request.amount), application.request.term_months)
        assert (point.outcome, point.code) == (decision.outcome, "under_age")
        letter: Any = notice(
            json.loads(core_of(application, None, decision, of(market)[0], AS_OF, "1")), of(market)[0], NOW, sample=True
        )
        assert letter["reasons"]["items"][0]["text"] == of(market)[0].wording.reasons["under_age"].notice


@pytest.mark.parametrize("whose", ["applicant", "co_applicant"])
def test_a_map_names_an_age_at_maturity_to_whoever_has_it_alone(whose: str) -> None:
    policy, old = of("in")[0], {"birth_date": date(1962, 1, 1)}
    me, partner = ({} if whose == "co_applicant" else old), (old if whose == "co_applicant" else {})
    application = asks("in", "home", a_customer("in", **me), a_customer("in", **{**partner, "customer_id": "C00002"}))
    surface = SurfaceMaker(application, Monotone(), policy, AS_OF).body(expiry(policy, NOW))
    for term in (60, 61, 62, 63, 72, 240):
        one = replace(application, request=replace(application.request, term_months=term))
        _, decision = evaluate(one, Monotone(), policy, AS_OF)
        point = read_point(surface, Money(one.request.amount), term)
        assert point.outcome is decision.outcome
        told_code = "too_old_at_maturity" if whose == "applicant" else "co_applicant_record"
        late = any(f.field == "age_at_maturity_years" and not f.passed for f in decision.findings)
        assert (point.code == told_code) is late


def test_a_map_says_of_a_partners_risk_only_that_it_is_in_their_record() -> None:
    policy = of("us")[0]
    partner = a_customer("us", customer_id="C00002", delinquencies_24m=9, inquiries_6m=30, credit_score=660)
    application = asks("us", "car", a_customer("us"), partner)
    word, decision = evaluate(application, Monotone(), policy, AS_OF)
    failed = {f.field for f in decision.findings if not f.passed}
    assert word is not None
    assert (word.person, failed <= {"pd_12m", "required_rate"}, bool(failed)) == ("co_applicant", True, True)
    surface = SurfaceMaker(application, Monotone(), policy, AS_OF).body(expiry(policy, NOW))
    point = read_point(surface, Money(application.request.amount), application.request.term_months)
    assert (point.outcome, point.code) == (decision.outcome, "co_applicant_record")
    assert not {"risk_too_high", "price_above_band"} & {c["code"] for row in surface["cells"] for c in row}
    shown = result(application, word, decision, policy, AS_OF, ROW.decision_id)
    assert not {"pd_12m", "required_rate"} & {f["field"] for f in shown["findings"]}  # type: ignore[union-attr]
