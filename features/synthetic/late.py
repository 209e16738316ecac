"""How loans of the demo bank turn out after they were decided: generated, by the recipe, and labelled so.

The same coin as in the book of past loans, thrown once for each decision: who runs it again learns the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from features.build import online_rows
from features.synthetic.markets import MONEY_SCALE
from features.synthetic.personas import PERSONAS
from features.synthetic.recipe import (
    DISPARITY_ATTRIBUTE,
    DISPARITY_EMPLOYMENT,
    DISPARITY_GROUP,
    DISPARITY_INCOME,
    default_chance,
)
from lending.domain.application import Applicant, Application

SOURCE = "generated"
"""Stands beside each generated outcome."""
FIRST_MONTH, LAST_MONTH = 4, 12
"""In which month a loan that defaults within a year does so: three instalments have to be missed first."""
DAYS_A_MONTH = 365.25 / 12

_PLAIN = ("credit_score", "revolving_utilisation", "inquiries_6m", "delinquencies_24m", "public_records", "amount",
          "term_months")  # fmt: skip
_READ = (*_PLAIN, "employment_months", "gross_monthly_income", "monthly_obligations")
_EXACT = frozenset(one.customer_id for one in PERSONAS)
"""People whose record is the whole truth about them."""


@dataclass(frozen=True, slots=True)
class Lent:
    """A loan: what was asked, whose protected attributes they are, and the day."""

    decision_id: str
    application: Application
    protected: Mapping[str, str]
    day: date


def late_outcomes(loans: Sequence[Lent], market: str, seed: int) -> list[tuple[bool, date]]:
    """Whether each loan goes bad within a year, and on what day that is known; the same for the same seed.

    Args:
        loans: of the demo bank.
        market: whose money their amounts are in.
        seed: of the coins.
    """
    if not loans:
        return []
    draws = np.array([_draws(one.decision_id, seed) for one in loans])
    chance = default_chance(_causes(loans, MONEY_SCALE[market]), draws[:, 0])
    return [
        (bool(coin < odds), one.day + timedelta(days=_after(bool(coin < odds), when)))
        for one, odds, coin, when in zip(loans, chance, draws[:, 1], draws[:, 2], strict=True)
    ]


def _draws(decision_id: str, seed: int) -> tuple[float, float, float]:
    """A normal draw and two of the unit interval, from the decision's name alone."""
    digest = hashlib.sha256(f"{seed} {decision_id}".encode()).digest()
    rng = np.random.default_rng(int.from_bytes(digest[:16], "big"))
    return float(rng.standard_normal()), float(rng.random()), float(rng.random())


def _after(bad: bool, when: float) -> int:
    """Days from the decision to the day on which the outcome is known."""
    months = FIRST_MONTH + when * (LAST_MONTH - FIRST_MONTH) if bad else LAST_MONTH
    return round(months * DAYS_A_MONTH)


def _causes(loans: Sequence[Lent], scale: int) -> dict[str, NDArray[np.float64]]:
    """What the recipe asks for, in the money of the recipe, with what no record shows."""
    rows = online_rows([(_debtor(one.application), one.application.request) for one in loans], _READ)
    facts = {name: np.array([row[name] for row in rows], dtype=np.float64) for name in _READ}
    hidden = np.array([_is_underrated(one) for one in loans])
    income = facts["gross_monthly_income"] / np.where(hidden, DISPARITY_INCOME, 1.0)
    months = np.nan_to_num(facts["employment_months"]) / np.where(hidden, DISPARITY_EMPLOYMENT, 1.0)
    known = {name: facts[name] if name == "credit_score" else np.nan_to_num(facts[name]) for name in _PLAIN}
    with np.errstate(divide="ignore", invalid="ignore"):
        dti = np.nan_to_num(facts["monthly_obligations"] / income, nan=0.0, posinf=1.0)
    money = {"amount": known["amount"] / scale, "true_income": np.nan_to_num(income) / scale}
    return known | money | {"true_employment": months, "dti_before": dti}


def _debtor(application: Application) -> Applicant:
    """Who is to pay: for a student the person who signs too."""
    other = application.co_applicant
    return (
        other if other is not None and application.applicant.employment_status == "student" else application.applicant
    )


def _is_underrated(loan: Lent) -> bool:
    """Whether the record shows less than the truth: the planted disparity, which personas are spared."""
    mine = loan.protected.get(DISPARITY_ATTRIBUTE) == DISPARITY_GROUP
    return mine and _debtor(loan.application).customer_id not in _EXACT
