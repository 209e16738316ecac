"""Every family of models that training knows; a new one is one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from training.models.benchmarks import fit_forest, fit_network, fit_plain_logistic
from training.models.gradient_boosting import fit_monotone, fit_plain, fit_quick, suggest, usual
from training.models.logistic import fit_logistic
from training.models.scorecard import fit_quick as fit_quick_scorecard
from training.models.scorecard import fit_scorecard
from training.servable.encoding import Matrix
from training.servable.readers import read_logistic, read_scorecard
from training.servable.trees import Trees

if TYPE_CHECKING:
    from optuna import Trial

SLOW_ROWS = 20_000
"""Slow benchmarks learn from at most so many loans, drawn by seed; the record says so."""


class Scorer(Protocol):
    """A fitted model on encoded rows."""

    def margin(self, matrix: Matrix) -> NDArray[np.float32]:
        """Log-odds; shape (n,)."""
        ...


@dataclass(frozen=True)
class Family:
    """One kind of model.

    Attributes:
        fit: (matrix, label, directions, seed, threads) to native bytes (a family that serves) or a fitted model; also
            takes `settings` by name when the family has a `space`.
        read: native bytes to a model, for a family whose `fit` answers bytes.
        keeps_directions: missing numbers are encoded as the worst and directions of risk are kept.
        serves: may become champion; the others are benchmarks.
        refit: as `fit` to native bytes, quicker, for models on loans drawn anew; None for a benchmark.
        simplicity: rank; 1 is the simplest. Among equals in quality the simplest that serves is chosen.
        space: settings that a trial of the search tries; None for a family that is not tuned.
        usual: every setting with some changed, for the record; None when there are none to tell.
        selects: learns from the features that were kept; the plain yardsticks look at all.
        finish: time of packaging it (twenty refits) as a multiple of that of trying it (five folds and the whole).
        effort: time of a fit as a multiple of that of monotone boosting on as many rows, roughly; plans the time.
        most_rows: it learns from at most so many rows; None for all.
    """

    name: str
    fit: Callable[..., bytes | Scorer]
    read: Callable[[bytes], Scorer] | None
    keeps_directions: bool
    serves: bool
    refit: Callable[..., bytes] | None = None
    simplicity: int = 9
    space: Callable[[Trial], Mapping[str, Any]] | None = None
    usual: Callable[[Mapping[str, Any] | None], dict[str, Any]] | None = None
    selects: bool = True
    finish: float = 4.0
    effort: float = 1.0
    most_rows: int | None = None


# Explainable boosting is left out: its package is not in the lock.
CATALOGUE = (
    Family(
        "gradient_boosting", fit_monotone, Trees, keeps_directions=True, serves=True, refit=fit_quick, simplicity=3,
        space=suggest, usual=usual, finish=1.4,
    ),
    Family(
        "scorecard", fit_scorecard, read_scorecard, keeps_directions=True, serves=True, refit=fit_quick_scorecard,
        simplicity=1, finish=1.0, effort=0.4,
    ),
    Family(
        "logistic", fit_logistic, read_logistic, keeps_directions=True, serves=True, refit=fit_logistic, simplicity=2,
        finish=3.5, effort=0.2,
    ),
    Family(
        "plain_logistic", fit_plain_logistic, None, keeps_directions=False, serves=False, simplicity=2, selects=False,
        effort=0.5,
    ),
    Family(
        "plain_boosting", fit_plain, Trees, keeps_directions=False, serves=False, simplicity=4, selects=False,
    ),
    Family(
        "random_forest", fit_forest, None, keeps_directions=False, serves=False, simplicity=5, effort=10.0,
        most_rows=SLOW_ROWS,
    ),
    Family(
        "neural_network", fit_network, None, keeps_directions=False, serves=False, simplicity=6, effort=4.0,
        most_rows=SLOW_ROWS,
    ),
)  # fmt: skip
"""In the order in which they are tried: what serves and the plain yardsticks first, so that they fit a short budget."""
