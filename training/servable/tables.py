"""What small trees answer, kept in tables: a row costs microseconds and gets the library's own figures, bit for bit.

A tree of three levels asks at most seven questions. For every combination of answers XGBoost is asked once for the
leaf and for the tree's exact TreeSHAP values. A row is then its answers, one look-up a tree, and a sum in the library's
own order: float32, from the base, tree by tree.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from training.servable.encoding import Matrix

if TYPE_CHECKING:
    from xgboost import Booster

QUESTIONS = 8
"""Most questions of a tree that is kept: their answers are the bits of one byte."""
MOST_BYTES = 32 * 2**20
CHUNK = 64
"""Rows looked up together: more would not fit a processor's cache."""


@dataclass(frozen=True)
class Tables:
    """Questions and answers of every tree; the first "tree" asks nothing and answers the base.

    Attributes:
        features: which number each question looks at; shape (trees x 8,).
        thresholds: is it below this? -inf where nothing is asked; shape (trees x 8,).
        missing_below: whether a missing one counts as below; shape (trees x 8,).
        starts: where the answers of a tree start; shape (trees,).
        answers: contributions by feature, then log-odds; shape (combinations of all trees, features + 1).
    """

    features: NDArray[np.intp]
    thresholds: NDArray[np.float32]
    missing_below: NDArray[np.bool_]
    starts: NDArray[np.intp]
    answers: NDArray[np.float32]

    def sums(self, matrix: Matrix) -> NDArray[np.float32]:
        """Contributions by feature and, in the last column, log-odds; shape (n, features + 1)."""
        if len(matrix) <= CHUNK:
            return self._sums(matrix)
        return np.concatenate([self._sums(matrix[n : n + CHUNK]) for n in range(0, len(matrix), CHUNK)])

    def _sums(self, matrix: Matrix) -> NDArray[np.float32]:
        asked = matrix.take(self.features, axis=1)
        below = asked < self.thresholds
        if np.isnan(matrix).any():
            below |= np.isnan(asked) & self.missing_below
        places = np.packbits(below, axis=1, bitorder="little") + self.starts
        return np.add.reduce(self.answers.take(places, axis=0), axis=1)


def tables_of(native: bytes) -> Tables | None:
    """Tables of a model given as its native bytes; takes about a millisecond a tree.

    Returns:
        None for trees of more than eight questions, for tables above 32 MB, and where the sums are not the library's.
    """
    import xgboost

    booster = xgboost.Booster(model_file=bytearray(native))
    booster.set_param({"nthread": 1})
    trees, width = trees_of(booster), booster.num_features()
    most = max(sum(left != -1 for left in tree["left_children"]) for tree in trees)
    too_big = most > QUESTIONS or (len(trees) + 1) * 2**most * (width + 1) * 4 > MOST_BYTES
    if too_big or booster.num_boosted_rounds() != len(trees):
        return None
    made = _filled(booster, trees, width, 2**most)
    return made if _is_equal(made, booster, np.concatenate([_probes(tree, width) for tree in trees[-2:]])) else None


def trees_of(booster: Booster) -> list[dict[str, Any]]:
    """Every tree as XGBoost's JSON describes it."""
    return json.loads(bytes(booster.save_raw(raw_format="json")))["learner"]["gradient_booster"]["model"]["trees"]


def _filled(booster: Booster, trees: Sequence[Mapping[str, Any]], width: int, room: int) -> Tables:
    count = len(trees) + 1
    features = np.zeros((count, QUESTIONS), np.intp)
    thresholds = np.full((count, QUESTIONS), -np.inf, np.float32)
    missing_below = np.zeros((count, QUESTIONS), np.bool_)
    answers = np.zeros((count, room, width + 1), np.float32)
    answers[0, :, -1] = _base(booster, width)
    for number, tree in enumerate(trees, start=1):
        for bit, (feature, threshold, below) in enumerate(_questions(tree)):
            features[number, bit], thresholds[number, bit], missing_below[number, bit] = feature, threshold, below
        probes = _probes(tree, width)
        asked = probes[:, features[number]]
        below = (asked < thresholds[number]) | (np.isnan(asked) & missing_below[number])
        places, first = np.unique(np.packbits(below, axis=1, bitorder="little"), return_index=True)
        answers[number, places] = _asked(booster[number - 1 : number], probes[first], tree)
    starts = np.arange(count) * room
    return Tables(features.ravel(), thresholds.ravel(), missing_below.ravel(), starts, answers.reshape(-1, width + 1))


def _questions(tree: Mapping[str, Any]) -> Iterator[tuple[int, float, bool]]:
    """Feature, threshold and whether missing counts as below, of every question."""
    rows = zip(
        tree["left_children"], tree["split_indices"], tree["split_conditions"], tree["default_left"], strict=True
    )
    return ((feature, value, bool(below)) for left, feature, value, below in rows if left != -1)


def _probes(tree: Mapping[str, Any], width: int) -> Matrix:
    """Rows that give every combination of answers a row can give; shape (rows, features)."""
    cuts: dict[int, list[float]] = {}
    for feature, threshold, _ in _questions(tree):
        cuts.setdefault(feature, []).append(threshold)
    values = [_sides(np.array(sorted(found), np.float32)) for found in cuts.values()]
    grid = np.array(list(product(*values)), np.float32)
    probes = np.zeros((len(grid), width), np.float32)
    probes[:, np.array(list(cuts), np.intp)] = grid
    return probes


def _sides(cuts: Matrix) -> Matrix:
    """A number below all thresholds of a feature, then each of them, and a missing one where that may differ.

    It may where two questions are asked, be it of one threshold: each sends a missing number its own way.
    """
    below = np.nextafter(cuts[:1], np.float32(-np.inf))
    return np.concatenate([below, np.unique(cuts), [np.float32(np.nan)] if len(cuts) > 1 else []])


def _asked(one: Booster, probes: Matrix, tree: Mapping[str, Any]) -> NDArray[np.float32]:
    """Contributions and leaf of one tree for each probe; shape (n, features + 1)."""
    import xgboost

    one.set_param({"nthread": 1})
    rows = xgboost.DMatrix(probes, nthread=1)
    said = one.predict(rows, pred_contribs=True)
    leaves = one.predict(rows, pred_leaf=True).astype(np.intp).ravel()
    said[:, -1] = np.array(tree["split_conditions"], np.float32)[leaves]
    return said


def _base(booster: Booster, width: int) -> np.float32:
    """The log-odds before the first tree: what a model says whose only tree says nothing."""
    import xgboost

    raw = json.loads(bytes(booster[0:1].save_raw(raw_format="json")))
    (tree,) = raw["learner"]["gradient_booster"]["model"]["trees"]
    kept = zip(tree["left_children"], tree["split_conditions"], strict=True)
    tree["split_conditions"] = [value if left != -1 else 0.0 for left, value in kept]
    silent = xgboost.Booster(model_file=bytearray(json.dumps(raw).encode()))
    return silent.predict(xgboost.DMatrix(np.zeros((1, width), np.float32), nthread=1), output_margin=True)[0]


def _is_equal(made: Tables, booster: Booster, probes: Matrix) -> bool:
    import xgboost

    rows, sums = xgboost.DMatrix(probes, nthread=1), made.sums(probes)
    parts = booster.predict(rows, pred_contribs=True)[:, :-1]
    return bool((sums[:, :-1] == parts).all() and (sums[:, -1] == booster.predict(rows, output_margin=True)).all())
