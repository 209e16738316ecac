"""Whether the features of a data set moved against a reference, period by period, and the alarms that follow."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from lending.domain.errors import InputError
from lending.yaml_text import dated_values
from serving.counts import Bins, bins_of, labels_of
from serving.drift import ALARMS, Limits, Shift, Told, Verdict, tell

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from features.watched import Watched

Period = Literal["month", "quarter", "year"]
_FILE = "monitoring.yaml"
_REFERENCE = re.compile(r"(\d{4})(?:Q([1-4])|-(\d{2}))?")


@dataclass(frozen=True, slots=True)
class Rules:
    """How features are counted and when to speak up (kb/monitoring.yaml)."""

    limits: Limits
    bins: int
    few_values: int
    rare_share: float


@dataclass(frozen=True, slots=True)
class Row:
    """One feature in one period."""

    period: str
    feature: str
    told: Told


@dataclass(frozen=True, slots=True)
class Alarm:
    """What somebody should look at: features that began to do the same in the same period, and how long they did."""

    verdict: Verdict
    features: tuple[str, ...]
    first: str
    last: str
    periods: int
    cause: str

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {name: getattr(self, name) for name in self.__slots__} | {"features": list(self.features)}


@dataclass(frozen=True)
class Monitored:
    """What was found; `rows` by period, then by feature."""

    data: str
    data_sha256: str
    reference: str
    reference_rows: int
    period: Period
    rows: Sequence[Row]
    sources: Mapping[str, str]
    dropped: frozenset[str]

    @property
    def features(self) -> list[str]:
        """In the order of the data set."""
        return list(dict.fromkeys(row.feature for row in self.rows))

    @property
    def periods(self) -> list[str]:
        """Oldest first."""
        return list(dict.fromkeys(row.period for row in self.rows))

    @property
    def alarms(self) -> list[Alarm]:
        """One for all features that began to do the same in the same period; latest first."""
        runs = [run for name in self.features for run in _runs([r for r in self.rows if r.feature == name])]
        found: dict[tuple[str, str], list[list[Row]]] = {}
        for run in runs:
            found.setdefault((run[0].period, run[0].told.verdict), []).append(run)
        alarms = [_alarm(same) for same in found.values()]
        return sorted(alarms, key=lambda a: (a.last, a.first, a.features), reverse=True)

    def as_dict(self) -> dict[str, Any]:
        """As printed by `candor monitor run --json`."""
        return {
            "data": self.data,
            "data_sha256": self.data_sha256,
            "reference": self.reference,
            "reference_rows": self.reference_rows,
            "period": self.period,
            "alarms": [alarm.as_dict() for alarm in self.alarms],
            "rows": [
                {
                    "period": row.period, "feature": row.feature, "column": self.sources.get(row.feature, row.feature),
                    "used": row.feature not in self.dropped, **row.told.as_dict(),
                }
                for row in self.rows
            ],
        }  # fmt: skip


def rules_on(kb: Path, day: date) -> Rules:
    """The rules of monitoring on a day. Raises PolicyError when their file is wrong."""
    value = dated_values(kb / _FILE, day)
    limits = Limits(
        float(value["false_alarm_share"]), float(value["psi_alarm"]), float(value["missing_alarm"]),
        float(value["new_values_alarm"]), int(value["rows_least"]),
    )  # fmt: skip
    return Rules(limits, int(value["bins"]), int(value["few_values"]), float(value["rare_share"] or Decimal(0)))


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
    inside = _in_reference(days, wanted)
    if inside.sum() < rules.limits.rows_least:
        raise InputError(
            f"{wanted} has {int(inside.sum())} loans", code="reference", field="--reference", found=wanted,
            expected=f"a period with at least {rules.limits.rows_least} loans between {days.min()} and {days.max()}",
            do="Name another period.",
        )  # fmt: skip
    names = period_names(days, period)
    told = [_tell_all(name, kind, values, inside, names, rules, len(watched.columns))
            for name, (kind, values) in watched.columns.items()]  # fmt: skip
    rows = [row for same in zip(*told, strict=True) for row in same]
    return Monitored(
        watched.name, watched.data_sha256, wanted, int(inside.sum()), period, rows, watched.sources, watched.dropped
    )


def _tell_all(
    name: str, kind: str, values: NDArray[Any], inside: NDArray[np.bool_], names: NDArray[np.str_], rules: Rules,
    looks: int,
) -> list[Row]:  # fmt: skip
    """One feature in every period."""
    bins: Bins = bins_of(
        values[inside], number=kind == "number", bins=rules.bins, few_values=rules.few_values,
        rare_share=rules.rare_share,
    )  # fmt: skip
    before, found = bins.count(values[inside]), []
    for period in np.unique(names).tolist():
        shift = Shift(before, bins.count(values[names == period]))
        found.append(Row(period, name, _with_place(tell(shift, rules.limits, looks), shift, bins)))
    return found


def _with_place(told: Told, shift: Shift, bins: Bins) -> Told:
    """What moved says where it moved most."""
    if told.verdict not in ("moved", "small"):
        return told
    (before, now), label = shift.share(shift.most_moved), labels_of(bins)[shift.most_moved]
    return replace(told, cause=f"{label}: {now:.0%}, {before:.0%} in the reference")


def period_names(days: NDArray[np.datetime64], period: Period) -> NDArray[np.str_]:
    """`2009`, `2009Q1` or `2009-01` of each day."""
    months = days.astype("datetime64[M]").astype(int)
    years, month = months // 12 + 1970, months % 12
    if period == "year":
        return years.astype(str)
    if period == "quarter":
        return np.array([f"{y}Q{m // 3 + 1}" for y, m in zip(years, month, strict=True)])
    return days.astype("datetime64[M]").astype(str)


def _in_reference(days: NDArray[np.datetime64], wanted: str) -> NDArray[np.bool_]:
    found = _REFERENCE.fullmatch(wanted)
    if not found:
        raise InputError(
            f"{wanted[:20]!r} is no period", code="reference", field="--reference", found=wanted[:20],
            expected="a year 2009, a quarter 2009Q1 or a month 2009-03", do="Write one of these.",
        )  # fmt: skip
    kind: Period = "quarter" if found[2] else "month" if found[3] else "year"
    return period_names(days, kind) == wanted


def _first_year(days: NDArray[np.datetime64], rows_least: int) -> str:
    """The first year with enough loans; the first one when none has."""
    years, counts = np.unique(period_names(days, "year"), return_counts=True)
    enough = years[counts >= rows_least]
    return str(enough[0] if len(enough) else years[0])


def _runs(rows: Sequence[Row]) -> list[list[Row]]:
    """Periods in a row in which a feature had the same alarming verdict."""
    return [list(same) for verdict, same in groupby(rows, key=lambda r: r.told.verdict) if verdict in ALARMS]


def _alarm(runs: Sequence[Sequence[Row]]) -> Alarm:
    longest = max(runs, key=len)
    features = tuple(run[0].feature for run in runs)
    worst = max((row for run in runs for row in run), key=lambda r: r.told.excess or 0.0)
    return Alarm(
        longest[0].told.verdict, features, longest[0].period, longest[-1].period, len(longest),
        worst.told.cause if len(runs) > 1 else longest[-1].told.cause,
    )  # fmt: skip
