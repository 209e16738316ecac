"""Two models on the same loans: do they differ by more than these loans happen to show?

Both are measured on the same resamples, so that what moves both cancels. A resample is a row of counts, and every
figure a product with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.cells import Numbers, Outcomes
from training.evaluate import Figure, interval, policy_cut

RESAMPLES = 300


@dataclass(frozen=True)
class Pair:
    """A model beside another one; changes above 0 mean a higher figure than the other's.

    Attributes:
        impact_ratio: lowest selection rate of a group by the highest, of the attribute where it is lowest.
        equal_quality: neither AUC nor log loss is clearly worse, nor worse by more than the limits allow.
        less_discriminatory: the impact ratio is clearly higher.
    """

    auc: Figure
    log_loss: Figure
    impact_ratio: Figure
    auc_change: Figure
    log_loss_change: Figure
    impact_change: Figure
    equal_quality: bool
    less_discriminatory: bool


class Paired:
    """Comparisons on the same loans and resamples."""

    def __init__(
        self, label: Outcomes, groups: Mapping[str, NDArray[np.intp]], seed: int, bound: Mapping[str, float]
    ) -> None:
        """Draw the resamples.

        Args:
            label: 1 bad.
            groups: code of each loan's group by attribute; -1 where unknown or too small.
            seed: of the resamples.
            bound: `auc_loss_max` and `log_loss_excess_max`.
        """
        self._label, self._groups, self._bound = label, groups, bound
        rows = len(label)
        counts = np.random.default_rng(seed).multinomial(rows, np.full(rows, 1 / rows), size=RESAMPLES)
        self._counts = np.concatenate([np.ones((1, rows)), counts]).astype(np.float32)

    def compare(self, base: Numbers, pd: Numbers) -> Pair:
        """The second model beside the first; both give the PD of the same loans."""
        before, after = self._figures(base), self._figures(pd)
        own_auc, own_loss, own_impact = (interval(values[0], values[1:]) for values in after)
        auc, loss, impact = (
            interval(new[0] - old[0], new[1:] - old[1:]) for new, old in zip(after, before, strict=True)
        )
        most = self._bound["log_loss_excess_max"] * float(before[1][0])
        equal = auc["high"] >= 0 >= loss["low"] and auc["value"] >= -self._bound["auc_loss_max"]
        equal = bool(equal and loss["value"] <= most)
        return Pair(own_auc, own_loss, own_impact, auc, loss, impact, equal, bool(impact["low"] > 0))

    def _figures(self, pd: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        """AUC, log loss and impact ratio of the loans (first) and of each resample."""
        loss = -np.log(np.where(self._label == 1, pd, 1 - pd))
        total = self._counts.sum(axis=1)
        return self._auc(pd), self._counts @ loss.astype(np.float32) / total, self._impact(pd)

    def _auc(self, pd: Numbers) -> Numbers:
        """By the place of each bad loan among the good ones, to first order (DeLong, 1988)."""
        bad = self._label == 1
        below = _share_below(pd[~bad], pd[bad])
        above = 1 - _share_below(pd[bad], pd[~bad])
        value = float(below.mean())
        moved = np.full(len(self._counts), value)
        for side, place in ((bad, below), (~bad, above)):
            moved += self._counts[:, side] @ (place - value).astype(np.float32) / self._counts[:, side].sum(axis=1)
        return moved

    def _impact(self, pd: Numbers) -> Numbers:
        selected = (pd <= policy_cut(pd, self._label)).astype(np.float32)
        return np.min([self._attribute(codes, selected) for codes in self._groups.values()], axis=0)

    def _attribute(self, codes: NDArray[np.intp], selected: NDArray[np.float32]) -> Numbers:
        member = (codes[:, None] == np.unique(codes[codes >= 0])).astype(np.float32)
        rates = (self._counts @ (member * selected[:, None])) / np.maximum(self._counts @ member, 1)
        return rates.min(axis=1) / np.maximum(rates.max(axis=1), 1e-9)


def _share_below(others: Numbers, mine: Numbers) -> Numbers:
    """Share of the others below each of mine, ties counting half."""
    ranked = np.sort(others)
    left, right = (np.searchsorted(ranked, mine, side=side) for side in ("left", "right"))
    return (left + right) / (2 * len(others))
