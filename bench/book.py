"""A book scored by one worker of a cluster and by two, in turns: laid out, scored in parts, written whole, joined."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from bench.machine import median

if TYPE_CHECKING:
    from dask.distributed import Client

    from training.servable.package import PackageModel
    from training.servable.protocol import Columns

BAR = 1.6  # times the rows a second of one worker
ROUNDS = 4


def on_workers(model: PackageModel, book: Columns) -> dict[str, str]:
    """Rows a second of one worker process with one thread, and of two."""
    from tests.fakes.cluster import small_cluster

    with small_cluster() as client, TemporaryDirectory() as folder:
        score = partial(_scored, client, model, book, Path(folder))
        return _report(*_in_turns(client, score, len(next(iter(book.values())))))


def _in_turns(client: Client, score: partial[float], rows: int) -> tuple[list[float], list[float]]:
    """Rows a second by the first worker and by both, one a round, after one that warms up."""
    threads: Any = client.nthreads()
    workers, one, two = sorted(threads), list[float](), list[float]()
    for _ in range(ROUNDS + 1):
        one.append(rows / score(workers[:1]))
        two.append(rows / score(workers))
    return one[1:], two[1:]


def _scored(client: Client, model: PackageModel, book: Columns, folder: Path, workers: Sequence[str]) -> float:
    """Seconds to score a book on some of the workers, from columns to the joined file."""
    import pandas as pd

    from flows.scored_parts import join_parts, parts_beside, score_part, write_book
    from flows.scoring import CHUNK

    target, ids = folder / "pd.parquet", pd.RangeIndex(len(next(iter(book.values()))))
    begun = time.perf_counter()
    with parts_beside(target) as beside:
        score, parts = partial(score_part, model.folder, model.sha256, beside), write_book(beside, ids, book, CHUNK)
        client.gather(client.map(score, range(parts), pure=False, workers=list(workers)))
        join_parts(beside, parts, target)
    return time.perf_counter() - begun


def _report(one: Sequence[float], two: Sequence[float]) -> dict[str, str]:
    rounds = [b / a for a, b in zip(one, two, strict=True)]
    ratio = median(rounds)
    within = f"{'within' if ratio >= BAR else 'MISSES'} the bar of {BAR:g} x"
    return {
        "PD only, one worker of a cluster, to a file": f"{median(one):,.0f} rows/s",
        "PD only, two workers": f"{median(two):,.0f} rows/s: {ratio:.2f} x (rounds {min(rounds):.2f} to "
        f"{max(rounds):.2f}; {within})",
    }
