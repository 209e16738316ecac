"""From labelled loans to a package folder: split, try, choose, calibrate, measure, gate. No registry, no network."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.dataset import DataSet
from training import bootstraps, closer_look
from training.budget import Clock, Repeat
from training.calibrate import calibrate, newest_share
from training.choose import choose
from training.compare import Tried, row
from training.evaluate import metrics
from training.explain import measure_reasons
from training.fit import Fitted, take
from training.folds import Folded, assign
from training.gates import Evidence, check_gates, limits
from training.line_up import LineUp
from training.model_card import write_card
from training.models.catalogue import CATALOGUE, Family
from training.ports import Runner, TrainResult
from training.reference import ranges, reference, usual
from training.select_features import Selection, select
from training.servable import load
from training.servable.calibration import CalibrationTable
from training.servable.manifest import dumps, seal
from training.servable.package import write_parts
from training.servable.protocol import Columns, ServableModel
from training.side_by_side import Threads
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


@dataclass(frozen=True)
class _Calibrated:
    """The table of the chosen model, and the newest share of the training loans that made it."""

    table: CalibrationTable
    share: float


def train(
    dataset: DataSet, out: Path, seed: int, budget: float, progress: Progress, threads: int = THREADS, *,
    as_of: date | None = None, plans_of: Callable[[ServableModel], dict[str, Any]] | None = None,
    repeat: Repeat | None = None, runner: Runner | None = None,
) -> TrainResult:  # fmt: skip
    """Try every family on the same folds, and leave the chosen one as a sealed package in `out`.

    The same data, code and seed give the same package as long as everything fits into the budget; what did not fit is
    named, and `repeat` does the same again whatever time it takes.

    Args:
        dataset: labelled loans.
        out: folder for the package; made when missing.
        seed: of every draw.
        budget: seconds; families and trials that do not fit are left out, the first family that serves never is.
        progress: told the share done, 0 to 1, and what is happening.
        threads: fits side by side.
        as_of: the day whose gate limits hold; left out: today in UTC.
        plans_of: looks at the plans after a decline that the loaded package gives, as known only above training; what
            it answers stands in the result and in the card.
        repeat: what another run tried; this one tries the same, with its seed, threads and day.
        runner: where folds and refits are fitted; left out: here, by so many threads.

    Raises:
        RefusedError: too few loans to train or test on.
    """
    start, clock = time.monotonic(), Clock(math.inf if repeat else budget)
    if repeat:
        seed, threads, budget, as_of = repeat.seed, repeat.threads, repeat.budget, date.fromisoformat(repeat.as_of)
    day, by = as_of or datetime.now(UTC).date(), runner or Threads(threads)
    progress(0.05, "splitting by time")
    rows = _rows(dataset, seed)
    loans = Folded(rows.train, rows.train_label, dataset.feature_set, assign(rows.train_label, seed), seed)
    progress(0.07, "looking for features that tell something in every fold")
    selection = select(loans, threads)
    line = LineUp(loans, selection, rows.test, rows.test_label, threads, clock, repeat, progress, by)
    line.run()
    choice = choose(list(line.tried.values()), loans)
    progress(0.7, f"calibrating {choice.chosen.replace('_', ' ')} on the newest training loans")
    tried, family = line.tried[choice.chosen], next(f for f in CATALOGUE if f.name == choice.chosen)
    kept = replace(dataset, feature_set=selection.kept)
    calibrated = _calibrated(tried, rows, seed)
    model = _package(out, kept, tried, calibrated, rows, limits(day)["range_slack"])
    progress(0.75, "refitting on loans drawn anew")
    _refits(out, family, tried, calibrated, rows, seed, by)
    progress(0.85, "measuring on test loans")
    evidence = _evidence(model, rows, tried.unseen, seed, day)
    candidates = _candidates(line, tried, rows, evidence, loans)
    progress(0.9, "checking the gates")
    pds, labels = (calibrated.table(tried.unseen), evidence.pd), (rows.train_label, rows.test_label)
    groups = closer_look.groups(dataset, rows.split, pds, labels, seed, day)
    chosen = closer_look.Chosen(family, tried.settings, selection.kept, seed, threads)
    fairer = closer_look.fairer(kept, rows.split, rows.train, rows.train_label, chosen, budget, day, repeat)
    result = TrainResult(
        data=dataset.name, family=family.name, metrics=dict(evidence.metrics), candidates=candidates,
        gates=check_gates(model, evidence, candidates, groups), fairness=groups,
        reasons=evidence.reasons.as_dict(), seconds=0.0,
        parameters=_parameters(kept, rows, seed, threads, calibrated, tried, family, line, selection),
        tags=_tags(dataset, seed),
        plans=plans_of(_resealed(out, kept, family)) if plans_of else {}, features=selection.features,
        choice=choice.as_dict(),
        study=line.study,
        repeat=line.as_repeat(budget, day.isoformat(), max(0, len(fairer.get("tried", ())) - 1)).as_dict(),
        **closer_look.parts(kept, rows.split, rows.test, evidence.pd, rows.test_label, seed),
        less_discriminatory=fairer,
    )  # fmt: skip
    write_card(out, result, kept)
    result.model_sha256 = seal(out, _facts(dataset, family.name))
    result.seconds = round(time.monotonic() - start, 1)
    return result


def _rows(dataset: DataSet, seed: int) -> _Rows:
    from features.build import columns_from_frame

    made = split(dataset, seed)
    columns = columns_from_frame(dataset.frame, dataset.feature_set)
    label = dataset.label.to_numpy()
    return _Rows(made, take(columns, made.train), label[made.train], take(columns, made.test), label[made.test])


def _calibrated(tried: Tried, rows: _Rows, seed: int) -> _Calibrated:
    """By margins of models that did not see the loans, all of them or the newest where that is clearly better."""
    share = newest_share(tried.unseen, rows.train_label) if rows.split.by_time else 1.0
    latest = newest(np.arange(len(tried.unseen)), share)
    return _Calibrated(calibrate(tried.unseen[latest], rows.train_label[latest], seed), share)


def _package(
    out: Path, dataset: DataSet, tried: Tried, calibrated: _Calibrated, rows: _Rows, slack: float
) -> ServableModel:
    """Write and seal the runnable parts, so that what is measured is what will serve."""
    fitted = _native(tried)
    assert fitted.native is not None, tried.name  # noqa: S101 - `_native` looked
    write_parts(out, tried.name, fitted.native, fitted.encoding, calibrated.table)
    pd = np.round(calibrated.table(fitted.margin(rows.train)), 6)
    text = dumps({**reference(rows.train, dataset.feature_set, pd), "ranges": ranges(dataset.frame, slack)})
    (out / "reference.json").write_text(text, encoding="utf-8")
    seal(out, _facts(dataset, tried.name))
    return load(out)


def _native(tried: Tried) -> Fitted:
    if tried.fitted is None or tried.fitted.native is None:
        raise TypeError(f"family {tried.name} has no native file to serve from")
    return tried.fitted


def _refits(
    out: Path, family: Family, tried: Tried, calibrated: _Calibrated, rows: _Rows, seed: int, runner: Runner
) -> None:
    encoding = _native(tried).encoding
    loans = bootstraps.loans_for(
        encoding, rows.train, rows.train_label, calibrated.table, calibrated.share, tried.settings
    )
    bootstraps.write_bootstraps(out, family, loans, seed, runner)


def _resealed(out: Path, dataset: DataSet, family: Family) -> ServableModel:
    """The package with its refitted models, which were written after it was first loaded."""
    seal(out, _facts(dataset, family.name))
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


def _candidates(line: LineUp, tried: Tried, rows: _Rows, evidence: Evidence, loans: Folded) -> list[dict[str, Any]]:
    """The chosen one first, with the figures of its package; the others in the order in which they were tried."""
    before = line.rows[tried.name]
    chosen = {**row(tried, loans, rows.test_label, evidence.metrics), "chosen": True, "seconds": before["seconds"]}
    return [chosen, *(found for name, found in line.rows.items() if name != tried.name)]


def _facts(dataset: DataSet, family: str) -> dict[str, Any]:
    from features.contract import contract

    return {
        "version": f"candor-pd-{dataset.name}/unregistered",
        "data": dataset.name,
        "family": family,
        "horizon_months": dataset.horizon_months,
        "contract_version": str(contract().version),
    }


def _parameters(
    dataset: DataSet, rows: _Rows, seed: int, threads: int, calibrated: _Calibrated, tried: Tried, family: Family,
    line: LineUp, selection: Selection,
) -> dict[str, Any]:  # fmt: skip
    settings = family.usual(tried.settings) if family.usual else dict(tried.settings or {})
    return {
        **settings, "seed": seed, "threads": threads, "split": rows.split.how,
        "train_rows": len(rows.split.train), "test_rows": len(rows.split.test), "calibration": calibrated.table.name,
        "calibration_share": calibrated.share, "feature_set": dataset.feature_set.name,
        "features_kept": f"{len(selection.kept.features)} of {len(selection.features)}",
        "features_why": selection.why, "horizon_months": dataset.horizon_months, "bootstraps": bootstraps.COUNT,
        **{f"search_{name}": why for name, why in line.searched.items()}, **(line.runner.notes if line.runner else {}),
    }  # fmt: skip


def _tags(dataset: DataSet, seed: int) -> dict[str, str]:
    from training.code_version import code_version

    return {
        "data_sha256": dataset.data_sha256,
        "mapping_sha256": dataset.mapping_sha256,
        "code_version": code_version(),
        "seed": str(seed),
    }
