"""A book scored by one worker of a cluster and by two, in turns: parts sent there, scored, written whole, joined."""

from __future__ import annotations

import time
import warnings
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
    from dask.distributed import Client, LocalCluster

    rows = len(next(iter(book.values())))
    with warnings.catch_warnings(), TemporaryDirectory() as folder:
        warnings.simplefilter("ignore")  # the library's own
        with (
            LocalCluster(
                n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address="127.0.0.1:0",
                memory_limit=None,
            ) as cluster,
            Client(cluster, set_as_default=False) as client,
        ):  # fmt: skip
            client.wait_for_workers(2, timeout=120)
            found = _in_turns(client, partial(_scored, client, model, book, Path(folder)), rows)
    return _report(*found)


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

    from flows.scored_parts import join_parts, parts_beside, score_part
    from flows.scoring import parts_of

    target, ids = folder / "pd.parquet", pd.RangeIndex(len(next(iter(book.values()))))
    begun = time.perf_counter()
    with parts_beside(target) as beside:
        score = partial(score_part, model.folder, model.sha256, beside)
        tasks = [client.submit(score, part, pure=False, workers=list(workers)) for part in parts_of(ids, book)]
        client.gather(tasks)
        join_parts(beside, len(tasks), target)
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
