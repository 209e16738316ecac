"""From labelled loans to a package folder: split, fit, calibrate, measure, gate. No registry, no network."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.dataset import DataSet
from training import bootstraps
from training.calibrate import calibrate, newest_share
from training.evaluate import metrics
from training.explain import measure_reasons
from training.fairness import fairness
from training.fit import Fitted, fit, take, unseen_margins
from training.gates import Evidence, check_gates
from training.model_card import write_card
from training.models.catalogue import CATALOGUE, Family
from training.ports import TrainResult
from training.reference import reference, usual
from training.servable import load
from training.servable.calibration import CalibrationTable
from training.servable.manifest import dumps, seal
from training.servable.package import write_parts
from training.servable.protocol import Columns, ServableModel
from training.split import Split, newest, split

Progress = Callable[[float, str], None]
THREADS = 2


@dataclass(frozen=True)
class _Rows:
    """Training and test loans apart."""

    split: Split
    train: Columns
    train_label: NDArray[np.int8]
    test: Columns
    test_label: NDArray[np.int8]


def train(
    dataset: DataSet, out: Path, seed: int, budget: float, progress: Progress, threads: int = THREADS, *,
    as_of: date | None = None, plans_of: Callable[[ServableModel], dict[str, Any]] | None = None,
) -> TrainResult:  # fmt: skip
    """Train the family that serves, measure it beside the yardsticks, and leave a sealed package in `out`.

    The same data, code, seed and threads give the same model bytes.

    Args:
        dataset: labelled loans.
        out: folder for the package; made when missing.
        seed: of every draw.
        budget: seconds; when they are used up, the yardsticks that are left are not tried.
        progress: told the share done, 0 to 1, and what is happening.
        threads: processor threads for fitting; part of what makes the bytes.
        as_of: the day whose gate limits hold; left out: today in UTC.
        plans_of: looks at the plans after a decline that the loaded package gives, as known only above training; what
            it answers stands in the result and in the card.

    Raises:
        RefusedError: too few loans to train or test on.
    """
    start = time.monotonic()
    progress(0.05, "splitting by time")
    rows = _rows(dataset, seed)
    family = next(f for f in CATALOGUE if f.serves)
    progress(0.1, "fitting the model")
    fitted = fit(family, rows.train, rows.train_label, dataset.feature_set, seed, threads)
    progress(0.25, "scoring training loans by models that did not see them")
    unseen = unseen_margins(family, rows.train, rows.train_label, dataset.feature_set, seed, threads)
    share = newest_share(unseen, rows.train_label) if rows.split.by_time else 1.0
    latest = newest(np.arange(len(unseen)), share)
    progress(0.55, "calibrating on the newest training loans")
    table = calibrate(unseen[latest], rows.train_label[latest], seed)
    model = _package(out, dataset, family, fitted, table, rows)
    progress(0.6, "refitting on loans drawn anew")
    loans = bootstraps.loans_for(fitted.encoding, rows.train, rows.train_label, table, share)
    bootstraps.write_bootstraps(out, family, loans, seed, threads)
    progress(0.65, "measuring on test loans")
    evidence = _evidence(model, rows, unseen, seed, as_of or datetime.now(UTC).date())
    chosen = _candidate(family, evidence.metrics, True, time.monotonic() - start)
    candidates = [chosen, *_yardsticks(dataset, rows, seed, threads, start + budget, progress)]
    progress(0.9, "checking the gates")
    groups = fairness(dataset.protected.iloc[rows.split.test], evidence.pd, rows.test_label, seed)
    result = TrainResult(
        data=dataset.name, family=family.name, metrics=dict(evidence.metrics), candidates=candidates,
        gates=check_gates(model, evidence, candidates, groups), fairness=groups,
        reasons=evidence.reasons.as_dict(), seconds=0.0,
        parameters=_parameters(dataset, rows, seed, threads, table, share), tags=_tags(dataset, seed),
        plans=plans_of(model) if plans_of else {},
    )  # fmt: skip
    write_card(out, result, dataset)
    seal(out, _facts(dataset, family))
    result.seconds = round(time.monotonic() - start, 1)
    return result


def _rows(dataset: DataSet, seed: int) -> _Rows:
    from features.build import columns_from_frame

    made = split(dataset, seed)
    columns = columns_from_frame(dataset.frame, dataset.feature_set)
    label = dataset.label.to_numpy()
    return _Rows(made, take(columns, made.train), label[made.train], take(columns, made.test), label[made.test])


def _package(
    out: Path, dataset: DataSet, family: Family, fitted: Fitted, table: CalibrationTable, rows: _Rows
) -> ServableModel:
    """Write and seal the runnable parts, so that what is measured is what will serve."""
    if fitted.native is None:
        raise TypeError(f"family {family.name} has no native file to serve from")
    write_parts(out, fitted.native, fitted.encoding, table)
    pd = np.round(table(fitted.margin(rows.train)), 6)
    text = dumps(reference(rows.train, dataset.feature_set, pd))
    (out / "reference.json").write_text(text, encoding="utf-8")
    seal(out, _facts(dataset, family))
    return load(out)


def _evidence(model: ServableModel, rows: _Rows, unseen: NDArray[np.float32], seed: int, as_of: date) -> Evidence:
    from features.ranks import auc

    pd = model.predict(rows.test)
    return Evidence(
        metrics=metrics(pd, rows.test_label, seed), unseen_auc=auc(unseen.astype(np.float64), rows.train_label == 1),
        train_bads=int(rows.train_label.sum()), test_bads=int(rows.test_label.sum()), pd=pd,
        label=rows.test_label, columns=rows.test,
        reasons=measure_reasons(model, rows.test, pd, usual(rows.train, model.feature_set), seed),
        seed=seed, as_of=as_of,
    )  # fmt: skip


def _yardsticks(
    dataset: DataSet, rows: _Rows, seed: int, threads: int, until: float, progress: Progress
) -> list[dict[str, Any]]:
    """The families that do not serve, measured on the same loans; not calibrated, so that they stay plain."""
    found = []
    for number, family in enumerate(f for f in CATALOGUE if not f.serves):
        begun = time.monotonic()
        if begun >= until:
            break
        progress(0.7 + 0.04 * number, f"measuring a yardstick: {family.name.replace('_', ' ')}")
        model = fit(family, rows.train, rows.train_label, dataset.feature_set, seed, threads)
        pd = np.clip(1 / (1 + np.exp(-model.margin(rows.test).astype(np.float64))), 1e-6, 1 - 1e-6)
        figures = metrics(pd, rows.test_label, seed)
        found.append(_candidate(family, figures, False, time.monotonic() - begun))
    return found


def _candidate(family: Family, figures: Any, chosen: bool, seconds: float) -> dict[str, Any]:
    kept = {name: figures[name] for name in ("auc", "ece", "brier", "log_loss")}
    return {"family": family.name, "serves": family.serves, "chosen": chosen, **kept, "seconds": round(seconds, 1)}


def _facts(dataset: DataSet, family: Family) -> dict[str, Any]:
    from features.contract import contract

    return {
        "version": f"candor-pd-{dataset.name}/unregistered",
        "data": dataset.name,
        "family": family.name,
        "horizon_months": dataset.horizon_months,
        "contract_version": str(contract().version),
    }


def _parameters(
    dataset: DataSet, rows: _Rows, seed: int, threads: int, table: CalibrationTable, share: float
) -> dict[str, Any]:
    from training.models.gradient_boosting import SETTINGS, STEADY, TREES

    return {
        "trees": TREES, **SETTINGS, **STEADY, "seed": seed, "threads": threads, "split": rows.split.how,
        "train_rows": len(rows.split.train), "test_rows": len(rows.split.test), "calibration": table.name,
        "calibration_share": share,
        "feature_set": dataset.feature_set.name, "horizon_months": dataset.horizon_months, **bootstraps.settings(),
    }  # fmt: skip


def _tags(dataset: DataSet, seed: int) -> dict[str, str]:
    from training.code_version import code_version

    return {
        "data_sha256": dataset.data_sha256,
        "mapping_sha256": dataset.mapping_sha256,
        "code_version": code_version(),
        "seed": str(seed),
    }
