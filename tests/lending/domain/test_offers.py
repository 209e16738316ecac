"""Offers: approved, inside the catalogue, each the best at its goal, with points that are computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.domain.application import Application, Collateral, Loan, LoanRequest, Outcome
from lending.domain.decision import Decision, decide
from lending.domain.money import Money, money
from lending.domain.offer_points import cons, pros
from lending.domain.offers import BALANCED, LOWEST_COST, LOWEST_INSTALMENT, OWN, Candidate, OfferSet, find_offers
from lending.domain.policy import Rulebook, rulebook
from lending.domain.terms import within_bounds
from tests.builders import AS_OF, an_application, an_assessment, gold, the_policy


def raw(code: str, value: str, unit: str) -> str:
    """A point's text with nothing made up for a reader."""
    return f"{code} {value} {unit}".strip()


REQUESTS = {
    "car": LoanRequest("car", money("15000"), 48),
    "home": LoanRequest("home", money("150000"), 300, Collateral("property", money("300000"))),
    "gold": LoanRequest("gold", money("2000"), 12, gold("60")),
    "education": LoanRequest("education", money("20000"), 120),
}


def decided(application: Application) -> Decision:
    """The risk grows with amount and term, as a model's would."""
    request = application.request
    pd = Decimal("0.015") + request.amount / 5_000_000 + Decimal(request.term_months) / 40_000
    return decide(application, an_assessment(str(round(pd, 6))), the_policy(), AS_OF)


def decide_many(applications: Sequence[Application]) -> list[Decision]:
    return [decided(one) for one in applications]


def book_of(application: Application) -> Rulebook:
    return rulebook(the_policy(), application.request.product, AS_OF)


def at(application: Application, amount: Money, term: int) -> Application:
    return replace(application, request=replace(application.request, amount=amount, term_months=term))


def offers_for(application: Application) -> OfferSet:
    def scan(points: Sequence[tuple[Money, int]]) -> list[Candidate | None]:
        found = [decided(at(application, *point)) for point in points]
        return [
            Candidate(d.terms.amount, d.terms.term_months, d.terms.annual_rate, d.terms.instalment)
            if d.outcome is Outcome.APPROVE and d.terms
            else None
            for d in found
        ]

    return find_offers(application, decided(application), scan, decide_many, book_of(application))


def asked(product: str, **changes: Any) -> Application:
    facts = {k: v for k, v in changes.items() if k not in ("amount", "term_months")}
    request = {k: v for k, v in changes.items() if k in ("amount", "term_months")}
    facts.setdefault("gross_monthly_income", Decimal(9000))
    return an_application(replace(REQUESTS[product], **request), **facts)


@pytest.mark.parametrize("product", REQUESTS)
def test_no_other_step_of_the_term_beats_an_offer_at_its_goal(product: str) -> None:
    application = asked(product)
    book, found = book_of(application), offers_for(application)
    steps = range(int(book["term_months_min"]), int(book["term_months_max"]) + 1, int(book["term_months_step"]))
    terms = [d.terms for d in (decided(at(application, application.request.amount, t)) for t in steps)]
    approved = [t for t in terms if t is not None]
    best = {goal: offer.terms for offer in found.offers for goal in offer.goals}
    assert best[LOWEST_INSTALMENT].instalment == min(t.instalment for t in approved)
    assert best[LOWEST_COST].total_cost == min(t.total_cost for t in approved)


@pytest.mark.parametrize("product", REQUESTS)
def test_one_offer_is_recommended_and_the_own_wish_is_beside_it(product: str) -> None:
    found = offers_for(asked(product))
    assert [BALANCED in o.goals for o in found.offers if o.recommended] == [True]
    assert [OWN in o.goals for o in found.offers].count(True) == 1
    made = [o.terms.term_months for o in found.offers if o.goal != OWN]
    assert len(made) == len(set(made)) <= 3
    assert (found.why_fewer is None) == (len(made) == 3)


def test_the_largest_approvable_amount_stands_in_for_one_that_is_too_large() -> None:
    application = asked("car", amount=money("90000"), gross_monthly_income=Decimal(3200))
    found = offers_for(application)
    assert found.amount is not None
    assert found.amount < 90_000
    assert all(o.terms.amount == found.amount for o in found.offers)
    book = book_of(application)
    above = Money(found.amount + book["amount_step"])
    terms = range(int(book["term_months_min"]), int(book["term_months_max"]) + 1)
    assert all(decided(at(application, above, t)).outcome is not Outcome.APPROVE for t in terms)
    assert all(OWN not in o.goals for o in found.offers)


def test_where_nothing_can_be_approved_the_set_is_empty_and_says_so() -> None:
    found = offers_for(asked("car", credit_score=500))
    assert found.offers == ()
    assert found.why_fewer == "none_approvable"


@pytest.mark.parametrize("product", REQUESTS)
@pytest.mark.parametrize("less", ["0.01", "0.5", "0.999"])
def test_a_wish_below_the_smallest_loan_is_answered_with_the_smallest(product: str, less: str) -> None:
    least = book_of(asked(product))["amount_min"]
    wish = Decimal("0.01") if less == "0.999" else least - Decimal(less)
    found = offers_for(asked(product, amount=money(wish)))
    assert found.why_fewer == "below_smallest"
    assert {o.terms.amount for o in found.offers} == {least}
    for offer in found.offers:
        points = {p.code: p.value for p in cons(offer, found.offers, money(wish), book_of(asked(product)), raw)}
        assert points["larger_than_asked"] == f"{least - wish:.2f}"


def test_a_wish_below_what_it_refinances_is_answered_with_what_that_takes() -> None:
    application = asked("car", amount=money("5000"), loans=(Loan("L1", Decimal(200), Decimal("7340.17")),))
    found = offers_for(replace(application, request=replace(application.request, refinances=("L1",))))
    assert (found.why_fewer, found.amount) == ("below_smallest", money("7400"))


def test_a_wish_that_just_pays_off_what_it_refinances_is_offered_itself() -> None:
    """Though the product's steps pass it by."""
    loan = Loan("L1", Decimal(300), Decimal("7350.01"))
    application = asked("car", amount=money("7350.01"), loans=(loan,))
    found = offers_for(replace(application, request=replace(application.request, refinances=("L1",))))
    assert (found.amount, found.why_fewer) == (money("7350.01"), None)


def test_no_amount_is_approvable_only_where_the_smallest_loan_is_not() -> None:
    assert offers_for(asked("car", amount=money("1"), credit_score=500)).why_fewer == "none_approvable"


def test_with_one_term_left_one_offer_wins_every_goal() -> None:
    longest = decided(at(asked("car"), money("15000"), 84)).terms
    assert longest is not None
    application = asked("car", monthly_obligations=Decimal("0.35") * 9000 - longest.instalment)
    found = offers_for(application)
    assert [o.goals for o in found.offers] == [(BALANCED, LOWEST_INSTALMENT, LOWEST_COST)]
    assert found.why_fewer == "one_term_fits"


@given(
    st.sampled_from(sorted(REQUESTS)),
    st.integers(500, 20_000),
    st.integers(0, 4_000),
    st.integers(1, 300_000),
    st.integers(1, 400),
    st.integers(560, 850),
)
def test_every_offer_is_approved_and_inside_the_catalogue(
    product: str, income: int, debts: int, amount: int, term: int, score: int
) -> None:
    facts = {"gross_monthly_income": Decimal(income), "monthly_obligations": Decimal(debts), "credit_score": score}
    application = asked(product, amount=money(amount), term_months=term, **facts)
    book, found = book_of(application), offers_for(application)
    for offer in found.offers:
        assert within_bounds(offer.terms.amount, offer.terms.term_months, book)
        assert book["rate_min"] <= offer.terms.annual_rate <= book["rate_max"]
        assert decided(offer.application).terms == offer.terms
        assert offer.terms.amount <= max(Decimal(amount), book["amount_min"])


def test_points_are_differences_within_the_set() -> None:
    found = offers_for(asked("car")).offers
    book = book_of(asked("car"))
    by_goal = {o.goal: o for o in found}
    cheapest, lightest = by_goal[LOWEST_COST], by_goal[LOWEST_INSTALMENT]
    said = {p.code: p.value for p in cons(lightest, found, money("15000"), book, raw)}
    assert said["cost_above"] == str(lightest.terms.total_cost - cheapest.terms.total_cost)
    gained = {p.code: p.value for p in pros(lightest, found, raw)}
    assert gained["lowest_instalment"] == str(max(o.terms.instalment for o in found) - lightest.terms.instalment)
    assert all(p.value in p.text for o in found for p in pros(o, found, raw))


def test_a_loan_close_to_the_debt_limit_says_so_and_one_far_from_it_does_not() -> None:
    book = book_of(asked("car"))
    near = offers_for(asked("car", monthly_obligations=Decimal("2900"))).offers[0]
    far = offers_for(asked("car")).offers[0]
    assert "near_debt_limit" in [p.code for p in cons(near, [near], money("15000"), book, raw)]
    assert "near_debt_limit" not in [p.code for p in cons(far, [far], money("15000"), book, raw)]
