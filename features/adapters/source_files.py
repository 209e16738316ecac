"""Reads the files that mappings name: csv, csv.gz and parquet, with one clear sentence for each way it can fail."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportReturnType=false, reportCallIssue=false
# pyright: reportOptionalMemberAccess=false, reportGeneralTypeIssues=false
# (the types that pandas ships cannot tell a column from a frame)

from __future__ import annotations

import gzip
import hashlib
import warnings
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from features.adapters.csv_shape import NotTextError, Written, short_lines, unique_names, written
from features.dataset import DataFinding
from features.findings import warning
from features.mapping_source import Shape
from lending.domain.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    _Read = tuple[pd.DataFrame, dict[str, str], list[DataFinding]]
    """Rows, names that were changed (as `Written` has them), and what was odd about the lines."""

HEAD_ROWS = 200
_KINDS = (".csv", ".csv.gz", ".parquet")
_BLOCK = 1 << 20


def read_table(file: Path, shape: Shape = Shape(), rows: int | None = None) -> tuple[  # noqa: B008 frozen
    pd.DataFrame, list[DataFinding]
]:  # fmt: skip
    """The file as it is, one row a line, columns named by its header, and what was odd about header and lines.

    Args:
        file: csv, csv.gz or parquet.
        shape: how the csv is written, where the mapping says it.
        rows: only the first so many.

    Raises:
        InputError: not there, unreadable, empty, another encoding, not a table.
    """
    if not file.is_file():
        found = "a folder" if file.is_dir() else "no such file"
        raise source_error("source_missing", file, found, "the file that the mapping names", "Correct source.path.")
    try:
        frame, renamed, odd = _parquet(file, rows) if file.name.endswith(".parquet") else _csv(file, shape, rows)
    except UnicodeDecodeError as error:
        raise _not_utf8(file, f"a byte (number {error.start}) that is not {shape.encoding or 'UTF-8'}") from None
    except NotTextError as error:
        raise _not_utf8(file, error.found, error.line) from None
    except (EOFError, zlib.error, OSError) as error:
        raise _damaged(file, error) from None
    if frame.empty:
        raise source_error("source_empty", file, "no rows", "a header and at least one row", "Export it again.")
    tidy, findings = _tidy(frame, renamed, file.name)
    return tidy, [*odd, *findings]


def whole(file: Path) -> None:
    """Raise InputError when a gzip file is cut off or damaged anywhere; other files are not looked at."""
    if not file.name.endswith(".gz") or not file.is_file():
        return
    try:
        with gzip.open(file, "rb") as stream:
            while stream.read(_BLOCK):
                pass
    except (EOFError, zlib.error, OSError) as error:
        raise _damaged(file, error) from None


def file_hash(files: Sequence[Path]) -> str:
    """sha256 over the bytes of all files, in order."""
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
    return digest.hexdigest()


def kind_of_file(file: Path) -> None:
    """Raise InputError when the name ends in nothing that can be read."""
    if not file.name.endswith(_KINDS):
        ending = file.suffix or "none"
        raise source_error("source_kind", file, f"the ending {ending}", " or ".join(_KINDS), "Convert it.")


def source_error(code: str, file: Path, found: str, expected: str, do: str) -> InputError:
    """The error for a file that cannot be used."""
    return InputError(f"{file}: found {found}; expected {expected}", code=code, field=str(file), found=found,
                      expected=expected, do=do)  # fmt: skip


def _csv(file: Path, shape: Shape, rows: int | None) -> _Read:
    import pandas as pd

    told = written(file, shape)
    if not told.names:
        raise source_error("source_empty", file, "an empty file", "a header and rows", "Export it again.")
    try:
        frame = _parsed(file, told, shape.decimal, rows)
    except pd.errors.EmptyDataError:
        raise source_error("source_empty", file, "an empty file", "a header and rows", "Export it again.") from None
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        raise _no_table(file, str(error)) from None
    return frame, told.renamed, [] if rows else _short(file, told, frame)


def _short(file: Path, told: Written, frame: pd.DataFrame) -> list[DataFinding]:
    """Lines that end too early; not refused, for spreadsheets leave out empty values at the end of a line."""
    named = [name for name in told.names if told.renamed.get(name) != ""]
    if not named or not frame[named[-1]].isna().any():
        return []  # every line has its last value, and reading the lines once more takes time
    count, first = short_lines(file, told)
    if not count:
        return []
    found = f"{count} lines of {file.name} with too few values, the first is line {first}"
    do = "What they lack counts as missing; look whether a separator was lost."
    return [warning("lines", "", found, "as many values in each line as in the header", do)]


def _parsed(file: Path, told: Written, decimal: str, rows: int | None) -> pd.DataFrame:
    import pandas as pd

    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)  # values beyond the header would be cut off
        return pd.read_csv(
            file, sep=told.separator, names=list(told.names), header=0, skiprows=told.skip, nrows=rows,
            encoding=told.encoding, index_col=False, low_memory=False, decimal=decimal or ".",
            thousands="." if decimal == "," else None,
        )  # fmt: skip


def _no_table(file: Path, said: str) -> InputError:
    if "Length of header" in said:
        return source_error("source_not_a_table", file, "more values in the lines than names in the header",
                      "a name for each column", "Add the names that are missing to the header.")  # fmt: skip
    detail = said.removeprefix("Error tokenizing data. C error: ").strip()
    return source_error("source_not_a_table", file, detail, "as many values in each line as in the header",
                  "Correct that line.")  # fmt: skip


def _parquet(file: Path, rows: int | None) -> _Read:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(file)
        if rows is None:
            frame = table.read().to_pandas()
        else:
            first = next(table.iter_batches(batch_size=rows), None)
            frame = table.schema_arrow.empty_table().to_pandas() if first is None else first.to_pandas()
    except (pa.ArrowException, OSError, EOFError, ValueError) as error:
        found = "no parquet file, or a damaged one"
        raise source_error("source_unreadable", file, f"{found} ({_reason(error)})", "a parquet file",
                     "Write it again.") from None  # fmt: skip
    names, renamed = unique_names([str(c) for c in frame.columns])
    return frame.set_axis(list(names), axis=1), renamed, []


def _tidy(frame: pd.DataFrame, renamed: dict[str, str], file: str) -> tuple[pd.DataFrame, list[DataFinding]]:
    """Plain columns; nameless empty ones and exact copies are left out, with a finding for what people should know."""
    findings: list[DataFinding] = []
    gone: list[str] = []
    for name, had in renamed.items():
        if had == "" and frame[name].isna().all():
            gone.append(name)
        elif had and frame[name].equals(frame[had].rename(name)):
            gone.append(name)
            findings.append(_copy(had, file))
        else:
            findings.append(_named(name, had, file))
    kept = frame.drop(columns=gone)
    return kept.assign(**{c: _plain(kept[c]) for c in kept if _is_odd(kept[c])}), findings


def _copy(name: str, file: str) -> DataFinding:
    return warning("header", name, f"the column twice in {file}, with equal values", "each name once",
                   "One of them is left out.")  # fmt: skip


def _named(name: str, had: str, file: str) -> DataFinding:
    found = f"the column {had} twice in {file}, with different values" if had else f"a column without name in {file}"
    return warning("header", name, found, "each name once", f"It is called {name} here.")


def _is_odd(column: pd.Series) -> bool:
    import pandas as pd

    kind = column.dtype
    if isinstance(kind, pd.CategoricalDtype | pd.PeriodDtype) or kind.kind in "mc":
        return True
    first = column.dropna().iloc[:1] if kind.kind == "O" and pd.api.types.is_object_dtype(kind) else []
    return len(first) > 0 and not isinstance(first.iloc[0], str | bool | int | float)


def _plain(column: pd.Series) -> pd.Series:
    """Decimals as float64, everything else that is no plain value as text."""
    from decimal import Decimal

    import pandas as pd

    if pd.api.types.is_object_dtype(column.dtype) and isinstance(column.dropna().iloc[0], Decimal):
        return pd.to_numeric(column, errors="coerce").astype("float64")
    return column.astype(object).map(str, na_action="ignore")


def _not_utf8(file: Path, found: str, line: str = "encoding: latin-1") -> InputError:
    do = f"Write {line} under source, or save the file as UTF-8." if line else "Give a csv, csv.gz or parquet file."
    expected = "text in UTF-8" if line else "csv, csv.gz or parquet"
    code = "source_encoding" if line else "source_not_a_table"
    return source_error(code, file, found, expected, do)


def _damaged(file: Path, error: BaseException) -> InputError:
    if isinstance(error, gzip.BadGzipFile):
        found, expected = "a damaged or no gzip file", "a readable file"
    elif isinstance(error, OSError):
        found, expected = _reason(error), "a readable file"
    else:
        found, expected = "a gzip file that is cut off or damaged", "a whole file"
    return source_error("source_unreadable", file, found, expected, "Copy it again.")


def _reason(error: BaseException) -> str:
    return str(getattr(error, "strerror", None) or str(error).partition("\n")[0] or type(error).__name__)[:120]
