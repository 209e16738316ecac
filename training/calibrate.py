"""Turn log-odds into probabilities with the newest loans of training, scored by models that did not see them.

Every choice here is made on training loans: how new, and which kind of line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from training.servable.calibration import FLOOR, CalibrationTable
from training.split import newest

SHARES = (0.5, 0.25)
"""Newer slices of the training loans that are tried against all of them."""
BLOCKS = 4
POINTS, BEYOND = 201, 2.0
"""The curve goes on by so much log-odds of default beyond the scores seen."""
FEWEST_IN_BIN = 100
FOLDS = 5
RIDGE = 1e-3
"""A breath of ridge towards "as the model says": slope 1, shift 0."""
HALVINGS = 30

Fit = Callable[[NDArray[np.float64], NDArray[np.int8]], CalibrationTable]


def newest_share(margin: NDArray[np.float32], label: NDArray[np.int8]) -> float:
    """Which share of the loans, the newest ones, to calibrate on: all, unless a newer slice is clearly better.

    The second half is walked through in four blocks, each predicted by curves from loans before it. Clearly: the log
    loss is lower by more than one standard error of the difference. More loans vary less, newer ones are nearer.

    Args:
        margin: log-odds from the oldest loan to the newest, by models fitted without them.
        label: their outcomes.
    """
    x = margin.astype(np.float64)
    everyone = _later_loss(1.0, x, label)
    gains = {share: everyone - _later_loss(share, x, label) for share in SHARES}
    better = {share: gain.mean() for share, gain in gains.items() if is_clear(gain)}
    return max(better, key=lambda share: better[share], default=1.0)


def calibrate(margin: NDArray[np.float32], label: NDArray[np.int8], seed: int) -> CalibrationTable:
    """A logistic curve, unless an isotonic line is clearly better on rows held out from both.

    Clearly: its log loss is lower by more than one standard error of the difference. The curve keeps apart the
    best and the worst loans, which a line of bins holds equal.

    Args:
        margin: log-odds of the calibration rows by models fitted without them.
        label: their outcomes.
        seed: draws the held-out rows.
    """
    x = margin.astype(np.float64)
    gain = _held_out_loss(platt, x, label, seed) - _held_out_loss(isotonic, x, label, seed)
    return (isotonic if is_clear(gain) else platt)(x, label)


def platt(x: NDArray[np.float64], label: NDArray[np.int8]) -> CalibrationTable:
    """A logistic curve (slope kept at or above zero) as 201 points. Source: Platt (1999)."""
    slope, shift = logistic(x, label)
    beyond = BEYOND / slope if slope else BEYOND
    points = np.linspace(x.min() - beyond, x.max() + beyond, POINTS)
    return _table("platt", points, sigmoid(slope * points + shift))


def isotonic(x: NDArray[np.float64], label: NDArray[np.int8]) -> CalibrationTable:
    """Rates of equal-count bins of at least 100 loans, made to rise, joined by lines between the bins' means."""
    order = np.argsort(x, kind="stable")
    parts = np.array_split(order, max(2, min(20, len(order) // FEWEST_IN_BIN)))
    centres = np.array([x[p].mean() for p in parts])
    rates = np.array([label[p].mean() for p in parts])
    keep = np.concatenate([[True], np.diff(centres) > 0])
    return _table("isotonic", centres[keep], _rising(rates, np.array([len(p) for p in parts], float))[keep])


KINDS: Mapping[str, Fit] = {"platt": platt, "isotonic": isotonic}
"""Each kind of table by its name."""


def logistic(x: NDArray[np.float64], label: NDArray[np.int8], steps: int = 50) -> tuple[float, float]:
    """Slope and shift of largest likelihood by Newton's steps.

    Platt's targets, a little inside 0 and 1, and a breath of ridge keep both finite on separable rows. A slope below
    zero would turn the ranking round: then the slope is zero and everyone gets the average.
    """
    bads = float(label.sum())
    high, low = (bads + 1) / (bads + 2), 1 / (len(label) - bads + 2)
    target = np.where(label == 1, high, low)
    centre, spread = x.mean(), max(x.std(), 1e-9)
    design, start = np.column_stack([(x - centre) / spread, np.ones_like(x)]), np.array([spread, centre])
    slope, shift = _fitted(design, target, start, steps)
    if slope <= 0:
        return 0.0, float(np.log(target.mean() / (1 - target.mean())))
    return slope / spread, shift - slope * centre / spread


def _fitted(
    design: NDArray[np.float64], target: NDArray[np.float64], start: NDArray[np.float64], steps: int
) -> NDArray[np.float64]:
    """Newton's steps from `start`, each halved until it makes things no worse: over-sure scores make it overshoot."""

    def cost(at: NDArray[np.float64]) -> float:
        x = design @ at
        return float((np.logaddexp(0, x) - target * x).sum() + RIDGE / 2 * ((at - start) ** 2).sum())

    weights = start
    for _ in range(steps):
        p = sigmoid(design @ weights)
        uphill = design.T @ (target - p) - RIDGE * (weights - start)
        curve = (design * (p * (1 - p))[:, None]).T @ design + RIDGE * np.eye(2)
        step, now = np.linalg.solve(curve, uphill), cost(weights)
        halved = (step / 2**n for n in range(HALVINGS))
        step = next((one for one in halved if cost(weights + one) <= now), step * 0)
        weights = weights + step
        if np.abs(step).max() < 1e-10:
            break
    return weights


def sigmoid(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """From log-odds to a probability; log-odds beyond 30 count as 30."""
    return 1.0 / (1.0 + np.exp(-np.clip(x, -30, 30)))


def _rising(rates: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pool neighbours that fall. Source: pool adjacent violators, Ayer et al. (1955)."""
    blocks: list[list[float]] = []
    for rate, weight in zip(rates.tolist(), weights.tolist(), strict=True):
        blocks.append([rate, weight, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            r, w, n = blocks.pop()
            last = blocks[-1]
            last[0] = (last[0] * last[1] + r * w) / (last[1] + w)
            last[1], last[2] = last[1] + w, last[2] + n
    return np.repeat([b[0] for b in blocks], [int(b[2]) for b in blocks])


def _held_out_loss(fit: Fit, x: NDArray[np.float64], label: NDArray[np.int8], seed: int) -> NDArray[np.float64]:
    """Log loss of each row by a table fitted without it; shape (n,)."""
    fold = np.random.default_rng(seed).permutation(len(x)) % FOLDS
    loss = np.empty(len(x))
    for number in range(FOLDS):
        rest, mine = fold != number, fold == number
        loss[mine] = _loss(fit(x[rest], label[rest]), x[mine], label[mine])
    return loss


def _later_loss(share: float, x: NDArray[np.float64], label: NDArray[np.int8]) -> NDArray[np.float64]:
    """Log loss of each row of the second half by a curve from the newest `share` before its block; shape (n / 2,)."""
    edges = np.linspace(len(x) // 2, len(x), BLOCKS + 1).astype(int)
    losses = []
    for start, end in pairwise(edges):
        before = newest(np.arange(start), share)
        losses.append(_loss(platt(x[before], label[before]), x[start:end], label[start:end]))
    return np.concatenate(losses)


def _loss(table: CalibrationTable, x: NDArray[np.float64], label: NDArray[np.int8]) -> NDArray[np.float64]:
    p = np.interp(x, table.x, table.y)
    return -np.where(label == 1, np.log(p), np.log(1 - p))


def is_clear(gain: NDArray[np.float64]) -> bool:
    """Whether a gain, measured loan by loan, is above zero by more than one standard error."""
    return bool(gain.mean() > gain.std() / np.sqrt(len(gain)))


def _table(kind: str, x: NDArray[np.float64], y: NDArray[np.float64]) -> CalibrationTable:
    return CalibrationTable(kind, x, np.clip(y, FLOOR, 1 - FLOOR))
