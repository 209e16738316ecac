"""Which candidate is packaged: the simplest that serves and is not clearly worse than the best one that serves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.compare import Tried, fold_pd
from training.evaluate import Figure, interval
from training.folds import Folded

RESAMPLES = 200


@dataclass(frozen=True)
class Choice:
    """What was chosen and why.

    Attributes:
        winner: the family with the lowest log loss on held-out folds among those that serve.
        chosen: the simplest one whose log loss and AUC are not clearly worse than the winner's.
        why: in a sentence.
        interval: of the chosen one's log loss less the winner's, on the same loans; zeros when they are one.
    """

    winner: str
    chosen: str
    why: str
    interval: Figure

    def as_dict(self) -> dict[str, Any]:
        """As in the train result."""
        return {"winner": self.winner, "chosen": self.chosen, "why": self.why, "interval": dict(self.interval)}


def choose(candidates: Sequence[Tried], loans: Folded) -> Choice:
    """Choose among the candidates that serve, by held-out folds of training alone.

    Clearly worse: the whole interval (95 %, bootstrap of the loans, both models on the same draw) of the difference in
    log loss, or of that in AUC, speaks against it.
    """
    serving = [c for c in candidates if c.serves]
    pds = {c.name: fold_pd(c.unseen, loans) for c in serving}
    winner = min(serving, key=lambda c: (float(_loss(pds[c.name], loans.label).mean()), c.simplicity))
    rivals = sorted((c for c in serving if c.simplicity < winner.simplicity), key=lambda c: c.simplicity)
    clear: list[str] = []
    for rival in rivals:
        loss, rank = _differences(pds[rival.name], pds[winner.name], loans)
        if loss["low"] <= 0 and rank["low"] <= 0:
            why = (
                f"{_said(rival)} is the simplest that is not clearly worse than {_said(winner)}: its log loss is "
                f"{loss['value']:+.5f} ({loss['low']:+.5f} to {loss['high']:+.5f}) against it on the same loans"
            )
            return Choice(winner.name, rival.name, why, loss)
        clear.append(_said(rival))
    return Choice(winner.name, winner.name, _won(winner, serving, clear), {"value": 0.0, "low": 0.0, "high": 0.0})


def _won(winner: Tried, serving: Sequence[Tried], worse: Sequence[str]) -> str:
    if len(serving) == 1:
        return f"{_said(winner)} is the only one tried that may serve"
    if not worse:
        return f"{_said(winner)} has the lowest log loss on held-out folds, and no simpler one was tried"
    best = f"{_said(winner)} has the lowest log loss on held-out folds"
    return f"{best}; clearly worse though simpler: {', '.join(worse)}"


def _said(candidate: Tried) -> str:
    return candidate.name.replace("_", " ")


def _differences(rival: NDArray[np.float64], winner: NDArray[np.float64], loans: Folded) -> tuple[Figure, Figure]:
    """How much worse the rival is in log loss and in AUC, each with the interval over draws of the same loans."""
    gap = _loss(rival, loans.label) - _loss(winner, loans.label)
    ranked = [_Ranking(pd, loans.label) for pd in (winner, rival)]
    draw, rows = np.random.default_rng(loans.seed), len(gap)
    drawn: list[tuple[float, float]] = []
    for _ in range(RESAMPLES):
        weights = np.bincount(draw.integers(0, rows, rows), minlength=rows).astype(float)
        drawn.append((float(weights @ gap) / rows, _gap(ranked, weights)))
    losses, ranks = zip(*drawn, strict=True)
    return interval(float(gap.mean()), list(losses)), interval(_gap(ranked, np.ones(rows)), list(ranks))


def _gap(ranked: Sequence[_Ranking], weights: NDArray[np.float64]) -> float:
    winner, rival = (one.auc(weights) for one in ranked)
    return winner - rival


class _Ranking:
    """Loans sorted once, so that the AUC under weights is two sums."""

    def __init__(self, pd: NDArray[np.float64], label: NDArray[np.int8]) -> None:
        self._order = np.argsort(pd, kind="stable")
        self._bad = label[self._order].astype(float)
        self._starts = np.flatnonzero(np.concatenate([[True], np.diff(pd[self._order]) > 0]))

    def auc(self, weights: NDArray[np.float64]) -> float:
        """AUC with ties counting half, of loans weighted in their own order."""
        w = weights[self._order]
        bad, good = (np.add.reduceat(w * side, self._starts) for side in (self._bad, 1 - self._bad))
        return float((bad * (np.cumsum(good) - good / 2)).sum() / max(bad.sum() * good.sum(), 1e-12))


def _loss(pd: NDArray[np.float64], label: NDArray[np.int8]) -> NDArray[np.float64]:
    return -np.where(label == 1, np.log(pd), np.log(1 - pd))
