"""Logistic regression whose coefficients may be held at or above zero, or at or below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.calibrate import sigmoid

RIDGE = 1.0
"""Half the sum of squared coefficients counts as much as the log loss of one loan: keeps separable loans finite."""
STEPS, HALVINGS, STILL = 100, 30, 1e-8


def fit_signed(
    design: NDArray[np.float64], label: NDArray[np.int8], signs: Sequence[int]
) -> tuple[NDArray[np.float64], float]:
    """Coefficients and intercept of largest likelihood, less a little ridge, by projected Newton steps.

    Args:
        design: columns of mean 0 and spread near 1; shape (n, columns).
        label: 1 for default.
        signs: of each column: 1 holds its coefficient at or above zero, -1 at or below, 0 leaves it free.

    Returns:
        Coefficients, shape (columns,), and the intercept, to six places: readable, and the same on every run.

    Source: Bertsekas (1982), Projected Newton methods for optimization problems with simple constraints.
    """
    problem = _Problem(np.column_stack([design, np.ones(len(label))]), label.astype(np.float64), np.array([*signs, 0]))
    bads = label.sum()
    at = np.append(np.zeros(design.shape[1]), np.log((bads + 0.5) / (len(label) - bads + 0.5)))
    for _ in range(STEPS):
        before, at = at, problem.better(at)
        if np.abs(at - before).max() < STILL:
            break
    at = np.round(at, 6) + 0.0
    return at[:-1], float(at[-1])


@dataclass(frozen=True)
class _Problem:
    """Rows with a last column of ones, their outcomes, and the sign of each coefficient."""

    design: NDArray[np.float64]
    target: NDArray[np.float64]
    signs: NDArray[np.int_]

    def better(self, at: NDArray[np.float64]) -> NDArray[np.float64]:
        """One step from `at`, halved until it makes things no worse; `at` itself when none does."""
        slope, now = self._slope(at), self._cost(at)
        step = np.zeros_like(at)
        # A coefficient at zero that wants to the side that was not promised stays there.
        free = np.flatnonzero((at != 0) | (self.signs * slope <= 0))
        step[free] = np.linalg.solve(self._curve(at, free), slope[free])
        if np.abs(step).max() < STILL:  # below the noise of the cost, which could not tell better from worse
            return self._kept(at - step)
        tried = (self._kept(at - step / 2**n) for n in range(HALVINGS))
        return next((one for one in tried if self._cost(one) <= now), at)

    def _kept(self, at: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(self.signs * at < 0, 0.0, at)

    def _cost(self, at: NDArray[np.float64]) -> float:
        x = self.design @ at
        return float((np.logaddexp(0, x) - self.target * x).sum() + RIDGE / 2 * (at[:-1] @ at[:-1]))

    def _slope(self, at: NDArray[np.float64]) -> NDArray[np.float64]:
        gap = sigmoid(self.design @ at) - self.target
        return self.design.T @ gap + RIDGE * np.append(at[:-1], 0.0)

    def _curve(self, at: NDArray[np.float64], free: NDArray[np.intp]) -> NDArray[np.float64]:
        p, columns = sigmoid(self.design @ at), self.design[:, free]
        ridge = np.where(free < len(at) - 1, RIDGE, 0.0)
        return (columns * (p * (1 - p))[:, None]).T @ columns + np.diag(ridge)
