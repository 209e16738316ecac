"""Columns in, one float32 matrix out: the only way in which a model sees facts, in training as in serving."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.feature_sets import FeatureSet, FeatureSpec
from training.servable.protocol import Columns

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class Encoding:
    """How each feature becomes a number.

    A category becomes its rank by risk in training, rarely seen, unseen and missing ones the rank of "other".
    A missing number with a promised direction becomes the worst value of training; one without stays NaN.

    Attributes:
        codes: for each category feature its values and `None` (other, missing) to their rank.
    """

    feature_set: FeatureSet
    codes: Mapping[str, Mapping[str | None, float]]

    def matrix(self, columns: Columns) -> Matrix:
        """Shape (n, features), in the order of the feature set. Raises KeyError for a column left out."""
        specs = self.feature_set.features
        rows = len(columns[specs[0].name])
        out = np.empty((rows, len(specs)), dtype=np.float32)
        for position, spec in enumerate(specs):
            column = columns[spec.name]
            out[:, position] = column if spec.kind == "number" else self._ranks(spec.name, column)
        return np.where(np.isnan(out), self._for_missing, out)

    def _ranks(self, name: str, column: Any) -> list[float]:
        codes = self.codes[name]
        other = codes[None]
        return [codes.get(value, other) for value in column]

    @cached_property
    def _for_missing(self) -> Matrix:
        worst = [s.worst if s.monotone and s.worst is not None else np.nan for s in self.feature_set.features]
        return np.array(worst, dtype=np.float32)

    def as_dict(self) -> dict[str, Any]:
        """As stored in `features.json`."""
        return {"name": self.feature_set.name, "features": [self._as_dict(s) for s in self.feature_set.features]}

    def _as_dict(self, spec: FeatureSpec) -> dict[str, Any]:
        row: dict[str, Any] = {"name": spec.name, "kind": spec.kind, "monotone": spec.monotone, "worst": spec.worst}
        if spec.kind == "category":
            codes = self.codes[spec.name]
            row |= {"categories": list(spec.categories), "ranks": [codes[c] for c in spec.categories]}
            row["other"] = codes[None]
        return row


def encoding_from(raw: Mapping[str, Any]) -> Encoding:
    """Read what `as_dict` wrote."""
    specs = tuple(
        FeatureSpec(r["name"], r["kind"], r["monotone"], tuple(r.get("categories", ())), r["worst"])
        for r in raw["features"]
    )
    codes = {
        r["name"]: {**dict(zip(r["categories"], r["ranks"], strict=True)), None: r["other"]}
        for r in raw["features"]
        if r["kind"] == "category"
    }
    return Encoding(FeatureSet(raw["name"], specs), codes)
