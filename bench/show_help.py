"""`candor --help` as a whole process."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

from bench.machine import against, median

BAR = 0.5  # seconds
RUNS = 7


def run() -> dict[str, Any]:
    """The median of some runs, beside an interpreter that does nothing."""
    ours = _median("-m", "flows.cli", "--help")
    nothing = _median("-c", "0")
    return {
        "what": "candor --help, whole process",
        "median": against(ours, BAR, "s"),
        "python that does nothing": f"{nothing:.2f} s",
        "runs": RUNS,
    }


def _median(*words: str) -> float:
    times: list[float] = []
    for _ in range(RUNS + 1):
        start = time.perf_counter()
        subprocess.run([sys.executable, *words], capture_output=True, check=True)
        times.append(time.perf_counter() - start)
    return median(times[1:])
