"""Laws about what a record holds: debts that count once, papers that expire, income that ends, a core that is whole."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.domain.application import (
    Applicant,
    Application,
    Assessment,
    Collateral,
    Expiry,
    Loan,
    LoanRequest,
    Outcome,
)
from lending.domain.core import application_from, assessment_from, core_of
from lending.domain.decision import decide, joint
from lending.domain.income import counted_income, counted_net_income
from lending.domain.money import Money
from lending.domain.people import assessed, cash_out, household_obligations, obligations_left, refinanced_payoff
from lending.domain.policy import rulebook
from lending.domain.record import canonical, decision_id
from tests.builders import AS_OF, a_request, an_applicant, an_application, an_assessment, the_policy

PRODUCTS = ("car", "education", "gold", "home")
cents = st.integers(0, 10**9).map(lambda n: Decimal(n).scaleb(-2))
shares = st.integers(0, 10**7).map(lambda n: Decimal(n).scaleb(-6))
days = st.integers(-2_000, 6_000).map(lambda n: AS_OF + timedelta(days=n))
counts = st.none() | st.integers(0, 900)
LOANS = (Loan("L1", Decimal("210.50"), Decimal("4300.10")), Loan("L2", Decimal(90), Decimal("1200.01")))
some_loans = st.lists(st.sampled_from(LOANS), unique=True).map(tuple)
people = st.builds(
    Applicant,
    customer_id=st.text(min_size=1, max_size=8),
    birth_date=st.integers(0, 20_000).map(lambda n: AS_OF - timedelta(days=8000 + n)),
    employment_status=st.sampled_from(["salaried", "gig", "student", "retired", "unemployed", "of another kind"]),
    home_ownership=st.none() | st.sampled_from(["rent", "own"]),
    flags=st.sampled_from([(), ("fraud",)]),
    documents=st.lists(st.sampled_from(["identity", "income", "admission"]), unique=True).map(tuple),
    expiries=st.lists(st.builds(Expiry, st.sampled_from(["identity", "admission"]), days), max_size=2).map(tuple),
    income_until=st.none() | days,
    loans=some_loans,
    **{f.name: st.none() | cents for f in fields(Applicant) if f.type == "Decimal | None"},
    **{f.name: counts for f in fields(Applicant) if f.type == "int | None"},
).map(lambda p: replace(p, revolving_utilisation=p.revolving_balance and p.revolving_balance / 1000))
securities = st.none() | st.builds(
    Collateral, st.sampled_from(["vehicle", "gold", "property"]), st.none() | cents.map(Money), st.none() | shares,
    st.none() | cents,
)  # fmt: skip
requests = st.builds(
    LoanRequest, st.sampled_from(PRODUCTS), cents.map(Money), st.integers(0, 1200), securities,
    st.lists(st.sampled_from(["L1", "L2", "L3"]), unique=True).map(tuple),
)  # fmt: skip
applications = st.builds(Application, people, requests, st.none() | people)


def the_word(application: Application, pds: tuple[str, str]) -> Assessment:
    book = rulebook(the_policy(), application.request.product, AS_OF)
    parts = (("term_months", Decimal("0.2")), ("amount", Decimal("0.2")), ("credit_score", Decimal("-0.1")))
    named = {"applicant": an_assessment(pds[0], contributions=parts), "co_applicant": an_assessment(pds[1])}
    return joint({role: named[role] for role in assessed(application, book)}, book.product.assess)


@given(applications, st.booleans(), st.sampled_from([("0.01", "0.03"), ("0.03", "0.01")]))
def test_any_application_is_decided_and_read_back_from_its_core_to_the_same_bytes(
    application: Application, scored: bool, pds: tuple[str, str]
) -> None:
    word = the_word(application, pds) if scored else None

    def core(of: Application, said: Assessment | None) -> bytes:
        return core_of(of, said, decide(of, said, the_policy(), AS_OF), the_policy(), AS_OF, "1")

    made = core(application, word)
    again, said = application_from(json.loads(made)), assessment_from(json.loads(made))
    assert again == application
    assert core(again, said) == core(again, word) == made == canonical(json.loads(made))
    assert decision_id(made) == decision_id(core(again, said))


def owing(debts: int | None, *loans: Loan, **facts: Any) -> Applicant:
    return an_applicant(monthly_obligations=None if debts is None else Decimal(debts), loans=loans, **facts)


owners = st.builds(lambda debts, loans: owing(debts, *loans), st.integers(0, 900), some_loans)
"""Also such whose loans cost more than all that is on record as their debts."""
consistent = st.builds(lambda more, loans: owing(more + 301 * len(loans), *loans), st.integers(0, 900), some_loans)
refinanced = st.lists(st.sampled_from(["L1", "L2"]), unique=True).map(tuple)


@given(owners, st.none() | owners, refinanced)
def test_paying_off_a_loan_ends_its_instalment_and_nothing_else(
    one: Applicant, other: Applicant | None, ids: tuple[str, ...]
) -> None:
    """As if the loans had never been on anybody's record; and nobody's debts fall below zero."""

    def without(person: Applicant) -> Applicant:
        ending = sum((loan.instalment for loan in person.loans if loan.loan_id in ids), Decimal(0))
        left = max((person.monthly_obligations or Decimal(0)) - ending, Decimal(0))
        kept = tuple(loan for loan in person.loans if loan.loan_id not in ids)
        return replace(person, monthly_obligations=left, loans=kept)

    request = a_request(refinances=ids)
    cleared = Application(without(one), request, None if other is None else without(other))
    application = Application(one, request, other)
    assert obligations_left(application) == household_obligations(cleared)
    assert household_obligations(cleared) <= household_obligations(application)  # type: ignore[operator]


@given(consistent, consistent, refinanced)
def test_a_loan_that_two_signed_counts_once_whichever_of_them_applies(
    one: Applicant, other: Applicant, ids: tuple[str, ...]
) -> None:
    request = a_request(refinances=ids)
    asked, swapped = Application(one, request, other), Application(other, request, one)
    assert refinanced_payoff(asked) == refinanced_payoff(swapped)
    assert cash_out(asked) == cash_out(swapped)
    assert household_obligations(asked) == household_obligations(swapped)
    assert obligations_left(asked) == obligations_left(swapped)


@pytest.mark.parametrize("product", ["car", "home", "gold"])
def test_two_who_are_alike_get_the_same_answer_whoever_applies(product: str) -> None:
    one, other = owing(500, LOANS[0]), owing(900, *LOANS, gross_monthly_income=Decimal(3000))
    request = a_request(product=product, refinances=("L1",))
    asked, swapped = Application(one, request, other), Application(other, request, one)
    found, again = (decide(a, the_word(a, ("0.02", "0.02")), the_policy(), AS_OF) for a in (asked, swapped))
    assert (found.outcome, found.price, found.affordability) == (again.outcome, again.price, again.affordability)


@pytest.mark.parametrize("debts", [(None, 100), (100, None), (None, None)])
def test_debts_that_nobody_knows_are_never_counted_as_none(debts: tuple[int | None, int | None]) -> None:
    application = Application(owing(debts[0], LOANS[0]), a_request(refinances=("L1",)), owing(debts[1], LOANS[0]))
    assert obligations_left(application) is None
    decision = decide(application, the_word(application, ("0.02", "0.02")), the_policy(), AS_OF)
    assert decision.outcome is Outcome.REFER
    assert "missing_dti" in [reason.code for reason in decision.reasons]


@pytest.mark.parametrize("whose", ["applicant", "co_applicant"])
@pytest.mark.parametrize(("left", "outcome"), [(1, "approve"), (0, "approve"), (-1, "refer")])
def test_an_identity_document_is_good_up_to_and_on_its_last_day(whose: str, left: int, outcome: str) -> None:
    expiring = (Expiry("income", AS_OF - timedelta(days=9)), Expiry("identity", AS_OF + timedelta(days=left)))
    application = replace(an_application(), co_applicant=an_applicant(customer_id="C00002"))
    signing = replace(getattr(application, whose), expiries=expiring)
    application = replace(application, **{whose: signing})
    decision = decide(application, the_word(application, ("0.02", "0.02")), the_policy(), AS_OF)
    assert decision.outcome == outcome
    assert [(r.code, r.person) for r in decision.reasons] == ([] if left >= 0 else [("document_expired", whose)])


@pytest.mark.parametrize(("left", "missing"), [(0, False), (-1, True)])
def test_a_letter_of_admission_that_expired_is_no_letter(left: int, missing: bool) -> None:
    papers: dict[str, Any] = {
        "documents": ("identity", "admission"),
        "expiries": (Expiry("admission", AS_OF + timedelta(days=left)),),
    }
    request = a_request(product="education", term_months=120)
    parent = an_applicant(customer_id="C00002")
    application = an_application(request, parent, employment_status="student", **papers)
    decision = decide(application, the_word(application, ("0.02", "0.02")), the_policy(), AS_OF)
    assert ("admission_missing" in [r.code for r in decision.reasons]) is missing


@given(st.integers(0, 1200), st.integers(0, 1200), days, days)
def test_income_that_ends_counts_for_as_long_as_it_lasts(term: int, longer: int, until: date, later: date) -> None:
    book, all_of_it = rulebook(the_policy(), "car", AS_OF), Decimal(6500)

    def counted(months: int, end: date | None, count: Any = counted_income) -> Decimal:
        return count(an_application(a_request(term_months=months), income_until=end), book, AS_OF)

    until, later = sorted((until, later))
    assert 0 <= counted(term, until) <= counted(term, later) <= counted(term, None) == all_of_it
    assert counted(term + longer, until) <= counted(term, until) or term == 0
    assert counted(term, until, counted_net_income) <= counted(term, until)
    if until <= AS_OF and term:
        assert counted(term, until) == 0


def test_income_counts_in_full_up_to_a_term_that_ends_with_it() -> None:
    book = rulebook(the_policy(), "car", AS_OF)
    ends = date(AS_OF.year + 2, AS_OF.month, AS_OF.day)
    found = [
        counted_income(an_application(a_request(term_months=months), income_until=ends), book, AS_OF)
        for months in (23, 24, 25, 48)
    ]
    assert found == [Decimal(6500), Decimal(6500), Decimal("6240.00"), Decimal("3250.00")]
