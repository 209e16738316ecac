"""Everybody who signs: ages, sums over people, and debts that two of them share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import ROUND_CEILING, Decimal

from lending.domain.application import Applicant, Application, Employment, Loan, Person
from lending.domain.errors import RefusedError
from lending.domain.money import CENT, Money
from lending.domain.policy import Rulebook

_NOTHING = Decimal(0)


def people(application: Application) -> tuple[Applicant, ...]:
    """Everybody who signs, the applicant first."""
    other = application.co_applicant
    return (application.applicant,) if other is None else (application.applicant, other)


def signing(application: Application) -> dict[Person, Applicant]:
    """The same by role."""
    roles: tuple[Person, ...] = ("applicant", "co_applicant")
    return dict(zip(roles, people(application), strict=False))


def years_between(start: date, end: date) -> int:
    """Whole years completed."""
    return months_between(start, end) // 12


def months_between(start: date, end: date) -> int:
    """Whole months completed; below zero when `end` is earlier."""
    return (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)


def age_at_maturity(birth: date, as_of: date, term_months: int) -> int:
    """Whole years of age on the day of the last instalment."""
    return (months_between(birth, as_of) + term_months) // 12


def total(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The sum of what is known; None when nothing is."""
    known = [a for a in amounts if a is not None]
    return sum(known, Decimal(0)) if known else None


def loans_once(application: Application) -> dict[str, Loan]:
    """The loans at this bank of everybody who signs, each once."""
    return {loan.loan_id: loan for person in people(application) for loan in person.loans}


def household_obligations(application: Application) -> Decimal | None:
    """Monthly debt payments before the new loan; a loan that two signed counts once. None where one's are unknown."""
    return _obligations(application, frozenset())


def obligations_left(application: Application) -> Decimal | None:
    """Monthly debt payments that go on beside the new loan: those it refinances end."""
    return _obligations(application, frozenset(application.request.refinances))


def _obligations(application: Application, ending: frozenset[str]) -> Decimal | None:
    """Nobody's debts count below zero, whatever the record says of their loans."""
    found, counted = _NOTHING, set[str]()
    for person in people(application):
        if person.monthly_obligations is None:
            return None
        elsewhere = [loan.instalment for loan in person.loans if loan.loan_id in counted or loan.loan_id in ending]
        found += max(person.monthly_obligations - sum(elsewhere, _NOTHING), _NOTHING)
        counted.update([loan.loan_id for loan in person.loans])
    return found


def refinanced_payoff(application: Application) -> Decimal:
    """What it takes to pay off the loans that the new one refinances, rounded up to the cent."""
    return sum((loan.payoff for loan in _refinanced(application)), Decimal(0)).quantize(CENT, ROUND_CEILING)


def cash_out(application: Application) -> Money:
    """What is left of the amount once the refinanced loans are paid off; below zero when it does not suffice."""
    request = application.request
    return Money(request.amount - refinanced_payoff(application)) if request.refinances else request.amount


def _refinanced(application: Application) -> list[Loan]:
    loans = loans_once(application)
    return [loans[loan_id] for loan_id in dict.fromkeys(application.request.refinances) if loan_id in loans]


def assessed(application: Application, book: Rulebook) -> dict[Person, Applicant]:
    """Whose records the model scores, with the household's income and debts on each.

    A student who brings a co-applicant is not scored; otherwise everybody who signs is. A product with `score_if_none`
    scores a person without a score as if they had that one.
    """
    other = application.co_applicant
    if other is None:
        return {"applicant": _as_scored(application.applicant, application, book)}
    found: dict[Person, Applicant] = {"applicant": application.applicant, "co_applicant": other}
    if application.applicant.employment_status == Employment.STUDENT:
        del found["applicant"]
    return {role: _as_scored(person, application, book) for role, person in found.items()}


def score_that_counts(application: Application, book: Rulebook) -> dict[Person, int | None]:
    """Whose credit score is looked at: everybody's, or with `assess: strongest` the highest one."""
    found = assessed(application, book).items()
    scores: dict[Person, int | None] = {role: person.credit_score for role, person in found}
    if book.product.assess == "everybody":
        return scores
    best = max(scores, key=lambda role: scores[role] or 0)
    return {best: scores[best]}


def _as_scored(person: Applicant, application: Application, book: Rulebook) -> Applicant:
    stand_in = book.get("score_if_none")
    if person.credit_score is None and stand_in is not None:
        person = replace(person, credit_score=int(stand_in))
    signing = people(application)
    if len(signing) == 1:
        return person
    return replace(
        person,
        gross_monthly_income=total(p.gross_monthly_income for p in signing),
        net_monthly_income=None
        if any(p.net_monthly_income is None for p in signing)
        else total(p.net_monthly_income for p in signing),
        monthly_obligations=household_obligations(application),
    )


def locked() -> RefusedError:
    """Nothing new is done with the data of somebody who asked for its erasure."""
    return RefusedError(
        "this data is locked, because its erasure was asked for", code="restricted", field="customer",
        found="locked data", expected="data that may be used",
        do="Take the request for erasure back on the account page, if you want a loan.",
    )  # fmt: skip
