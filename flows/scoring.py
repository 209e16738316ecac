"""Scoring a whole data set with a registered version: a PD a row, in chunks, without records."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.batch import decide_lines
from flows.batch_workers import workers_for
from flows.cluster import runner_on
from flows.repeats import model_of
from flows.scored_parts import Scored, join_parts, parts_beside, score_part, write_book
from lending.domain.errors import InputError, NotFoundError

if TYPE_CHECKING:
    from flows.steps import Progress

CHUNK = 20_000
"""Rows scored together: with thirty columns 5 MB that a worker reads at once."""
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
        cluster: address of a Dask scheduler whose workers score and write parts beside the target; empty means this
            process. The file is the same to the byte.
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
    from training.side_by_side import Threads

    started = time.monotonic()
    check_target(target)
    progress(0.05, "reading the model and the data")
    folder = package_of(data, version)
    model, loans = load(folder), platform().datasets.load(data)
    columns = columns_for(loans, model.feature_set)
    with runner_on(cluster) as runner, parts_beside(target.absolute()) as beside:
        parts = range(write_book(beside, loans.frame.index, columns, CHUNK))
        score = partial(score_part, folder.absolute(), model.sha256, beside)
        done = _followed((runner or Threads()).map(score, parts), len(loans.frame), progress)
        progress(0.95, "joining the parts")
        join_parts(beside, len(done), target)
    return {
        "data": data, "version": model.version, "model_sha256": model.sha256, "rows": sum(part.rows for part in done),
        "mean_pd": round(sum(part.pds for part in done) / len(loans.frame), 6), "out": str(target),
        "seconds": round(time.monotonic() - started, 3),
    }  # fmt: skip


def _followed(scored: Iterator[Scored], rows: int, progress: Progress) -> list[Scored]:
    """All parts, told of as they are done."""
    done: list[Scored] = []
    for part in scored:
        done.append(part)
        progress(0.1 + 0.85 * min(1.0, len(done) * CHUNK / rows), f"scored {sum(p.rows for p in done)} of {rows} rows")
    return done


def package_of(data: str, version: str) -> Path:
    """The verified package of a version, "" for the champion's. Raises NotFoundError."""
    from serving.assembly import platform

    registry = platform().registry
    wanted = version or registry.champion(data)
    if wanted is None:
        raise NotFoundError(
            f"{data} has no champion; name the version that scores", field="version", found="nothing",
            expected="a registered version", do=f"See: candor models --data {data}",
        )  # fmt: skip
    return registry.package(model_of(wanted, data), wanted)


def check_target(target: Path) -> None:
    """Raise InputError for a file that is of no kind that is written, or has no folder."""
    if target.suffix not in KINDS or not target.parent.is_dir():
        raise InputError(
            f"out {target}: expected a file {' or '.join(KINDS)} in a folder that exists", field="out",
            found=str(target), expected=" or ".join(KINDS), do="Name such a file.",
        )  # fmt: skip
