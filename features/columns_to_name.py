"""Columns that the mapping should say more about: codes for "not known", and groups that must not become features."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportReturnType=false, reportCallIssue=false
# pyright: reportOptionalMemberAccess=false, reportGeneralTypeIssues=false
# (the types that pandas ships cannot tell a column from a frame)

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from features.dataset import DataFinding
from features.findings import percent, warning
from features.leak_columns import numbers_or_none
from features.limits import Limits

if TYPE_CHECKING:
    import pandas as pd

_CODE = re.compile(r"-(1|2|3|7|8|9)|-?(9{2,}|8{2,}|7{2,})|-?1{4,}|-?(9{2,})[678]|-?99\.9+|-?0*9{3,}\.?9*")
_PROTECTED = re.compile(
    r"(^|_)(age|birth|dob|gender|sex|race|ethnic\w*|religion|marital\w*|married|nationality|national_origin|citizen\w*|"
    r"disab\w*|pregnan\w*|afam|hispanic|foreign_worker|personal_status)(_|$)"
)


def codes_for_unknown(candidates: pd.DataFrame, bound: Limits) -> list[DataFinding]:
    """A warning for each number such as -999 or 9999 that many loans share far away from all other values."""
    found = []
    for name in candidates:
        numbers = numbers_or_none(candidates[name])
        codes = [] if numbers is None else _codes(numbers, bound)
        if codes:
            share = float(np.isin(numbers, codes).mean())
            told = ", ".join(f"{c:g}" for c in codes)
            do = f"If it means not known, write missing: {{{name}: [{told}]}}"
            found.append(warning("missing", name, f"{told} in {percent(share)} of loans, far from all other values",
                                 "plausible values", do))  # fmt: skip
    return found


def _codes(numbers: np.ndarray, bound: Limits) -> list[float]:
    known = numbers[~np.isnan(numbers)]
    if len(known) == 0:
        return []
    values, counts = np.unique(known, return_counts=True)
    looks = np.array([_CODE.fullmatch(f"{v:.10g}") is not None for v in (*values[:4], *values[-4:])])
    ends = np.concatenate([values[:4], values[-4:]])[looks]
    often = values[counts >= bound["code_rows_min"] * len(numbers)]
    suspects = np.intersect1d(ends, often)
    rest = known[~np.isin(known, suspects)]
    if not len(suspects) or len(rest) < len(known) * 0.02 or len(np.unique(rest)) < 3:
        return []
    low, high = np.quantile(rest, [0.01, 0.99])
    reach = bound["code_distance_min"] * max(high - low, 1e-9)
    outside = (suspects < rest.min()) & (suspects < low - reach) | (suspects > rest.max()) & (suspects > high + reach)
    negative = (suspects < 0) & (rest.min() >= 0)
    return [float(v) for v in suspects[outside | negative]]


def groups_among_features(extras: Sequence[str], known: Sequence[str]) -> list[DataFinding]:
    """A warning for each extra column whose name speaks of a protected group."""
    found = []
    for name in extras:
        plain = re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower())
        if name not in known and _PROTECTED.search(plain):
            do = f"Write protected: {{{plain}: {name}}} to measure fairness by it, or name it under drop."
            found.append(warning("protected", name, "a name for a protected group, used as a feature",
                                 "facts about the loan and the ability to repay", do))  # fmt: skip
    return found
