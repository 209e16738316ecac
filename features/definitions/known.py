"""What counts as a known number: finite and not below zero. Everything else is missing (NaN)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Numbers = NDArray[np.float64]
"""Shape (n,), or () for one loan; NaN is missing."""


def known(values: ArrayLike) -> Numbers:
    """Float64 of the same shape; negative and infinite values become NaN, None is NaN.

    >>> known([1, -2, float("inf"), None]).tolist()
    [1.0, nan, nan, nan]
    """
    numbers = np.asarray(values, dtype=np.float64)
    return np.where((numbers >= 0) & (numbers < np.inf), numbers, np.nan)


def share(part: ArrayLike, whole: ArrayLike) -> Numbers:
    """Part ÷ whole; NaN where either is missing or the whole is zero."""
    top, base = known(part), known(whole)
    return top / np.where(base > 0, base, np.nan)


def word(values: ArrayLike) -> NDArray[np.object_]:
    """Category text, trimmed and in lower case; None where missing or empty."""
    texts = np.asarray(values, dtype=object)
    flat = [v.strip().lower() or None if isinstance(v, str) else None for v in texts.ravel()]
    cleaned = np.empty(texts.size, dtype=object)
    cleaned[:] = flat
    return cleaned.reshape(texts.shape)
