"""What an experiment shows so far, safe to look at every day: intervals that hold however often they are read.

Source of the intervals: Johari, Pekelis, Walsh (2017), always valid inference by the mixture sequential probability
ratio test, for the difference of two shares. Source of the ratio check: Fabijan et al. (2019), sample ratio mismatch.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import NormalDist
from typing import Literal

from lending.domain.errors import InputError

Verdict = Literal["better", "worse", "undecided", "broken_ratio"]
CONFIDENCE = 0.95
POWER = 0.8
RATIO_ALARM = 0.001
"""A split as uneven as seen would come by chance less often than this: the experiment itself is broken."""
_EXPECTED_EFFECT = (
    0.02  # standard deviation of the effects that the mixture expects; any value is valid, this one is quick
)
_STEP, _MOST_TIMES = 1.05, 1e6
"""By how much the people are raised at a time, and when that ends."""


@dataclass(frozen=True, slots=True)
class Arm:
    """One variant: how many people saw it, and how many of them did what is hoped for."""

    variant: str
    people: int
    successes: int

    @property
    def share(self) -> float:
        """Of its people; 0 while there are none."""
        return self.successes / self.people if self.people else 0.0


@dataclass(frozen=True, slots=True)
class Compared:
    """A variant against the first one: the difference of the shares and its always-valid interval."""

    variant: str
    against: str
    difference: float
    low: float
    high: float
    verdict: Verdict


def compare(arms: Sequence[Arm], shares: Mapping[str, Decimal], *, confidence: float = CONFIDENCE) -> list[Compared]:
    """Every later variant against the first.

    Args:
        arms: two or more, the present wording first.
        shares: variant to its planned share of the people.
        confidence: of each interval, over all looks at it together; shared among the comparisons.

    Raises:
        InputError: fewer than two variants, or more successes than people.
    """
    _check(arms)
    broken = ratio_chance(arms, shares) < RATIO_ALARM
    alpha = (1 - confidence) / (len(arms) - 1)
    return [_compared(arms[0], arm, alpha, broken=broken) for arm in arms[1:]]


def more_people(arms: Sequence[Arm], worth: float, *, confidence: float = CONFIDENCE, power: float = POWER) -> int:
    """About how many more people it takes until a true difference of `worth` would be told, over all variants.

    Args:
        arms: as they are now; who comes later is taken to divide in the same proportion.
        worth: a difference of shares, above 0.
        confidence: as of `compare`.
        power: chance that it is told by then.
    """
    alpha, beyond = (1 - confidence) / (len(arms) - 1), NormalDist().inv_cdf(power)
    total = max(sum(arm.people for arm in arms), len(arms))
    start = [arm if arm.people else Arm(arm.variant, 1, 0) for arm in arms]
    times = 1.0
    while max(_reach(start[0], arm, times, alpha, beyond) for arm in start[1:]) > worth and times < _MOST_TIMES:
        times *= _STEP
    return round(total * times) - sum(arm.people for arm in arms) if times > 1 else 0


def _reach(first: Arm, other: Arm, times: float, alpha: float, beyond: float) -> float:
    """The true difference that would be told with `times` as many people."""
    variance = sum(_spread(arm) for arm in (first, other)) / times
    return _width(variance, alpha) + beyond * math.sqrt(variance)


def ratio_chance(arms: Sequence[Arm], shares: Mapping[str, Decimal]) -> float:
    """Chance of a split at least as uneven as this one when people are divided as planned: chi-square, 0 to 1.

    >>> ratio_chance([Arm("a", 500, 0), Arm("b", 500, 0)], {"a": Decimal("0.5"), "b": Decimal("0.5")})
    1.0
    """
    total = sum(arm.people for arm in arms)
    if not total:
        return 1.0
    planned = {arm.variant: float(shares[arm.variant]) * total for arm in arms}
    found = sum((arm.people - planned[arm.variant]) ** 2 / planned[arm.variant] for arm in arms)
    return chi_square_tail(found, len(arms) - 1)


def chi_square_tail(value: float, freedom: int) -> float:
    """Chance that chi-square is at least this large. Source: series for whole degrees of freedom (A&S 26.4.4, 26.4.5).

    >>> round(chi_square_tail(3.841, 1), 3)
    0.05
    >>> round(chi_square_tail(5.991, 2), 3)
    0.05
    """
    half = value / 2
    if freedom % 2 == 0:
        term, total = math.exp(-half), 0.0
        for k in range(freedom // 2):
            total += term
            term *= half / (k + 1)
        return min(total, 1.0)
    total, term = math.erfc(math.sqrt(half)), math.sqrt(half / math.pi) * 2 * math.exp(-half)
    for k in range(1, freedom // 2 + 1):
        total += term
        term *= half / (k + 0.5)
    return min(total, 1.0)


def _compared(first: Arm, other: Arm, alpha: float, *, broken: bool) -> Compared:
    difference = other.share - first.share
    width = _half_width(first, other, alpha)
    low, high = max(difference - width, -1.0), min(difference + width, 1.0)
    verdict: Verdict = "better" if low > 0 else "worse" if high < 0 else "undecided"
    return Compared(other.variant, first.variant, difference, low, high, "broken_ratio" if broken else verdict)


def _half_width(first: Arm, other: Arm, alpha: float) -> float:
    """Of the interval; infinite while an arm is empty."""
    if not first.people or not other.people:
        return math.inf
    return _width(sum(_spread(arm) for arm in (first, other)), alpha)


def _width(variance: float, alpha: float) -> float:
    mixture = _EXPECTED_EFFECT**2
    return math.sqrt(variance * (variance + mixture) / mixture * math.log((variance + mixture) / (variance * alpha**2)))


def _spread(arm: Arm) -> float:
    """Variance of a share, never 0: one success and one failure are added (Agresti and Caffo, 2000)."""
    share = (arm.successes + 1) / (arm.people + 2)
    return share * (1 - share) / arm.people


def _check(arms: Sequence[Arm]) -> None:
    wrong = next((arm for arm in arms if not 0 <= arm.successes <= arm.people), None)
    if len(arms) < 2 or wrong:
        raise InputError(
            f"{wrong.variant} has {wrong.successes} successes of {wrong.people}" if wrong else f"{len(arms)} variants",
            code="experiment", field="arms", expected="two variants or more, each with at most as many successes",
            do="Check how people were counted.",
        )  # fmt: skip
