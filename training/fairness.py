"""How groups fare under the model: who would be selected, and whether what it says of them comes true.

Three questions, since each is blind to some harm. Adverse impact: is a group selected less often? Equal opportunity:
are its good payers? Calibration: is it rated worse than it turns out, by more than everybody else? Where nearly all
are selected the first can hardly fall below four fifths whatever the model does; the third still sees it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from pathlib import Path
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from features.ranks import wilson
from training.evaluate import RESAMPLES, Figure, auc_interval, interval, policy_cut

if TYPE_CHECKING:
    import pandas as pd

FEWEST = 100
FEWEST_BADS = 10
FOUR_FIFTHS = 0.8
"""Adverse impact ratio below which one takes a look. Source: 29 CFR 1607.4 D, the four-fifths rule."""
LEVEL, POWER = 0.05, 0.8
Z_LEVEL = NormalDist().inv_cdf(1 - LEVEL / 2)
LIMITS_FILE = Path(__file__).with_name("fairness.yaml")
FIGURES = (
    "selection_rate", "adverse_impact_ratio", "adverse_impact_interval", "equal_opportunity_gap", "auc", "predicted",
    "smallest_detectable_gap", "observed", "calibration_gap", "smallest_detectable_calibration_gap",
)  # fmt: skip
KINDS = 4
"""A loan is counted as repaid and selected, repaid and refused, bad and selected, or bad and refused."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class _Portfolio:
    """All loans: PD, outcome (1 bad), whether they are selected, and the default rate of all."""

    pd: Numbers
    bad: NDArray[np.bool_]
    selected: NDArray[np.bool_]
    base: float
    seed: int
    limits: Mapping[str, float]


@dataclass(frozen=True)
class _Group:
    """One group that is large enough to be measured.

    Attributes:
        counts: loans by kind; shape (4,).
        drawn: the same of each resample; shape (resamples, 4).
        excess: PD minus outcome of each loan.
    """

    counts: Numbers
    drawn: Numbers
    excess: Numbers


def fairness(
    protected: pd.DataFrame, pd_values: Numbers, label: NDArray[np.int8], seed: int, *, as_of: date | None = None,
    crossed: bool = True, selected: NDArray[np.bool_] | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """One row for each group of each protected attribute and of each pair of attributes.

    Selected are those at or below `policy_cut`. The reference group is the one with the highest selection rate. A group
    of fewer than 100 loans gets figures of None and the verdict "cannot tell".

    Args:
        protected: a column for each attribute; text, None where unknown.
        pd_values: of each loan, by a model that did not learn from it.
        label: 1 bad.
        seed: of the resamples.
        as_of: the day whose limits of `fairness.yaml` hold; left out: the newest.
        crossed: look at pairs of attributes too.
        selected: who was; left out: those at or below `policy_cut`.

    Returns:
        `{attribute, group, crossed, count, *FIGURES, verdict, why}`; gaps above 0 are to the group's disadvantage.
    """
    from training.gates import dated

    chosen = pd_values <= policy_cut(pd_values, label) if selected is None else selected
    limits = dated(LIMITS_FILE, as_of or date.max)
    loans = _Portfolio(pd_values, label == 1, chosen, float(label.mean()), seed, limits)
    rows = [row for name in protected for row in _attribute(loans, name, protected[name].to_numpy(), False)]
    for one, other in combinations(protected, 2) if crossed else ():
        both = _crossed(protected[one].to_numpy(), protected[other].to_numpy())
        rows += _attribute(loans, f"{one} x {other}", both, True)
    return rows


def smallest_gap(rate: float, loans: int, others: int, z: float = Z_LEVEL) -> float:
    """The difference of two rates that would be found with 80 % power; `z` is the quantile it is judged by, 95 % else.

    (z + z(0.80)) * sqrt(p(1 - p)(1/n1 + 1/n2)). Source: test of two proportions; Fleiss (1981), chapter 3.

    >>> round(smallest_gap(0.5, 1000, 1000), 3)
    0.063
    """
    return _reach(z) * float(np.sqrt(max(rate * (1 - rate), 0.0) * (1 / loans + 1 / others)))


def _crossed(one: NDArray[Any], other: NDArray[Any]) -> NDArray[np.object_]:
    known = [
        f"{a}, {b}" if isinstance(a, str) and isinstance(b, str) else None for a, b in zip(one, other, strict=True)
    ]
    return np.array(known, dtype=object)


def _attribute(loans: _Portfolio, name: str, groups: NDArray[Any], crossed: bool) -> list[dict[str, Any]]:
    places = {g: np.flatnonzero(groups == g) for g in sorted({g for g in groups if isinstance(g, str)})}
    measured = {g: _count(loans, rows, n) for n, (g, rows) in enumerate(places.items()) if len(rows) >= FEWEST}
    rates = _rates(measured)
    best = max(rates, key=lambda group: rates[group][0], default=None)
    found: list[dict[str, Any]] = []
    for group, rows in places.items():
        head = {"attribute": name, "group": group, "crossed": crossed, "count": len(rows)}
        if group not in measured or best is None:
            found.append(head | _unknown(f"fewer than {FEWEST} loans"))
            continue
        figures = _figures(loans, rows, measured[group], measured[best], rates[group], rates[best])
        rest = np.concatenate([one.excess for other, one in measured.items() if other != group] or [np.zeros(0)])
        figures |= _calibration(measured[group], rest)
        found.append({**head, **figures, **_verdict(loans, figures, len(measured) - 1)})
    return found


def _count(loans: _Portfolio, rows: NDArray[np.intp], place: int) -> _Group:
    kind = 2 * loans.bad[rows] + ~loans.selected[rows]
    counts = np.bincount(kind, minlength=KINDS).astype(float)
    drawn = np.random.default_rng([loans.seed, place]).multinomial(len(rows), counts / len(rows), size=RESAMPLES)
    return _Group(counts, drawn.astype(float), loans.pd[rows] - loans.bad[rows])


def _rates(measured: Mapping[str, _Group]) -> dict[str, tuple[float, float]]:
    """Selection rate of each group, of all its loans and of those that were repaid."""
    from fairlearn.metrics import MetricFrame, selection_rate, true_positive_rate

    if not measured:
        return {}
    weights = np.concatenate([one.counts for one in measured.values()])
    frame: Any = MetricFrame(
        metrics={"all": selection_rate, "repaid": true_positive_rate},
        y_true=np.tile([1, 1, 0, 0], len(measured)), y_pred=np.tile([1, 0, 1, 0], len(measured)),
        sensitive_features=np.repeat(list(measured), KINDS),
        sample_params={name: {"sample_weight": weights} for name in ("all", "repaid")},
    ).by_group  # fmt: skip
    return {group: (float(frame["all"][group]), float(frame["repaid"][group])) for group in measured}


def _figures(
    loans: _Portfolio, rows: NDArray[np.intp], mine: _Group, best: _Group, rate: tuple[float, float],
    highest: tuple[float, float],
) -> dict[str, Any]:  # fmt: skip
    """Selection, impact and opportunity against the reference group; ranking within the group."""
    ratio = rate[0] / highest[0] if highest[0] else None
    same = mine is best
    (drawn, repaid), (theirs, others) = (_drawn_rates(one.drawn) for one in (mine, best))
    pooled = float((mine.counts + best.counts)[[0, 2]].sum() / (mine.counts + best.counts).sum())
    bads = int(mine.counts[2:].sum())
    enough = min(bads, len(rows) - bads) >= FEWEST_BADS
    spread = np.ones(1) if same else drawn / np.maximum(theirs, 1e-9)
    return {
        "selection_rate": interval(rate[0], drawn),
        "adverse_impact_ratio": None if ratio is None else round(ratio, 6),
        "adverse_impact_interval": None if ratio is None else interval(ratio, spread),
        "equal_opportunity_gap": interval(highest[1] - rate[1], np.zeros(1) if same else others - repaid),
        "smallest_detectable_gap": None if same else round(smallest_gap(pooled, len(rows), int(best.counts.sum())), 6),
        "auc": auc_interval(loans.pd[rows], loans.bad[rows].astype(np.int8), loans.seed) if enough else None,
    }  # fmt: skip


def _drawn_rates(counts: Numbers) -> tuple[Numbers, Numbers]:
    """Selection rate of all and of repaid loans in each resample."""
    repaid = np.maximum(counts[:, 0] + counts[:, 1], 1)
    return (counts[:, 0] + counts[:, 2]) / counts.sum(axis=1), counts[:, 0] / repaid


def _calibration(mine: _Group, rest: Numbers) -> dict[str, Any]:
    """Promised and found default rates; the gap is what exceeds that of all other groups of the attribute."""
    loans, bads = len(mine.excess), int(mine.counts[2:].sum())
    rates: dict[str, Any] = dict.fromkeys(("calibration_gap", "smallest_detectable_calibration_gap"))
    rates["predicted"] = round(float(mine.excess.mean()) + bads / loans, 6)
    rates["observed"] = _figure(bads / loans, *wilson(bads, loans))
    if not len(rest):
        return rates
    error = float(np.sqrt(mine.excess.var() / loans + rest.var() / len(rest)))
    gap, wide = float(mine.excess.mean() - rest.mean()), Z_LEVEL * error
    rates["calibration_gap"] = _figure(gap, gap - wide, gap + wide)
    return {**rates, "smallest_detectable_calibration_gap": round(_reach() * error, 6)}


def _verdict(loans: _Portfolio, figures: Mapping[str, Any], others: int) -> dict[str, str]:
    """A gap counts when it is clear (Bonferroni over the groups of the attribute) and large enough to matter."""
    if (impact := figures["adverse_impact_interval"]) is None:
        return {"verdict": "cannot tell", "why": "nobody is selected"}
    found = [f"selected {impact['value']:.2f} times as often as the reference group"] * (impact["high"] < FOUR_FIFTHS)
    matters = {
        "equal_opportunity_gap": loans.limits["equal_opportunity_gap_max"],
        "calibration_gap": loans.limits["calibration_gap_max"] * loans.base,
    }
    words = {
        "equal_opportunity_gap": "{:.3f} fewer of its good payers are selected",
        "calibration_gap": "promised a default rate {:.4f} too high, compared with all others",
    }
    found += [words[n].format(figures[n]["value"]) for n, limit in matters.items() if _clear(figures[n], limit, others)]
    if found:
        return {"verdict": "look into it", "why": "; ".join(found)}
    if impact["low"] < FOUR_FIFTHS:
        return {"verdict": "cannot tell", "why": "the interval of its impact ratio crosses four fifths"}
    return {"verdict": "within four fifths", "why": _unseen(figures["smallest_detectable_calibration_gap"], matters)}


def _clear(gap: Figure | None, limit: float, others: int) -> bool:
    """Above the limit, and above 0 by an interval widened for the number of comparisons."""
    if gap is None or gap["value"] < limit:
        return False
    wide = NormalDist().inv_cdf(1 - LEVEL / 2 / max(others, 1)) / Z_LEVEL
    return gap["value"] - wide * (gap["value"] - gap["low"]) > 0


def _unseen(smallest: float | None, matters: Mapping[str, float]) -> str:
    """What so few loans could not have shown."""
    if smallest is None or smallest <= matters["calibration_gap"]:
        return "no gap that matters"
    return f"a gap between promised and found default rates below {smallest:.4f} would not show on so few loans"


def _unknown(why: str) -> dict[str, Any]:
    return {**dict.fromkeys(FIGURES), "verdict": "cannot tell", "why": why}


def _reach(z: float = Z_LEVEL) -> float:
    """Standard errors between no gap and the smallest that is found with POWER by a test of that quantile."""
    return z + NormalDist().inv_cdf(POWER)


def _figure(value: float, low: float, high: float) -> Figure:
    return {"value": round(value, 6), "low": round(low, 6), "high": round(high, 6)}
