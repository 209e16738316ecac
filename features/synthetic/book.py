"""Three years of applications: what was asked, whether the old policy lent, and how the loans turned out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from features.definitions.known import Numbers, share
from features.synthetic.recipe import BOOK_END, BOOK_START, DRIFT_MONTH, DRIFT_SHIFT, LOANS_PER_CUSTOMER, default_chance

if TYPE_CHECKING:
    import pandas as pd

PRODUCTS = ("car", "home", "gold", "education")
TERMS = {
    "car": (24, 36, 48, 60, 72),
    "home": (120, 180, 240, 300),
    "gold": (6, 12, 18, 24),
    "education": (60, 84, 120),
}
AMOUNTS = {"car": (16000.0, 0.5), "home": (170000.0, 0.45), "gold": (2200.0, 0.6), "education": (22000.0, 0.5)}
LIMITS = {"car": (1000, 100000), "home": (20000, 2000000), "gold": (200, 100000), "education": (1000, 200000)}
STEPS = {"car": 100, "home": 1000, "gold": 50, "education": 500}
HIDDEN = ("true_income", "true_employment")
"""Causes that no record shows."""
PROTECTED = ("sex", "age_band", "control_group")
FACTS = (
    "gross_monthly_income", "net_monthly_income", "monthly_obligations", "credit_score", "employment_status",
    "employment_months", "home_ownership", "oldest_account_months", "open_accounts", "revolving_balance",
    "revolving_utilisation", "inquiries_6m", "delinquencies_24m", "public_records", "months_since_delinquency",
)  # fmt: skip
OLD_POLICY_SCORE, OLD_POLICY_DTI = 585, 0.48
"""What the old policy asked for, give or take an officer's mood; gold and education never asked for a score."""


def draw_applications(
    rng: np.random.Generator, people: pd.DataFrame, parents: dict[str, str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Loans (with outcomes) and refused applications (whose outcome nobody saw), each in order of their day.

    A student's loan is assessed on the parent who signs it: its facts are the parent's.

    Args:
        rng: source of all draws.
        people: from `draw_people`, indexed by customer id.
        parents: student's id to the id of the parent.
    """
    wanted = round(LOANS_PER_CUSTOMER * len(people))
    asked = _requests(rng, people, round(wanted * 1.6))
    facts = _facts(rng, asked, people, parents)
    lent = _old_policy(rng, facts)
    keep = np.flatnonzero(lent)[:wanted]
    last = keep[-1] + 1 if len(keep) else len(facts)
    order = np.sort(rng.choice(_days(), size=last))
    facts = facts.iloc[:last].assign(decided_on=order)
    late = facts["decided_on"].to_numpy() >= np.datetime64(DRIFT_MONTH)
    facts["revolving_utilisation"] = np.round(facts["revolving_utilisation"] + DRIFT_SHIFT * late, 3)
    loans = facts.iloc[keep].reset_index(drop=True)
    refused = facts[~lent[:last]].reset_index(drop=True)
    loans["defaulted"] = _outcomes(rng, loans)
    refused["defaulted"] = np.nan
    return _finish(loans, "L"), _finish(refused, "R")


def _days() -> NDArray[np.datetime64]:
    days = np.arange(np.datetime64(BOOK_START), np.datetime64(BOOK_END) + 1, dtype="datetime64[D]")
    return days.astype("datetime64[s]")


def _requests(rng: np.random.Generator, people: pd.DataFrame, count: int) -> pd.DataFrame:
    import pandas as pd

    who = people.iloc[rng.integers(0, len(people), count)]
    income = who["true_income"].to_numpy()
    student, gold = (who["employment_status"] == "student").to_numpy(), who["gold_weight_g"].notna().to_numpy()
    draw = rng.random(count)
    product = np.select(
        [student, gold & (draw < 0.5), (income > 5000) & (draw > 0.72), draw > 0.93],
        ["education", "gold", "home", "education"], "car",
    )  # fmt: skip
    middle = np.array([AMOUNTS[p][0] for p in product])
    spread = np.array([AMOUNTS[p][1] for p in product])
    amount = middle * np.exp(spread * rng.standard_normal(count)) * (np.maximum(income, 1500) / 5000) ** 0.7
    step = np.array([STEPS[p] for p in product])
    low, high = (np.array([LIMITS[p][side] for p in product]) for side in (0, 1))
    return pd.DataFrame({
        "customer_id": who.index.to_numpy(),
        "product": product,
        "amount": np.clip(np.round(amount / step) * step, low, high),
        "term_months": np.array([rng.choice(TERMS[p]) for p in product], dtype=np.float64),
    })  # fmt: skip


def _facts(
    rng: np.random.Generator, asked: pd.DataFrame, people: pd.DataFrame, parents: dict[str, str]
) -> pd.DataFrame:
    """What the bank knew on the day: the person's record, moved a little, since it was another month."""
    signer = asked["customer_id"].map(lambda c: parents.get(c, c))
    columns = [*FACTS, *PROTECTED, *HIDDEN]
    facts = people.loc[signer, columns].reset_index(drop=True)
    count = len(facts)
    score = np.clip(facts["credit_score"] + rng.normal(0, 12, count), 300, 850)
    facts["credit_score"] = np.round(score)
    scored = facts["credit_score"].notna().to_numpy()
    moved = np.clip(facts["revolving_utilisation"] + rng.normal(0, 0.06, count), 0, 1.1)
    facts["revolving_utilisation"] = np.where(scored, np.round(moved, 3), 0.0)
    facts["employment_months"] = facts["employment_months"].mask(rng.random(count) < 0.01)
    return asked.reset_index(drop=True).join(facts)


def _old_policy(rng: np.random.Generator, facts: pd.DataFrame) -> NDArray[np.bool_]:
    count = len(facts)
    no_score_asked = facts["product"].isin(["gold", "education"]).to_numpy()
    score = facts["credit_score"].to_numpy() + rng.normal(0, 25, count)
    burden = _dti(facts) + rng.normal(0, 0.05, count)
    able = (burden < OLD_POLICY_DTI) & (facts["gross_monthly_income"].to_numpy() > 1500)
    return able & (no_score_asked | (np.nan_to_num(score, nan=0.0) >= OLD_POLICY_SCORE))


def _outcomes(rng: np.random.Generator, loans: pd.DataFrame) -> NDArray[np.int8]:
    names = ("credit_score", "revolving_utilisation", "inquiries_6m", "delinquencies_24m", "public_records", "amount",
             "term_months", *HIDDEN)  # fmt: skip
    causes: dict[str, Any] = {name: loans[name].to_numpy(dtype=np.float64) for name in names}
    causes["dti_before"] = np.nan_to_num(loans["monthly_obligations"].to_numpy() / causes["true_income"], nan=0.0)
    chance = default_chance(causes, rng.standard_normal(len(loans)))
    return (rng.random(len(loans)) < chance).astype(np.int8)


def _dti(facts: pd.DataFrame) -> Numbers:
    return share(facts["monthly_obligations"].to_numpy(), facts["gross_monthly_income"].to_numpy())


def _finish(rows: pd.DataFrame, letter: str) -> pd.DataFrame:
    rows = rows.drop(columns=list(HIDDEN))
    rows.insert(0, "loan_id", [f"{letter}{n:06d}" for n in range(1, len(rows) + 1)])
    return rows.assign(generated=True)
