"""Signs of a leak in exact values: one class only, unlike their neighbours, or too much in step with the outcome."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from features.findings import percent
from features.limits import Limits
from features.tallies import Numbers, Tally, log_chance, log_odds, low_share, shifted

_PURE, _CLEAN = 0.98, 0.002
"""Share of bad loans of an exact number that stands for bad loans only, and for good loans only."""
_SIDE_ROWS, _FEWEST_BESIDE = 100, 50
_FEWEST_NUMBERS = 12
_HARDLY = 0.2
"""Share of the expected bad loans below which a value is looked at more closely."""
_NORMAL = NormalDist()

Found = tuple[str, str]
"""What was found and the limit, as people read them."""


def one_class_value(t: Tally, bound: Limits, *, in_order: bool = False) -> Found | None:
    """A value, or its absence, whose loans practically all went bad, or practically never did.

    Numbers `in_order` may honestly end in such values, so they are compared with the ends of a very good score.
    """
    shown = [*map(str, t.values), "missing"]
    counts, bads = np.append(t.counts, t.missing), np.append(t.bads, t.missing_bad)
    odd = (bads >= bound["pure_share_min"] * counts) | (bads < _HARDLY * counts * t.base)
    for i in np.flatnonzero(odd & (counts >= bound["spike_rows_min"]) & (counts < t.loans)):
        found = _practically_all(counts[i], bads[i], t, bound)
        if found and in_order and not _beyond_a_score(t.loans - t.goods, t.goods, bads[i], counts[i] - bads[i], bound):
            found = None
        if found := found or _practically_none(counts[i], bads[i], t, bound):
            said, limit = found
            return said.format(count=counts[i], value=shown[i][:40]), limit
    return None


def _practically_all(count: float, hits: float, t: Tally, bound: Limits) -> Found | None:
    low = low_share(hits, count)
    if low < bound["pure_share_min"] or float(log_odds(low) - log_odds(t.base)) < bound["pure_lift_min"]:
        return None
    said = f"{percent(hits / count)} of the {{count:.0f}} loans with value {{value}} went bad"
    return said, f"at most {percent(bound['pure_share_min'])}"


def _practically_none(count: float, hits: float, t: Tally, bound: Limits) -> Found | None:
    """Fewer bad loans than the safest end of a very good score would leave among so many good ones."""
    if not _beyond_a_score(t.goods, t.loans - t.goods, count - hits, hits, bound):
        return None
    said = f"{hits:.0f} of the {{count:.0f}} loans with value {{value}} went bad, {count * t.base:.0f} expected"
    return said, "about as many as expected"


def _beyond_a_score(these: float, others: float, these_here: float, others_here: float, bound: Limits) -> bool:
    """Whether so few of the other class stand among so many of this one as no end of a very good score explains."""
    place = _NORMAL.inv_cdf(float(np.clip(these_here / these, 1e-9, 1 - 1e-9))) - _gap(bound["never_bad_auc"])
    share = np.array([_NORMAL.cdf(place)])
    chance = log_chance(np.array([others_here]), np.array([others]), share)[0]
    return bool(others_here < share[0] * others and chance < np.log(bound["chance_max"]))


def _gap(auc: float) -> float:
    """Distance, in standard deviations, of two normal scores with this AUC."""
    return 2**0.5 * _NORMAL.inv_cdf(auc)


def lonely_number(t: Tally, bound: Limits) -> Found | None:
    """A number that many loans share exactly and whose outcome is one class, unlike the numbers beside it.

    Filling gaps with the mean of each class leaves such numbers behind.
    """
    often = np.flatnonzero(t.counts >= bound["spike_rows_min"])
    if not len(often) or len(t.values) < 3:
        return None
    count, hits = t.counts[often], t.bads[often]
    low, high = _beside(t, often)
    chance = float(np.log(bound["chance_max"]))
    worse = (hits / count >= _PURE) & (log_chance(hits, count, shifted(high, bound["spike_margin"])) < chance)
    safer = (hits / count <= _CLEAN) & (log_chance(hits, count, shifted(low, -bound["spike_margin"])) < chance)
    for i in np.flatnonzero(worse | safer):
        side = high[i] if worse[i] else low[i]
        said = (
            f"{percent(hits[i] / count[i])} of the {count[i]:.0f} loans with exactly {t.values[often[i]]:.6g} went bad"
        )
        return f"{said}, {percent(side)} of those beside it", "about as many as beside it"
    return None


def _beside(t: Tally, places: NDArray[np.intp]) -> tuple[Numbers, Numbers]:
    """Lower and higher bad share of the loans just below and above each number; 0 and 1 when there are too few."""
    rows, bads = np.concatenate([[0], np.cumsum(t.counts)]), np.concatenate([[0], np.cumsum(t.bads)])
    width = np.maximum(_SIDE_ROWS, 2 * t.counts[places])
    first = (np.searchsorted(rows, rows[places] - width, side="right") - 1).clip(0)
    last = np.searchsorted(rows, rows[places + 1] + width).clip(max=len(t.counts))
    below = _share(bads[places] - bads[first], rows[places] - rows[first])
    above = _share(bads[last] - bads[places + 1], rows[last] - rows[places + 1])
    both = np.stack([below, above])
    none = np.isnan(both).all(axis=0)
    return (
        np.where(none, 0.0, np.min(np.where(np.isnan(both), np.inf, both), axis=0)),
        np.where(none, 1.0, np.max(np.where(np.isnan(both), -np.inf, both), axis=0)),
    )


def _share(bads: Numbers, rows: Numbers) -> Numbers:
    """Half a bad loan is added to each class, so that few rows do not say never or always."""
    return np.where(rows >= _FEWEST_BESIDE, (bads + 0.5) / (np.maximum(rows, 1) + 1), np.nan)


def speaks_of_outcomes(t: Tally, bound: Limits) -> Found | None:
    """Numbers made from outcomes: loans with one number never differ, or each number is the share that went bad."""
    several = t.counts >= 2
    known = t.counts.sum()
    if several.sum() < _FEWEST_NUMBERS or t.counts[several].sum() < bound["repeated_rows_min"] * known:
        return None
    n, hits, v = t.counts[several], t.bads[several], t.values[several].astype(np.float64)
    around = np.clip(_around(t)[several], 1e-4, 1 - 1e-4)
    expected = float(((n - 1) * around * (1 - around)).sum())
    ratio = float((hits * (n - hits) / n).sum()) / max(expected, 1e-9)
    if expected >= bound["outcome_bads_min"] and ratio < bound["agreement_max"]:
        return "loans with the same number had the same outcome", "numbers that mix outcomes"
    return _is_share_of_bad(n, hits, v, bound)


def _around(t: Tally) -> Numbers:
    """Bad share of the loans with the nearest numbers, their own included."""
    rows, bads = np.concatenate([[0], np.cumsum(t.counts)]), np.concatenate([[0], np.cumsum(t.bads)])
    middle = np.arange(len(t.counts))
    first = (np.searchsorted(rows, rows[middle] - _SIDE_ROWS, side="right") - 1).clip(0)
    last = np.searchsorted(rows, rows[middle + 1] + _SIDE_ROWS).clip(max=len(t.counts))
    return (bads[last] - bads[first]) / (rows[last] - rows[first])


def _is_share_of_bad(n: Numbers, hits: Numbers, v: Numbers, bound: Limits) -> Found | None:
    """Chance scatters shares around any line; a share that lies on one was computed from the outcomes."""
    if hits.sum() < bound["outcome_bads_min"] or np.ptp(v) == 0:
        return None
    fitted = _line(n, hits, v)
    both = np.minimum(n * fitted, n * (1 - fitted)) >= 1  # numbers that should show both classes
    if both.sum() < _FEWEST_NUMBERS:
        return None
    n, hits, v = n[both], hits[both], v[both]
    fitted = _line(n, hits, v)
    share = hits / n
    ratio = float((n * (share - fitted) ** 2 / (fitted * (1 - fitted))).sum()) / max(len(v) - 2, 1)
    chance = (len(v) - 2) / 2 * (np.log(max(ratio, 1e-9)) + 1 - ratio) if ratio < 1 else 0.0
    if ratio < 0.5 and chance < np.log(bound["chance_max"]):
        return "each number follows the share of its loans that went bad without any scatter", "scatter as by chance"
    return None


def _line(n: Numbers, hits: Numbers, v: Numbers) -> Numbers:
    """The share of bad loans as a straight line of the number."""
    slope, start = np.polyfit(v, hits / n, 1, w=np.sqrt(n))
    return np.clip(slope * v + start, 1e-4, 1 - 1e-4)
