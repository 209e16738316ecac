"""Training on 150,000 loans of ten features, every family, in a fresh process: seconds, memory, what was left out."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from bench.machine import against

ROWS, BUDGET = 150_000, 240.0
MEMORY_BAR = 8.0  # GB, of the bigger run of a million loans; this one must stay far below

_CODE = """
import json, resource, sys, tempfile, time
from pathlib import Path
import numpy as np
import pandas as pd
from features.dataset import DataSet
from features.feature_sets import FeatureSet, FeatureSpec
from training.train import train

rows, budget, numbers = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]) - 1
draw = np.random.default_rng(7)
values = draw.standard_normal((rows, numbers))
group = draw.choice(list("abcde"), rows)
weights = np.array([0.5, -0.4, 0.3, 0.2, -0.2, 0.1, 0.05] + [0.0] * (numbers - 7))
odds = values @ weights + 0.3 * values[:, 3] * values[:, 4] + 0.4 * (group == "a") - 2.2
names = [f"number_{n}" for n in range(numbers)]
ways = [1, -1, 1] + [0] * (numbers - 3)
specs = [FeatureSpec(n, "number", w, worst=4.0 * w if w else None) for n, w in zip(names, ways)]
book = DataSet(
    name="bench", frame=pd.DataFrame({**dict(zip(names, values.T)), "group": pd.Series(group, dtype=object)}),
    label=pd.Series((draw.random(rows) < 1 / (1 + np.exp(-odds))).astype(np.int8)),
    dates=pd.Series(pd.Timestamp("2023-01-01") + pd.to_timedelta(np.arange(rows) * 1000 // rows, "D")),
    protected=pd.DataFrame({"sex": draw.choice(["female", "male"], rows)}),
    feature_set=FeatureSet("bench-1", (*specs, FeatureSpec("group", "category", categories=tuple("abcde")))),
    horizon_months=12, test_from=None, data_sha256="d" * 64, mapping_sha256="e" * 64, declared_leaks=(), findings=(),
)
del values
steps = []
begun, before = time.monotonic(), time.process_time()
result = train(book, Path(tempfile.mkdtemp()), 7, budget, lambda share, text: steps.append((time.monotonic(), text)))
tried = [c["family"] + f" {c['seconds']} s" for c in result.candidates if not c["left_out"]]
ends = [at for at, _ in steps[1:]] + [time.monotonic()]
print(json.dumps({
    "seconds": time.monotonic() - begun, "processor": time.process_time() - before,
    "gigabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    "tried": tried, "left_out": [c["family"] for c in result.candidates if c["left_out"]],
    "trials": result.repeat["trials"], "chosen": result.choice["why"],
    "failed": [g.name for g in result.gates if not g.passed],
    "steps": [f"{text}: {end - at:.1f} s" for (at, text), end in zip(steps, ends) if end - at >= 0.5],
}))
"""


def run() -> dict[str, Any]:
    """Train once within the default budget."""
    found = measured(ROWS, BUDGET, 10)
    return {
        "what": f"training on {ROWS} loans of 10 features, all families, five folds, gates and card",
        "whole run": against(found["seconds"], BUDGET, "s"),
        "processor time": f"{found['processor']:.1f} s",
        "highest memory": against(found["gigabytes"], MEMORY_BAR, "GB"),
        "tried": ", ".join(found["tried"]),
        "left out": ", ".join(found["left_out"]) or "nothing",
        "trials": str(found["trials"]),
        "choice": found["chosen"],
        "failed gates": ", ".join(found["failed"]) or "none",
    }


def measured(rows: int, budget: float, features: int) -> dict[str, Any]:
    """Figures of one training in a fresh process."""
    done = subprocess.run(command(rows, budget, features), check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def command(rows: int, budget: float, features: int) -> list[str]:
    """What a process is started with that trains once and prints its figures as its last line."""
    return [sys.executable, "-c", _CODE, str(rows), str(budget), str(features)]
