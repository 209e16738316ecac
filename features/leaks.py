"""The leak gate: a column that knows the outcome is no fact about an application.

Each column is judged alone (ranking, single values, missing values, days, name), then together with others (ratios and
differences of two, trees against an additive model). Limits are data in `leak_limits.yaml`.
"""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportReturnType=false, reportCallIssue=false
# pyright: reportOptionalMemberAccess=false, reportGeneralTypeIssues=false
# (the types that pandas ships cannot tell a column from a frame)

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from features.copies import copies
from features.dataset import DataFinding
from features.findings import critical, passed, percent, warning
from features.leak_columns import Facts, facts_of
from features.leak_names import speaks_of_later
from features.leak_pairs import leaking_pairs
from features.leak_trees import leaking_together
from features.leak_values import Found, lonely_number, one_class_value, speaks_of_outcomes
from features.limits import Limits, limits
from features.tallies import Tally, ranking, tally, there_or_not

if TYPE_CHECKING:
    import pandas as pd

LIMITS_FILE = Path(__file__).with_name("leak_limits.yaml")


def leak_findings(
    columns: pd.DataFrame, label: pd.Series, dates: pd.Series | None, amount: NDArray[np.float64] | None,
    origin: dict[str, str], ids: pd.Series | None = None,
) -> list[DataFinding]:  # fmt: skip
    """A critical finding for each column that knows the outcome; one passed finding when none does.

    Args:
        columns: candidate columns as in the file, one row a loan.
        label: 1 bad, 0 good, same rows.
        dates: day of the decision, or None.
        amount: amount of each loan; sums paid are also judged as a share of it.
        origin: joined columns to the name of their file.
        ids: the loans' ids, which are no feature; a warning when their order knows the outcome.
    """
    bound = limits(LIMITS_FILE)
    own = np.flatnonzero(~copies(columns))
    rows = own[_rows(len(own), columns.shape[1], bound)]
    bad = label.to_numpy().astype(bool)[rows]
    facts = [facts_of(n, columns[n].iloc[rows], None if dates is None else dates.iloc[rows]) for n in columns]
    share = None if amount is None else amount[rows]
    found = [f for fact in facts if (f := _judge(fact, bad, share, bound)) is not None]
    found += _companions(columns, {f.column for f in found}, origin, bound)
    clean = [fact for fact in facts if fact.name not in {f.column for f in found}]
    found += [_leak(*pair) for pair in leaking_pairs(clean, bad, bound)]
    clean = [fact for fact in clean if fact.name not in {f.column for f in found}]
    found += [_leak(*one) for one in leaking_together(clean, bad, bound)]
    found += _order(ids, bad, rows, bound)
    return found or [passed("leak", "", "no column knows the outcome", f"AUC below {bound['auc_alone_max']:g}")]


def _rows(loans: int, columns: int, bound: Limits) -> NDArray[np.intp]:
    most = max(int(bound["cells_max"] / max(columns, 1)), 10_000)
    return np.arange(loans) if loans <= most else np.linspace(0, loans - 1, most).astype(np.intp)


def _judge(
    fact: Facts, bad: NDArray[np.bool_], amount: NDArray[np.float64] | None, bound: Limits
) -> DataFinding | None:
    if (later := _later(fact, bad, bound)) is not None:
        return _leak(fact.name, *later)
    counted = tally(fact.values, fact.missing, bad)
    found = _ranks_too_well(fact, counted, bad, bound) or one_class_value(_whole_or_not(counted, fact), bound)
    if found is None and fact.is_number:
        found = (
            one_class_value(counted, bound, in_order=True) or lonely_number(counted, bound)
            or speaks_of_outcomes(counted, bound) or _as_share(fact, amount, bad, bound)
        )  # fmt: skip
    if found is None and not fact.is_number:
        found = one_class_value(counted, bound)
    found = found or _named(fact, counted, bad, bound)
    return None if found is None else _leak(fact.name, *found)


def _ranks_too_well(fact: Facts, t: Tally, bad: NDArray[np.bool_], bound: Limits) -> Found | None:
    there_limit, limit = bound["there_auc_max"], bound["auc_alone_max"]
    there, there_low = there_or_not(t)
    if there_low >= there_limit:
        return f"AUC {there:.3f} of whether there is a value", f"AUC below {there_limit:g}"
    best, low = fact.ranking(t, bad)
    if low >= limit and _enough(t, bound):
        return f"AUC {best:.3f} alone", f"AUC below {limit:g}"
    return None


def _as_share(fact: Facts, amount: NDArray[np.float64] | None, bad: NDArray[np.bool_], bound: Limits) -> Found | None:
    if amount is None:
        return None
    share = fact.values / np.where(amount > 0, amount, np.nan)
    best, low = ranking(*_counts(share, bad))
    if low < bound["auc_alone_max"]:
        return None
    return f"AUC {best:.3f} as a share of the amount", f"AUC below {bound['auc_alone_max']:g}"


def _counts(values: NDArray[np.float64], bad: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    t = tally(values, np.isnan(values), bad)
    return t.counts, t.bads


def _enough(t: Tally, bound: Limits) -> bool:
    return min(t.bads.sum(), (t.counts - t.bads).sum()) >= bound["bads_min"]


def _whole_or_not(t: Tally, fact: Facts) -> Tally:
    """Numbers as zero, whole and other ones; texts as there or not."""
    if not fact.is_number:
        return Tally(
            np.array(["a value"]), t.counts.sum(keepdims=True), t.bads.sum(keepdims=True), t.missing, t.missing_bad
        )
    numbers = t.values.astype(np.float64)
    kind = np.where(numbers == 0, 0, np.where(numbers == np.floor(numbers), 1, 2))
    counts, bads = (np.bincount(kind, weights=w, minlength=3) for w in (t.counts, t.bads))
    names = np.array(["zero", "not zero", "with decimals"])
    if counts[2] and counts[1] + counts[0] < counts[2]:
        counts, bads = np.array([counts[0], counts[1] + counts[2], 0]), np.array([bads[0], bads[1] + bads[2], 0])
    return Tally(names[counts > 0], counts[counts > 0], bads[counts > 0], t.missing, t.missing_bad)


def _later(fact: Facts, bad: NDArray[np.bool_], bound: Limits) -> Found | None:
    """Days after the decision that rank."""
    if not fact.is_since_decision:
        return None
    later = float(np.mean(fact.values > bound["later_days"]))
    best, _ = ranking(*_counts(fact.values, bad))
    there, _ = there_or_not(tally(fact.values, fact.missing, bad))
    best = max(best, there)
    if later <= bound["later_share_min"] or best < bound["later_auc_min"]:
        return None
    limit = f"days before the decision, or AUC below {bound['later_auc_min']:.2f}"
    return f"{percent(later)} of its days lie after the decision, AUC {best:.3f}", limit


def _named(fact: Facts, t: Tally, bad: NDArray[np.bool_], bound: Limits) -> Found | None:
    if not speaks_of_later(fact.name):
        return None
    best = max(fact.ranking(t, bad)[0], there_or_not(t)[0])
    if best < bound["named_auc_min"] or not _enough(t, bound):
        return None
    return f"AUC {best:.3f}, and a name for something that happens later", f"AUC below {bound['named_auc_min']:g}"


def _companions(columns: pd.DataFrame, leaking: set[str], origin: dict[str, str], bound: Limits) -> list[DataFinding]:
    by_file: dict[str, set[str]] = {}
    for column in columns:
        if column in origin:
            by_file.setdefault(origin[column], set()).add(column)
    found: list[DataFinding] = []
    for file, members in by_file.items():
        bad = members & leaking
        if len(bad) >= bound["companions_min"] and len(bad) * 2 > len(members):
            said = f"{len(bad)} of the {len(members)} columns of {file} know the outcome"
            found += [_leak(c, said, "a file of facts known on the day") for c in sorted(members - bad)]
    return found


def _order(ids: pd.Series | None, bad: NDArray[np.bool_], rows: NDArray[np.intp], bound: Limits) -> list[DataFinding]:
    """A warning when numbers in the ids, or the order of the rows, know the outcome: neither is ever a feature."""
    found: list[DataFinding] = []
    if ids is not None:
        numbers = ids.iloc[rows].astype("str").str.extract(r"(\d{1,15})\D*$")[0].astype("float64").to_numpy()
        found += _ordered(str(ids.name), "its numbers", numbers, bad, bound)
    return found or _ordered("", "the order of the rows", np.arange(len(bad), dtype=np.float64), bad, bound)


def _ordered(
    column: str, what: str, numbers: NDArray[np.float64], bad: NDArray[np.bool_], bound: Limits
) -> list[DataFinding]:
    best, low = ranking(*_counts(numbers, bad))
    if low < bound["auc_alone_max"]:
        return []
    found = f"AUC {best:.3f} of {what}" if column else f"the file is sorted by outcome: AUC {best:.3f} of {what}"
    return [warning("leak" if column else "order", column, found, f"AUC below {bound['auc_alone_max']:g}",
                    "Never a feature; but ask how the rows were collected.")]  # fmt: skip


def _leak(name: str, found: str, limit: str) -> DataFinding:
    detail = f"If {name} is known only later, write it under after_decision; if it is not wanted, under drop."
    return critical("leak", name, found, limit, detail)
