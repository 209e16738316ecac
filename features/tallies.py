"""A column boiled down to what signs of a leak need: each different value with its loans and its bad loans."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.ranks import auc_error

Numbers = NDArray[np.float64]
Z_AUC, Z_SHARE = 4.0, 3.0
"""Standard errors from an estimate to its low end: one honest column in 30,000 and in 740 lies beyond."""


@dataclass(frozen=True)
class Tally:
    """The different values of a column in rising order, with loans and bad loans of each, shape (k,).

    Attributes:
        missing, missing_bad: loans without a value, and the bad ones among them.
    """

    values: NDArray[Any]
    counts: Numbers
    bads: Numbers
    missing: int
    missing_bad: int

    @property
    def loans(self) -> float:
        """All loans, those without a value included."""
        return float(self.counts.sum()) + self.missing

    @property
    def goods(self) -> float:
        """Good loans among all."""
        return self.loans * (1 - self.base)

    @property
    def base(self) -> float:
        """Share of bad loans among all."""
        return (float(self.bads.sum()) + self.missing_bad) / self.loans


def tally(values: NDArray[Any], missing: NDArray[np.bool_], bad: NDArray[np.bool_]) -> Tally:
    """Count a column once; `values` are numbers or texts, shape (n,)."""
    known = values[~missing]
    different, inverse, counts = np.unique(known, return_inverse=True, return_counts=True)
    bads = np.bincount(inverse, weights=bad[~missing], minlength=len(different))
    return Tally(
        different, counts.astype(np.float64), bads.astype(np.float64), int(missing.sum()), int(bad[missing].sum())
    )


def ranking(counts: Numbers, bads: Numbers) -> tuple[float, float]:
    """AUC in the better direction of values that stand in order, and its low end; (0.5, 0) when it cannot be told."""
    goods = counts - bads
    total_bad, total_good = float(bads.sum()), float(goods.sum())
    if not total_bad or not total_good:
        return 0.5, 0.0
    below = np.cumsum(goods) - goods / 2
    found = float((bads * below).sum() / (total_bad * total_good))
    found = max(found, 1 - found)
    few = min(total_bad, total_good)
    cautious = (found * few + 0.5) / (few + 1)
    return found, cautious - Z_AUC * auc_error(cautious, int(total_bad), int(total_good))


def there_or_not(t: Tally) -> tuple[float, float]:
    """`ranking` of whether a value is there at all."""
    counts = np.array([t.missing, t.counts.sum()])
    return ranking(counts, np.array([t.missing_bad, t.bads.sum()]))


def low_share(hits: float, total: float) -> float:
    """Low end of a share. Source: Wilson (1927)."""
    z2 = Z_SHARE**2
    share = hits / total
    spread = Z_SHARE * np.sqrt(share * (1 - share) / total + z2 / (4 * total**2))
    return float((share + z2 / (2 * total) - spread) / (1 + z2 / total))


def log_odds(share: Numbers | float) -> Numbers:
    """ln(share / (1 − share)), kept finite."""
    inside = np.clip(share, 1e-9, 1 - 1e-9)
    return np.log(inside / (1 - inside))


def shifted(share: Numbers, by: float) -> Numbers:
    """A share moved on the log-odds scale."""
    return 1 / (1 + np.exp(-(log_odds(share) + by)))


def log_chance(hits: Numbers, total: Numbers, share: Numbers) -> Numbers:
    """Upper bound of ln P(at least / at most so many hits) under a share. Source: Chernoff (1952)."""
    found = hits / total
    with np.errstate(divide="ignore", invalid="ignore"):
        up = np.where(found > 0, found * np.log(found / share), 0.0)
        down = np.where(found < 1, (1 - found) * np.log((1 - found) / (1 - share)), 0.0)
    return -total * (up + down)
