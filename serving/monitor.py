"""Whether the features of a data set moved against a reference, period by period, and the alarms that follow."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lending.domain.errors import InputError
from lending.yaml_text import dated_values
from serving.change_points import Levels
from serving.counts import Bins, bins_of, labels_of
from serving.drift import ALARMS, Limits, Shift, Told, tell
from serving.monitored import Counted, Monitored, Period, Row, begins

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from features.watched import Watched

_FILE = "monitoring.yaml"
_REFERENCE = re.compile(r"(\d{4})(?:Q([1-4])|-(\d{2}))?")


@dataclass(frozen=True, slots=True)
class Rules:
    """How features are counted and when to speak up (kb/monitoring.yaml); `report_rows` at most go into a report."""

    limits: Limits
    bins: int
    few_values: int
    rare_share: float
    report_rows: int


def rules_on(kb: Path, day: date) -> Rules:
    """The rules of monitoring on a day. Raises PolicyError when their file is wrong."""
    value = dated_values(kb / _FILE, day)
    limits = Limits(
        float(value["drift_false_alarm_share"]), float(value["psi_alarm"]), float(value["missing_alarm"]),
        float(value["new_values_alarm"]), int(value["rows_least"]),
    )  # fmt: skip
    counting = int(value["bins"]), int(value["few_values"]), float(value["rare_share"] or Decimal(0))
    return Rules(limits, *counting, int(value["report_rows"]))


def monitor(watched: Watched, reference: str | None, period: Period, rules: Rules) -> Monitored:
    """Compare every period of a data set with a reference.

    Args:
        watched: its columns by day.
        reference: a year (2009), quarter (2009Q1) or month (2009-03); None takes the first year with enough loans.
        period: what the rest is cut into.
        rules: how to count and when to speak up.

    Raises:
        InputError: the reference is no period, or has too few loans.
    """
    days = watched.days.to_numpy(dtype="datetime64[D]")
    wanted = reference or _first_year(days, rules.limits.rows_least)
    inside = in_period(days, wanted)
    if inside.sum() < rules.limits.rows_least:
        raise InputError(
            f"{wanted} has {int(inside.sum())} loans", code="reference", field="--reference", found=wanted,
            expected=f"a period with at least {rules.limits.rows_least} loans between {days.min()} and {days.max()}",
            do="Name another period.",
        )  # fmt: skip
    counted = count_periods(watched, inside, period_names(days, period), rules)
    return judge(
        Monitored(watched.name, watched.data_sha256, wanted, int(inside.sum()), period, (), watched.sources,
                  watched.dropped, counted),
        rules,
    )  # fmt: skip


def count_periods(
    watched: Watched, inside: NDArray[np.bool_], names: NDArray[np.str_], rules: Rules
) -> dict[str, Counted]:
    """Counts of every feature: of the reference, and of each period.

    Args:
        watched: its columns by day.
        inside: which rows are the reference.
        names: the period of each row.
        rules: how to count.
    """
    periods, place = np.unique(names, return_inverse=True)
    rows = [np.flatnonzero(place == number) for number in range(len(periods))]
    found = {}
    for name, (kind, values) in watched.columns.items():
        bins: Bins = bins_of(
            values[inside], number=kind == "number", bins=rules.bins, few_values=rules.few_values,
            rare_share=rules.rare_share,
        )  # fmt: skip
        if bins.rare and not bins.marks:  # names and numbers of persons: no value comes often enough to be followed
            continue
        counts = {str(period): bins.count(values[mine]) for period, mine in zip(periods, rows, strict=True)}
        found[name] = Counted(bins, bins.count(values[inside]), counts)
    return found


def judge(found: Monitored, rules: Rules) -> Monitored:
    """The verdicts on what was counted, and since when each level is away from the reference; reads no row."""
    looks = len(found.counted)
    told = [_tell_all(name, counted, rules.limits, looks) for name, counted in found.counted.items()]
    return replace(found, rows=[row for same in zip(*told, strict=True) for row in same])


def _tell_all(name: str, counted: Counted, limits: Limits, looks: int) -> list[Row]:
    """One feature in every period."""
    unseen = counted.bins.unseen
    levels = Levels(np.array(list(counted.periods.values())), limits, looks)
    away = {level.begin for level in levels.found
            if tell(Shift(counted.reference, level.counts, unseen), limits, looks).verdict in ALARMS}  # fmt: skip
    found, since = [], dict[int, str]()
    for place, (period, counts) in enumerate(counted.periods.items()):
        shift, begin = Shift(counted.reference, counts, unseen), levels.at(place).begin
        told = _with_place(tell(shift, limits, looks), shift, counted.bins)
        if begin in away and told.verdict != "too_few":  # so few loans say nothing, nor that a level began with them
            since.setdefault(begin, period)
        found.append(Row(period, name, told, since.get(begin)))
    return found


def _with_place(told: Told, shift: Shift, bins: Bins) -> Told:
    """What moved says where it moved most."""
    if told.verdict not in ("moved", "small"):
        return told
    (before, now), label = shift.share(shift.most_moved), labels_of(bins)[shift.most_moved]
    what = f"values {label}" if bins.by == "range" else label
    return replace(told, cause=f"the share of {what} is {now:.0%}, {before:.0%} in the reference")


def period_names(days: NDArray[np.datetime64], period: Period) -> NDArray[np.str_]:
    """`2009`, `2009Q1` or `2009-01` of each day."""
    months = days.astype("datetime64[M]").astype(int)
    years, month = months // 12 + 1970, months % 12
    if period == "year":
        return years.astype(str)
    if period == "quarter":
        return np.array([f"{y}Q{m // 3 + 1}" for y, m in zip(years, month, strict=True)])
    return days.astype("datetime64[M]").astype(str)


def all_periods(found: Monitored) -> list[str]:
    """Every period from the first to the last, oldest first: those without loans too, which have no row."""
    first, last = (12 * (year - 1970) + month - 1 for year, month in map(begins, (found.periods[0], found.periods[-1])))
    months = np.arange(first, last + 1).astype("datetime64[M]").astype("datetime64[D]")
    return list(dict.fromkeys(period_names(months, found.period).tolist()))


def in_period(days: NDArray[np.datetime64], wanted: str) -> NDArray[np.bool_]:
    """Which days lie in a year, quarter or month. Raises InputError when it is none of them."""
    found = _REFERENCE.fullmatch(wanted)
    if not found:
        expected = "a year 2009, a quarter 2009Q1 or a month 2009-03"
        raise InputError(
            f"{wanted[:20]!r} is no period; expected {expected}", code="reference", field="--reference",
            found=wanted[:20], expected=expected, do="Write one of these.",
        )  # fmt: skip
    kind: Period = "quarter" if found[2] else "month" if found[3] else "year"
    return period_names(days, kind) == wanted


def _first_year(days: NDArray[np.datetime64], rows_least: int) -> str:
    """The first year with enough loans; the first one when none has."""
    years, counts = np.unique(period_names(days, "year"), return_counts=True)
    enough = years[counts >= rows_least]
    return str(enough[0] if len(enough) else years[0])
