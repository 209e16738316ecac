"""How outcomes of the demo bank come about: the causes, the planted disparity and the planted drift, as constants.

Default within 12 months is a coin with the chance `default_chance`. Its causes point the way the contract promises, so
a model with those promises can be right. Sex, age band and control group are no causes.
"""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BOOK_START, BOOK_END = date(2023, 9, 1), date(2026, 8, 31)
"""First and last day on which loans of the book were decided."""

FACTS_FROM = date(2023, 9, 1)
"""From which day the demo people's facts hold: they stay the same over the book, so that any day of it can be asked."""

DRIFT_MONTH = date(2026, 3, 1)
DRIFT_FEATURE = "revolving_utilisation"
DRIFT_SHIFT = 0.15
"""From DRIFT_MONTH on people use this much more of their lines, and default more as the recipe says."""

DISPARITY_ATTRIBUTE, DISPARITY_GROUP = "sex", "female"
DISPARITY_INCOME, DISPARITY_EMPLOYMENT = 0.82, 0.6
"""The planted disparity: recorded incomes and months in the job of women are these shares of what their risk follows
(work unpaid, a break counted as a new start). A model that reads the records rates them worse than they
turn out."""

CONTROL_ATTRIBUTE = "control_group"
CONTROL_GROUPS = ("blue", "green")
"""Drawn by a coin and tied to nothing: a fairness report must find no difference."""

LOANS_PER_CUSTOMER = 2.4
THIN_FILE_SCORE = 600
"""What the risk of a person without a score is like."""

BASE = -5.05
EFFECTS = {
    "credit_score": -0.013,
    "dti_before": 2.6,
    "revolving_utilisation": 1.5,
    "inquiries_6m": 0.16,
    "delinquencies_24m": 0.45,
    "public_records": 0.5,
    "employment_months": -0.005,
    "loan_to_income": 0.45,
    "term_months": 0.004,
    "log_income": -0.35,
}
"""Log-odds for each unit: points above 700, fraction, count, months, log(1 + years of income), log(income ÷ 5000)."""
UNKNOWN_SPREAD = 0.45
"""Standard deviation in log-odds of what nobody records."""


def default_chance(facts: dict[str, Floats], unknown: Floats) -> Floats:
    """Chance of default within 12 months; shape (n,).

    Args:
        facts: credit_score (NaN without one), dti_before, revolving_utilisation, inquiries_6m, delinquencies_24m,
            public_records, true_employment (months), amount, term_months, true_income (a month).
        unknown: standard normal draws.
    """
    income = np.maximum(facts["true_income"], 300.0)
    score = np.where(np.isnan(facts["credit_score"]), THIN_FILE_SCORE, facts["credit_score"])
    causes = {
        "credit_score": score - 700,
        "dti_before": np.minimum(facts["dti_before"], 1.0),
        "revolving_utilisation": np.minimum(facts["revolving_utilisation"], 1.2),
        "inquiries_6m": np.minimum(facts["inquiries_6m"], 8),
        "delinquencies_24m": np.minimum(facts["delinquencies_24m"], 4),
        "public_records": np.minimum(facts["public_records"], 2),
        "employment_months": np.minimum(facts["true_employment"], 120),
        "loan_to_income": np.log1p(facts["amount"] / (12 * income)),
        "term_months": np.minimum(facts["term_months"], 120),
        "log_income": np.log(income / 5000),
    }
    odds = BASE + sum(EFFECTS[name] * cause for name, cause in causes.items()) + UNKNOWN_SPREAD * unknown
    return 1 / (1 + np.exp(-odds))
