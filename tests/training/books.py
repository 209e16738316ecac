"""Small data sets whose risk is known: it falls with the score and rises with debt and, a little, open accounts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from features.dataset import DataSet
from features.feature_sets import FeatureSet, FeatureSpec

FEATURES = FeatureSet(
    "small-1",
    (
        FeatureSpec("credit_score", "number", -1, worst=450.0),
        FeatureSpec("dti_before", "number", 1, worst=0.6),
        FeatureSpec("open_accounts", "number"),
        FeatureSpec("home_ownership", "category", categories=("mortgage", "own", "rent")),
    ),
)


def a_book(rows: int = 1500, *, seed: int = 3, signal: float = 1.0, **changes: object) -> DataSet:
    """Loans of 2024, a day a row in turn; `signal` 0 makes the outcome chance."""
    draw = np.random.default_rng(seed)
    score, debt = draw.integers(450, 821, rows).astype(float), draw.uniform(0.05, 0.6, rows).round(3)
    home = draw.choice(["mortgage", "own", "rent", "castle"], rows, p=[0.4, 0.2, 0.39, 0.01])
    odds = -1.4 + signal * ((600 - score) / 70 + (debt - 0.3) * 5 + (home == "rent") * 0.4)
    index = pd.Index([f"L{n}" for n in range(rows)])
    frame = pd.DataFrame(
        {
            "credit_score": np.where(draw.random(rows) < 0.05, np.nan, score),
            "dti_before": debt,
            "open_accounts": np.where(draw.random(rows) < 0.1, np.nan, draw.integers(0, 9, rows).astype(float)),
            "home_ownership": pd.Series(np.where(draw.random(rows) < 0.02, None, home), dtype=object).to_numpy(),
        },
        index=index,
    )
    odds = odds + signal * 0.15 * (frame["open_accounts"].fillna(4).to_numpy() - 4)
    facts: dict[str, object] = {
        "name": "small", "frame": frame, "feature_set": FEATURES, "horizon_months": 12, "test_from": None,
        "label": pd.Series((draw.random(rows) < 1 / (1 + np.exp(-odds))).astype(np.int8), index=index),
        "dates": pd.Series(pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(rows) * 366 // rows, "D"), index),
        "protected": pd.DataFrame({"sex": draw.choice(["female", "male"], rows)}, index=index),
        "data_sha256": "d" * 64, "mapping_sha256": "e" * 64, "declared_leaks": (), "findings": (),
    }  # fmt: skip
    return DataSet(**{**facts, **changes})  # type: ignore[arg-type]


def quiet(share: float, text: str) -> None:
    """Progress that nobody watches."""
