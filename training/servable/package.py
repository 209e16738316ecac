"""A package folder: written by training, verified and run by serving. Never a pickle.

model.ubj, .json  native model            calibration.json   rising table, log-odds to PD
features.json     order, ranks, worst     reference.json     bins and counts for monitoring
card.json, .md    what it is good for     manifest.json      sha256 of every file, version, family, horizon
bootstraps.json   refitted models: their tables, and their files bootstrap_00.ubj (or .json) …
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from features.feature_sets import FeatureSet
from lending.domain.errors import RefusedError
from training.servable.calibration import CalibrationTable, table_from
from training.servable.encoding import Encoding, Matrix, encoding_from
from training.servable.manifest import dumps, read_sealed, verify
from training.servable.protocol import Columns, Refitted, ServableModel
from training.servable.readers import read_logistic, read_scorecard
from training.servable.trees import Trees


class Engine(Protocol):
    """What a family of models must answer on an encoded matrix; log-odds throughout."""

    def margin(self, matrix: Matrix) -> NDArray[np.float32]: ...

    def contributions(self, matrix: Matrix) -> NDArray[np.float32]: ...

    def score(self, matrix: Matrix) -> tuple[NDArray[np.float32], NDArray[np.float32]]: ...

    def breakpoints(self, position: int) -> NDArray[np.float64]: ...


FAMILIES: Mapping[str, Callable[[bytes], Engine]] = {
    "gradient_boosting": Trees,
    "scorecard": read_scorecard,
    "logistic": read_logistic,
}
"""Family to the engine that runs its native bytes."""
BOOTSTRAPS = "bootstraps.json"
REFERENCE = "reference.json"


@dataclass(frozen=True)
class Calibrated:
    """An engine between its encoding and its table; implements `Refitted`."""

    encoding: Encoding
    table: CalibrationTable
    engine: Engine

    def margin(self, columns: Columns) -> NDArray[np.float32]:
        """Log-odds before calibration; shape (n,)."""
        return self.engine.margin(self.encoding.matrix(columns))

    def predict(self, columns: Columns) -> NDArray[np.float64]:
        """Calibrated PD, rounded to 1e-6; shape (n,)."""
        return self._pd(self.margin(columns))

    def _pd(self, margin: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.round(self.table(margin), 6)


@dataclass(frozen=True)
class PackageModel(Calibrated):
    """A calibrated model from a verified folder; implements `ServableModel`."""

    manifest: Mapping[str, Any]
    sha256: str
    folder: Path

    @property
    def version(self) -> str:
        """Registered name and number, such as `candor-pd-demo_bank/3`."""
        return self.manifest["version"]

    @property
    def calibration(self) -> str:
        """Kind and hash of the calibration table."""
        return self.table.name

    @property
    def family(self) -> str:
        """A key of FAMILIES."""
        return self.manifest["family"]

    @property
    def horizon_months(self) -> int:
        """Months over which the PD looks."""
        return self.manifest["horizon_months"]

    @property
    def feature_set(self) -> FeatureSet:
        """Features in the order in which the model reads them."""
        return self.encoding.feature_set

    @property
    def monotone(self) -> Mapping[str, int]:
        """Feature to direction of risk, for the features where one is promised."""
        return {s.name: s.monotone for s in self.feature_set.features if s.monotone}

    @property
    def ranges(self) -> Mapping[str, tuple[float, float]]:
        """Least and most of amount and term about which the model may be asked; empty for an older package."""
        return self._ranges

    @cached_property
    def _ranges(self) -> Mapping[str, tuple[float, float]]:
        kept: dict[str, list[float]] = self.reference.get("ranges", {})
        return {name: (low, high) for name, (low, high) in kept.items()}

    @cached_property
    def reference(self) -> Mapping[str, Any]:
        """Bins and counts of the loans that it learned from (training/reference.py); empty for an older package."""
        return json.loads(self._sealed(REFERENCE)) if REFERENCE in self.manifest["files"] else {}

    def contributions(self, columns: Columns) -> NDArray[np.float64]:
        """Log-odds by feature against the model's base, rounded to 1e-4; shape (n, features)."""
        return _parts(self.engine.contributions(self.encoding.matrix(columns)))

    def score(self, columns: Columns) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """PD and contributions in one pass, equal to `predict` and `contributions`."""
        margin, parts = self.engine.score(self.encoding.matrix(columns))
        return self._pd(margin), _parts(parts)

    def breakpoints(self, feature: str) -> NDArray[np.float64]:
        """Sorted float64; the score may change between a value below one and a value at or above it."""
        spec = self.feature_set.features[self.feature_set.names.index(feature)]
        if spec.kind == "category":
            return np.array([])
        return self.engine.breakpoints(self.feature_set.names.index(feature))

    @property
    def bootstraps(self) -> Sequence[Refitted]:
        """Read when first asked for, each file checked against the manifest again; empty for an older package.

        Raises:
            RefusedError: a file is missing or was changed; the message names it.
        """
        return self._bootstraps

    @cached_property
    def _bootstraps(self) -> Sequence[Refitted]:
        if BOOTSTRAPS not in self.manifest["files"]:
            return ()
        listed = json.loads(self._sealed(BOOTSTRAPS))["models"]
        return tuple(
            Calibrated(self.encoding, table_from(one["calibration"]), FAMILIES[self.family](self._sealed(one["file"])))
            for one in listed
        )

    def _sealed(self, name: str) -> bytes:
        return read_sealed(self.folder, self.manifest, name)


def load(folder: Path, expected_sha256: str | None = None) -> ServableModel:
    """The model of a package folder, after every hash was checked.

    Args:
        folder: a package.
        expected_sha256: hash of the manifest, as a pointer or a record states it.

    Raises:
        NotFoundError: the folder holds no package.
        RefusedError: a file is missing or was changed (named), or the family is not one that serves.
    """
    folder = Path(folder)
    manifest, digest = verify(folder, expected_sha256)
    engine = FAMILIES.get(manifest["family"])
    if engine is None:
        raise RefusedError(
            f"models of family {manifest['family']} do not serve", code="family", field="family",
            found=manifest["family"], expected=", ".join(FAMILIES), do="Promote a version of a family that serves.",
        )  # fmt: skip
    return PackageModel(
        encoding_from(_json(folder, "features.json")), table_from(_json(folder, "calibration.json")),
        engine(read_sealed(folder, manifest, native_name("model", manifest["family"]))), manifest, digest, folder,
    )  # fmt: skip


def native_name(stem: str, family: str) -> str:
    """The file that holds native bytes of a family, such as `model.ubj` for trees and `model.json` for the others."""
    return f"{stem}.{'ubj' if family == 'gradient_boosting' else 'json'}"


def write_parts(folder: Path, family: str, model: bytes, encoding: Encoding, table: CalibrationTable) -> None:
    """Write what a model needs to run; `manifest.seal` comes last, when reference and card are there too."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / native_name("model", family)).write_bytes(model)
    (folder / "features.json").write_text(dumps(encoding.as_dict()), encoding="utf-8")
    (folder / "calibration.json").write_text(dumps(table.as_dict()), encoding="utf-8")


def _parts(exact: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.round(exact.astype(np.float64), 4) + 0.0  # a negative zero becomes a plain one, in numbers and in texts


def _json(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text(encoding="utf-8"))
