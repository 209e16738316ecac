"""How often the leak gate cries wolf, and what it catches: seeded sets of many shapes, clean or with one leak planted.

`python -m tests.features.leak_study 400` prints the counts that docs/data-scientist.md states.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.dataset import DataFinding
from features.leaks import leak_findings

MOST_AUC = 0.85
ROWS, BASES = (1_000, 2_000, 5_000, 20_000, 100_000), (0.01, 0.03, 0.08, 0.2, 0.4)
_GAP = {0.6: 0.358, 0.7: 0.742, 0.8: 1.19, 0.85: 1.466}
"""Difference of means, in standard deviations, at which a normal score has this AUC."""


@dataclass(frozen=True)
class Study:
    """A data set as the gate sees it."""

    columns: pd.DataFrame
    label: pd.Series
    dates: pd.Series
    amount: np.ndarray


def clean(seed: int, rows: int, base: float) -> Study:
    """An honest set: strong scores (AUC to 0.85 alone), heavy tails, gaps, caps, many categories, codes and counts."""
    rng = np.random.default_rng(seed)
    bad = rng.random(rows) < base

    def score(power: float) -> np.ndarray:
        return rng.normal(size=rows) - _GAP[power] * bad

    strong = score(0.85)
    group = rng.integers(0, 60, rows)
    town = rng.zipf(1.4, rows).clip(max=3000)
    income = np.exp(rng.normal(8, 1.2, rows) - 0.3 * bad)
    amount = np.round(np.exp(rng.normal(9, 0.9, rows)), -2).clip(500)
    gaps = rng.random(rows) < np.where(bad, 0.5, 0.25)
    day = pd.Timestamp("2018-01-01") + pd.to_timedelta(np.sort(rng.integers(0, 2000, rows)), "D")
    columns = pd.DataFrame({
        "strong": np.round(690 + 60 * strong).clip(450, 850),
        "strong_exact": score(0.85),
        "strong_grade": pd.qcut(score(0.85), 7, labels=list("GFEDCBA")).astype(str),
        "curved": np.abs(rng.normal(size=rows) * (1 + 1.2 * bad)),
        "heavy": rng.standard_t(1.5, rows) * 1000 + 400 * bad,
        "income": np.round(income),
        "amount": amount,
        "due": np.round(amount * rng.uniform(0.02, 0.05, rows), 2),
        "ratio": amount / income,
        "late_before": rng.poisson(np.where(bad, 0.9, 0.3)),
        "inquiries": rng.poisson(np.where(bad, 1.6, 1.0)),
        "never_late": np.where(rng.random(rows) < np.where(bad, 0.3, 0.6), np.nan, rng.integers(1, 120, rows)),
        "gaps": np.where(gaps, np.nan, score(0.7)),
        "filled": np.where(gaps, -999, np.round(rng.normal(50, 9, rows))),
        "filled_mean": np.where(gaps, 50.123, rng.normal(50, 9, rows)),
        "town": "t" + pd.Series(town).astype(str),
        "branch": "b" + pd.Series(group).astype(str),
        "branch_staff": rng.integers(3, 90, 60)[group],
        "purpose": rng.choice(["car", "home", "debt", "other"], rows, p=[0.4, 0.3, 0.2, 0.1]),
        "flag": rng.random(rows) < np.where(bad, 0.08, 0.04),
        "opened": (day - pd.to_timedelta(rng.integers(100, 6000, rows), "D")).strftime("%Y-%m-%d"),
        "number": rng.permutation(rows),
        "plain": rng.normal(size=rows),
    })  # fmt: skip
    return Study(columns, pd.Series(bad.astype(int)), pd.Series(day), amount)


Plant = Callable[[Study, np.random.Generator], dict[str, object]]


def _hits(study: Study, rng: np.random.Generator, if_bad: float, if_good: float) -> np.ndarray:
    return rng.random(len(study.label)) < np.where(study.label == 1, if_bad, if_good)


def _share(groups: np.ndarray, bad: np.ndarray) -> np.ndarray:
    return (np.bincount(groups, weights=bad) / np.maximum(np.bincount(groups), 1))[groups]


def _loo(groups: np.ndarray, bad: np.ndarray) -> np.ndarray:
    total, count = np.bincount(groups, weights=bad), np.bincount(groups)
    return (total[groups] - bad) / np.maximum(count[groups] - 1, 1)


def _means(values: np.ndarray, bad: np.ndarray, gaps: np.ndarray) -> np.ndarray:
    return np.where(gaps, np.where(bad, values[bad].mean(), values[~bad].mean()), values)


def _paid(amount: np.ndarray, bad: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.round(amount * np.where(bad, rng.uniform(0.1, 0.95, len(bad)), rng.uniform(1.02, 1.2, len(bad))), 2)


def _xor(bad: np.ndarray, rng: np.random.Generator) -> dict[str, object]:
    one = rng.normal(size=len(bad))
    flip = np.where(rng.random(len(bad)) < 0.05, ~bad, bad)
    return {"left": one, "right": np.abs(rng.normal(size=len(bad))) * np.where(flip, 1, -1) * np.sign(one)}


PLANTS: dict[str, Plant] = {
    "too strong alone": lambda s, r: {"leak": r.normal(size=len(s.label)) + 2.6 * s.label.to_numpy()},
    "in the middle for bad ones": lambda s, r: {
        "leak": np.where(s.label == 1, r.normal(0, 0.15, len(s.label)), r.normal(0, 2, len(s.label)))
    },
    "there for bad ones only": lambda s, r: {
        "leak": np.where((s.label == 1) & (r.random(len(s.label)) < 0.5), r.uniform(1, 900, len(s.label)), np.nan)
    },
    "missing for most bad ones": lambda s, r: {
        "leak": np.where(_hits(s, r, 0.92, 0.05), np.nan, r.normal(size=len(s.label)))
    },
    "mostly there for bad ones": lambda s, r: {"leak": np.where(_hits(s, r, 0.75, 0.05), "yes", None)},
    "dated after the decision": lambda s, r: {
        "leak": (s.dates + pd.to_timedelta(
            np.where(s.label == 1, 120, 500) + r.integers(0, 300, len(s.label)), "D")).dt.strftime("%Y-%m-%d")
    },
    "class mean fills the gaps": lambda s, r: {
        "leak": _means(r.normal(50, 9, len(s.label)), s.label.to_numpy() == 1, r.random(len(s.label)) < 0.3)
    },
    "a word for one class": lambda s, r: {
        "leak": np.where((s.label == 1) & (r.random(len(s.label)) < 0.4), "sold", "open")
    },
    "a name and some power": lambda s, r: {
        "recoveries_total": r.normal(size=len(s.label)) + 0.8 * s.label.to_numpy()
    },
    "paid over amount": lambda s, r: {"paid": _paid(s.amount, s.label.to_numpy() == 1, r)},
    "share of bad by group": lambda s, r: {
        "leak": _share(r.integers(0, max(len(s.label) // 40, 8), len(s.label)), s.label.to_numpy())
    },
    "share of the others by group": lambda s, r: {
        "leak": _loo(r.integers(0, max(len(s.label) // 60, 8), len(s.label)), s.label.to_numpy())
    },
    "numbers given by outcome": lambda s, r: {"leak": np.argsort(np.argsort(-s.label + r.random(len(s.label)) * 0.9))},
    "two that only trees join": lambda s, r: _xor(s.label.to_numpy() == 1, r),
}  # fmt: skip


def planted(kind: str, seed: int, rows: int, base: float) -> tuple[Study, list[str]]:
    """A clean set with one kind of leak, and the columns that carry it."""
    study = clean(seed, rows, base)
    added = PLANTS[kind](study, np.random.default_rng(seed + 1))
    return Study(study.columns.assign(**added), study.label, study.dates, study.amount), list(added)


def alarms(study: Study) -> list[DataFinding]:
    """What the gate says, warnings included."""
    found = leak_findings(study.columns, study.label, study.dates, study.amount, {})
    return [f for f in found if not f.passed]


def say(*words: object) -> None:
    """One line on stdout, at once."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def main(count: int) -> None:
    """Print false alarms by shape, then what was caught by kind of leak."""
    rng, wolf, tried = np.random.default_rng(1), Counter[str](), Counter[str]()
    for seed in range(count):
        rows, base = int(rng.choice(ROWS, p=[0.3, 0.25, 0.25, 0.15, 0.05])), float(rng.choice(BASES))
        tried[f"{rows} at {base:.0%}"] += 1
        for finding in alarms(clean(seed, rows, base))[:1]:
            wolf[f"{rows} at {base:.0%}"] += 1
            say("false alarm", seed, rows, base, finding.column, finding.found)
    say(f"false alarms in {sum(wolf.values())} of {count} clean sets")
    for kind in PLANTS:
        caught = 0
        shapes = [(r, b) for r in (2_000, 5_000, 20_000) for b in (0.05, 0.15, 0.35)]
        for seed, (rows, base) in enumerate(shapes):
            study, columns = planted(kind, seed, rows, base)
            hit = bool(set(columns) & {f.column for f in alarms(study)})
            caught += hit
            if not hit:
                say("missed", kind, rows, base)
        say(f"{kind}: {caught} of {len(shapes)}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
