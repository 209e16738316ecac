"""Conditions of release: a model that fails one is kept as a run and registered nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lending.domain.errors import RefusedError
from training.evaluate import Figure, ece_by_chance
from training.explain import Reasons
from training.fit import take
from training.ports import Gate
from training.servable.protocol import Columns, ServableModel

Bounds = Mapping[str, float]
LIMITS_FILE = Path(__file__).with_name("gates.yaml")
PROBES = 200
"""Test loans whose numbers are moved along every promised direction."""
STEPS = 9


@dataclass(frozen=True)
class Evidence:
    """What the gates look at.

    Attributes:
        metrics: on the test loans.
        unseen_auc: on training loans, each scored by a model fitted without it.
        pd: of the test loans, by the packaged model.
        columns: of the test loans.
        reasons: what the reasons given for the riskiest test loans are worth.
        as_of: the day whose limits hold.
    """

    metrics: Mapping[str, Figure]
    unseen_auc: float
    train_bads: int
    test_bads: int
    pd: NDArray[np.float64]
    columns: Columns
    reasons: Reasons
    seed: int
    as_of: date


def check_gates(model: ServableModel, evidence: Evidence) -> list[Gate]:
    """Every gate, passed or not, with what was found."""
    bound = limits(evidence.as_of)
    return [
        *_size(evidence, bound),
        *_ranking(evidence, bound),
        _calibrated(evidence, bound),
        _varies(evidence, bound),
        _monotone(model, evidence),
        *_explained(evidence, bound),
    ]


def limits(as_of: date, file: Path = LIMITS_FILE) -> dict[str, float]:
    """Every limit of `gates.yaml` by the newest value whose date had come on `as_of`.

    Raises:
        RefusedError: a limit had no value yet on that day.
    """
    import yaml

    raw: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {name: _on(as_of, name, entry["values"]) for name, entry in raw.items()}


def _on(as_of: date, name: str, values: Mapping[date, Mapping[str, Any]]) -> float:
    come = [day for day in values if day <= as_of]
    if not come:
        raise RefusedError(
            f"{name} has no value on {as_of}; its first is of {min(values)}", code="no_limit", field=name,
            found=str(as_of), expected=f"{min(values)} or later", do=f"Add a value to {LIMITS_FILE.name}.",
        )  # fmt: skip
    return values[max(come)]["value"]


def _size(e: Evidence, bound: Bounds) -> list[Gate]:
    low, test_low = bound["bads_min"], bound["test_bads_min"]
    return [
        Gate("size", e.train_bads >= low, e.train_bads, low, "bad loans to learn from"),
        Gate("test_size", e.test_bads >= test_low, e.test_bads, test_low, "bad loans to measure with"),
    ]


def _ranking(e: Evidence, bound: Bounds) -> list[Gate]:
    auc, low, high = e.metrics["auc"], bound["auc_min"], bound["auc_max"]
    fall, most = round(e.unseen_auc - auc["high"], 6), bound["auc_fall_max"]
    words = f"AUC {e.unseen_auc:.4f} on unseen training loans, at most {auc['high']:.4f} on test loans"
    return [
        Gate("auc", auc["value"] >= low, auc["value"], low, "ranking power on test loans"),
        Gate("leak", auc["value"] <= high, auc["value"], high, "too good to be known before the decision"),
        Gate("stable", fall <= most, fall, most, words),
    ]


def _calibrated(e: Evidence, bound: Bounds) -> Gate:
    """An allowed error and that of chance are independent, so they add up in squares: few loans show a larger ECE."""
    chance = ece_by_chance(e.pd, e.seed)
    limit = round(float(np.hypot(bound["ece_max"], chance)), 6)
    found = e.metrics["ece"]["value"]
    return Gate("calibration", found <= limit, found, limit, f"ECE; chance alone reaches {chance:.4f} on so many loans")


def _varies(e: Evidence, bound: Bounds) -> Gate:
    found = len(np.unique(e.pd))
    return Gate("varies", found >= bound["distinct_min"], found, bound["distinct_min"], "different PDs")


def _explained(e: Evidence, bound: Bounds) -> list[Gate]:
    faithful, stable = e.reasons.faithful["value"], e.reasons.stable["value"]
    low, steady = bound["reasons_faithful_min"], bound["reasons_stable_min"]
    words = f"share of the {e.reasons.rows} riskiest loans whose named reasons lower the risk more than random ones"
    return [
        Gate("reasons_faithful", faithful >= low, faithful, low, words),
        Gate("reasons_stable", stable >= steady, stable, steady, "share of reasons named again after a little noise"),
    ]


def _monotone(model: ServableModel, e: Evidence) -> Gate:
    """Move each promised number of some loans through its range: PD must never go against the promise."""
    rows = np.unique(np.linspace(0, len(e.pd) - 1, PROBES).astype(int))
    probes = take(e.columns, rows)
    broken = [name for name, way in model.monotone.items() if not _keeps(model, probes, e.columns[name], name, way)]
    detail = f"broken by {', '.join(broken)}" if broken else f"{len(model.monotone)} promised directions hold"
    return Gate("monotone", not broken, len(broken), 0, detail)


def _keeps(model: ServableModel, probes: Columns, seen: NDArray[Any], name: str, way: int) -> bool:
    known = seen[~np.isnan(seen)]
    if not len(known):
        return True
    steps = np.quantile(known, np.linspace(0, 1, STEPS))
    moved = [model.predict({**probes, name: np.full(len(probes[name]), step)}) for step in (*steps, np.nan)]
    rising = all((way * (after - before) >= 0).all() for before, after in pairwise(moved[:-1]))
    return rising and bool((moved[-1] >= np.max(moved[:-1], axis=0)).all())  # missing never helps
