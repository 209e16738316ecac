"""Reads the files that mappings name: csv, csv.gz and parquet, with one clear sentence for each way it can fail."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from features.mapping_places import missing_column
from lending.domain.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from features.mapping import Mapping

HEAD_ROWS = 200
_KINDS = (".csv", ".csv.gz", ".parquet")
_SEPARATORS = (",", ";", "\t", "|")


def read_table(file: Path, rows: int | None = None) -> pd.DataFrame:
    """The file as it is, one row a line, columns named by its header.

    Args:
        file: csv, csv.gz or parquet. The separator of a csv is the one its header uses most.
        rows: only the first so many.

    Raises:
        InputError: not there, unreadable, empty, not UTF-8, not a table, or a column stands twice.
    """
    if not file.is_file():
        raise _error("source_missing", file, "no such file", "the file that the mapping names", "Correct source.path.")
    try:
        frame = _parquet(file, rows) if file.name.endswith(".parquet") else _csv(file, rows)
    except OSError as error:  # also gzip.BadGzipFile
        text = "a damaged or no gzip file" if isinstance(error, gzip.BadGzipFile) else str(error.strerror or error)
        raise _error("source_unreadable", file, text, "a readable file", "Copy it again.") from None
    except (EOFError, zlib.error):
        raise _error("source_unreadable", file, "a gzip file that is cut off or damaged", "a whole file",
                     "Copy it again.") from None  # fmt: skip
    except UnicodeDecodeError as error:
        raise _error("source_encoding", file, f"byte {error.start} is not UTF-8", "text in UTF-8",
                     "Save it as UTF-8, for example with: iconv -f latin1 -t utf-8.") from None  # fmt: skip
    if frame.empty:
        raise _error("source_empty", file, "no rows", "a header and at least one row", "Export it again.")
    frame.columns = [str(c).strip() for c in frame.columns]
    return frame


def read_sources(
    mapping: Mapping, files: Sequence[Path], rows: int | None = None
) -> tuple[pd.DataFrame, dict[str, str]]:
    """The mapping's file with its joined files, and for each joined column the name of the file it came from.

    Joined files are looked up by their key: rows and order stay those of the first file.
    """
    frame = read_table(files[0], rows)
    origin: dict[str, str] = {}
    for join, file in zip(mapping.joins, files[1:], strict=True):
        other = read_table(file)
        _check_key(join.on, frame, files[0])
        _check_key(join.on, other, file)
        frame = _joined(frame, other, join.on, file)
        origin |= {column: file.name for column in other.columns if column != join.on}
    return frame, origin


def file_hash(files: Sequence[Path]) -> str:
    """sha256 over the bytes of all files, in order."""
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _csv(file: Path, rows: int | None) -> pd.DataFrame:
    import pandas as pd

    separator = _separator(file)
    try:
        return pd.read_csv(file, sep=separator, nrows=rows, encoding="utf-8-sig", low_memory=False)
    except pd.errors.EmptyDataError:
        raise _error("source_empty", file, "an empty file", "a header and rows", "Export it again.") from None
    except pd.errors.ParserError as error:
        detail = str(error).removeprefix("Error tokenizing data. C error: ").strip()
        raise _error("source_not_a_table", file, detail, "as many values in each line as in the header",
                     "Correct that line.") from None  # fmt: skip


def _separator(file: Path) -> str:
    """The separator of the header; also refuses a column that stands twice, which pandas would rename."""
    import csv

    opened: Any = gzip.open if file.name.endswith(".gz") else open
    with opened(file, "rt", encoding="utf-8-sig", newline="") as stream:
        header = stream.readline()
    separator = max(_SEPARATORS, key=header.count)
    if "\x00" in header:
        raise _error("source_not_a_table", file, "bytes that are no text", "csv, csv.gz or parquet", "Check the file.")
    names = [n.strip() for n in next(csv.reader([header], delimiter=separator), [])]
    if twice := sorted({n for n in names if n and names.count(n) > 1}):
        raise _error("column_twice", file, f"the column {', '.join(twice)} twice", "names that differ", "Rename one.")
    return separator


def _parquet(file: Path, rows: int | None) -> pd.DataFrame:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        frame = pq.read_table(file).to_pandas()
    except pa.ArrowInvalid:
        raise _error("source_unreadable", file, "no parquet file", "a parquet file", "Write it again.") from None
    return frame if rows is None else frame.head(rows)


def _check_key(column: str, frame: pd.DataFrame, file: Path) -> None:
    if column not in frame.columns:
        raise missing_column(column, "source.join.on", list(frame.columns), file.name)


def _joined(frame: pd.DataFrame, other: pd.DataFrame, on: str, file: Path) -> pd.DataFrame:
    twice = other.loc[other[on].duplicated().to_numpy(), on].tolist()
    if twice:
        example = twice[0]
        raise _error("join_not_unique", file, f"{on} {example} more than once", f"one row for each {on}",
                     "Sum the file up to one row for each.")  # fmt: skip
    if both := sorted(set(frame.columns) & set(other.columns) - {on}):
        raise _error("column_twice", file, f"the column {', '.join(both)} in both files", "names that differ",
                     "Rename or remove one.")  # fmt: skip
    if not set(frame[on]) & set(other[on]):
        raise _error("join_empty", file, f"no {on} of the first file", "keys that both files share",
                     "Check source.join.on.")  # fmt: skip
    return frame.merge(other, on=on, how="left", sort=False)


def _error(code: str, file: Path, found: str, expected: str, do: str) -> InputError:
    return InputError(f"{file}: found {found}; expected {expected}", code=code, field=str(file), found=found,
                      expected=expected, do=do)  # fmt: skip


def kind_of_file(file: Path) -> None:
    """Raise InputError when the name ends in nothing that can be read."""
    if not file.name.endswith(_KINDS):
        raise _error("source_kind", file, f"the ending {file.suffix or 'none'}", " or ".join(_KINDS), "Convert it.")
