"""A book that is scored in parts: whoever scores one reads its rows and writes its PDs, then all are joined in order.

What the model reads lies in one file beside the parts, so that whoever hands them out sends no more than a number.
"""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from flows.batch import appears_whole

if TYPE_CHECKING:
    import pandas as pd

    from training.servable.protocol import Columns, ServableModel


BOOK = "book.arrow"
_PLAIN: Mapping[str, Any] = {"use_dictionary": False}
"""Ids are all different and PDs nearly so: a dictionary of them costs twice the time and makes the file larger."""


@dataclass(frozen=True, slots=True)
class Scored:
    """What is told of a part that is written: its rows, and the sum of their PDs."""

    rows: int
    pds: float


def write_book(folder: Path, ids: pd.Index, columns: Columns, rows: int) -> int:
    """Write a book down for those who score it, cut into parts of so many neighbouring rows; answers how many parts.

    Args:
        folder: of the parts.
        ids: of the rows, in order.
        columns: what the model reads, and nothing else.
        rows: of a part; the last one may have fewer.
    """
    import pandas as pd
    import pyarrow as pa

    table = pa.Table.from_pandas(pd.DataFrame(index=ids.rename(ids.name or "id")), preserve_index=True)
    for name, column in columns.items():
        kind = pa.string() if column.dtype == object else pa.float64()
        table = table.append_column(name, pa.array(column, kind))
    with pa.OSFile(str(folder / BOOK), "wb") as out, pa.ipc.new_file(out, table.schema) as writer:
        writer.write_table(table, max_chunksize=rows)
    return math.ceil(len(ids) / rows)


def score_part(package: Path, sha256: str, folder: Path, number: int) -> Scored:
    """Score a part and write it whole; done again, as after the end of a worker, it writes the same bytes.

    Args:
        package: the model's folder, read and verified once in each process.
        sha256: hash of its manifest.
        folder: of the parts, which every process that scores sees under this path.
        number: of the part, counted from 0.

    Raises:
        NotFoundError, RefusedError: the package is not there or was changed.
    """
    import pandas as pd

    model, target = _verified(package, sha256), _file(folder, number)
    ids, columns = _read_part(folder / BOOK, number, len(model.feature_set.names))
    pds, part = model.predict(columns), target.with_suffix(f".{os.getpid()}")
    pd.DataFrame({"pd": pds}, index=ids).to_parquet(part, index=True, **_PLAIN)
    part.replace(target)
    return Scored(len(pds), math.fsum(pds.tolist()))


def _read_part(book: Path, number: int, features: int) -> tuple[pd.Index, Columns]:
    """Ids of a part, and what the model reads of it; numbers are not copied out of the file."""
    import pyarrow as pa

    with pa.memory_map(str(book)) as source:
        batch = pa.ipc.open_file(source).get_batch(number)
    own = batch.num_columns - features
    names, columns = batch.schema.names[own:], batch.columns[own:]
    ids = batch.select(list(range(own))).to_pandas().index
    return ids, {name: column.to_numpy(zero_copy_only=False) for name, column in zip(names, columns, strict=True)}


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

    with parquet.ParquetWriter(out.buffer, parquet.read_schema(files[0]), **_PLAIN) as writer:
        for file in files:
            with parquet.ParquetFile(file) as part:
                writer.write_table(part.read(use_threads=False))


def _file(folder: Path, number: int) -> Path:
    return folder / f"{number:06}.parquet"


@lru_cache(maxsize=2)
def _verified(package: Path, sha256: str) -> ServableModel:
    from training.servable import load

    return load(package, sha256)
