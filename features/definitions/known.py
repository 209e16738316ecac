"""What counts as a known number: finite and not below zero. Everything else is missing (NaN).

One loan may come as a float or a text instead of an array: the same rule, many times sooner.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Numbers = NDArray[np.float64] | float
"""Shape (n,), or a float for one loan; NaN is missing."""
Words = NDArray[np.object_] | str | None
"""Shape (n,), or one text; None is missing."""


def known(values: ArrayLike) -> Numbers:
    """Float64 of the same shape; negative and infinite values become NaN, None is NaN.

    >>> known([1, -2, float("inf"), None]).tolist()
    [1.0, nan, nan, nan]
    """
    if isinstance(values, float):
        return values if 0 <= values < np.inf else np.nan
    numbers = np.asarray(values, dtype=np.float64)
    return np.where((numbers >= 0) & (numbers < np.inf), numbers, np.nan)


def positive(values: ArrayLike) -> Numbers:
    """Known numbers above zero; zero becomes NaN too."""
    numbers = known(values)
    if isinstance(numbers, float):
        return numbers if numbers > 0 else np.nan
    return np.where(numbers > 0, numbers, np.nan)


def share(part: ArrayLike, whole: ArrayLike) -> Numbers:
    """Part ÷ whole; NaN where either is missing or the whole is zero."""
    return known(part) / positive(whole)


def word(values: ArrayLike) -> Words:
    """Category text, trimmed and in lower case; None where missing or empty (NaN is missing)."""
    if isinstance(values, str | float):
        return _trimmed(values)
    texts = np.asarray(values, dtype=object)
    flat = [_trimmed(v) for v in texts.ravel()]
    cleaned = np.empty(texts.size, dtype=object)
    cleaned[:] = flat
    return cleaned.reshape(texts.shape)


def _trimmed(value: object) -> str | None:
    return value.strip().lower() or None if isinstance(value, str) else None
