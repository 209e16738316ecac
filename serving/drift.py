"""Whether a feature moved: measures that know what chance makes at this sample size, told as one verdict with a cause.

PSI of two samples of one distribution is not 0: with B bins it is about chi-square with B − 1 degrees of freedom times
(1/n + 1/m). What chance makes, at most and on average, and the interval of a real shift are taken from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from serving.chance import shift_bounds, squares_most
from serving.counts import Counts

Verdict = Literal["steady", "small", "moved", "missing", "returned", "new_values", "too_few"]
ALARMS: frozenset[Verdict] = frozenset({"moved", "missing", "returned", "new_values"})
"""Verdicts that somebody should look at."""

Floats = NDArray[np.float64]
_HALF = 0.5  # added to every bin, so that an empty one has a logarithm


@dataclass(frozen=True, slots=True)
class Limits:
    """When to speak up (kb/monitoring.yaml); shares are fractions."""

    false_alarm_share: float
    psi_alarm: float
    missing_alarm: float
    new_values_alarm: float
    rows_least: int

    def z(self, looks: int) -> float:
        """One-sided normal quantile that keeps the chance of any false alarm over so many looks."""
        return NormalDist().inv_cdf(1 - self.false_alarm_share / max(looks, 1))


@dataclass(frozen=True)
class Shift:
    """A reference and a window, as counts of the same bins.

    Attributes:
        unseen: share of new values that is no news (`Bins.unseen`).
    """

    reference: Counts
    window: Counts
    unseen: float = 0.0

    @cached_property
    def rows(self) -> int:
        """Of the window, missing values included."""
        return int(self.window.sum())

    @cached_property
    def _there(self) -> tuple[Counts, Counts]:
        """Bins that either has, without missing and new values."""
        old, new = self.reference[:-2], self.window[:-2]
        used = (old + new) > 0
        return old[used], new[used]

    @cached_property
    def _shares(self) -> tuple[Floats, Floats]:
        return tuple((n + _HALF) / (n.sum() + _HALF * len(n)) for n in self._there)  # type: ignore[return-value]

    @cached_property
    def _unsure(self) -> float:
        """1/n + 1/m over the values that are there."""
        old, new = self._there
        return 1 / old.sum() + 1 / new.sum()

    @property
    def comparable(self) -> bool:
        """Whether both have values that the reference had."""
        return all(counts.sum() > 0 for counts in self._there)

    @cached_property
    def psi(self) -> float:
        """Population stability index over the values that are there."""
        p, q = self._shares
        return float(((q - p) * np.log(q / p)).sum())

    @property
    def freedom(self) -> int:
        """Degrees of freedom of the PSI."""
        return len(self._there[0]) - 1

    @property
    def expected(self) -> float:
        """The PSI that chance makes with these numbers of rows."""
        return self.freedom * self._unsure

    def most(self, z: float) -> float:
        """The PSI that chance exceeds with the one-sided probability of `z` only."""
        return squares_most(self.freedom, z) * self._unsure if self.freedom else 0.0

    def bounds(self, z: float) -> tuple[float, float]:
        """Interval of the PSI with what chance makes taken off; above 0 exactly when the PSI exceeds `most`."""
        if not self.freedom:
            return 0.0, 0.0
        low, high = shift_bounds(self.psi / self._unsure, self.freedom, z)
        return low * self._unsure, high * self._unsure

    @property
    def distance(self) -> float:
        """Mean gap of the two cumulative distributions, 0 to 1; for categories in the order of their bins."""
        return float(np.abs(self._gaps).mean()) if len(self._gaps) else 0.0

    @property
    def distance_expected(self) -> float:
        """The distance that chance makes: the mean of |gap|, each normal around 0."""
        reached = np.cumsum(self._shares[0])[:-1]
        return float(np.sqrt(2 / np.pi * reached * (1 - reached) * self._unsure).mean()) if len(reached) else 0.0

    @cached_property
    def _gaps(self) -> Floats:
        p, q = self._shares
        return np.cumsum(q - p)[:-1]

    @property
    def most_moved(self) -> int:
        """The bin that adds most to the PSI."""
        p, q = ((n[:-2] + _HALF) / (n[:-2].sum() + _HALF * (len(n) - 2)) for n in (self.reference, self.window))
        return int(np.argmax((q - p) * np.log(q / p)))

    def share(self, place: int) -> tuple[float, float]:
        """Share of a bin, such as −1 for missing, in the reference and in the window."""
        return tuple(float(n[place] / max(n.sum(), 1)) for n in (self.reference, self.window))  # type: ignore[return-value]

    def share_gap(self, place: int, z: float) -> tuple[float, float]:
        """Interval of how much the share of a bin grew. Source: Newcombe (1998), method 10."""
        (old, new), (n, m) = self.share(place), (self.reference.sum(), self.window.sum())
        (old_low, old_high), (new_low, new_high) = wilson(old, n, z), wilson(new, m, z)
        down, up = np.hypot(new - new_low, old_high - old), np.hypot(new_high - new, old - old_low)
        return float(new - old - down), float(new - old + up)


@dataclass(frozen=True, slots=True)
class Told:
    """One feature in one period.

    Attributes:
        psi: None where too few values are there to compare.
        expected: the PSI that chance makes at this size, `most` what it makes at most.
        excess: PSI with that taken off; `low` and `high` its interval.
        missing: share of missing values, `missing_before` in the reference.
        new_values: share of values that the reference never had.
    """

    verdict: Verdict
    cause: str
    rows: int
    psi: float | None = None
    expected: float | None = None
    most: float | None = None
    excess: float | None = None
    low: float | None = None
    high: float | None = None
    distance: float | None = None
    distance_expected: float | None = None
    missing: float = 0.0
    missing_before: float = 0.0
    new_values: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready; figures are texts with six places."""
        return {
            name: f"{value:.6f}" if isinstance(value, float) else value
            for name, value in ((n, getattr(self, n)) for n in self.__slots__)
        }


def tell(shift: Shift, limits: Limits, looks: int) -> Told:
    """The verdict on one feature in one period.

    What is missing and what is new are told apart from what moved: PSI is taken over values that the reference had.

    Args:
        shift: the counts.
        limits: when to speak up.
        looks: features looked at in the same period, so that all of them together keep the false alarms.
    """
    z = limits.z(looks)
    if shift.rows < limits.rows_least:
        return _told(shift, "too_few", f"only {shift.rows} rows; {limits.rows_least} are needed", z)
    grew, _ = shift.share_gap(-1, z)
    _, shrank = shift.share_gap(-1, z)
    before, now = shift.share(-1)
    if grew > limits.missing_alarm:
        return _told(shift, "missing", f"{now:.0%} missing, {before:.0%} in the reference", z)
    if -shrank > limits.missing_alarm:
        return _told(shift, "returned", f"{now:.0%} missing, {before:.0%} in the reference: it is there more often", z)
    new, _ = shift.share_gap(-2, z)
    if new - shift.unseen > limits.new_values_alarm:
        return _told(shift, "new_values", f"{shift.share(-2)[1]:.0%} have values that the reference never had", z)
    return _moved(shift, limits, z)


def _moved(shift: Shift, limits: Limits, z: float) -> Told:
    if not shift.comparable:
        return _told(shift, "too_few", "no value to compare", z)
    if shift.bounds(z)[0] <= 0:
        return _told(shift, "steady", "no more than chance makes", z)
    if shift.psi - shift.expected < limits.psi_alarm:
        return _told(shift, "small", f"a real shift, below the {limits.psi_alarm:g} that is acted on", z)
    return _told(shift, "moved", "the values moved more than chance makes", z)


def _told(shift: Shift, verdict: Verdict, cause: str, z: float) -> Told:
    (before, now), new = shift.share(-1), shift.share(-2)[1]
    if not shift.comparable:
        return Told(verdict, cause, shift.rows, missing=now, missing_before=before, new_values=new)
    low, high = shift.bounds(z)
    return Told(
        verdict, cause, shift.rows, shift.psi, shift.expected, shift.most(z), shift.psi - shift.expected, low, high,
        shift.distance, shift.distance_expected, now, before, new,
    )  # fmt: skip


def wilson(share: float, rows: int, z: float) -> tuple[float, float]:
    """Score interval of a share. Source: Wilson (1927)."""
    middle, square = share + z * z / (2 * rows), z * np.sqrt(share * (1 - share) / rows + (z / (2 * rows)) ** 2)
    return (middle - square) / (1 + z * z / rows), (middle + square) / (1 + z * z / rows)
