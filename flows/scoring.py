"""Scoring a whole data set with a registered version: a PD a row, in chunks, without records."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.batch import appears_whole, decide_lines
from flows.batch_workers import workers_for
from flows.cluster import runner_on
from flows.repeats import model_of
from lending.domain.errors import InputError, NotFoundError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from flows.steps import Progress
    from training.servable.protocol import Columns, ServableModel

CHUNK = 20_000
"""Rows scored together: with thirty columns 5 MB travel to a worker at once."""
KINDS = (".csv", ".parquet")


def decide_requests(source: Path, target: Path) -> dict[str, Any]:
    """Decide a file of requests as `candor decide` does; here, as all decisions join one chain of records."""
    from serving.assembly import platform

    place = platform()
    with workers_for(source, place.settings) as workers:
        return decide_lines(place.quotes, source, target, workers)


def score_data(data: str, version: str, target: Path, cluster: str, progress: Progress) -> dict[str, Any]:
    """Score every row of a data set.

    Args:
        data: name of a data set added before.
        version: registered version, `candor-pd-NAME/1` for a model of another data set; empty means the champion.
        target: .csv or .parquet, one row a loan: its id and `pd`, the calibrated probability of default.
        cluster: address of a Dask scheduler whose workers score; empty means this process.
        progress: told the share done, 0 to 1, and what is happening.

    Returns:
        `{data, version, model_sha256, rows, mean_pd, out, seconds}`.

    Raises:
        InputError: the target cannot be written, or the data set lacks features of the model.
        NotFoundError: no such data set or version.
        UnavailableError: the cluster does not answer.
    """
    from serving.assembly import platform
    from training.reassess import columns_for
    from training.servable import load

    started = time.monotonic()
    _check_target(target)
    progress(0.05, "reading the model and the data")
    folder = _package(data, version)
    model, loans = load(folder), platform().datasets.load(data)
    pd = _pds(folder, model, columns_for(loans, model.feature_set), cluster, progress)
    progress(0.95, "writing the file")
    _write(loans.frame.index, pd, target)
    return {
        "data": data, "version": model.version, "model_sha256": model.sha256, "rows": len(pd),
        "mean_pd": round(float(pd.mean()), 6), "out": str(target), "seconds": round(time.monotonic() - started, 3),
    }  # fmt: skip


def _pds(folder: Path, model: ServableModel, columns: Columns, cluster: str, progress: Progress) -> NDArray[np.float64]:
    """PD of every row, in order; each chunk is scored where there is room."""
    import numpy as np

    from training.side_by_side import Threads

    rows, parts = len(next(iter(columns.values()))), []
    with runner_on(cluster) as runner:
        for part in (runner or Threads()).map(partial(_scored, folder, model.sha256), _chunks(columns, rows)):
            parts.append(part)
            progress(0.1 + 0.85 * min(1.0, len(parts) * CHUNK / rows), f"scored {sum(map(len, parts))} of {rows} rows")
    return np.concatenate(parts)


def _chunks(columns: Columns, rows: int) -> Iterator[Columns]:
    for begin in range(0, rows, CHUNK):
        yield {name: column[begin : begin + CHUNK] for name, column in columns.items()}


def _scored(folder: Path, sha256: str, columns: Columns) -> NDArray[np.float64]:
    return _verified(folder, sha256).predict(columns)


@lru_cache(maxsize=2)
def _verified(folder: Path, sha256: str) -> ServableModel:
    """The model, read and verified once in each process that scores."""
    from training.servable import load

    return load(folder, sha256)


def _package(data: str, version: str) -> Path:
    from serving.assembly import platform

    registry = platform().registry
    wanted = version or registry.champion(data)
    if wanted is None:
        raise NotFoundError(
            f"{data} has no champion; name the version that scores", field="version", found="nothing",
            expected="a registered version", do=f"See: candor models --data {data}",
        )  # fmt: skip
    return registry.package(model_of(wanted, data), wanted)


def _write(ids: pd.Index, pds: NDArray[np.float64], target: Path) -> None:
    import pandas as pd

    frame = pd.DataFrame({"pd": pds}, index=ids.rename(ids.name or "id"))
    with appears_whole(target) as out:
        if target.suffix == ".csv":
            frame.to_csv(out)
        else:
            frame.to_parquet(out.buffer)


def _check_target(target: Path) -> None:
    if target.suffix not in KINDS or not target.parent.is_dir():
        raise InputError(
            f"out {target}: expected a file {' or '.join(KINDS)} in a folder that exists", field="out",
            found=str(target), expected=" or ".join(KINDS), do="Name such a file.",
        )  # fmt: skip
