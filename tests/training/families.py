"""Small packages of every family that serves, made without a whole training run."""

from __future__ import annotations

from pathlib import Path

from features.build import columns_from_frame
from features.dataset import DataSet
from training.calibrate import platt
from training.fit import Fitted, fit
from training.models.catalogue import CATALOGUE, Family
from training.servable import load
from training.servable.manifest import seal
from training.servable.package import PackageModel, write_parts

SERVING = {family.name: family for family in CATALOGUE if family.serves}


def fitted(family: Family, book: DataSet, seed: int = 7) -> Fitted:
    """The family's model of all loans of a book."""
    return fit(
        family, columns_from_frame(book.frame, book.feature_set), book.label.to_numpy(), book.feature_set, seed, 2
    )


def a_package(folder: Path, name: str, book: DataSet) -> PackageModel:
    """Written, sealed and loaded as serving does."""
    made, label = fitted(SERVING[name], book), book.label.to_numpy()
    table = platt(made.margin(columns_from_frame(book.frame, book.feature_set)).astype(float), label)
    assert made.native is not None
    write_parts(folder, name, made.native, made.encoding, table)
    facts = {"version": f"candor-pd-{book.name}/1", "family": name, "horizon_months": book.horizon_months}
    seal(folder, {**facts, "contract_version": "1", "data": book.name})
    model = load(folder)
    assert isinstance(model, PackageModel)
    return model
