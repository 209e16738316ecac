"""The language model on this machine: loading, reading a prompt for the first time and again, writing."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any, NamedTuple

from bench.machine import against, median
from lending.settings import load_settings
from rag.adapters.llama_engine import engine, threads
from rag.adapters.local_model import LocalModel
from rag.ports import Task, Usage
from serving.language import weights_file

BAR = 20.0  # seconds; what takes longer is given up for the template
RUNS = 5
GRAMMAR = "root ::= [^0-9]+"
RULES = (
    "You word claims of a bank for its customers in plain, kind English. Use each claim once, add nothing, promise "
    "nothing, write no figure; values stand as open slots in braces and stay as they are. "
)
PASSAGE = (
    "Your monthly payment is the same each month. A shorter term means higher payments and less interest in all; a "
    "longer one the other way round. You may repay early at any time, in part or whole, free of charge. "
)
CLAIMS = "Claims: the payment is {INSTALMENT} for {TERM}; the total cost is {TOTAL}; {PRODUCT} has no early fee."


class Timed(NamedTuple):
    """Seconds to the first piece and to the last, tokens read and written."""

    first: float
    last: float
    read: int
    written: int


def run() -> dict[str, Any]:
    """Time the file in force; says so when there is none. A cold prompt is one whose beginning was never read."""
    path = weights_file(load_settings())
    what = "the language model on this machine, a text of at most 80 tokens under a grammar without digits"
    if path is None or not path.is_file():
        return {"what": what, "not measured": "there is no model: make llm, or set CANDOR_LLM_PATH"}
    hashing, loading = _seconds(lambda: engine(path).sha256), _seconds(lambda: engine(path).server)
    model = LocalModel(path)
    cold = [_write(model, f"Edition {number}. ") for number in range(RUNS)]
    cached = [_write(model, f"Edition {RUNS - 1}. ", f"Be brief, version {number}. ") for number in range(RUNS)]
    return {"what": what, **_file(path, model), "hash": f"{hashing:.2f} s", "load": f"{loading:.2f} s",
            **_figures("cold prompt", cold), **_figures("cached beginning", cached)}  # fmt: skip


def _file(path: Path, model: LocalModel) -> dict[str, str]:
    size = f"{path.stat().st_size / 1e6:,.0f} MB"
    return {
        "file": f"{model.name}, {size}",
        "sha256": engine(path).sha256,
        "threads": f"{threads()} of {os.cpu_count()}",
    }


def _write(model: LocalModel, edition: str, more: str = "") -> Timed:
    task = Task(edition + RULES + PASSAGE * 4, more + CLAIMS, GRAMMAR, most_tokens=80, seconds=120)
    start, first, took = time.perf_counter(), 0.0, Usage()
    for piece in model.write(task):
        first, took = first or time.perf_counter() - start, piece.usage or took
    return Timed(first, time.perf_counter() - start, took.tokens_in, took.tokens_out)


def _figures(name: str, runs: list[Timed]) -> dict[str, str]:
    writing = median([run.written / max(run.last - run.first, 1e-9) for run in runs])
    last = against(median([run.last for run in runs]), BAR, "s")
    return {
        f"{name}, first token": f"{median([run.first for run in runs]):.2f} s, {runs[0].read} tokens of prompt",
        f"{name}, last token": f"{last}, {writing:.0f} tokens/s, median of {len(runs)}",
    }


def _seconds(work: Any) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
