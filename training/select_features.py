"""Which features a model may look at: those that tell something now and then, found without the loans held out.

Ten looks, each at the training loans without two of the five folds. A feature tells something in a look when its
mutual information with the outcome is more than chance gives, or when boosted trees gain more from it than from any
feature whose values were shuffled. It is kept when one look says so: what is dead is left out, what is weak is not. For
figures on a held-out fold only the four looks without that fold count. What is left out must not be missed: if quick
models clearly lose by it on held-out loans, everything is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.feature_sets import FeatureSet, FeatureSpec
from training.calibrate import is_clear
from training.fit import learn_encoding, take
from training.folds import FOLDS, Folded
from training.models.gradient_boosting import fit_quick, gains
from training.servable.encoding import Matrix
from training.servable.protocol import Columns
from training.servable.trees import Trees

BINS = 10
Z_95 = 1.645
"""One-sided 5 % of the normal distribution: what chance alone exceeds once in twenty times."""
SAMPLE = 20_000
"""Loans that the looks and the quick models see, at most."""
PAIRS = tuple(combinations(range(FOLDS), 2))


@dataclass(frozen=True)
class Selection:
    """What was kept, and why.

    Attributes:
        kept: the features of the model on all loans.
        by_fold: those that each fold kept without its own rows, for honest figures on the loans it held out.
        features: `{name, kept, stability, mutual_information, importance}`: share of looks that found something, nats,
            and share of the trees' gain; the last two are means over the looks.
        why: in a sentence.
    """

    kept: FeatureSet
    by_fold: tuple[FeatureSet, ...]
    features: list[dict[str, Any]]
    why: str

    @property
    def sets(self) -> tuple[FeatureSet, ...]:
        """Of each fold, and last of all loans, as `try_family` takes them."""
        return (*self.by_fold, self.kept)


@dataclass(frozen=True)
class _Look:
    """What one look found, by feature."""

    information: NDArray[np.float64]
    importance: NDArray[np.float64]
    tells: NDArray[np.bool_]


def select(loans: Folded, threads: int) -> Selection:
    """Look ten times, and let the looks decide.

    Args:
        loans: of training; the test window is not among them.
        threads: looks side by side.
    """
    small = loans.sample(SAMPLE)
    with ThreadPoolExecutor(threads) as pool:
        looks = list(pool.map(lambda pair: _look(small, pair), PAIRS))
        kept = [_kept(looks, number) for number in range(FOLDS)]
        gain = np.concatenate(list(pool.map(lambda number: _gain(small, number, kept[number]), range(FOLDS))))
    stability = np.mean([look.tells for look in looks], axis=0)
    keep = stability > 0
    why = _why(keep, is_clear(-gain))
    if is_clear(-gain) or not keep.any():
        keep, kept = np.ones_like(keep), [np.ones_like(keep)] * FOLDS
    by_fold = tuple(only(loans.feature_set, own) for own in kept)
    rows = _rows(loans.feature_set, keep, stability, looks)
    return Selection(only(loans.feature_set, keep), by_fold, rows, why)


def everything(feature_set: FeatureSet) -> tuple[FeatureSet, ...]:
    """Sets as `try_family` takes them, for a family that looks at every feature."""
    return (feature_set,) * (FOLDS + 1)


def only(feature_set: FeatureSet, keep: NDArray[np.bool_]) -> FeatureSet:
    """Some of the features, under a name that tells which; the set itself when all are kept."""
    if keep.all():
        return feature_set
    kept = tuple(spec for spec, wanted in zip(feature_set.features, keep, strict=True) if wanted)
    mark = sha256(" ".join(spec.name for spec in kept).encode()).hexdigest()[:6]
    return replace(feature_set, name=f"{feature_set.name}-{len(kept)}-{mark}", features=kept)


def information(column: NDArray[Any], spec: FeatureSpec, label: NDArray[np.int8]) -> tuple[float, bool]:
    """Mutual information of a feature and the outcome in nats, and whether it is more than chance gives.

    Numbers count by tenths, missing values as a value of their own. Source: twice the loans times the information is
    chi-squared where there is none (G-test); its quantile by Wilson and Hilferty (1931).
    """
    codes = _codes(column, spec)
    table = np.bincount(codes * 2 + label, minlength=2 * (int(codes.max()) + 1)).reshape(-1, 2)
    table = table[table.sum(axis=1) > 0].astype(float)
    total, free = table.sum(), len(table) - 1
    if not free:
        return 0.0, False
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / total
    found = float((table * np.log(np.where(table > 0, table / expected, 1.0))).sum() / total)
    limit = free * (1 - 2 / (9 * free) + Z_95 * np.sqrt(2 / (9 * free))) ** 3
    return max(found, 0.0), bool(2 * total * found > limit)


def _codes(column: NDArray[Any], spec: FeatureSpec) -> NDArray[np.intp]:
    if spec.kind == "category":
        places = {value: place for place, value in enumerate(spec.categories)}
        return np.array([places.get(value, len(places) + (value is None)) for value in column], dtype=np.intp)
    known = column[~np.isnan(column)]
    if not len(known):
        return np.zeros(len(column), dtype=np.intp)
    edges = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1]))
    return np.where(np.isnan(column), len(edges) + 1, np.searchsorted(edges, column, side="left"))


def _look(loans: Folded, pair: tuple[int, int]) -> _Look:
    rest = np.flatnonzero(~np.isin(loans.fold, pair))
    specs = loans.feature_set.features
    found = [information(loans.columns[spec.name][rest], spec, loans.label[rest]) for spec in specs]
    matrix, label, _ = _encoded(loans, rest, rest[:1])
    shuffled = np.random.default_rng([loans.seed, *pair]).permuted(matrix, axis=0)
    both = gains(np.hstack([matrix, shuffled]), label, loans.seed)
    own, chance = both[: matrix.shape[1]], both[matrix.shape[1] :]
    tells = (own > chance.max()) | np.array([more for _, more in found])
    return _Look(np.array([nats for nats, _ in found]), own / max(own.sum(), 1e-12), tells)


def _kept(looks: Sequence[_Look], number: int) -> NDArray[np.bool_]:
    """What the looks without a fold keep; everything when they find nothing at all."""
    keep = np.any([look.tells for look, pair in zip(looks, PAIRS, strict=True) if number in pair], axis=0)
    return keep if keep.any() else np.ones_like(keep)


def _gain(small: Folded, number: int, tells: NDArray[np.bool_]) -> NDArray[np.float64]:
    """By held-out loan: log loss of a quick model with all features less that of one without those left out."""
    rest, mine = small.apart(number)
    if tells.all():
        return np.zeros(len(mine))
    matrix, label, held = _encoded(small, rest, mine)
    ways = np.array([spec.monotone for spec in small.feature_set.features])
    return np.subtract(*(
        _loss(Trees(fit_quick(matrix[:, keep], label, tuple(ways[keep].tolist()), small.seed, 1)), held[:, keep],
              small.label[mine])
        for keep in (np.ones_like(tells), tells)
    ))  # fmt: skip


def _encoded(loans: Folded, rest: NDArray[np.intp], mine: NDArray[np.intp]) -> tuple[Matrix, NDArray[np.int8], Matrix]:
    learned: Columns = take(loans.columns, rest)
    label = loans.label[rest]
    encoding = learn_encoding(learned, label, loans.feature_set)
    return encoding.matrix(learned), label, encoding.matrix(take(loans.columns, mine))


def _loss(model: Trees, matrix: Matrix, label: NDArray[np.int8]) -> NDArray[np.float64]:
    margin = model.margin(np.ascontiguousarray(matrix)).astype(np.float64)
    return np.logaddexp(0, np.where(label == 1, -margin, margin))


def _rows(
    feature_set: FeatureSet, keep: NDArray[np.bool_], stability: NDArray[np.float64], looks: Sequence[_Look]
) -> list[dict[str, Any]]:
    nats = np.mean([look.information for look in looks], axis=0)
    share = np.mean([look.importance for look in looks], axis=0)
    return [
        {
            "name": spec.name, "kept": bool(keep[place]), "stability": round(float(stability[place]), 2),
            "mutual_information": round(float(nats[place]), 6), "importance": round(float(share[place]), 4),
        }
        for place, spec in enumerate(feature_set.features)
    ]  # fmt: skip


def _why(keep: NDArray[np.bool_], missed: bool) -> str:
    few = f"{int((~keep).sum())} features told nothing"
    if not keep.any():
        return "no feature told anything; all are kept, and the gates will judge"
    if keep.all():
        return "every feature tells something"
    if missed:
        return f"{few}, but quick models missed them on held-out loans: all are kept"
    return f"{few}, and quick models did not miss them on held-out loans"
