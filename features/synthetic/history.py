"""What generated customers asked of the bank day by day: a past for the demo, so that no page opens empty.

A day's requests follow from the seed and the day alone, so that a history may be continued where it ended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from features.synthetic.book import AMOUNTS, LIMITS, STEPS, TERMS
from features.synthetic.markets import MONEY_SCALE
from lending.domain.application import Applicant

A_DAY, AT_WEEKENDS = 3.5, 0.4
"""Requests of a usual day, and the share of them that a day of the weekend has."""
GROWTH_A_YEAR = 0.25
"""How much more is asked from year to year."""
GROWS_FROM = date(2025, 1, 1)
GOLD_SHARE, HOME_INCOME, HOME_SHARE, EDUCATION_SHARE = 0.15, Decimal(5000), 0.3, 0.05
LOAN_TO_GOLD, GOLD_PURITY = 0.55, 22
"""What of the gold's value is asked for, and its karats."""
ASKED_SHARE: Mapping[str, float] = {"car": 0.55, "home": 0.35, "gold": 1.0, "education": 0.7}
"""What of the amounts of the book is asked for: who sees the price first asks for less."""
PROPERTY_SHARE = (0.55, 0.95)
"""Range of what of the property's value is asked for."""
USUAL_INCOME = Decimal(5000)
PRICE_A_GRAM = 60
"""Roughly what a gram of pure gold costs, so that the gold brought along suits the loan asked for."""
VISITS_A_DAY = 7.0
GOES_ON = (0.78, 0.66, 0.42, 0.72, 0.80, 0.62)
"""Share of visits that go on from each step of the funnel to the next."""
_STREAM = 3
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Wanted:
    """One request; `gold_g` and `purity_k` only for a gold loan, `property_value` only for a home."""

    customer_id: str
    product: str
    amount: int
    term_months: int
    gold_g: float | None = None
    purity_k: int | None = None
    property_value: int | None = None


def asking(day: date, customer_ids: Sequence[str], seed: int) -> list[str]:
    """Who asks on a day, in their order; nobody twice."""
    rng = _draws(day, seed, 0)
    years = (day - GROWS_FROM).days / 365.25
    usual = A_DAY * (1 + GROWTH_A_YEAR) ** years * (AT_WEEKENDS if day.weekday() >= _SATURDAY else 1.0)
    count = min(int(rng.poisson(usual)), len(customer_ids))
    return [str(name) for name in rng.choice(list(customer_ids), count, replace=False)]


def requests_of(day: date, people: Sequence[Applicant], market: str, seed: int) -> list[Wanted]:
    """What they ask for: a loan that suits their job and income, more or less.

    Args:
        day: of the requests.
        people: who asks, with the facts of that day.
        market: whose money incomes and amounts are in.
        seed: of all draws.
    """
    rng = _draws(day, seed, 1)
    return [_request(rng, person, MONEY_SCALE[market]) for person in people]


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit of the portal: who came, for what loan type, and how many steps of the funnel it took."""

    customer_id: str
    product: str
    steps: int


def visits_on(day: date, customer_ids: Sequence[str], seed: int) -> list[Visit]:
    """Who came to the portal on a day, and how far."""
    rng = _draws(day, seed, 2)
    usual = VISITS_A_DAY * (AT_WEEKENDS if day.weekday() >= _SATURDAY else 1.0)
    count = min(int(rng.poisson(usual)), len(customer_ids))
    names = [str(name) for name in rng.choice(list(customer_ids), count, replace=False)]
    return [Visit(name, str(rng.choice(list(AMOUNTS))), _depth(rng)) for name in names]


def _depth(rng: np.random.Generator) -> int:
    draws = [float(one) for one in rng.random(len(GOES_ON))]
    return 1 + next((place for place, (draw, share) in enumerate(zip(draws, GOES_ON, strict=True)) if draw > share),
                    len(GOES_ON))  # fmt: skip


def _request(rng: np.random.Generator, person: Applicant, scale: int) -> Wanted:
    product = _product(rng, person, scale)
    income = float(person.gross_monthly_income or 0) / scale
    middle, spread = AMOUNTS[product]
    low, high = LIMITS[product]
    drawn = float(np.exp(spread * rng.standard_normal())) * ASKED_SHARE[product]
    amount = middle * drawn * (max(income, 1500.0) / float(USUAL_INCOME)) ** 0.7
    asked = int(np.clip(round(amount / STEPS[product]) * STEPS[product], low, high))
    term = int(rng.choice(TERMS[product]))
    wanted = Wanted(person.customer_id, product, asked * scale, term)
    if product == "gold":
        grams = round(asked / LOAN_TO_GOLD / (PRICE_A_GRAM * GOLD_PURITY / 24), 1)
        return replace(wanted, gold_g=grams, purity_k=GOLD_PURITY)
    if product == "home":
        return replace(wanted, property_value=round(asked / float(rng.uniform(*PROPERTY_SHARE))) * scale)
    return wanted


def _product(rng: np.random.Generator, person: Applicant, scale: int) -> str:
    if person.employment_status == "student":
        return "education"
    draw, income = float(rng.random()), (person.gross_monthly_income or Decimal(0)) / scale
    shares: Mapping[str, float] = {
        "gold": GOLD_SHARE, "education": EDUCATION_SHARE, "home": HOME_SHARE if income > HOME_INCOME else 0.0,
    }  # fmt: skip
    for product, share in shares.items():
        if draw < share:
            return product
        draw -= share
    return "car"


def _draws(day: date, seed: int, part: int) -> np.random.Generator:
    key: list[Any] = [seed, _STREAM, day.toordinal(), part]
    return np.random.default_rng(key)
