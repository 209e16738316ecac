"""Is a column in the unit that the contract asks for? Judged by its median, and by the name of its column."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportReturnType=false, reportCallIssue=false
# pyright: reportOptionalMemberAccess=false, reportGeneralTypeIssues=false
# (the types that pandas ships cannot tell a column from a frame)

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from features.contract import Word, contract
from features.dataset import DataFinding
from features.findings import critical, passed, percent, warning
from features.mapping import FieldRule, Mapping

if TYPE_CHECKING:
    import pandas as pd

CONTRACT_CURRENCY = "USD"
OUTSIDE_MAX = 0.02
"""Share of values that may lie outside the plausible range before someone should look."""
_YEARLY = re.compile(r"annual|annum|yearly|per_year|_pa$", re.IGNORECASE)
_REMEDIES: dict[str, tuple[tuple[str, str, float], ...]] = {
    "currency": (
        ("a year", "divide", 12.0),
        ("thousands", "multiply", 1000.0),
        ("cents", "divide", 100.0),
        ("cents a year", "divide", 1200.0),
        ("a month divided again", "multiply", 12.0),
    ),
    "fraction": (("percent", "divide", 100.0), ("a fraction divided again", "multiply", 100.0)),
    "months": (("years", "multiply", 12.0), ("days", "divide", 30.4375)),
    "points": (),
    "count": (),
}
_MONTHLY = ("gross_monthly_income", "net_monthly_income", "monthly_obligations")


def unit_findings(fields: pd.DataFrame, mapping: Mapping) -> list[DataFinding]:
    """Critical for each number whose unit looks wrong, with the line to write; a warning for odd single values."""
    words = contract().words
    numbers = [name for name in fields if words[name].kind == "number"]
    found = [f for name in numbers for f in _judge(words[name], fields[name], mapping)]
    if not any(f.severity == "critical" for f in found):
        found.append(passed("unit", "", f"{len(numbers)} fields in their unit", "the contract's typical range"))
    return found


def _judge(word: Word, values: pd.Series, mapping: Mapping) -> list[DataFinding]:
    rule = mapping.fields[word.name]
    numbers = values.dropna().to_numpy()
    if not len(numbers) or word.typical is None or word.plausible is None:
        return []
    if word.name in _MONTHLY and _YEARLY.search(rule.column) and rule.divide == 1 and rule.multiply == 1:
        return [_wrong(word, rule, float(np.median(numbers)), "a year", "divide", 12.0)]
    if word.unit == "currency" and mapping.currency != CONTRACT_CURRENCY:
        return []
    middle = float(np.median(numbers[numbers > 0])) if (numbers > 0).any() else 0.0
    if wrong := _by_median(word, rule, middle):
        return [wrong]
    outside = float(((numbers < word.plausible[0]) | (numbers > word.plausible[1])).mean())
    if outside > OUTSIDE_MAX:
        limits = f"{word.plausible[0]:g} to {word.plausible[1]:g} {word.unit}"
        return [warning("range", word.name, f"{percent(outside)} of values outside", limits, "Look at these loans.")]
    return []


def _by_median(word: Word, rule: FieldRule, middle: float) -> DataFinding | None:
    low, high = word.typical or (0.0, np.inf)
    if middle == 0 or low <= middle <= high:
        return None
    for name, key, factor in _REMEDIES[word.unit]:
        if ("a year" in name or "a month" in name) and word.name not in _MONTHLY:
            continue
        mended = middle / factor if key == "divide" else middle * factor
        if low <= mended <= high:
            return _wrong(word, rule, middle, name, key, factor)
    limit = f"a median from {low:g} to {high:g} {word.unit}"
    return critical("unit", word.name, f"median {middle:g}", limit, f"Check what {rule.column} holds, or drop it.")


def _wrong(word: Word, rule: FieldRule, middle: float, name: str, key: str, factor: float) -> DataFinding:
    low, high = word.typical or (0.0, np.inf)
    total = {"divide": rule.divide, "multiply": rule.multiply}[key] * factor
    undo = rule.multiply if key == "divide" else rule.divide
    steps = f"{key}: {total:g}" if undo == 1 else f"without {'multiply' if key == 'divide' else 'divide'}"
    steps = "without percent" if rule.percent and key == "multiply" else steps
    asked = f"{word.unit} a month" if word.name in _MONTHLY else word.unit
    return critical(
        "unit", word.name, f"median {middle:g}, which looks like {name}",
        f"a median from {low:g} to {high:g} {asked}",
        f"Write {word.name}: {{column: {rule.column}, {steps}}}",
    )  # fmt: skip
