"""A kept model measured on other or newer loans, through the same figures and gates as in training."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.build import columns_from_frame
from features.dataset import DataSet
from features.feature_sets import FeatureSet
from lending.domain.errors import InputError, RefusedError
from training.evaluate import metrics
from training.explain import measure_reasons
from training.fairness import fairness
from training.fit import take
from training.gates import Evidence, check_gates
from training.ports import Gate
from training.servable import load
from training.servable.protocol import Columns
from training.slices import slices
from training.split import FEWEST, split


def reassess(folder: Path, dataset: DataSet, as_of: date) -> dict[str, Any]:
    """Measure the model of a package folder on a data set.

    Of the data set that it was trained on only the test part counts, as training would cut it today; of any other all
    loans do. Gates on how it was trained (`size`, `stable`) use what its card says of training.

    Args:
        folder: a verified package.
        dataset: labelled loans with every feature of the model.
        as_of: the day whose limits hold.

    Returns:
        `{data, model_version, family, loans, rows, metrics, gates, fairness, slices}`.

    Raises:
        InputError: the data set lacks a feature of the model; all that are missing are named.
        RefusedError: too few loans, or a file of the package was changed.
    """
    model = load(folder)
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    seed = int(card["parameters"]["seed"])
    rows, loans = _rows(dataset, str(card["data"]), seed)
    columns, label = take(columns_for(dataset, model.feature_set), rows), dataset.label.to_numpy()[rows]
    _enough(dataset.name, label)
    pd = model.predict(columns)
    usual = json.loads((folder / "reference.json").read_text(encoding="utf-8"))["usual"]
    evidence = Evidence(
        metrics=metrics(pd, label, seed, as_of=as_of), unseen_auc=_unseen_auc(card), train_bads=_train_bads(card),
        test_bads=int(label.sum()), pd=pd, label=label, columns=columns,
        reasons=measure_reasons(model, columns, pd, usual, seed), seed=seed, as_of=as_of,
    )  # fmt: skip
    groups = fairness(dataset.protected.iloc[rows], pd, label, seed, as_of=as_of)
    gates = [_yardstick(gate) for gate in check_gates(model, evidence, (), groups)]
    days = None if dataset.dates is None else dataset.dates.to_numpy()[rows]
    return {
        "data": dataset.name, "model_version": model.version, "family": model.family, "loans": loans,
        "rows": len(rows), "metrics": dict(evidence.metrics), "gates": [gate.as_dict() for gate in gates],
        "fairness": groups, "slices": slices(pd, label, columns, days, seed),
    }  # fmt: skip


def _rows(dataset: DataSet, trained_on: str, seed: int) -> tuple[NDArray[np.intp], str]:
    if dataset.name != trained_on:
        return np.arange(len(dataset.label)), "all loans; the model was trained on another data set"
    made = split(dataset, seed)
    return made.test, f"the test part of the data it was trained on; {made.how}"


def columns_for(dataset: DataSet, wanted: FeatureSet) -> Columns:
    """The columns of a data set that a model reads. Raises InputError: some are missing or of another kind; named."""
    missing = [name for name in wanted.names if name not in dataset.frame.columns]
    if missing:
        raise InputError(
            f"{dataset.name} lacks features of the model: {', '.join(missing)}", code="features_missing",
            field="data", found=f"{len(dataset.frame.columns)} features", expected=", ".join(missing),
            do="Map these fields in the data set's mapping file.",
        )  # fmt: skip
    try:
        return columns_from_frame(dataset.frame, wanted)
    except (TypeError, ValueError):
        kinds = {s.name: s.kind for s in dataset.feature_set.features}
        other = [s.name for s in wanted.features if kinds.get(s.name, s.kind) != s.kind]
        raise InputError(
            f"{dataset.name} holds other kinds of values than the model reads: {', '.join(other)}",
            code="features_kind", field="data", found=", ".join(other) or "text",
            expected="numbers where the model reads numbers",
            do="Map these fields to the same kind of values as in training.",
        ) from None  # fmt: skip


def _enough(name: str, label: NDArray[np.int8]) -> None:
    if len(label) >= FEWEST and 0 < label.sum() < len(label):
        return
    found = f"{len(label)} loans, {int(label.sum())} of them bad"
    raise RefusedError(
        f"{name} is too small to measure with: {found}", code="too_small", field="data", found=found,
        expected=f"at least {FEWEST} loans with both outcomes", do="Add loans whose outcome is known.",
    )  # fmt: skip


def _unseen_auc(card: Mapping[str, Any]) -> float:
    """AUC on unseen training loans: the fall that the card states, on top of where its interval ends."""
    fall = _gate(card, "stable")
    return float(card["metrics"]["auc"]["high"]) + (float(fall) if isinstance(fall, int | float) else 0.0)


def _train_bads(card: Mapping[str, Any]) -> int:
    return int(_gate(card, "size") or 0)


def _gate(card: Mapping[str, Any], name: str) -> Any:
    return next((row["found"] for row in card["gates"] if row["name"] == name), None)


def _yardstick(gate: Gate) -> Gate:
    """The plain yardstick is a matter of training: it is not fitted again on these loans."""
    if gate.name != "gain":
        return gate
    return Gate("gain", True, "not measured", gate.limit, "the plain yardstick is measured in training only")
