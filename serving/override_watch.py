"""How often cases are decided against the record: a share with its interval, by week, officer, reason and product.

An alarm needs both: a difference that chance does not make, over all looks at once, and one large enough to matter.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import NormalDist
from typing import Any

from lending.case_ports import CaseBook, EndedCase
from serving.alarms import AlarmDesk, Raised, Rung
from serving.case_rules import CaseRules
from serving.drift import wilson

KIND, DATA = "overrides", "live"
_WEEK = timedelta(days=7)
_MOST = 100_000
_Z = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class Limits:
    """When to speak up (kb/case_reasons.yaml: watch); shares are fractions."""

    weeks: int
    recent_weeks: int
    cases_least: int
    rise_alarm: float
    false_alarm_share: float

    def z(self, looks: int) -> float:
        """Two-sided normal quantile that keeps the chance of any false alarm over so many looks."""
        return NormalDist().inv_cdf(1 - self.false_alarm_share / (2 * max(looks, 1)))


@dataclass(frozen=True, slots=True)
class Tally:
    """Decided cases and those of them that went against the record."""

    cases: int
    overridden: int

    @property
    def share(self) -> float:
        """Of the cases; 0 while there are none."""
        return self.overridden / self.cases if self.cases else 0.0

    def interval(self, z: float = _Z) -> tuple[float, float]:
        """Of the share; all there is while there are no cases. Source: Wilson (1927)."""
        low, high = wilson(self.share, self.cases, z) if self.cases else (0.0, 1.0)
        return max(float(low), 0.0), min(float(high), 1.0)

    def told(self) -> dict[str, Any]:
        """JSON-ready, with the 95 % interval."""
        low, high = self.interval()
        return {"cases": self.cases, "overridden": self.overridden, "share": self.share, "low": low, "high": high}


def gap(one: Tally, other: Tally, z: float) -> tuple[float, float]:
    """Interval of one share less the other. Source: Newcombe (1998), method 10."""
    (low, high), (other_low, other_high) = one.interval(z), other.interval(z)
    middle = one.share - other.share
    return (middle - math.hypot(one.share - low, other_high - other.share),
            middle + math.hypot(high - one.share, other.share - other_low))  # fmt: skip


@dataclass(frozen=True, slots=True)
class OverrideWatch:
    """Watches overrides."""

    book: CaseBook
    rules: CaseRules
    desk: AlarmDesk

    def found(self) -> dict[str, Any]:
        """What the last weeks show; JSON-ready.

        Returns:
            `whole`, `weeks` (each with `week`, the day it begins), `officers`, `products`, `reasons` and `looks`: the
            comparisons with their `verdict` (`alarm`, `steady` or `too_few`).
        """
        now, limits = self.desk.clock.now(), self._limits()
        cases = self.book.ended(now - limits.weeks * _WEEK, _MOST)
        looks = _compared(cases, now, limits)
        return {
            "at": now.isoformat(), "weeks_read": limits.weeks, "recent_weeks": limits.recent_weeks,
            "cases_least": limits.cases_least, "rise_alarm": limits.rise_alarm, "whole": _tally(cases).told(),
            "weeks": _by(cases, "week", lambda one: _week(one.at)),
            "officers": _by(cases, "officer", lambda one: one.officer),
            "products": _by(cases, "product", lambda one: one.product), "reasons": _reasons(cases), "looks": looks,
        }  # fmt: skip

    def watch(self) -> tuple[dict[str, Any], list[Rung]]:
        """Measure, keep what was found, and raise what has to be looked at."""
        found = self.found()
        kept = self.desk.measure(KIND, DATA, found)
        alarms = [_raised(look, found) for look in found["looks"] if look["verdict"] == "alarm"]
        return found, [self.desk.raise_(KIND, DATA, alarm, kept) for alarm in alarms]

    def _limits(self) -> Limits:
        day = self.desk.clock.now().date()
        figures = {name: parameter.at(day).value for name, parameter in self.rules.watch.items()}
        weeks, recent, least = (int(figures[name]) for name in ("weeks", "recent_weeks", "cases_least"))
        return Limits(weeks, recent, least, float(figures["rise_alarm"]), float(figures["false_alarm_share"]))


def _compared(cases: Sequence[EndedCase], now: datetime, limits: Limits) -> list[dict[str, Any]]:
    """The last weeks against those before, on the whole and by product; each officer against all others."""
    since = now - limits.recent_weeks * _WEEK
    products, officers = sorted({one.product for one in cases}), sorted({one.officer for one in cases})
    z = limits.z(1 + len(products) + len(officers))
    pairs = [("weeks", "", *_parted(cases, lambda one: one.at >= since))]
    for name in products:
        pairs.append(("product", name, *_parted([one for one in cases if one.product == name],
                                                lambda one: one.at >= since)))  # fmt: skip
    for name in officers:
        pairs.append(("officer", name, *_parted(cases, lambda one, name=name: one.officer == name)))
    return [_look(what, name, one, other, z, limits) for what, name, one, other in pairs]


def _look(what: str, name: str, one: Tally, other: Tally, z: float, limits: Limits) -> dict[str, Any]:
    few = min(one.cases, other.cases) < limits.cases_least
    low, high = gap(one, other, z)
    loud = not few and (low > 0 or high < 0) and abs(one.share - other.share) >= limits.rise_alarm
    verdict = "too_few" if few else "alarm" if loud else "steady"
    return {"what": what, "name": name, "one": one.told(), "other": other.told(), "gap": one.share - other.share,
            "low": low, "high": high, "verdict": verdict}  # fmt: skip


def _raised(look: dict[str, Any], found: dict[str, Any]) -> Raised:
    words = {"weeks": "the last weeks", "product": f"the last weeks of {look['name']}", "officer": look["name"]}
    more = "more" if look["gap"] > 0 else "less"
    cause = (
        f"{words[look['what']]}: {look['one']['overridden']} of {look['one']['cases']} cases went against the record, "
        f"{more} often than {look['other']['overridden']} of {look['other']['cases']} beside them"
    )
    last = found["weeks"][-1]["week"]
    first = found["weeks"][max(len(found["weeks"]) - found["recent_weeks"], 0)]["week"]
    return Raised(f"{look['what']}-{look['name']}-{more}", more, cause, first, last, (look["name"] or "overrides",),
                  {"look": look})  # fmt: skip


def _parted(cases: Sequence[EndedCase], inside: Callable[[EndedCase], bool]) -> tuple[Tally, Tally]:
    return _tally([one for one in cases if inside(one)]), _tally([one for one in cases if not inside(one)])


def _tally(cases: Sequence[EndedCase]) -> Tally:
    return Tally(len(cases), sum(one.override is not None for one in cases))


def _by(cases: Sequence[EndedCase], name: str, key: Callable[[EndedCase], str]) -> list[dict[str, Any]]:
    return [{name: value, **_tally([one for one in cases if key(one) == value]).told()}
            for value in sorted({key(one) for one in cases})]  # fmt: skip


def _reasons(cases: Sequence[EndedCase]) -> list[dict[str, Any]]:
    """Each reason's share of all decided cases."""
    named = sorted({one.override for one in cases if one.override is not None})
    return [{"reason": name, **Tally(len(cases), sum(one.override == name for one in cases)).told()} for name in named]


def _week(at: datetime) -> str:
    """The Monday of its week."""
    day: date = at.date()
    return (day - timedelta(days=day.weekday())).isoformat()
