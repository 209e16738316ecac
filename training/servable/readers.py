"""Native files of the families that add up steps: JSON for people, read strictly.

scorecard  {schema, base, scale, base_points, features: [{edges, log_odds, missing, points, missing_points}]}
logistic   {schema, base, features: [{edges, values, centre, weight, present, missing}]};
           log-odds of a step = present + weight x (value - centre)
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lending.domain.errors import RefusedError
from training.servable.steps import Stair, Steps

SCORECARD, LOGISTIC = "scorecard/1", "logistic/1"
SCALE = {"points": 600, "at_odds": 50, "double": 20}
"""The usual scale: 600 points are odds of 50 good loans to 1 bad, and 20 points more double them."""


def read_scorecard(native: bytes) -> Steps:
    """Run a scorecard.

    Raises:
        RefusedError: the file is not a scorecard, or its points do not follow from its log-odds.
    """
    raw = _parsed(native, SCORECARD, {"base", "scale", "base_points", "features"})
    rows = _rows(raw, {"edges", "log_odds", "missing", "points", "missing_points"})
    base = _number(raw["base"], "base")
    stairs = [Stair(_edges(r, at), _column(r, "log_odds", at), _number(r["missing"], at)) for at, r in rows.items()]
    if raw["scale"] != SCALE or raw["base_points"] != base_points(base):
        raise _refused("scale and base_points", "the scale of this program, and points that follow from the base")
    for (at, row), stair in zip(rows.items(), stairs, strict=True):
        if row["points"] != points(stair.worth) or [row["missing_points"]] != points(np.array([stair.missing])):
            raise _refused(f"{at}.points", "points that follow from the log-odds")
    return Steps(base, stairs)


def read_logistic(native: bytes) -> Steps:
    """Run a logistic regression that reads its numbers off a ladder.

    Raises:
        RefusedError: the file is not one.
    """
    raw = _parsed(native, LOGISTIC, {"base", "features"})
    keys = {"edges", "values", "centre", "weight", "present", "missing"}
    stairs = [_stair_of(row, at) for at, row in _rows(raw, keys).items()]
    return Steps(_number(raw["base"], "base"), stairs)


def points(log_odds: NDArray[np.float64]) -> list[float]:
    """Log-odds of default on the usual scale, to a tenth: more points are better."""
    return [round(-_per_log_odds() * value, 1) + 0.0 for value in log_odds.tolist()]


def base_points(base: float) -> float:
    """Points of the average of training, before those of the features; to a tenth and before calibration."""
    return round(SCALE["points"] - _per_log_odds() * (base + math.log(SCALE["at_odds"])), 1)


def _per_log_odds() -> float:
    return SCALE["double"] / math.log(2)


def _stair_of(row: Mapping[str, Any], at: str) -> Stair:
    edges, values = _edges(row, at), _column(row, "values", at)
    if (np.diff(values) < 0).any():
        raise _refused(f"{at}.values", "numbers that rise")
    weight, centre, present, missing = (_number(row[n], at) for n in ("weight", "centre", "present", "missing"))
    return Stair(edges, present + weight * (values - centre), missing)


def _parsed(native: bytes, schema: str, keys: set[str]) -> Mapping[str, Any]:
    try:
        raw = json.loads(native, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise _refused("file", "JSON of finite numbers") from None
    if not isinstance(raw, dict) or raw.get("schema") != schema or set(raw) != {"schema", *keys}:
        raise _refused("schema", f"{schema} with {', '.join(sorted(keys))}")
    return raw


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _rows(raw: Mapping[str, Any], keys: set[str]) -> dict[str, Mapping[str, Any]]:
    rows = raw["features"]
    if not isinstance(rows, list) or not rows:
        raise _refused("features", "a list of one feature or more")
    for at, row in enumerate(rows):
        if not isinstance(row, dict) or set(row) != keys:
            raise _refused(f"features[{at}]", ", ".join(sorted(keys)))
    return {f"features[{at}]": row for at, row in enumerate(rows)}


def _edges(row: Mapping[str, Any], at: str) -> NDArray[np.float32]:
    exact = _numbers(row["edges"], f"{at}.edges")
    with np.errstate(over="ignore"):
        edges = exact.astype(np.float32)
    if (edges != exact).any() or (np.diff(edges) <= 0).any():
        raise _refused(f"{at}.edges", "float32 numbers, each above the one before")
    return edges


def _column(row: Mapping[str, Any], name: str, at: str) -> NDArray[np.float64]:
    """One number for each step: one more than there are edges."""
    found = _numbers(row[name], f"{at}.{name}")
    if len(found) != len(row["edges"]) + 1:
        raise _refused(f"{at}.{name}", f"{len(row['edges']) + 1} numbers, one more than edges")
    return found


def _numbers(found: Any, at: str) -> NDArray[np.float64]:
    if not isinstance(found, list):
        raise _refused(at, "a list of numbers")
    return np.array([_number(value, at) for value in found], np.float64)


def _number(found: Any, at: str) -> float:
    if isinstance(found, bool) or not isinstance(found, int | float) or not abs(found) < float("inf"):
        raise _refused(at, "a finite number")
    try:
        return float(found)
    except OverflowError:
        raise _refused(at, "a finite number") from None


def _refused(field: str, expected: str) -> RefusedError:
    return RefusedError(
        f"the model file cannot be read at {field}; expected {expected}", code="model_file", field=field,
        found="something else", expected=expected, do="Promote the version again; the registry holds the sealed files.",
    )  # fmt: skip
