"""What the orchestrator adds: one training of 100,000 loans as a Prefect flow against the same steps called plainly."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from bench.machine import against, median
from bench.orchestrator import orchestrator

ROWS, NUMBERS, ROUNDS, BAR = 100_000, 10, 3, 1.3
_MAPPING = """
name: loans
source: {path: loans.csv}
id: loan
date: {column: day, format: "%Y-%m-%d"}
label: {column: bad, bad: [1]}
"""
# The flow's way in and the same steps without it; both import everything before the clock starts. The budget leaves
# room for the first family alone, so that both do the same work.
_PLAIN = """
import time, training.train, mlflow, great_expectations
from flows import steps
begun = time.monotonic()
steps.train_model("loans", 7, 1.0, lambda share, text: None)
print(time.monotonic() - begun)
"""
_FLOW = """
import time, training.train, mlflow, great_expectations
from flows import steps
from flows.parameters import TrainRequest
from flows.train_model import train_model
begun = time.monotonic()
train_model(TrainRequest(data="loans", seed=7, budget_seconds=1.0))
print(time.monotonic() - begun)
"""


def run() -> dict[str, Any]:
    """Train in turns, each time in a fresh process, with an orchestrator that is up as in `candor up`."""
    with tempfile.TemporaryDirectory() as home, orchestrator(home) as env:
        _add(Path(home), env)
        rounds = [(_seconds(_PLAIN, env), _seconds(_FLOW, env)) for _ in range(ROUNDS)]
    plain, flow = (median(list(times)) for times in zip(*rounds, strict=True))
    return {
        "what": f"training on {ROWS} loans of {NUMBERS} features as a flow against its steps called plainly",
        "overhead": against(flow / plain, BAR, "x"),
        "rounds": ", ".join(f"{f / p:.2f} x" for p, f in rounds),
        "plainly": f"{plain:.1f} s",
        "as a flow": f"{flow:.1f} s",
    }


def _add(home: Path, env: dict[str, str]) -> None:
    draw = np.random.default_rng(7)
    values = draw.standard_normal((ROWS, NUMBERS))
    bad = draw.random(ROWS) < 1 / (1 + np.exp(2.2 - values[:, :4].sum(axis=1) / 2))
    days = np.datetime64("2023-01-01") + np.arange(ROWS) * 700 // ROWS
    with (home / "loans.csv").open("w", encoding="utf-8") as file:
        file.write(",".join(["loan", "day", "bad", *(f"number_{n}" for n in range(NUMBERS))]) + "\n")
        for row, (day, label, numbers) in enumerate(zip(days, bad, values, strict=True)):
            file.write(f"L{row},{day},{int(label)},{','.join(f'{v:.4f}' for v in numbers)}\n")
    (home / "loans.yaml").write_text(_MAPPING, encoding="utf-8")
    command = [sys.executable, "-m", "flows.cli", "data", "add", str(home / "loans.yaml")]
    subprocess.run(command, env=env, check=True, capture_output=True)


def _seconds(code: str, env: dict[str, str]) -> float:
    done = subprocess.run([sys.executable, "-c", code], env=env, check=True, capture_output=True, text=True)
    return float(done.stdout.splitlines()[-1])
