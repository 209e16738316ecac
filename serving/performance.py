"""How the model does: estimated at once, found when outcomes arrive, and how far the two were apart.

A period is judged only once most of its loans had the time to go bad: bad news comes early, good news at the end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from statistics import NormalDist
from typing import Any, Literal

import numpy as np

from features.ranks import auc_error, wilson
from lending.yaml_text import dated_values
from serving.estimate import Figures, as_dicts, estimate
from serving.loans import Loans
from serving.monitor import Period, period_names
from serving.realised import Bools, Numbers, rates, realised, reliability
from serving.vintages import vintages

Verdict = Literal[
    "as expected", "ranks worse", "promises too little", "promises too much", "waiting", "cannot tell", "learned from"
]
ALARMS: frozenset[Verdict] = frozenset({"ranks worse", "promises too little", "promises too much"})
"""Verdicts that somebody should look at."""
JUDGED: frozenset[Verdict] = frozenset({*ALARMS, "as expected"})
"""Verdicts that say something of what came."""
COMPARED = ("bad_rate", "auc", "brier")
"""Measures whose estimates are held against what came."""
_FILE = "monitoring.yaml"


@dataclass(frozen=True, slots=True)
class Rules:
    """When a period is judged and when to speak up (kb/monitoring.yaml); shares are fractions."""

    false_alarm_share: float
    rows_least: int
    outcomes_share_least: float
    bads_least: int
    auc_fall_alarm: float
    calibration_alarm: float
    periods_least: int

    def z(self, looks: int) -> float:
        """Two-sided normal quantile that keeps the chance of any false alarm over so many looks."""
        return NormalDist().inv_cdf(1 - self.false_alarm_share / 2 / max(looks, 1))


@dataclass(frozen=True, slots=True)
class Released:
    """How the model ranked when it was released: AUC on loans that it had not seen, with the half of its interval."""

    auc: float
    error: float


@dataclass(frozen=True, slots=True)
class Row:
    """One period.

    Attributes:
        loans: lent in it; `mature` of them had the time that the promise speaks of, `settled` of those are known.
        bads: bad ones among the settled.
        promised: mean PD of the settled.
        estimated: what every measure should come out at; empty with too few loans.
        found: what came; empty until enough is known.
        bins: promised against found, by risk.
    """

    period: str
    loans: int
    mature: int
    settled: int
    bads: int
    promised: float
    verdict: Verdict
    why: str
    estimated: Figures
    found: Figures
    bins: Sequence[Mapping[str, Any]]

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        names = ("period", "loans", "mature", "settled", "bads", "verdict", "why")
        return {
            **{name: getattr(self, name) for name in names}, "promised": round(self.promised, 6),
            "estimated": as_dicts(self.estimated), "found": as_dicts(self.found),
            "difference": self.differences(), "bins": list(self.bins),
        }  # fmt: skip

    def differences(self) -> dict[str, dict[str, Any]]:
        """Found less estimated, and whether what came lay inside the interval; empty until both are there."""
        both = [name for name in COMPARED if name in self.found and name in self.estimated]
        return {
            name: {
                "value": round(self.found[name].value - self.estimated[name].value, 6),
                "inside": self.estimated[name].holds(self.found[name].value),
            }
            for name in both
        }


def rules_on(kb: Path, day: date) -> Rules:
    """The rules of a day. Raises PolicyError when their file is wrong."""
    value = dated_values(kb / _FILE, day)
    shares = {n: float(value[n]) for n in Rules.__dataclass_fields__ if not n.endswith("least")}
    counts = {n: int(value[n]) for n in ("rows_least", "bads_least", "periods_least")}
    return Rules(**shares, **counts, outcomes_share_least=float(value["outcomes_share_least"]))


def performance(
    loans: Loans, period: Period, rules: Rules, on: date, released: Released | None, seed: int
) -> dict[str, Any]:
    """Every period of some loans: estimate, what came, their difference; the estimator's error; vintages.

    Args:
        loans: at least one.
        period: what time is cut into.
        rules: when to judge and speak up.
        on: the day up to which outcomes count.
        released: what ranking is compared with; None says nothing about ranking.
        seed: of draws and resamples.

    Returns:
        `{period, rows, error, vintages}`, JSON-ready.
    """
    rows = periods(loans, period, rules, on, released, seed)
    return {
        "period": period,
        "rows": [row.as_dict() for row in rows],
        "error": own_error(rows, rules),
        "vintages": vintages(loans, period, on),
    }


def periods(
    loans: Loans, period: Period, rules: Rules, on: date, released: Released | None, seed: int
) -> list[Row]:  # fmt: skip
    """The rows alone, oldest first."""
    names = period_names(loans.day, period)
    known = np.unique(names)
    z = rules.z(2 * len(known))  # each period is asked about ranking and about promises
    return [_row(str(name), loans.part(names == name), rules, on, released, z, seed) for name in known]


def _row(name: str, loans: Loans, rules: Rules, on: date, released: Released | None, z: float, seed: int) -> Row:
    settled, count = loans.settled(on), len(loans.pd)
    pd, bad = loans.pd[settled], loans.bad[settled] == 1
    sizes = (count, int(loans.mature(on).sum()), len(pd), int(bad.sum()), float(pd.mean()) if len(pd) else 0.0)
    guessed = estimate(loans.pd, seed) if count >= rules.rows_least else {}
    verdict, why = _too_early(*sizes[:3], rules)
    found, bins = ({}, []) if verdict else _came(pd, bad, seed)
    if not verdict and loans.seen_until is not None and loans.day.max() <= np.datetime64(loans.seen_until, "D"):
        verdict, why = "learned from", "the model learned from these loans, so they cannot test it"
    bads, goods = sizes[3], len(pd) - sizes[3]
    if not verdict and min(bads, goods) < rules.bads_least:
        verdict, why = "cannot tell", f"{bads} bad and {goods} good loans; {rules.bads_least} of each are needed"
    if not verdict:
        verdict, why = _judge(pd, bad, found, rules, released, z)
    return Row(name, *sizes, verdict, why, guessed, found, bins)


def _came(pd: Numbers, bad: Bools, seed: int) -> tuple[Figures, Sequence[Mapping[str, Any]]]:
    """What came of loans, and by risk; with loans of one outcome only the rates."""
    if 0 < bad.sum() < len(bad):
        return realised(pd, bad, seed), reliability(pd, bad)
    return rates(pd, bad), reliability(pd, bad)


def _too_early(loans: int, mature: int, settled: int, rules: Rules) -> tuple[Verdict | None, str]:
    """Why nothing can be said of what came; None when something can."""
    if loans < rules.rows_least:
        return "cannot tell", f"only {loans} loans; {rules.rows_least} are needed"
    if mature < rules.outcomes_share_least * loans:
        return "waiting", f"{mature} of {loans} loans are old enough to be judged"
    if settled < rules.outcomes_share_least * loans:
        return "cannot tell", f"the outcomes of only {settled} of {loans} loans are known"
    return None, ""


def _judge(
    pd: Numbers, bad: Bools, found: Figures, rules: Rules, released: Released | None, z: float
) -> tuple[Verdict, str]:  # fmt: skip
    """The verdict: clear beyond chance, and large enough to matter."""
    bads, promised = int(bad.sum()), float(pd.sum())
    ratio, error = bads / promised, float(np.sqrt((pd * (1 - pd)).sum())) / promised
    if abs(ratio - 1) >= rules.calibration_alarm and abs(ratio - 1) > z * error:
        word: Verdict = "promises too little" if ratio > 1 else "promises too much"
        return word, f"{bads} loans went bad where {promised:.0f} were promised"
    if released is None:
        return "as expected", "promises came true; ranking is not compared"
    auc = found["auc"].value
    fall, spread = released.auc - auc, float(np.hypot(auc_error(auc, bads, len(bad) - bads), released.error))
    if fall >= rules.auc_fall_alarm and fall > z * spread:
        return "ranks worse", f"AUC {auc:.3f}, {released.auc:.3f} at release"
    return "as expected", "promises and ranking came out as at release"


def is_judged(content: Mapping[str, Any]) -> bool:
    """Whether a measurement as kept says something of what came, in any period of any view."""
    return any(row["verdict"] in JUDGED for view in content["views"] for row in view["rows"])


def own_error(rows: Sequence[Row], rules: Rules) -> dict[str, Any]:
    """How good the estimates were so far, by measure: `{periods, inside, low, high, mean, size}`.

    `inside` counts the periods in which what came lay within the estimate's interval, `low` and `high` bound their
    true share, `mean` is the mean of found less estimated and `size` that of its absolute value; None with too few
    periods. Periods that the model learned from do not count.
    """
    judged = [row.differences() for row in rows if row.found and row.verdict != "learned from"]
    return {name: _error_of([one[name] for one in judged if name in one], rules) for name in COMPARED}


def _error_of(seen: Sequence[Mapping[str, Any]], rules: Rules) -> dict[str, Any]:
    inside, values = sum(one["inside"] for one in seen), np.array([one["value"] for one in seen])
    told = len(seen) >= rules.periods_least
    low, high = wilson(inside, len(seen))
    figures = {"low": low, "high": high, "mean": values.mean(), "size": np.abs(values).mean()} if told else {}
    rounded = {name: round(float(figures[name]), 6) if told else None for name in ("low", "high", "mean", "size")}
    return {"periods": len(seen), "inside": inside, **rounded}


@dataclass(frozen=True, slots=True)
class Finding:
    """Periods in a row with the same alarming verdict."""

    verdict: Verdict
    first: str
    last: str
    why: str

    @property
    def kind(self) -> str:
        """What sort of alarm it is."""
        return "performance" if self.verdict == "ranks worse" else "calibration"


def findings(rows: Sequence[Row]) -> list[Finding]:
    """What somebody should look at, oldest first."""
    runs = [(verdict, list(same)) for verdict, same in groupby(rows, key=lambda row: row.verdict)]
    return [Finding(v, same[0].period, same[-1].period, same[-1].why) for v, same in runs if v in ALARMS]
