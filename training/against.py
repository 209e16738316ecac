"""A new version beside the champion on the same loans, those that neither of them was fitted on by this training."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from features.dataset import DataSet
from training.fairness import LIMITS_FILE
from training.fit import take
from training.gates import dated
from training.paired import Paired
from training.reassess import columns_for
from training.servable import load
from training.split import split

NAMES = ("auc", "log_loss", "auc_change", "log_loss_change")


def against(new: Path, present: Path, dataset: DataSet, as_of: date) -> dict[str, Any]:
    """Both models on the test part of a data set, as the training of the new one cut it.

    The present one may have been fitted on some of these loans, when it was trained on an older state of the same data;
    that flatters it, never the new one.

    Args:
        new: package of the version that might decide.
        present: package of the champion.
        dataset: labelled loans with every feature of both.
        as_of: the day whose limits hold.

    Returns:
        `{champion, loans, bads, auc, log_loss, auc_change, log_loss_change}`: figures `{value, low, high}` of the new
        one, and how far they lie above the champion's.

    Raises:
        InputError: the data set lacks a feature of the champion.
    """
    model, before = load(new), load(present)
    seed = int(json.loads((new / "card.json").read_text(encoding="utf-8"))["parameters"]["seed"])
    rows = split(dataset, seed).test
    label = dataset.label.to_numpy()[rows]
    pds = [one.predict(take(columns_for(dataset, one.feature_set), rows)) for one in (before, model)]
    everyone = {"everyone": np.zeros(len(rows), dtype=np.intp)}
    pair = asdict(Paired(label, everyone, seed, dated(LIMITS_FILE, as_of)).compare(*pds))
    return {"champion": before.version, "loans": len(rows), "bads": int(label.sum()), **{n: pair[n] for n in NAMES}}
