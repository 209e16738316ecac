"""What chance makes of a sum of squares, in closed form: bounds of a shift from its chi-square figure."""

from __future__ import annotations

from math import sqrt

_HALVINGS = 60


def squares_most(freedom: int, z: float) -> float:
    """The chi-square figure that chance exceeds with the one-sided probability of `z`.

    Args:
        freedom: degrees of freedom, at least 1.
        z: normal quantile.
    Source: Wilson and Hilferty (1931).

    >>> round(squares_most(9, 1.6449), 1)
    16.9
    """
    spread = 2 / (9 * freedom)
    return freedom * (1 - spread + z * sqrt(spread)) ** 3


def shift_bounds(squares: float, freedom: int, z: float) -> tuple[float, float]:
    """Lower and upper bound of the part of a chi-square figure that chance does not make.

    The lower one is above 0 exactly when the figure exceeds `squares_most`.

    Args:
        squares: the figure, such as a PSI over (1/n + 1/m).
        freedom: degrees of freedom, at least 1.
        z: one-sided normal quantile of each bound.
    Source: the cube root of a noncentral chi-square is about normal, Abdel-Aty (1954); inverted by halving.
    """
    return _part(squares, freedom, z), _part(squares, freedom, -z)


def _part(squares: float, freedom: int, z: float) -> float:
    """The noncentrality at which the figure lies `z` deviations above its middle; 0 when it never does."""
    low, high = 0.0, 4 * (squares + freedom + z * z)
    if _deviations(squares, freedom, low) <= z:
        return 0.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _deviations(squares, freedom, middle) > z else (low, middle)
    return (low + high) / 2


def _deviations(squares: float, freedom: int, part: float) -> float:
    """How many deviations the cube root of the figure lies above its middle."""
    spread = 2 * (freedom + 2 * part) / (9 * (freedom + part) ** 2)
    return ((squares / (freedom + part)) ** (1 / 3) - 1 + spread) / sqrt(spread)
