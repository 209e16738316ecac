"""The same kind of model from loans drawn anew: what another draw of the same past would have answered.

A plan that holds for the model alone may hang on a few loans; one that holds for these too does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.calibrate import KINDS
from training.models.catalogue import Family
from training.ports import Runner
from training.servable.calibration import CalibrationTable
from training.servable.encoding import Encoding, Matrix
from training.servable.manifest import dumps
from training.servable.package import BOOTSTRAPS, native_name
from training.servable.protocol import Columns
from training.split import newest

COUNT = 20


@dataclass(frozen=True)
class Loans:
    """What each refit draws from: training loans as the model reads them, oldest first where they have dates.

    Attributes:
        directions: promised direction of risk of each feature.
        kind: of the calibration table, "platt" or "isotonic".
        share: newest share of the loans to calibrate on.
        settings: of the family, found by a search; None for the usual ones.
    """

    matrix: Matrix
    label: NDArray[np.int8]
    directions: tuple[int, ...]
    kind: str
    share: float
    settings: Mapping[str, Any] | None = None


def loans_for(
    encoding: Encoding, columns: Columns, label: NDArray[np.int8], table: CalibrationTable, share: float,
    settings: Mapping[str, Any] | None = None,
) -> Loans:  # fmt: skip
    """The training loans by the encoding of the model, to be calibrated in the same way."""
    directions = tuple(spec.monotone for spec in encoding.feature_set.features)
    return Loans(encoding.matrix(columns), label, directions, table.kind, share, settings)


def write_bootstraps(folder: Path, family: Family, loans: Loans, seed: int, runner: Runner) -> None:
    """Refit twenty times and write `bootstrap_00.ubj` (or .json) … and `bootstraps.json` into a package folder.

    Each learns from as many loans as there are, drawn with replacement within each outcome, and is calibrated on those
    it did not draw. The same loans and seed give the same bytes wherever they are fitted.
    """
    models = []
    for number, (native, table) in enumerate(runner.map(partial(_refit, family, loans, seed), range(COUNT))):
        file = native_name(f"bootstrap_{number:02}", family.name)
        (folder / file).write_bytes(native)
        models.append({"file": file, "calibration": table.as_dict()})
    body = {"schema": "bootstraps/1", "seed": seed, "models": models}
    (folder / BOOTSTRAPS).write_text(dumps(body), encoding="utf-8")


def _refit(family: Family, loans: Loans, seed: int, number: int) -> tuple[bytes, CalibrationTable]:
    """One thread each: twenty small fits are done sooner side by side than each by several threads."""
    assert family.refit is not None, family.name  # noqa: S101 - the catalogue's own promise
    assert family.read is not None, family.name  # noqa: S101 - the catalogue's own promise
    drawn = _drawn(loans.label, np.random.default_rng([seed, number]))
    found = {"settings": loans.settings} if loans.settings else {}
    native = family.refit(loans.matrix[drawn], loans.label[drawn], loans.directions, seed + number, 1, **found)
    unseen = newest(np.setdiff1d(np.arange(len(loans.label)), drawn), loans.share)
    margin = family.read(native).margin(loans.matrix[unseen]).astype(np.float64)
    return native, KINDS[loans.kind](margin, loans.label[unseen])


def _drawn(label: NDArray[np.int8], draw: np.random.Generator) -> NDArray[np.intp]:
    """As many rows of each outcome as there are, with replacement, in order."""
    sides = [np.flatnonzero(label == value) for value in (0, 1)]
    return np.sort(np.concatenate([draw.choice(side, len(side)) for side in sides]))
