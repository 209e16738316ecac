"""Models beside each other on the bank's own decisions: who approves more, whom a change would move in and out.

An applicant counts once a product, by the latest decision on them, so that somebody who tries many amounts weighs no
more than others. Sources: Wilson (1927) for one share; Bonett and Price (2012) for the difference of two shares of
the same people; Johari, Pekelis, Walsh (2017) for that of two arms, which holds however often it is looked at.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import NormalDist, fmean, stdev
from typing import Any

from lending.domain.application import Outcome
from lending.score_ports import ScoredPair
from serving.experiment_results import RATIO_ALARM, Arm, compare, ratio_chance
from serving.routing import CHALLENGER, CHAMPION

_APPROVED = Outcome.APPROVE.value
_Z = NormalDist().inv_cdf(0.975)
_POWER = NormalDist().inv_cdf(0.8)
CANNOT_TELL, MORE, FEWER, UNEVEN = "cannot_tell", "more", "fewer", "uneven"
"""Verdicts: the interval spans zero; the other approves more, or fewer; the split is not as planned."""


@dataclass(frozen=True, slots=True)
class Sharing:
    """A split as it was set.

    Attributes:
        name: of the split.
        challenger: the version.
        share: of the applicants, above 0 and below 1.
    """

    name: str
    challenger: str
    share: Decimal


def side_by_side(pairs: Sequence[ScoredPair], champion: str, other: str, role: str) -> dict[str, Any]:
    """Two models on the same decisions, at the policy of each decision's day.

    Returns:
        `{version, role, applicants, first, other, difference, smallest_gap, verdict, pd, pd_other, pd_difference,
        swaps: [{move, applicants, pd, pd_other, lent_known, bad}]}`; `first` and `other` are shares approved, figures
        are `{value, low, high}`, None without applicants. `move` is `both`, `out`, `in` or `neither`: out is who the
        champion approves and the other does not.
    """
    groups: dict[str, list[ScoredPair]] = {move: [] for move in ("both", "out", "in", "neither")}
    for one in pairs:
        groups[_move(one)].append(one)
    count, out, into = len(pairs), len(groups["out"]), len(groups["in"])
    both = len(groups["both"])
    change = difference_of_same(into, out, count)
    return {
        "version": other, "role": role, "champion": champion, "applicants": count,
        "first": share(both + out, count), "other": share(both + into, count), "difference": change,
        "smallest_gap": _smallest_of_same(into, out, count), "verdict": _verdict(change),
        "pd": mean([one.first_pd for one in pairs]), "pd_other": mean([one.other_pd for one in pairs]),
        "pd_difference": mean([one.other_pd - one.first_pd for one in pairs]),
        "swaps": [_swap(move, them) for move, them in groups.items()],
    }  # fmt: skip


def in_the_split(pairs: Sequence[ScoredPair], champion: str, sharing: Sharing) -> dict[str, Any]:
    """Champion and challenger where each decided for its own applicants.

    Returns:
        `{split, share, arms: [{part, version, applicants, approved: share, pd, known, bad}], difference, smallest_gap,
        verdict, ratio_chance}`; the difference is the challenger's share approved less the champion's.
    """
    mine = [one for one in pairs if one.split == sharing.name]
    arms = {part: [one for one in mine if one.decided_by == version]
            for part, version in ((CHAMPION, champion), (CHALLENGER, sharing.challenger))}  # fmt: skip
    told = [_arm(part, them, champion if part == CHAMPION else sharing.challenger) for part, them in arms.items()]
    people = [Arm(part, len(them), _approved_of(part, them)) for part, them in arms.items()]
    planned = {CHAMPION: 1 - sharing.share, CHALLENGER: sharing.share}
    chance = ratio_chance(people, planned)
    change = _difference_of_arms(people, planned)
    return {
        "split": sharing.name, "share": str(sharing.share), "arms": told, "difference": change,
        "smallest_gap": _smallest_of_arms(people), "ratio_chance": chance,
        "verdict": UNEVEN if chance < RATIO_ALARM else _verdict(change),
    }  # fmt: skip


def share(hits: int, count: int) -> dict[str, float] | None:
    """A share with its 95 % Wilson interval; None of nobody.

    >>> {name: round(value, 3) for name, value in share(8, 10).items()}
    {'value': 0.8, 'low': 0.49, 'high': 0.943}
    """
    if not count:
        return None
    p, z2 = hits / count, _Z**2
    middle = (p + z2 / (2 * count)) / (1 + z2 / count)
    width = _Z * math.sqrt(p * (1 - p) / count + z2 / (4 * count**2)) / (1 + z2 / count)
    return {"value": p, "low": min(p, max(0.0, middle - width)), "high": max(p, min(1.0, middle + width))}


def difference_of_same(into: int, out: int, count: int) -> dict[str, float] | None:
    """Share approved by the other less that by the first, of the same people, with its 95 % interval.

    >>> {name: round(value, 3) for name, value in difference_of_same(12, 4, 100).items()}
    {'value': 0.08, 'low': -0.002, 'high': 0.159}
    """
    if not count:
        return None
    wins, losses = (into + 1) / (count + 2), (out + 1) / (count + 2)
    middle = wins - losses
    width = _Z * math.sqrt((wins + losses - middle**2) / (count + 2))
    return {"value": (into - out) / count, "low": max(-1.0, middle - width), "high": min(1.0, middle + width)}


def mean(values: Sequence[float]) -> dict[str, float] | None:
    """A mean with its 95 % interval by the normal; None of fewer than two values."""
    if len(values) < 2:
        return None
    middle, width = fmean(values), _Z * stdev(values) / math.sqrt(len(values))
    return {"value": middle, "low": middle - width, "high": middle + width}


def _move(one: ScoredPair) -> str:
    first, other = one.first_outcome == _APPROVED, one.other_outcome == _APPROVED
    return "both" if first and other else "out" if first else "in" if other else "neither"


def _swap(move: str, them: Sequence[ScoredPair]) -> dict[str, Any]:
    known = [one.bad for one in them if one.bad is not None]
    return {
        "move": move, "applicants": len(them), "pd": _plain_mean(one.first_pd for one in them),
        "pd_other": _plain_mean(one.other_pd for one in them), "lent_known": len(known), "bad": sum(known),
    }  # fmt: skip


def _plain_mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return fmean(found) if found else None


def _arm(part: str, them: Sequence[ScoredPair], version: str) -> dict[str, Any]:
    """One side of a split: what its own model decided."""
    own: Callable[[ScoredPair], float] = (lambda one: one.first_pd) if part == CHAMPION else lambda one: one.other_pd
    known = [one.bad for one in them if one.bad is not None]
    return {
        "part": part, "version": version, "applicants": len(them),
        "approved": share(_approved_of(part, them), len(them)), "pd": mean([own(one) for one in them]),
        "known": len(known), "bad": sum(known),
    }  # fmt: skip


def _approved_of(part: str, them: Sequence[ScoredPair]) -> int:
    return sum((one.first_outcome if part == CHAMPION else one.other_outcome) == _APPROVED for one in them)


def _difference_of_arms(people: Sequence[Arm], planned: Mapping[str, Decimal]) -> dict[str, float] | None:
    if any(not arm.people for arm in people):
        return None
    (found,) = compare(people, planned)
    return {"value": found.difference, "low": found.low, "high": found.high}


def _smallest_of_arms(people: Sequence[Arm]) -> float | None:
    """The difference that would be found with 80 % power at the 5 % level. Source: Fleiss (1981), chapter 3."""
    if any(not arm.people for arm in people):
        return None
    rate = (sum(arm.successes for arm in people) + 1) / (sum(arm.people for arm in people) + 2)
    return (_Z + _POWER) * math.sqrt(rate * (1 - rate) * sum(1 / arm.people for arm in people))


def _smallest_of_same(into: int, out: int, count: int) -> float | None:
    """The same for two models on the same people; only those on whom they differ tell. Source: Connor (1987)."""
    return (_Z + _POWER) * math.sqrt((into + out + 2) / (count + 2) / count) if count else None


def _verdict(change: Mapping[str, float] | None) -> str:
    if change is None or change["low"] <= 0 <= change["high"]:
        return CANNOT_TELL
    return MORE if change["low"] > 0 else FEWER
