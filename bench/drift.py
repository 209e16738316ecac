"""Drift of 20 features x 1,000,000 rows: verdicts from counts, with and without counting, against Evidently on rows."""

from __future__ import annotations

import time
import warnings
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.machine import median
from lending.settings import ROOT
from serving.counts import Bins, bins_of
from serving.drift import ALARMS, Shift, tell
from serving.monitor import Rules, rules_on

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROWS, NUMBERS, CODES, MOVED = 1_000_000, 16, 4, 5
"""Rows of the reference and of the window each; the first `MOVED` numbers and the first code moved by much."""
BAR = 10.0
REPEATS = 5
Columns = dict[str, "NDArray[Any]"]


def run(rows: int = ROWS) -> dict[str, Any]:
    """Time both on the same rows, and compare their verdicts on what clearly moved and what did not.

    Args:
        rows: of the reference and of the window each.
    """
    before, now = _columns(rows, 1, moved=False), _columns(rows, 2, moved=True)
    rules = rules_on(ROOT / "kb", datetime.now(UTC).date())
    started = time.perf_counter()
    bins = {name: _bins(values, rules) for name, values in before.items()}
    reference = {name: bins[name].count(values) for name, values in before.items()}
    fixed = time.perf_counter() - started
    started = time.perf_counter()
    window = {name: bins[name].count(values) for name, values in now.items()}
    counting = time.perf_counter() - started
    judged, verdicts = _judged({name: Shift(reference[name], window[name]) for name in before}, rules)
    peer, theirs = _evidently(before, now)
    ours = {name for name, verdict in verdicts.items() if verdict in ALARMS}
    return {
        "what": f"drift of {NUMBERS + CODES} features x {rows:,} rows against as many of the reference",
        "fixing bins and counting the reference, once": f"{fixed:.2f} s",
        "counting the window; live decisions are counted as they happen": f"{counting:.2f} s",
        "verdicts from counts": f"{1000 * judged:.1f} ms",
        "Evidently's drift preset on the rows": f"{peer:.1f} s",
        "ratio with counting the window": _beside(peer / (counting + judged)),
        "ratio with counting both": _beside(peer / (fixed + counting + judged)),
        "ratio of the verdict alone": f"{peer / judged:,.0f} x",
        "clear cases": f"{len(_expected())} moved, {NUMBERS + CODES - len(_expected())} did not; Candor names "
        f"{'the same' if ours == _expected() else sorted(ours)}, Evidently "
        f"{'the same' if theirs == _expected() else sorted(theirs)}",
    }


def _expected() -> set[str]:
    return {f"number_{n}" for n in range(MOVED)} | {"code_0"}


def _columns(rows: int, seed: int, *, moved: bool) -> Columns:
    rng = np.random.default_rng(seed)
    shift = [1.0 if moved and n < MOVED else 0.0 for n in range(NUMBERS)]
    found: Columns = {f"number_{n}": rng.normal(shift[n], 1.0, rows) for n in range(NUMBERS)}
    for n in range(CODES):
        chances = [0.1, 0.2, 0.3, 0.4] if moved and n == 0 else [0.4, 0.3, 0.2, 0.1]
        found[f"code_{n}"] = rng.choice(np.array(list("abcd"), dtype=object), rows, p=chances)
    return found


def _bins(values: NDArray[Any], rules: Rules) -> Bins:
    return bins_of(values, number=values.dtype != object, bins=rules.bins, few_values=rules.few_values,
                   rare_share=rules.rare_share)  # fmt: skip


def _judged(shifts: dict[str, Shift], rules: Rules) -> tuple[float, dict[str, str]]:
    """Seconds for all verdicts, the median of some rounds, and the verdicts."""
    times, found = [], dict[str, str]()
    for _ in range(REPEATS):
        started = time.perf_counter()
        fresh = {name: Shift(one.reference, one.window) for name, one in shifts.items()}  # nothing is remembered
        found = {name: tell(one, rules.limits, len(fresh)).verdict for name, one in fresh.items()}
        times.append(time.perf_counter() - started)
    return median(times), found


def _evidently(before: Columns, now: Columns) -> tuple[float, set[str]]:
    """Seconds of the preset as it comes, and the columns that it calls drifted; its import is not counted."""
    import pandas as pd

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library's own
        from evidently import DataDefinition, Dataset, Report
        from evidently.presets import DataDriftPreset

        columns = DataDefinition(
            numerical_columns=[name for name in before if name.startswith("number")],
            categorical_columns=[name for name in before if name.startswith("code")],
        )
        frames = [pd.DataFrame(columns_) for columns_ in (now, before)]
        started = time.perf_counter()
        current, reference = (Dataset.from_pandas(frame, columns) for frame in frames)
        found = Report([DataDriftPreset()]).run(current, reference).dict()
        return time.perf_counter() - started, _drifted(found)


def _drifted(found: dict[str, Any]) -> set[str]:
    """Columns that failed their test."""
    return {
        str(metric["config"]["column"])
        for metric in found["metrics"]
        if metric["config"].get("column") and _moved(metric)
    }


def _moved(metric: dict[str, Any]) -> bool:
    """A p-value is low where something moved; a distance is high."""
    config = metric["config"]
    low_is_moved = "p_value" in config["method"]
    return (
        float(metric["value"]) < config["threshold"] if low_is_moved else float(metric["value"]) > config["threshold"]
    )


def _beside(ratio: float) -> str:
    return f"{ratio:.1f} x ({'reaches' if ratio >= BAR else 'MISSES'} the bar of {BAR:g} x)"
