"""Every family of models that training knows; a new one is one line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from training.models.gradient_boosting import fit_monotone, fit_plain, fit_quick
from training.models.logistic import fit_logistic
from training.servable.encoding import Matrix
from training.servable.trees import Trees


class Scorer(Protocol):
    """A fitted model on encoded rows."""

    def margin(self, matrix: Matrix) -> NDArray[np.float32]:
        """Log-odds; shape (n,)."""
        ...


@dataclass(frozen=True)
class Family:
    """One kind of model.

    Attributes:
        fit: (matrix, label, directions, seed, threads) to native bytes (a family that serves) or a fitted model.
        read: native bytes to a model, for a family whose `fit` answers bytes.
        keeps_directions: missing numbers are encoded as the worst and directions of risk are kept.
        serves: may become champion; the others are yardsticks.
        refit: as `fit` to native bytes, quicker, for models on loans drawn anew; None for a yardstick.
    """

    name: str
    fit: Callable[..., bytes | Scorer]
    read: Callable[[bytes], Scorer] | None
    keeps_directions: bool
    serves: bool
    refit: Callable[..., bytes] | None = None


CATALOGUE = (
    Family("gradient_boosting", fit_monotone, Trees, keeps_directions=True, serves=True, refit=fit_quick),
    Family("plain_boosting", fit_plain, Trees, keeps_directions=False, serves=False),
    Family("logistic", fit_logistic, None, keeps_directions=False, serves=False),
)
