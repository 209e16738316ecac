"""Whether groups are approved alike, from counts of decisions alone: nobody's group ever comes near a page.

A gap is told with its interval; where so few decisions could not show a gap that matters, the answer is "cannot tell".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import NormalDist
from typing import Any, Literal

import numpy as np

from features.ranks import Z_95, wilson
from lending.tally_ports import Counts
from lending.yaml_text import dated_values
from serving.estimate import Figure
from serving.monitor import Period, period_names
from training.fairness import smallest_gap

Verdict = Literal["fair", "look", "cannot tell"]
APPROVED = "approve"
CROSS = " & "
"""Between two groups that are crossed, as the counts name them."""
_FILE = "monitoring.yaml"
_HALF = 0.5  # in place of none approved, so that the ratio has an interval


@dataclass(frozen=True, slots=True)
class Limits:
    """When groups are compared (kb/monitoring.yaml).

    Attributes:
        impact_ratio_alarm: approval rate ÷ that of the reference group below which somebody takes a look.
        group_least: fewest decisions of a group that is compared.
        cell_least: smallest count that is told at all.
        false_alarm_share: chance of any false alarm over the groups of one attribute.
    """

    impact_ratio_alarm: float
    group_least: int
    cell_least: int
    false_alarm_share: float


@dataclass(frozen=True, slots=True)
class Group:
    """Decisions of one group of an attribute; `crossed` when it is of two attributes at once."""

    attribute: str
    group: str
    crossed: bool
    decided: int
    approved: int

    @property
    def rate(self) -> float:
        """Share approved without a person."""
        return self.approved / self.decided


@dataclass(frozen=True, slots=True)
class Told:
    """One group against the group that is approved most often.

    Attributes:
        group: None of its figures are told when `held_back`: so few people could be known again.
        rate: approval rate with its 95 % interval.
        ratio: that rate ÷ the reference group's, with the interval that it is judged by, wider the more groups are
            compared, so that chance rings no more often. None where it is not compared.
        reference: name of the reference group; empty where there is none.
        smallest_gap: the difference of approval rates that so many decisions would so show with 80 % power.
    """

    group: Group
    verdict: Verdict
    why: str
    rate: Figure | None = None
    ratio: Figure | None = None
    reference: str = ""
    smallest_gap: float | None = None
    held_back: bool = False

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready; a group that is held back has no counts."""
        one, shown = self.group, not self.held_back
        return {
            "attribute": one.attribute, "group": one.group, "crossed": one.crossed,
            "decided": one.decided if shown else None, "approved": one.approved if shown else None,
            "rate": self.rate.as_dict() if self.rate and shown else None,
            "ratio": self.ratio.as_dict() if self.ratio and shown else None, "reference": self.reference,
            "smallest_gap": round(self.smallest_gap, 6) if self.smallest_gap is not None and shown else None,
            "verdict": self.verdict, "why": self.why, "held_back": self.held_back,
        }  # fmt: skip


def limits_on(kb: Path, day: date) -> Limits:
    """The limits of a day. Raises PolicyError when their file is wrong."""
    value = dated_values(kb / _FILE, day)
    return Limits(float(value["impact_ratio_alarm"]), int(value["group_least"]), int(value["cell_least"]),
                  float(value["false_alarm_share"]))  # fmt: skip


def groups_of(counts: Counts) -> list[Group]:
    """Groups from counts of the kind `group`, added up over whatever else they tell apart."""
    found: dict[str, list[int]] = {}
    for key, (number, *_) in counts.items():
        there = found.setdefault(key.grouping, [0, 0])
        there[0] += number
        there[1] += number if key.outcome == APPROVED else 0
    return [_group(name, *numbers) for name, numbers in sorted(found.items())]


def _group(name: str, decided: int, approved: int) -> Group:
    parts = [part.partition("=") for part in name.split(CROSS)]
    attribute = " x ".join(attribute for attribute, _, _ in parts)
    return Group(attribute, ", ".join(value or attribute for attribute, _, value in parts), len(parts) > 1, decided,
                 approved)  # fmt: skip


def compare(groups: Sequence[Group], limits: Limits) -> list[Told]:
    """Every group of each attribute against the one of that attribute that is approved most often."""
    named = list(dict.fromkeys(one.attribute for one in groups))
    return [told for name in named for told in _attribute([g for g in groups if g.attribute == name], limits)]


def _attribute(groups: Sequence[Group], limits: Limits) -> list[Told]:
    enough = [one for one in groups if one.decided >= limits.group_least]
    best = max(enough, key=lambda one: one.rate, default=None)
    hidden = _hidden(groups, limits.cell_least)
    return [_told(one, best if one in enough else None, limits, len(enough) - 1, one.group in hidden) for one in groups]


def _hidden(groups: Sequence[Group], least: int) -> set[str]:
    """Groups too small to be told; with a single one the next smallest too, or it followed from the total."""
    small = {one.group for one in groups if one.decided < least}
    if len(small) == 1 and len(groups) > 1:
        small.add(min((g for g in groups if g.group not in small), key=lambda one: one.decided).group)
    return small


def _told(one: Group, best: Group | None, limits: Limits, others: int, hidden: bool) -> Told:
    if hidden:
        return Told(one, "cannot tell", "too few people to be told without naming them", held_back=True)
    rate = Figure(one.rate, *wilson(one.approved, one.decided))
    if best is None:
        return Told(one, "cannot tell", f"fewer than {limits.group_least} decisions", rate)
    if not best.approved:
        return Told(one, "cannot tell", "nobody was approved", rate)
    if one is best:
        why = "approved most often, so the others are compared with it" if others else "no other group to compare with"
        return Told(one, "fair" if others else "cannot tell", why, rate, Figure(1, 1, 1), best.group)
    z = NormalDist().inv_cdf(1 - limits.false_alarm_share / 2 / max(others, 1))
    ratio = impact_ratio(one, best, z)  # told as it is judged, or the page would contradict itself
    pooled = (one.approved + best.approved) / (one.decided + best.decided)
    gap = smallest_gap(pooled, one.decided, best.decided, z)
    verdict, why = _verdict(ratio, limits.impact_ratio_alarm, gap)
    return Told(one, verdict, why, rate, ratio, best.group, gap)


def impact_ratio(one: Group, reference: Group, z: float = Z_95) -> Figure:
    """Approval rate of a group ÷ that of the reference group, with its interval; from 0 where nobody is approved.

    Args:
        one: the group.
        reference: with at least one approved.
        z: normal quantile of the interval; left out: 95 %.

    Source: 29 CFR 1607.4 D (the ratio); Katz et al. (1978), Biometrics 34:469-474 (interval of the logarithm).
    """
    approved = one.approved or _HALF
    error = np.sqrt(max(1 / approved - 1 / one.decided + 1 / reference.approved - 1 / reference.decided, 0.0))
    middle, wide = np.log(approved / one.decided / reference.rate), z * error
    low = float(np.exp(middle - wide)) if one.approved else 0.0
    return Figure(one.rate / reference.rate, low, float(np.exp(middle + wide)))


def _verdict(ratio: Figure, limit: float, gap: float) -> tuple[Verdict, str]:
    if ratio.high < limit:
        return "look", f"approved {ratio.value:.2f} times as often, clearly below {limit:g}"
    if ratio.low >= limit:
        return "fair", f"approved {ratio.value:.2f} times as often"
    return "cannot tell", f"the interval crosses {limit:g}; so few decisions show a gap of {gap:.3f} at the least"


def by_period(counts: Counts, period: Period, limits: Limits) -> list[dict[str, Any]]:
    """The groups of every period, oldest first: `{period, groups}`, JSON-ready.

    Args:
        counts: of the kind `group`.
        period: what time is cut into.
        limits: when groups are compared.
    """
    keys = list(counts)
    names = period_names(np.array([key.day for key in keys], dtype="datetime64[D]"), period) if keys else []
    parts: dict[str, dict[Any, Sequence[int]]] = {}
    for key, name in zip(keys, names, strict=True):
        parts.setdefault(str(name), {})[key] = counts[key]
    return [{"period": name, "groups": told(part, limits)} for name, part in sorted(parts.items())]


def told(counts: Counts, limits: Limits) -> list[dict[str, Any]]:
    """The groups of all of it, JSON-ready."""
    return [one.as_dict() for one in compare(groups_of(counts), limits)]


def of_product(counts: Counts, product: str) -> Mapping[Any, Sequence[int]]:
    """The counts of one loan type; empty means all."""
    return {key: number for key, number in counts.items() if not product or key.product == product}


def single(counts: Counts) -> Mapping[Any, Sequence[int]]:
    """The counts of groups that are not crossed."""
    return {key: number for key, number in counts.items() if CROSS not in key.grouping}
