"""A book that is scored in parts: each is written whole by the process that scored it, then all are joined in order."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from flows.batch import appears_whole

if TYPE_CHECKING:
    import pandas as pd

    from training.servable.protocol import Columns, ServableModel


@dataclass(frozen=True)
class Part:
    """Some neighbouring rows of a book: their place among the parts, their ids, and what the model reads of them."""

    number: int
    ids: pd.Index
    columns: Columns


@dataclass(frozen=True, slots=True)
class Scored:
    """What is told of a part that is written: its rows, and the sum of their PDs."""

    rows: int
    pds: float


def score_part(package: Path, sha256: str, folder: Path, part: Part) -> Scored:
    """Score a part and write it whole; done again, as after the end of a worker, it writes the same bytes.

    Args:
        package: the model's folder, read and verified once in each process.
        sha256: hash of its manifest.
        folder: of the parts, which every process that scores sees under this path.
        part: the rows.

    Raises:
        NotFoundError, RefusedError: the package is not there or was changed.
    """
    import pandas as pd

    pds = _verified(package, sha256).predict(part.columns)
    with appears_whole(_file(folder, part.number)) as out:
        pd.DataFrame({"pd": pds}, index=part.ids).to_parquet(out.buffer, index=True)
    return Scored(len(pds), math.fsum(pds.tolist()))


@contextmanager
def parts_beside(target: Path) -> Iterator[Path]:
    """A folder for the parts on the target's disk; gone afterwards, however the block ends."""
    folder = target.with_name(f".{target.name}.parts")
    shutil.rmtree(folder, ignore_errors=True)  # of a run that was cut off
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def join_parts(folder: Path, count: int, target: Path) -> None:
    """Write all parts in order into a .csv or .parquet file that appears whole; one part is in memory at a time."""
    files = [_file(folder, number) for number in range(count)]
    with appears_whole(target) as out:
        (_as_csv if target.suffix == ".csv" else _as_parquet)(files, out)


def _as_csv(files: Sequence[Path], out: TextIO) -> None:
    import pandas as pd

    for file in files:
        pd.read_parquet(file).to_csv(out, header=file is files[0])


def _as_parquet(files: Sequence[Path], out: TextIO) -> None:
    from pyarrow import parquet

    with parquet.ParquetWriter(out.buffer, parquet.read_schema(files[0])) as writer:
        for file in files:
            writer.write_table(parquet.read_table(file))


def _file(folder: Path, number: int) -> Path:
    return folder / f"{number:06}.parquet"


@lru_cache(maxsize=2)
def _verified(package: Path, sha256: str) -> ServableModel:
    from training.servable import load

    return load(package, sha256)
