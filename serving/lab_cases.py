"""What the policy lab decides anew: the portfolio's past loans, or decisions on record."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from math import isnan
from typing import TYPE_CHECKING, Any

from features.past import PastLoans
from lending.domain.application import Applicant, Application, Assessment, LoanRequest, Outcome
from lending.domain.core import application_from, assessment_from
from lending.domain.errors import InputError, RefusedError
from lending.domain.money import Money, to_cents
from lending.domain.people import months_between
from lending.domain.policy import Policy, on_sale
from lending.outcome_ports import Outcomes
from lending.ports import Decisions
from serving.assess import assess_many
from training.servable.protocol import ServableModel

if TYPE_CHECKING:
    import pandas as pd

RECORDED = "recorded"
"""Stands where a data set's name does: the decisions on record."""
_FACTS: Mapping[str, tuple[str, ...]] = {
    "credit_score": ("credit_score",),
    "counted_income": ("gross_monthly_income",),
    "employment_status": ("employment_status",),
    "employment_months": ("employment_months",),
    "dti": ("gross_monthly_income", "monthly_obligations"),
    "dti_stressed": ("gross_monthly_income", "monthly_obligations"),
    "foir": ("gross_monthly_income", "monthly_obligations"),
}
"""What a rule looks at, and the facts of a data set that say it."""
NEVER_HELD = ("age_years", "age_at_maturity_years", "flag_count", "documents", "expired_documents", "co_applicant",
              "collateral_kind", "collateral_value", "ltv", "ltv_at_maturity", "cash_out")  # fmt: skip
"""What no data set of loans tells."""
_BORN = date(1900, 1, 1)
"""Data sets hold no birthday; the rules that ask for one are left out."""
_MONEY = ("gross_monthly_income", "net_monthly_income", "monthly_obligations", "revolving_balance")
_COUNTS = ("employment_months", "credit_score", "oldest_account_months", "open_accounts", "inquiries_6m",
           "delinquencies_24m", "public_records", "months_since_delinquency")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """An application to decide anew, with the model's word about it.

    Attributes:
        day: whose rules and prices apply.
        bad: whether the loan went bad; None while nobody saw it.
        lent: whether it was approved then, so that an outcome could be seen at all.
        recorded: what was answered then; None for a data set, whose lender had another policy.
    """

    application: Application
    assessment: Assessment | None
    day: date
    bad: bool | None
    lent: bool
    recorded: Outcome | None = None


@dataclass(frozen=True)
class Past:
    """Everything that is decided anew.

    Attributes:
        unseen: what rules look at and this data does not tell; those rules are left out of both policies.
        left_out: loans of no product on sale, or without amount or term.
        on_own_day: whether each is decided by the rules of its own day; else by those of `today`.
        groups: protected groups, in the order of the cases; None where they are not opened.
    """

    name: str
    cases: Sequence[Case]
    unseen: frozenset[str]
    left_out: int
    on_own_day: bool
    groups: pd.DataFrame | None


def from_loans(
    loans: PastLoans, model: ServableModel, policy: Policy, today: date, *, product: str | None = None,
    rows: Sequence[int] | None = None,
) -> Past:  # fmt: skip
    """The loans of a data set, as applications of their day.

    Args:
        loans: from `DataSets.past`.
        model: the champion, who says each one's PD.
        policy: that in force; its products are those on sale.
        today: whose rules apply where the policy has none for the loans' own days.
        product: what a loan counts as where the data does not say one that is on sale.
        rows: which loans; left out: all.

    Raises:
        InputError: no loan is of a product on sale; the model reads a feature that the data does not hold.
    """
    days, own = _days(loans, policy, today)
    wanted = range(len(loans.label)) if rows is None else rows
    products = {place: _product(loans, place, policy, product) for place in wanted}
    kept = [n for n, name in products.items() if name and _asks(loans, n)]
    if not kept:
        raise _no_product(loans, policy)
    kept.sort(key=lambda n: (days[n], n))  # rules are looked up by day: neighbours share them
    asked = [_application(loans, n, str(products[n])) for n in kept]
    words = assess_many(model, [(one.applicant, one.request) for one in asked])
    cases = [
        Case(one, replace(word, person="applicant"), days[n], _seen(loans, n, today), lent=True)
        for n, one, word in zip(kept, asked, words, strict=True)
    ]
    groups = loans.protected.iloc[kept].reset_index(drop=True)
    return Past(loans.name, cases, _unseen(loans), len(products) - len(kept), own, groups)


def from_records(decisions: Decisions, outcomes: Outcomes, ids: Sequence[str]) -> Past:
    """Decisions on record, from their recorded inputs and the model's recorded word; nothing else is opened.

    Args:
        decisions: the ledger.
        outcomes: how loans turned out.
        ids: which decisions.
    """
    known = outcomes.known(ids)
    found = [_recorded(decisions, one, known[one].bad if one in known else None) for one in ids]
    cases = sorted((case for case in found if case is not None), key=lambda case: case.day)
    return Past(RECORDED, cases, frozenset(), len(ids) - len(cases), True, None)


def _recorded(decisions: Decisions, decision_id: str, bad: bool | None) -> Case | None:
    """None for a record that was erased or tampered with: replay says so, the lab goes on without it."""
    try:
        core = json.loads(decisions.get(decision_id).core)
    except RefusedError:
        return None
    said, day = Outcome(core["outcome"]), date.fromisoformat(core["as_of"])
    lent = bad is not None or said is Outcome.APPROVE
    return Case(application_from(core), assessment_from(core), day, bad, lent, said)


def _days(loans: PastLoans, policy: Policy, today: date) -> tuple[list[date], bool]:
    """Each loan's own day where the policy has values on all of them, else today."""
    if loans.days is None:
        return [today] * len(loans.label), False
    days = [stamp.date() for stamp in loans.days]
    own = on_sale(policy, min(days)).keys() == on_sale(policy, today).keys()
    return (days, True) if own else ([today] * len(days), False)


def _seen(loans: PastLoans, place: int, today: date) -> bool | None:
    """Whether a loan went bad; None before its horizon is over, as only those that went bad early would be known."""
    if loans.days is not None and months_between(loans.days.iloc[place].date(), today) < loans.horizon_months:
        return None
    return bool(loans.label[place])


def _product(loans: PastLoans, place: int, policy: Policy, otherwise: str | None) -> str | None:
    said = None if loans.products is None else loans.products[place]
    return said if said in policy.products else otherwise


def _asks(loans: PastLoans, place: int) -> bool:
    return not any(isnan(loans.facts[name][place]) for name in ("amount", "term_months"))


def _application(loans: PastLoans, place: int, product: str) -> Application:
    facts = {name: values[place] for name, values in loans.facts.items()}
    if "monthly_obligations" not in facts and {"dti_before", "gross_monthly_income"} <= facts.keys():
        facts["monthly_obligations"] = facts["dti_before"] * facts["gross_monthly_income"]
    exact: dict[str, Any] = {name: _exact(facts[name], 2) for name in _MONEY if name in facts}
    exact |= {name: None if isnan(facts[name]) else round(facts[name]) for name in _COUNTS if name in facts}
    if "revolving_utilisation" in facts:
        exact["revolving_utilisation"] = _exact(facts["revolving_utilisation"], 6)
    status, home = facts.get("employment_status"), facts.get("home_ownership")
    person = Applicant(f"{loans.name}/{place}", _BORN, status or "other", home_ownership=home, **exact)
    amount = to_cents(Decimal(repr(float(facts["amount"]))))
    return Application(person, LoanRequest(product, Money(amount), round(facts["term_months"])))


def _exact(value: float, places: int) -> Decimal | None:
    return None if isnan(value) else Decimal(f"{value:.{places}f}")


def _unseen(loans: PastLoans) -> frozenset[str]:
    held = set(loans.facts)
    if {"dti_before", "gross_monthly_income"} <= held:
        held.add("monthly_obligations")
    return frozenset(NEVER_HELD) | {field for field, facts in _FACTS.items() if not held.issuperset(facts)}


def _no_product(loans: PastLoans, policy: Policy) -> InputError:
    known = ", ".join(sorted(policy.products))
    return InputError(
        f"no loan of {loans.name} says which product it was", code="no_product", field="product", found="none",
        expected=f"a product on sale: {known}", do="Say what its loans count as: --product, or the list on the page.",
    )  # fmt: skip
