"""Boosted trees from their native file: log-odds, exact contributions, and the values at which they split."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from training.servable.encoding import Matrix
from training.servable.steps import lowest_that_reach
from training.servable.tables import Tables, tables_of, trees_of

if TYPE_CHECKING:
    from xgboost import Booster

MODEL = "model.ubj"
FEW = 8
"""Up to so many rows, tables are sooner with the log-odds than a call of the library."""
MANY = 4096
"""From so many rows on, all cores share them; a row's leaves are summed by one, so its bits stay the same."""


class Trees:
    """An XGBoost model behind plain arrays. Reading is safe from many threads at once.

    Contributions are asked of tables, which are made when first needed (about 0.3 s for 300 trees); models whose trees
    are too big for them ask the library. Both give the same bits.
    """

    def __init__(self, native: bytes) -> None:
        """Load the bytes of a native file; no pickle is read."""
        import xgboost

        self._xgboost, self._native = xgboost, native
        self._booster = xgboost.Booster(model_file=bytearray(native))
        # One row is answered sooner by one thread, and the sum of the leaves has one order in any case.
        self._booster.set_param({"nthread": 1})

    def margin(self, matrix: Matrix) -> NDArray[np.float32]:
        """Log-odds before calibration; shape (n,)."""
        if len(matrix) <= FEW and self._has_tables:
            return self.score(matrix)[0]
        booster = self._booster if len(matrix) < MANY else self._on_all_cores
        return booster.inplace_predict(matrix, predict_type="margin", validate_features=False)

    def contributions(self, matrix: Matrix) -> NDArray[np.float32]:
        """Exact TreeSHAP values in log-odds, without the base; shape (n, features)."""
        return self.score(matrix)[1]

    def score(self, matrix: Matrix) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Log-odds and contributions in one pass; equal to `margin` and `contributions` to the last bit."""
        if self._tables is None:
            rows = self._xgboost.DMatrix(matrix, nthread=1)
            parts = self._booster.predict(rows, pred_contribs=True, validate_features=False)
            return self._booster.predict(rows, output_margin=True, validate_features=False), parts[:, :-1]
        sums = self._tables.sums(matrix)
        return sums[:, -1], sums[:, :-1]

    def breakpoints(self, position: int) -> NDArray[np.float64]:
        """Sorted values where a split sends a number elsewhere: `value >= breakpoint` is the right side.

        A tree compares float32: the number is rounded, then tested with `<`. What is returned is the lowest
        float64 that rounds to the threshold or above, so the comparison in float64 is exact.
        """
        return self._splits.get(position, np.array([]))

    @cached_property
    def _on_all_cores(self) -> Booster:
        return self._xgboost.Booster(model_file=bytearray(self._native))

    @cached_property
    def _tables(self) -> Tables | None:
        return tables_of(self._native)

    @property
    def _has_tables(self) -> bool:
        """Whether somebody asked for contributions before, so that tables are there."""
        return self.__dict__.get("_tables") is not None

    @cached_property
    def _splits(self) -> dict[int, NDArray[np.float64]]:
        found: dict[int, set[float]] = {}
        for tree in trees_of(self._booster):
            for left, feature, value in zip(
                tree["left_children"], tree["split_indices"], tree["split_conditions"], strict=True
            ):
                if left != -1:
                    found.setdefault(feature, set()).add(value)
        return {feature: lowest_that_reach(np.array(sorted(v), np.float32)) for feature, v in found.items()}
