"""Small books of loans with a mapping file, each varied in one thing."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

MAPPING: dict[str, Any] = {
    "name": "small",
    "source": {"path": "small.csv"},
    "id": "loan",
    "date": {"column": "day", "format": "%Y-%m-%d"},
    "label": {"column": "outcome", "bad": ["late"], "good": ["paid"]},
    "fields": {
        "gross_monthly_income": "income",
        "monthly_obligations": "owed",
        "amount": "amount",
        "term_months": {"column": "term", "strip": " months"},
        "credit_score": "score",
        "home_ownership": {"column": "home", "map": {"RENT": "rent", "OWN": "own"}},
    },
}


def a_frame(rows: int = 1500, seed: int = 3) -> pd.DataFrame:
    """An honest book: the score tells something, nothing tells all."""
    rng = np.random.default_rng(seed)
    score = np.round(rng.normal(690, 60, rows).clip(320, 850))
    bad = rng.random(rows) < 1 / (1 + np.exp((score - 560) / 70))
    return pd.DataFrame({
        "loan": [f"N{n:05d}" for n in range(rows)],
        "day": pd.date_range("2022-01-01", periods=rows, freq="12h").strftime("%Y-%m-%d"),
        "outcome": np.where(bad, "late", "paid"),
        "income": np.round(np.exp(rng.normal(8.4, 0.4, rows)), 2),
        "owed": np.round(rng.uniform(0, 1500, rows), 2),
        "amount": rng.integers(10, 400, rows) * 100,
        "term": [f" {t} months" for t in rng.choice([24, 36, 60], rows)],
        "score": score,
        "home": rng.choice(["RENT", "OWN"], rows),
        "branch": rng.choice(["north", "south", "west"], rows),
        "visits": rng.poisson(3, rows),
    })  # fmt: skip


def a_mapping(folder: Path, frame: pd.DataFrame | None = None, **changes: Any) -> Path:
    """Write book and mapping into a folder; changes replace top keys of the mapping, None removes one."""
    (a_frame() if frame is None else frame).to_csv(folder / "small.csv", index=False)
    told = {**MAPPING, **changes}
    file = folder / "small.yaml"
    file.write_text(yaml.safe_dump({k: v for k, v in told.items() if v is not None}), encoding="utf-8")
    return file


def fields(**changes: Any) -> dict[str, Any]:
    """The usual fields with some changed."""
    return {**MAPPING["fields"], **changes}
