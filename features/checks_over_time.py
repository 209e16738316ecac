"""What changes over time: the share of bad loans, periods with one class only, features that move."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportReturnType=false, reportCallIssue=false
# pyright: reportOptionalMemberAccess=false, reportGeneralTypeIssues=false
# (the types that pandas ships cannot tell a column from a frame)

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from features.dataset import DataFinding
from features.findings import passed, percent, warning
from features.limits import Limits
from features.point_in_time import months_earlier
from features.ranks import share_gap

if TYPE_CHECKING:
    import pandas as pd

NEWEST_SHARE = 0.25
_FEWEST_ROWS = 200
_BINS = 10
_MOST_TOLD = 10
Bools = NDArray[np.bool_]


def over_time(frame: pd.DataFrame, label: pd.Series, dates: pd.Series | None, bound: Limits) -> list[DataFinding]:
    """Findings about drift and periods; nothing without dates.

    Args:
        frame: features, one row a loan.
        label: 1 bad, 0 good.
        dates: days of the decisions.
        bound: of `check_limits.yaml`.
    """
    if dates is None or dates.nunique() < 2:
        return []
    day = dates.to_numpy()
    new = day >= np.sort(day)[int(len(day) * (1 - NEWEST_SHARE))]
    found = _one_sided(label, dates, bound)
    if min(new.sum(), (~new).sum()) < _FEWEST_ROWS:
        return found
    since = str(day[new].min())[:10]
    return [*found, *_target(label.to_numpy() == 1, new, since, bound), *_moved(frame, new, since, bound)]


def too_young(
    label: pd.Series, dates: pd.Series | None, horizon_months: int, today: date, bound: Limits
) -> list[DataFinding]:
    """A warning when loans younger than the time over which the label looks went bad clearly less often."""
    if dates is None:
        return []
    last = months_earlier(np.array([today], dtype="datetime64[D]"), horizon_months)[0]
    young, bad = dates.to_numpy() > last, label.to_numpy() == 1
    if min(young.sum(), (~young).sum()) < _FEWEST_ROWS:
        return []
    _, high = share_gap(int(bad[young].sum()), int(young.sum()), int(bad[~young].sum()), int((~young).sum()))
    if high > -bound["target_drift_max"] * bad[~young].mean():
        return []
    found = (
        f"{percent(bad[young].mean())} bad of {young.sum()} loans since {last}, younger than {horizon_months} months"
    )
    do = "They look good because they are young: leave them out, or shorten horizon_months."
    return [warning("label", "", found, f"about {percent(bad[~young].mean())}, as of older loans", do)]


def _target(bad: Bools, new: Bools, since: str, bound: Limits) -> list[DataFinding]:
    newest, older = bad[new], bad[~new]
    low, high = share_gap(int(newest.sum()), len(newest), int(older.sum()), len(older))
    sure = max(low, -high, 0.0) / max(float(older.mean()), 1e-9)
    found = f"{percent(newest.mean())} bad since {since}, {percent(older.mean())} before"
    limit = f"a change below {percent(bound['target_drift_max'])} of the share before"
    if sure <= bound["target_drift_max"]:
        return [passed("drift", "label", found, limit)]
    return [warning("drift", "label", found, limit, "Calibration on the newest loans matters; expect wide error.")]


def _one_sided(label: pd.Series, dates: pd.Series, bound: Limits) -> list[DataFinding]:
    """Quarters of a year in which every loan has the same label though many of the other were to be expected."""
    base = float(label.mean())
    grouped = label.groupby(dates.dt.to_period("Q").to_numpy())
    odd = []
    for period, (count, bads) in grouped.agg(["size", "sum"]).iterrows():
        none_bad = bads == 0 and count * base >= bound["one_sided_expected_min"]
        all_bad = bads == count and count * (1 - base) >= bound["one_sided_expected_min"]
        if none_bad or all_bad:
            odd.append(f"{period} ({int(count)} loans, {'all' if all_bad else 'none'} bad)")
    if not odd:
        return [passed("label", "", "both classes in every quarter of a year", "both classes")]
    do = "Are their outcomes known yet? Leave these periods out if not."
    return [warning("label", "", "one class only in " + ", ".join(odd[:_MOST_TOLD]), "both classes", do)]


def _moved(frame: pd.DataFrame, new: Bools, since: str, bound: Limits) -> list[DataFinding]:
    found = [(name, psi(frame[name], new)) for name in frame]
    moved = sorted(((value, name) for name, value in found if value > bound["psi_max"]), reverse=True)
    limit = f"PSI up to {bound['psi_max']:g}"
    if not moved:
        return [passed("drift", "", "no feature moved much", limit)]
    do = "Its meaning or your customers changed: look at it by period before you lean on it."
    told = [warning("drift", name, f"PSI {value:.2f} since {since}", limit, do) for value, name in moved[:_MOST_TOLD]]
    if len(moved) > _MOST_TOLD:
        told.append(warning("drift", "", f"{len(moved)} features moved", limit, "The ten that moved most are listed."))
    return told


def psi(column: pd.Series, new: Bools) -> float:
    """Population stability index of the new rows against the others, by ten bins or by category; missing is a bin.

    Chance alone gives (bins − 1)(1/n + 1/m), which is taken off.
    """
    groups = _groups(column, new)
    size = int(groups.max()) + 1
    old_n, new_n = (np.bincount(groups[m], minlength=size).astype(float) for m in (~new, new))
    used = (old_n + new_n) > 0
    old, now = ((n[used] + 0.5) / (n.sum() + 0.5 * used.sum()) for n in (old_n, new_n))
    chance = (used.sum() - 1) * (1 / old_n.sum() + 1 / new_n.sum())
    return max(float(((now - old) * np.log(now / old)).sum() - chance), 0.0)


def _groups(column: pd.Series, new: Bools) -> NDArray[np.intp]:
    import pandas as pd

    if not pd.api.types.is_numeric_dtype(column):
        often = column[~new].value_counts().head(_BINS).index
        return often.get_indexer(pd.Index(column)) + 1
    values = column.to_numpy(dtype=np.float64)
    known = values[~new & ~np.isnan(values)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, _BINS + 1)[1:-1])) if len(known) else np.array([])
    return np.where(np.isnan(values), len(edges) + 1, np.searchsorted(edges, values, side="right"))
