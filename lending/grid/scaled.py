"""Exact decimals as whole numbers: cents, millionths, and rates in units of 1e-8."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal

import numpy as np
from numpy.typing import NDArray

from lending.domain.errors import InputError

Whole = NDArray[np.int64]
"""Whole numbers; shape (n,) or () for all points alike."""

CENTS, MICRO, RATE = 2, 6, 8
"""Decimal places of amounts, of PDs and shares, of rates."""
MOST_CENTS = 10**15
"""Above every amount that can be asked for."""
_LARGEST = np.iinfo(np.int64).max


class InexactError(InputError):
    """A value has more places than its scale, so whole numbers cannot stand for it."""


def whole(value: Decimal, places: int) -> int:
    """A decimal as a whole number of its last place. Raises InexactError when it has more places."""
    scaled = value.scaleb(places)
    if scaled != scaled.to_integral_value():
        raise InexactError(
            f"{value} has more than {places} decimal places", code="inexact", found=str(value)[:40],
            expected=f"at most {places} places", do="Correct the figure in the record or under kb/.",
        )  # fmt: skip
    return int(scaled)


def floored(value: Decimal, places: int) -> int:
    """The largest whole number of last places that is not above a decimal."""
    return int(value.scaleb(places).to_integral_value(ROUND_FLOOR))


def ceiled(value: Decimal, places: int) -> int:
    """The smallest whole number of last places that is not below a decimal."""
    return -floored(-value, places)


def times(values: Whole, factor: int, plus: int = 0) -> Whole:
    """Exact products with `plus` added: Python's own integers (dtype object) where 64 bits could not hold one."""
    fits = int(np.abs(values).max(initial=0)) * abs(factor) + abs(plus) <= _LARGEST
    return (values if fits else values.astype(object)) * factor + plus


def half_even(numerator: Whole, denominator: int) -> Whole:
    """Quotients rounded half to even, exactly."""
    quotient, rest = np.divmod(numerator, denominator)
    up = (2 * rest > denominator) | ((2 * rest == denominator) & (quotient % 2 == 1))
    return quotient + up


def ceiling(numerator: Whole, denominator: int) -> Whole:
    """Quotients rounded up, exactly."""
    return -((-numerator) // denominator)
