"""Ranking figures that need numpy alone: AUC with ties, and the interval of a share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Z_95 = 1.96


def auc(values: NDArray[np.float64], bad: NDArray[np.bool_]) -> float:
    """Chance that a bad loan has the higher value, ties counting half; rows with NaN are left out.

    NaN when one class is absent. Source: Mann and Whitney (1947), by average ranks.

    >>> auc(np.array([1.0, 2.0, 2.0, 3.0]), np.array([False, False, True, True]))
    0.875
    """
    seen = ~np.isnan(values)
    x, y = values[seen], bad[seen]
    bads, goods = int(y.sum()), int((~y).sum())
    if not bads or not goods:
        return float("nan")
    _, inverse, counts = np.unique(x, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    return float((ranks[inverse][y].sum() - bads * (bads + 1) / 2) / (bads * goods))


def auc_error(found: float, bads: int, goods: int) -> float:
    """Standard error of an AUC. Source: Hanley and McNeil (1982)."""
    both, square = found / (2 - found), found**2
    other = 2 * square / (1 + found)
    spread = found * (1 - found) + (bads - 1) * (both - square) + (goods - 1) * (other - square)
    return float(np.sqrt(max(spread, 0.0) / (bads * goods)))


def strength(values: NDArray[np.float64], bad: NDArray[np.bool_]) -> float:
    """AUC in whichever direction separates better: 0.5 to 1; 0.5 when it cannot be told."""
    found = auc(values, bad)
    return 0.5 if np.isnan(found) else max(found, 1 - found)


def wilson(hits: int, total: int) -> tuple[float, float]:
    """95 % interval of a share. Source: Wilson (1927).

    >>> tuple(round(v, 3) for v in wilson(5, 10))
    (0.237, 0.763)
    """
    if total == 0:
        return 0.0, 1.0
    share, spread = hits / total, Z_95**2 / total
    middle = (share + spread / 2) / (1 + spread)
    half = Z_95 * np.sqrt(share * (1 - share) / total + spread / (4 * total)) / (1 + spread)
    return float(max(0.0, middle - half)), float(min(1.0, middle + half))


def share_gap(new_hits: int, new_total: int, old_hits: int, old_total: int) -> tuple[float, float]:
    """95 % interval of new share − old share. Source: Newcombe (1998), method 10."""
    new, old = new_hits / new_total, old_hits / old_total
    new_low, new_high = wilson(new_hits, new_total)
    old_low, old_high = wilson(old_hits, old_total)
    gap = new - old
    low = gap - float(np.hypot(new - new_low, old_high - old))
    high = gap + float(np.hypot(new_high - new, old - old_low))
    return low, high
