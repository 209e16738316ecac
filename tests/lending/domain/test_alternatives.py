"""What a refused customer could have instead: near the wish, the best of its kind, and really approvable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings

from lending.domain.alternatives import Alternative, alternatives
from lending.domain.application import Applicant, Application, Collateral, Expiry, Outcome
from lending.domain.levers import page_terms
from lending.domain.money import Money, money
from lending.domain.offers import DecideMany
from lending.domain.policy import Rulebook
from lending.domain.terms import within_bounds
from tests.builders import AS_OF, an_applicant, the_policy
from tests.conftest import sized
from tests.lending.domain.refusals import ASKED, Counted, an_ask, applications, book_of, decide_many, decided, partners

BOOKS = {name: book_of(name) for name in the_policy().products}
STEP = BOOKS["car"]["recourse_money_step"]


def instead(
    application: Application,
    others: Sequence[Applicant] = (),
    decide: DecideMany = decide_many,
    books: dict[str, Rulebook] = BOOKS,
) -> dict[str, Alternative]:
    """Alternatives by kind; another product by its name."""
    found = alternatives(application, decided(application), decide, books, others)
    return {a.application.request.product if a.kind == "other_product" else a.kind: a for a in found}


def asking(application: Application, amount: Decimal | None = None, term: int | None = None) -> Application:
    request = application.request
    changed = replace(request, amount=Money(amount or request.amount), term_months=term or request.term_months)
    return replace(application, request=changed)


def approved(application: Application) -> bool:
    return decided(application).outcome is Outcome.APPROVE


@settings(max_examples=sized(100, 2000))
@given(applications, partners)
def test_every_alternative_is_a_loan_of_the_catalogue_that_would_be_approved(
    application: Application, others: list[Applicant]
) -> None:
    for one in instead(application, others).values():
        request = one.application.request
        assert within_bounds(request.amount, request.term_months, BOOKS[request.product])
        assert decided(one.application) == one.decision
        assert one.decision.outcome is Outcome.APPROVE
        assert one.application.applicant == application.applicant, "it asks for another request, not another person"
        assert one.application.co_applicant in (None, *others)


KEEPS: dict[str, Callable[[Any], Any]] = {
    "smaller_amount": lambda r: (r.product, r.term_months, r.collateral),
    "smaller_amount_best_term": lambda r: (r.product, r.collateral),
    "longer_term": lambda r: (r.product, r.amount, r.collateral),
    "shorter_term": lambda r: (r.product, r.amount, r.collateral),
    "co_applicant": lambda r: r,
    "more_collateral": lambda r: (r.product, r.amount, r.term_months),
}


@settings(max_examples=sized(100, 2000))
@given(applications, partners)
def test_an_alternative_changes_only_what_its_kind_says(application: Application, others: list[Applicant]) -> None:
    asked = application.request
    for one in alternatives(application, decided(application), decide_many, BOOKS, others):
        got = one.application.request
        if one.kind != "other_product":
            assert KEEPS[one.kind](got) == KEEPS[one.kind](asked)
            assert (one.application.co_applicant is None) is (one.kind != "co_applicant")
        else:
            assert got.product != asked.product
            assert asked.amount * book_of("car")["alternative_amount_share_min"] <= got.amount <= asked.amount


@settings(max_examples=sized(60, 1000))
@given(applications)
def test_a_step_closer_to_the_wish_would_be_declined(application: Application) -> None:
    found, asked = instead(application), application.request
    if smaller := found.get("smaller_amount"):
        more = smaller.application.request.amount + STEP
        assert more > asked.amount or not approved(asking(application, more))
    if decided(application).outcome is Outcome.DECLINE and not {"longer_term", "shorter_term"} & set(found):
        least = BOOKS[asked.product]["amount_min"]
        best = found.get("smaller_amount_best_term") or smaller
        more = best.application.request.amount + STEP if best else -(-least // STEP) * STEP
        terms = page_terms(BOOKS[asked.product])
        assert more > asked.amount or not any(approved(asking(application, more, term)) for term in terms)
    for kind, closer in (("longer_term", -1), ("shorter_term", 1)):
        if one := found.get(kind):
            assert not approved(asking(application, term=one.application.request.term_months + closer))


@settings(max_examples=sized(60, 1000))
@given(applications, partners)
def test_alternatives_take_few_decisions(application: Application, others: list[Applicant]) -> None:
    count = Counted()
    instead(application, others, count)
    assert count.applications <= 240
    assert count.calls <= 90


def test_income_too_low_for_the_wish_gives_a_smaller_amount_and_a_longer_term_that_fit() -> None:
    """B4."""
    found = instead(an_ask("car", gross_monthly_income=Decimal(3300), monthly_obligations=Decimal(800)))
    assert {"smaller_amount", "longer_term"} <= set(found)
    assert found["smaller_amount"].application.request.amount < ASKED["car"].amount
    assert found["longer_term"].application.request.term_months > ASKED["car"].term_months


def test_debts_too_high_give_a_smaller_loan() -> None:
    """B5."""
    found = instead(an_ask("car", monthly_obligations=Decimal(2100)))
    assert 1000 <= found["smaller_amount"].application.request.amount < 15_000


def test_a_low_score_opens_the_gold_loan_and_says_how_much_gold_it_needs() -> None:
    """B6."""
    application = an_ask("car", credit_score=640)
    loan = instead(application)["gold"].application
    item = loan.request.collateral
    assert item is not None
    assert item.weight_g is not None
    assert (item.kind, item.purity_k, loan.request.amount) == ("gold", 22, 15_000)
    lighter = replace(loan.request, collateral=replace(item, weight_g=item.weight_g - 1))
    assert not approved(replace(loan, request=lighter))


def test_gold_that_is_there_is_left_as_it_is() -> None:
    """Another kind of gold loan takes the customer's own gold and assumes no more."""
    other = replace(BOOKS["gold"], product=replace(BOOKS["gold"].product, name="pawn"))
    asked = replace(ASKED["gold"], amount=money("3600.00"))
    seen: list[Collateral | None] = []

    def decide(asked: Sequence[Application]) -> list[Any]:
        seen.extend(one.request.collateral for one in asked if one.request.product == "pawn")
        known = [replace(one, request=replace(one.request, product="gold")) for one in asked]
        return decide_many(known)

    instead(Application(an_applicant(), asked), (), decide, {"gold": BOOKS["gold"], "pawn": other})
    assert set(seen) == {asked.collateral}


def test_a_student_is_pointed_to_the_education_loan_with_who_signs_it() -> None:
    parent = an_applicant(customer_id="C00002")
    student = an_ask("car", employment_status="student", documents=("identity", "admission"))
    found = instead(student, [parent])
    assert set(found) == {"education"}
    assert found["education"].application.co_applicant == parent


def test_a_loan_for_one_purpose_is_no_way_around_the_refusal_of_another() -> None:
    found = instead(an_ask("education", credit_score=670))
    assert set(found) == {"gold"}


def test_each_person_who_agreed_is_one_alternative() -> None:
    poor = an_ask("car", gross_monthly_income=Decimal(2500), monthly_obligations=Decimal(0))
    others = [an_applicant(customer_id=f"C0000{n}") for n in (2, 3)]
    found = alternatives(poor, decided(poor), decide_many, BOOKS, others)
    assert [a.application.co_applicant for a in found if a.kind == "co_applicant"] == others


def test_more_security_is_an_alternative_where_the_loan_is_secured() -> None:
    found = instead(Application(an_applicant(gross_monthly_income=Decimal(12_000)), ASKED["home"]))
    item = found["more_collateral"].application.request.collateral
    assert item is not None
    assert item.value == 187_500, "150,000 is 80 % of it"


@pytest.mark.parametrize(
    "application",
    [
        an_ask("car"),
        an_ask("car", expiries=(Expiry("identity", AS_OF - timedelta(days=1)),)),
        an_ask("car", flags=("fraud",), monthly_obligations=Decimal(3000)),
        an_ask("car", birth_date=AS_OF - timedelta(days=17 * 365)),
    ],
)
def test_who_is_approved_referred_or_a_minor_gets_no_alternatives(application: Application) -> None:
    assert instead(application) == {}


def test_an_alternative_as_data_carries_its_text_and_its_terms() -> None:
    found = instead(an_ask("car", monthly_obligations=Decimal(2100)))["smaller_amount"].as_dict(the_policy().wording)
    assert list(found) == [
        "kind", "text", "product", "amount", "term_months", "co_applicant", "collateral", "annual_rate", "instalment",
    ]  # fmt: skip
    assert (found["kind"], found["product"], found["term_months"]) == ("smaller_amount", "car", 48)
    assert found["text"] == the_policy().wording.alternatives["smaller_amount"]
