"""Conditions of release: a model that fails one is kept as a run and registered nowhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.ranks import auc
from lending.domain.errors import RefusedError
from training.evaluate import Figure, ece_by_chance
from training.explain import Reasons
from training.gates_on_package import Bounds, monotone_gate, quick_gate, varies_gate
from training.ports import Gate
from training.servable.protocol import Columns, ServableModel

LIMITS_FILE = Path(__file__).with_name("gates.yaml")
YARDSTICK = "plain_logistic"
"""The family that every model must not fall behind."""
PLAIN = {
    "size": ("bads_min", True), "test_size": ("test_bads_min", True), "auc": ("auc_min", True),
    "chance": ("auc_low_min", True), "leak": ("auc_max", False), "stable": ("auc_fall_max", False),
    "varies": ("distinct_min", True), "reasons_faithful": ("reasons_faithful_min", True),
    "reasons_stable": ("reasons_stable_min", True),
}  # fmt: skip
"""Gates that are one figure against one limit: its name in `gates.yaml`, and whether it is the least allowed."""
ALL = (*PLAIN, "calibration", "direction", "monotone", "gain", "fair", "quick")
"""Every gate that a card has to speak of."""


@dataclass(frozen=True)
class Evidence:
    """What the gates look at.

    Attributes:
        metrics: on the test loans.
        unseen_auc: on training loans, each scored by a model fitted without it.
        pd: of the test loans, by the packaged model.
        label: of the test loans, 1 bad.
        columns: of the test loans.
        reasons: what the reasons given for the riskiest test loans are worth.
        as_of: the day whose limits hold.
    """

    metrics: Mapping[str, Figure]
    unseen_auc: float
    train_bads: int
    test_bads: int
    pd: NDArray[np.float64]
    label: NDArray[np.int8]
    columns: Columns
    reasons: Reasons
    seed: int
    as_of: date


def check_gates(
    model: ServableModel, evidence: Evidence, candidates: Sequence[Mapping[str, Any]] = (),
    fairness: Sequence[Mapping[str, Any]] = (),
) -> list[Gate]:  # fmt: skip
    """Every gate, passed or not, with what was found.

    Args:
        model: as packaged.
        evidence: from loans that the model did not learn from.
        candidates: every family tried, `{family, auc, ...}`; the yardstick among them.
        fairness: a row for each group, as `training.fairness` makes them.
    """
    bound = limits(evidence.as_of)
    return [
        *_size(evidence, bound),
        *_ranking(evidence, bound),
        _gain(evidence, candidates),
        _direction(model, evidence, bound),
        _calibrated(evidence, bound),
        varies_gate(evidence.pd, bound),
        monotone_gate(model, evidence.columns),
        *_explained(evidence, bound),
        _fair(fairness, bound, float(evidence.label.mean())),
        quick_gate(model, evidence.columns, bound),
    ]


def judged_again(row: Mapping[str, Any], bound: Bounds) -> Gate:
    """A gate of a card: its figure against the limit of another day where it is one figure against one limit."""
    gate = Gate(**row)
    if gate.name not in PLAIN or not isinstance(gate.found, int | float):
        return gate
    return _plain(gate.name, gate.found, bound, gate.detail)


def _plain(name: str, found: float, bound: Bounds, detail: str) -> Gate:
    limit_name, least = PLAIN[name]
    limit = bound[limit_name]
    return Gate(name, found >= limit if least else found <= limit, found, limit, detail)


def limits(as_of: date, file: Path = LIMITS_FILE) -> dict[str, float]:
    """Every limit of `gates.yaml` by the newest value whose date had come on `as_of`.

    Raises:
        RefusedError: a limit had no value yet on that day.
    """
    return dated(file, as_of)


def dated(file: Path, as_of: date) -> dict[str, Any]:
    """Every entry of a file of dated values, by the newest value whose date had come. Raises RefusedError."""
    import yaml

    raw: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {name: _on(as_of, name, entry["values"], file.name) for name, entry in raw.items()}


def _on(as_of: date, name: str, values: Mapping[date, Mapping[str, Any]], file: str) -> Any:
    come = [day for day in values if day <= as_of]
    if not come:
        raise RefusedError(
            f"{name} has no value on {as_of}; its first is of {min(values)}", code="no_limit", field=name,
            found=str(as_of), expected=f"{min(values)} or later", do=f"Add a value to {file}.",
        )  # fmt: skip
    return values[max(come)]["value"]


def _size(e: Evidence, bound: Bounds) -> list[Gate]:
    return [
        _plain("size", e.train_bads, bound, "bad loans to learn from"),
        _plain("test_size", e.test_bads, bound, "bad loans to measure with"),
    ]


def _ranking(e: Evidence, bound: Bounds) -> list[Gate]:
    found = e.metrics["auc"]
    fall = round(e.unseen_auc - found["high"], 6)
    words = f"AUC {e.unseen_auc:.4f} on unseen training loans, at most {found['high']:.4f} on test loans"
    return [
        _plain("auc", found["value"], bound, "ranking power on test loans"),
        _plain("chance", found["low"], bound, "lower end of the interval of the ranking power; a coin has 0.5"),
        _plain("leak", found["value"], bound, "too good to be known before the decision"),
        _plain("stable", fall, bound, words),
    ]


def _gain(e: Evidence, candidates: Sequence[Mapping[str, Any]]) -> Gate:
    """Clearly below the plain yardstick on the same loans: its AUC lies above the model's whole interval."""
    mine, yardstick = e.metrics["auc"], next((c["auc"] for c in candidates if c["family"] == YARDSTICK), None)
    if yardstick is None:
        return Gate("gain", True, "not measured", mine["high"], "the plain logistic yardstick was not reached in time")
    words = f"AUC of a plain logistic regression on the same loans; this model reaches at most {mine['high']:.4f}"
    return Gate("gain", yardstick["value"] <= mine["high"], yardstick["value"], mine["high"], words)


def _direction(model: ServableModel, e: Evidence, bound: Bounds) -> Gate:
    """Do the loans themselves lie the way the contract promises? With good and bad swapped they lie the other way."""
    bad = e.label == 1
    signed = {
        name: way * (2 * auc(np.asarray(e.columns[name], dtype=np.float64), bad) - 1)
        for name, way in model.monotone.items()
    }
    known = {name: value for name, value in signed.items() if not np.isnan(value)}
    if not known:
        return Gate("direction", True, "not measured", 0.0, "no number with a promised direction")
    found = round(float(np.mean(list(known.values()))), 6)
    limit = round(-bound["direction_errors"] * _gini_error(bad), 6)
    against = ", ".join(name for name, value in known.items() if value < limit)
    words = "Gini of promised numbers, signed by the promise, on average; far below 0: good and bad are swapped"
    return Gate("direction", found >= limit, found, limit, f"{words}; against it: {against}" if against else words)


def _gini_error(bad: NDArray[np.bool_]) -> float:
    """Standard error of the Gini of a number that knows nothing. Source: Mann and Whitney (1947)."""
    bads, goods = max(1, int(bad.sum())), max(1, int((~bad).sum()))
    return 2 * float(np.sqrt((bads + goods + 1) / (12 * bads * goods)))


def _calibrated(e: Evidence, bound: Bounds) -> Gate:
    """An allowed error and that of chance are independent, so they add up in squares: few loans show a larger ECE."""
    chance = ece_by_chance(e.pd, e.seed)
    limit = round(float(np.hypot(bound["ece_max"], chance)), 6)
    found = e.metrics["ece"]["value"]
    return Gate("calibration", found <= limit, found, limit, f"ECE; chance alone reaches {chance:.4f} on so many loans")


def _explained(e: Evidence, bound: Bounds) -> list[Gate]:
    words = f"share of the {e.reasons.rows} riskiest loans whose named reasons lower the risk more than random ones"
    return [
        _plain("reasons_faithful", e.reasons.faithful["value"], bound, words),
        _plain("reasons_stable", e.reasons.stable["value"], bound, "share of reasons named again after a little noise"),
    ]


def _fair(rows: Sequence[Mapping[str, Any]], bound: Bounds, base: float) -> Gate:
    """No group may fare clearly worse: its whole interval beyond a limit. Groups that are too small to tell are named.

    Intervals are widened for the number of groups, or among many a good model would look unfair by chance. Two harms
    count: being selected too seldom, and being promised more defaults than one has, compared with all others. Crossed
    groups are in the card; there are so many of them that some would look harmed by chance all the same.
    """
    plain = [row for row in rows if not row.get("crossed")]
    limit, most = bound["impact_ratio_min"], bound["group_excess_max"] * base
    wide = _wider(len(plain))
    impact = {_group(row): _end(ratio, "high", wide) for row in plain if (ratio := row.get("adverse_impact_interval"))}
    excess = {_group(row): _end(gap, "low", wide) for row in plain if (gap := row.get("calibration_gap"))}
    words = [f"{group} is selected at most {at:.2f} times as often" for group, at in impact.items() if at < limit]
    rated = [f"{group} is promised at least {at:.3f} more defaults" for group, at in excess.items() if at > most]
    unclear = [_group(row) for row in plain if row["verdict"] == "cannot tell"]
    said = [*words, *rated, *([f"cannot tell for {', '.join(unclear)}"] if unclear else [])]
    detail = "; ".join(said) or "adverse impact ratio of the worst group, upper end of its interval"
    if rated and not words:
        return Gate("fair", False, max(excess.values()), round(most, 6), detail)
    return Gate("fair", not words, round(min(impact.values()), 6) if impact else "no groups", limit, detail)


def _group(row: Mapping[str, Any]) -> str:
    return f"{row['attribute']} {row['group']}"


def _wider(groups: int) -> float:
    """How much wider an interval of 95 % becomes when so many are looked at together. Source: Bonferroni."""
    return NormalDist().inv_cdf(1 - 0.025 / max(groups, 1)) / NormalDist().inv_cdf(1 - 0.025)


def _end(figure: Mapping[str, float], end: str, wide: float) -> float:
    return round(figure["value"] + wide * (figure[end] - figure["value"]), 6)
