"""From log-odds to a probability by a stored table: one for all, rising, so that promised directions hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.servable.manifest import dumps, sha256_of

FLOOR = 1e-4
"""No loan is without risk: the lowest PD, and one minus the highest."""


@dataclass(frozen=True)
class CalibrationTable:
    """A rising map from log-odds to PD, linear between its points and flat outside them.

    Attributes:
        kind: how the points were found: "platt" or "isotonic".
        x: log-odds, rising; shape (points,).
        y: PD at `x`, never falling, within [FLOOR, 1 - FLOOR].
    """

    kind: str
    x: NDArray[np.float64]
    y: NDArray[np.float64]

    def __call__(self, margin: NDArray[np.float32]) -> NDArray[np.float64]:
        """PD, not rounded; shape (n,)."""
        return np.interp(margin.astype(np.float64), self.x, self.y)

    def as_dict(self) -> dict[str, Any]:
        """As stored in `calibration.json`."""
        return {"kind": self.kind, "interpolation": "linear", "x": self.x.tolist(), "y": self.y.tolist()}

    @cached_property
    def name(self) -> str:
        """Kind and hash, such as `platt:1f0c…`."""
        return f"{self.kind}:{sha256_of(dumps(self.as_dict()).encode())[:16]}"


def table_from(raw: Mapping[str, Any]) -> CalibrationTable:
    """Read what `as_dict` wrote."""
    return CalibrationTable(raw["kind"], np.array(raw["x"], float), np.array(raw["y"], float))
