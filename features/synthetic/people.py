"""Draws the customers of the demo bank: one row a person, columns named as the contract."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from features.synthetic.recipe import BOOK_END, CONTROL_GROUPS, DISPARITY_EMPLOYMENT, DISPARITY_INCOME

if TYPE_CHECKING:
    import pandas as pd

YOUNGEST, OLDEST = 22, 82
"""Years of age at the end of the book, so that everybody was of age when it began."""
THIN_SHARE, GOLD_SHARE, FLAGGED_SHARE = 0.07, 0.25, 0.004
FIRST_NAMES = (
    "Arlo", "Bexley", "Calla", "Dario", "Elowen", "Fenn", "Greta", "Hollis", "Isolde", "Jovan", "Kestrel", "Linnea",
    "Marlo", "Nadira", "Orrin", "Pernille", "Quill", "Rowan", "Sunniva", "Tavi", "Ulric", "Vesper", "Wren", "Yara",
    "Zeno",
)  # fmt: skip
AGE_BANDS = ((0, "under 25"), (25, "25-39"), (40, "40-61"), (62, "62 and over"))
_JOBS = ("salaried", "self_employed", "gig", "unemployed")
_INCOME_OF_JOB = {"salaried": 5600.0, "self_employed": 6000.0, "gig": 3300.0, "unemployed": 900.0, "retired": 3600.0,
                  "student": 700.0}  # fmt: skip


def draw_people(rng: np.random.Generator, count: int) -> pd.DataFrame:
    """People with ids C00001 …; `worth` and the `true_` columns are hidden causes that never leave this package."""
    import pandas as pd

    worth = rng.standard_normal(count)
    years = np.clip(rng.normal(44, 14, count), YOUNGEST, OLDEST)
    people: dict[str, Any] = {"worth": worth, "years": years, **_who(rng, count, years)}
    people |= _work(rng, worth, years, people["sex"])
    people |= _bureau(rng, worth, years)
    people["monthly_obligations"] = np.round(people["gross_monthly_income"] * _burden(rng, worth), 2)
    people |= _home_and_gold(rng, years, people["true_income"])
    frame = pd.DataFrame(people)
    frame.insert(0, "customer_id", [f"C{n:05d}" for n in range(1, count + 1)])
    frame["generated"] = True
    return frame


def age_band(birth: date, day: date = BOOK_END) -> str:
    """Name of the band of an age on a day."""
    years = day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
    return [name for low, name in AGE_BANDS if years >= low][-1]


def _who(rng: np.random.Generator, count: int, years: NDArray[np.float64]) -> dict[str, Any]:
    births = [date.fromordinal(BOOK_END.toordinal() - int(y * 365.25) - 40) for y in years]
    names = rng.choice(FIRST_NAMES, count)
    return {
        "name": [f"{name} (generated)" for name in names],
        "birth_date": births,
        "sex": np.where(rng.random(count) < 0.5, "female", "male"),
        "age_band": [age_band(b) for b in births],
        "control_group": rng.choice(CONTROL_GROUPS, count),
        "flags": np.where(rng.random(count) < FLAGGED_SHARE, "sanctions", ""),
    }


def _work(
    rng: np.random.Generator, worth: NDArray[np.float64], years: NDArray[np.float64], sex: NDArray[np.str_]
) -> dict[str, Any]:
    count = len(worth)
    job = rng.choice(_JOBS, count, p=(0.74, 0.14, 0.09, 0.03))
    job = np.where((years < 28) & (rng.random(count) < 0.35), "student", job)
    job = np.where(years > 66, "retired", job)
    middle = np.array([_INCOME_OF_JOB[j] for j in job])
    true = np.clip(middle * np.exp(0.42 * rng.standard_normal(count) + 0.12 * worth), 250, 20000)
    recorded = true * np.where(sex == "female", DISPARITY_INCOME, 1.0)
    months = np.floor(np.minimum(rng.gamma(1.6, 42, count) * np.exp(0.25 * worth), (years - 18) * 12))
    months = np.where(np.isin(job, ("student", "unemployed")), 0, months)
    told = np.where(sex == "female", np.floor(months * DISPARITY_EMPLOYMENT), months)
    net = np.round(recorded * rng.uniform(0.70, 0.82, count), 2)
    return {
        "employment_status": job,
        "employment_months": told,
        "true_employment": months,
        "true_income": true,
        "gross_monthly_income": np.round(recorded, 2),
        "net_monthly_income": np.where(rng.random(count) < 0.2, np.nan, net),
    }


def _bureau(
    rng: np.random.Generator, worth: NDArray[np.float64], years: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    count = len(worth)
    thin = rng.random(count) < THIN_SHARE * np.where(years < 30, 3.0, 0.7)
    used = np.clip(0.40 - 0.15 * worth + 0.20 * rng.standard_normal(count), 0, 1.1)
    late = rng.poisson(np.exp(-1.9 - 0.7 * worth))
    long_ago = np.where(rng.random(count) < 0.15, rng.integers(24, 110, count), np.nan)
    oldest = np.minimum(rng.gamma(3.2, 48, count), (years - 18) * 12)
    known = {
        "credit_score": np.round(np.clip(706 + 62 * worth + 38 * rng.standard_normal(count), 320, 850)),
        "oldest_account_months": np.floor(np.maximum(oldest, 6)),
        "open_accounts": 1.0 + rng.poisson(6, count),
        "revolving_utilisation": np.round(used, 3),
        "revolving_balance": np.round(used * np.exp(rng.normal(9.3, 0.7, count)), 2),
        "inquiries_6m": rng.poisson(np.exp(-0.1 - 0.35 * worth)).astype(np.float64),
        "delinquencies_24m": late.astype(np.float64),
        "public_records": (rng.random(count) < 0.04 * np.exp(-0.6 * worth)).astype(np.float64),
        "months_since_delinquency": np.where(late > 0, rng.integers(0, 24, count), long_ago),
    }
    none_of_it = {name: np.where(thin, 0.0, values) for name, values in known.items()}
    for name in ("credit_score", "months_since_delinquency"):
        none_of_it[name] = np.where(thin, np.nan, known[name])
    return none_of_it


def _burden(rng: np.random.Generator, worth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of income that debts take before the new loan: about 18 %, from 0 to 70 %."""
    return np.clip(0.18 - 0.045 * worth + 0.10 * rng.standard_normal(len(worth)), 0, 0.70)


def _home_and_gold(rng: np.random.Generator, years: NDArray[np.float64], income: NDArray[np.float64]) -> dict[str, Any]:
    count = len(years)
    settled = (years - 22) / 60 + income / 30000 + rng.normal(0, 0.2, count)
    home = np.select([settled < 0.35, settled < 0.85, settled >= 0.85], ["rent", "mortgage", "own"], "other")
    owns = rng.random(count) < GOLD_SHARE
    return {
        "home_ownership": home,
        "gold_weight_g": np.where(owns, np.round(rng.gamma(2.0, 30, count) + 5, 1), np.nan),
        "gold_purity_k": np.where(owns, rng.choice([18, 22, 24], count), np.nan),
    }
