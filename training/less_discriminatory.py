"""Is there a model of equal quality that treats groups more alike? Searched on one half, confirmed on the other.

Changes are tried one by one: a feature left out or cut to its middle half, several left out, loans drawn so that group
and outcome are unrelated (Kamiran and Calders, 2012), other settings. Each is measured by two fits that learn from one
part of the search half and are measured on the other. Only the best that is clearly less discriminatory at equal
quality goes on to the other half, which no search has seen. What is found is a proposal: a person decides.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from features.ranks import strength
from training.cells import Numbers, Outcomes
from training.fairness import FEWEST, LIMITS_FILE
from training.fit import take
from training.paired import Pair, Paired
from training.servable.protocol import Columns

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 20_000
"""Loans searched on; more add time and little knowledge."""
SINGLE, TOGETHER, CAPPED = 6, 3, 3
"""Features left out singly, left out together at most, and cut to their middle; those that tell groups best."""
FEWEST_BADS = 40
"""Bad and good loans in each half below which nothing is searched."""
AS_TRAINED = "as trained"

Fit = Callable[[Columns, Outcomes, tuple[str, ...]], Callable[[Columns], Numbers]]
"""Learns from loans, reading the named features only; answers what gives the PD of other loans."""


@dataclass(frozen=True)
class Change:
    """One way to train otherwise."""

    name: str
    kind: str
    without: tuple[str, ...] = ()
    capped: tuple[str, ...] = ()
    reweighed: str | None = None
    settings: str | None = None


@dataclass(frozen=True)
class Loans:
    """Some loans with their outcomes and the groups they belong to (an attribute's codes, -1 where unknown)."""

    columns: Columns
    label: Outcomes
    groups: Mapping[str, NDArray[np.intp]]

    def take(self, rows: NDArray[np.intp]) -> Loans:
        """Some of the loans."""
        groups = {name: codes[rows] for name, codes in self.groups.items()}
        return Loans(take(self.columns, rows), self.label[rows], groups)


def search(
    columns: Columns, label: Outcomes, protected: pd.DataFrame, fit: Fit, seed: int, seconds: float, *,
    others: Mapping[str, Fit] | None = None, as_of: date | None = None, most: int | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Try changes, confirm the best, and say what was found.

    Args:
        columns: of the training loans; the features that `fit` may read.
        label: 1 bad.
        protected: a column for each attribute, of the same loans.
        fit: as the model was trained, or quicker.
        seed: of every draw.
        seconds: after so many no further change is begun; those not reached are named.
        others: the same with other settings, by name.
        as_of: the day whose limits of `fairness.yaml` hold; left out: the newest.
        most: changes that are tried at most; left out: all.

    Returns:
        `{tried: [{name, kind, auc, log_loss, impact_ratio, auc_change, log_loss_change, impact_change, equal_quality,
        less_discriminatory}], confirmed, chosen, why, rows, left_out}`; `confirmed` is a row like those tried, or None.
    """
    until = time.monotonic() + seconds
    loans = _drawn(Loans(columns, label, _groups(protected)), seed)
    if not loans.groups:
        return _nothing("the data set names no protected groups of enough loans, so nothing can be compared")
    rows = np.random.default_rng(seed).permutation(len(loans.label))
    first, second = loans.take(rows[: len(rows) // 2]), loans.take(rows[len(rows) // 2 :])
    if min(_fewest(first), _fewest(second)) < FEWEST_BADS:
        return _nothing("too few bad loans to search on one half and confirm on the other")
    fits, bound = {"": fit, **(others or {})}, _limits(as_of)
    search_half = _Half(first, fits, seed, bound)
    base = search_half.measure(Change(AS_TRAINED, "none"))
    tried, left_out = [_row(Change(AS_TRAINED, "none"), search_half.against(base, base))], []
    changes = _changes(first, tuple(fits)[1:])
    for place, change in enumerate(changes):
        if place == most or left_out or time.monotonic() >= until:
            left_out.append(change.name)
            continue
        tried.append(_row(change, search_half.against(base, search_half.measure(change))))
    found = _confirm(tried, changes, first, second, fits, seed, bound)
    return {"tried": tried, **found, "rows": len(loans.label), "left_out": left_out}


class _Half:
    """The half that is searched: each change is measured on the part that it did not learn from."""

    def __init__(self, loans: Loans, fits: Mapping[str, Fit], seed: int, bound: Mapping[str, float]) -> None:
        self._loans, self._fits, self._seed = loans, fits, seed
        self._paired = Paired(loans.label, loans.groups, seed, bound)
        middle = len(loans.label) // 2
        self._parts = (np.arange(middle), np.arange(middle, len(loans.label)))

    def measure(self, change: Change) -> Numbers:
        """PD of every loan of the half by the model that did not see it."""
        pd = np.empty(len(self._loans.label))
        for learn, look in (self._parts, self._parts[::-1]):
            pd[look] = _predicted(change, self._loans.take(learn), self._loans.take(look), self._fits, self._seed)
        return pd

    def against(self, base: Numbers, pd: Numbers) -> Pair:
        return self._paired.compare(base, pd)


def _predicted(change: Change, learn: Loans, look: Loans, fits: Mapping[str, Fit], seed: int) -> Numbers:
    """PD of some loans by a model with this change that learned from others."""
    names = tuple(name for name in learn.columns if name not in change.without)
    if change.reweighed is not None:
        learn = learn.take(_unrelated(learn, change.reweighed, seed))
    edges = {name: np.nanquantile(learn.columns[name].astype(float), (0.25, 0.75)) for name in change.capped}
    model = fits[change.settings or ""](_cut(learn.columns, edges), learn.label, names)
    return np.clip(model(_cut(look.columns, edges)), 1e-6, 1 - 1e-6)


def _cut(columns: Columns, edges: Mapping[str, Numbers]) -> Columns:
    return {n: np.clip(c.astype(float), *edges[n]) if n in edges else c for n, c in columns.items()}


def _unrelated(loans: Loans, attribute: str, seed: int) -> NDArray[np.intp]:
    """Loans drawn with replacement so that group and outcome are unrelated, each in its own share."""
    groups, label = loans.groups[attribute], loans.label
    kind = 2 * (groups + 1) + label
    cells = np.bincount(kind, minlength=2 * (groups.max() + 2)).reshape(-1, 2) / len(label)
    wanted = np.outer(cells.sum(axis=1), cells.sum(axis=0))
    weight = np.divide(wanted, cells, out=np.zeros_like(cells), where=cells > 0).ravel()[kind]
    return np.random.default_rng(seed).choice(len(label), len(label), p=weight / weight.sum())


def _changes(loans: Loans, others: Sequence[str]) -> list[Change]:
    """What is tried, most promising first: features that tell the groups apart best."""
    names = sorted(loans.columns, key=lambda name: (-_telling(loans, name), name))
    numbers = [name for name in names if loans.columns[name].dtype != object][:CAPPED]
    several = [tuple(names[:count]) for count in range(2, TOGETHER + 1) if len(names) > count]
    single = [Change(f"without {n}", "left out", without=(n,)) for n in names[:SINGLE] if len(names) > 1]
    drawn = [Change(f"drawn so that {a} and outcome are unrelated", "reweighting", reweighed=a) for a in loans.groups]
    return [
        *single[:TOGETHER],
        *(Change(f"without {', '.join(some)}", "left out", without=some) for some in several),
        *drawn,
        *single[TOGETHER:],
        *(Change(f"{n} cut to its middle half", "capped", capped=(n,)) for n in numbers),
        *(Change(name, "settings", settings=name) for name in others),
    ]


def _telling(loans: Loans, name: str) -> float:
    """How well a feature alone tells one group of an attribute from the others, at best: 0.5 to 1."""
    column = loans.columns[name]
    kinds = np.unique(column.astype(str), return_inverse=True)[1] if column.dtype == object else None
    return max(
        strength(column.astype(np.float64) if kinds is None else _by_rate(kinds, codes == code), codes == code)
        for codes in loans.groups.values() for code in np.unique(codes[codes >= 0])
    )  # fmt: skip


def _by_rate(places: NDArray[np.intp], inside: NDArray[np.bool_]) -> Numbers:
    share = np.bincount(places, weights=inside) / np.maximum(np.bincount(places), 1)
    return share[places]


def _confirm(
    tried: Sequence[Mapping[str, Any]], changes: Sequence[Change], first: Loans, second: Loans,
    fits: Mapping[str, Fit], seed: int, bound: Mapping[str, float],
) -> dict[str, Any]:  # fmt: skip
    """Learn from the whole search half and look once at the other."""
    good = [row for row in tried if row["equal_quality"] and row["less_discriminatory"]]
    if not good:
        return {"confirmed": None, "chosen": AS_TRAINED, "why": _why_none(tried)}
    best = max(good, key=lambda row: row["impact_ratio"]["value"])
    change = next(change for change in changes if change.name == best["name"])
    pds = [_predicted(c, first, second, fits, seed) for c in (Change(AS_TRAINED, "none"), change)]
    row = _row(change, Paired(second.label, second.groups, seed, bound).compare(*pds))
    if row["equal_quality"] and row["less_discriminatory"]:
        why = f"{change.name}: clearly less discriminatory at equal quality, on both halves"
        return {"confirmed": row, "chosen": change.name, "why": why}
    why = f"{change.name} looked better on the half that was searched; the other half did not confirm it"
    return {"confirmed": row, "chosen": AS_TRAINED, "why": why}


def _why_none(tried: Sequence[Mapping[str, Any]]) -> str:
    better = [row["name"] for row in tried if row["less_discriminatory"]]
    if better:
        return f"less discriminatory, but of lower quality: {'; '.join(better)}"
    return f"none of {len(tried) - 1} changes is clearly less discriminatory"


def _row(change: Change, pair: Pair) -> dict[str, Any]:
    return {"name": change.name, "kind": change.kind, **asdict(pair)}


def _nothing(why: str) -> dict[str, Any]:
    return {"tried": [], "confirmed": None, "chosen": AS_TRAINED, "why": why, "rows": 0, "left_out": []}


def _limits(as_of: date | None) -> dict[str, float]:
    from training.gates import dated

    return dated(LIMITS_FILE, as_of or date.max)


def _groups(protected: pd.DataFrame) -> dict[str, NDArray[np.intp]]:
    """Codes of the groups of enough loans; attributes with fewer than two such groups are left out."""
    found: dict[str, NDArray[np.intp]] = {}
    for name in protected.columns:
        values = np.array([v if isinstance(v, str) else "" for v in protected[name].to_numpy()])
        known, codes, counts = np.unique(values, return_inverse=True, return_counts=True)
        large = (counts >= 4 * FEWEST) & (known != "")
        if large.sum() > 1:
            found[str(name)] = np.where(large[codes], np.cumsum(large)[codes] - 1, -1)
    return found


def _drawn(loans: Loans, seed: int) -> Loans:
    if len(loans.label) <= MOST_ROWS:
        return loans
    return loans.take(np.sort(np.random.default_rng(seed).choice(len(loans.label), MOST_ROWS, replace=False)))


def _fewest(loans: Loans) -> int:
    bads = int(loans.label.sum())
    return min(bads, len(loans.label) - bads)
