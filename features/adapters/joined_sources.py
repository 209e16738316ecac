"""The mapping's file with what its other files know: looked up by a key, or summed up from events before the day."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportReturnType=false, reportCallIssue=false
# pyright: reportOptionalMemberAccess=false, reportGeneralTypeIssues=false, reportAssignmentType=false
# (the types that pandas ships cannot tell a column from a frame)

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from features.adapters.source_files import read_table, source_error
from features.dataset import DataFinding
from features.mapped_values import parse_days, texts
from features.mapping import Mapping
from features.mapping_columns import named_columns
from features.mapping_places import missing_column
from features.mapping_source import Join, Where, Window
from features.point_in_time import not_covered, window_columns

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Raw:
    """One row a line of the first file.

    Attributes:
        frame: columns of all files.
        origin: joined columns to the name of the file they came from.
        findings: what was odd about headers.
    """

    frame: pd.DataFrame
    origin: dict[str, str]
    findings: tuple[DataFinding, ...]


def read_sources(mapping: Mapping, files: Sequence[Path], rows: int | None = None) -> Raw:
    """The first file with joined columns and windows; rows and order stay those of the first.

    Raises:
        InputError: a file cannot be read, a key or column is not there, a joined key stands twice.
    """
    source = mapping.source
    frame, findings = read_table(files[0], source.shape, rows)
    origin: dict[str, str] = {}
    _refuse_ambiguous(findings, mapping, files[0])
    count = len(source.joins)
    for join, file in zip(source.joins, files[1 : count + 1], strict=True):
        other, odd = read_table(file, source.shape)
        other = _chosen(_where(other, join.where, file), join, file)
        frame = _joined(frame, other, join, files[0], file)
        origin |= {column: file.name for column in other.columns if column != join.other}
        findings += odd
    for window, file in zip(source.windows, files[count + 1 :], strict=True):
        frame, odd = _with_window(frame, window, mapping, files[0], file)
        findings += odd
    return Raw(frame, origin, tuple(findings))


def _refuse_ambiguous(findings: Sequence[DataFinding], mapping: Mapping, file: Path) -> None:
    """A name that the mapping uses must not stand twice with different values."""
    for finding in findings:
        name = finding.column.rpartition(".")[0]
        if finding.kind == "header" and "different" in finding.found and name in named_columns(mapping):
            raise source_error("column_twice", file, f"the column {name} twice", "names that differ", "Rename one.")


def _where(frame: pd.DataFrame, where: Where, file: Path) -> pd.DataFrame:
    for column, values in where:
        _must_have(column, "where", frame, file)
        frame = frame[texts(frame[column]).isin(values)]
    return frame


def _chosen(frame: pd.DataFrame, join: Join, file: Path) -> pd.DataFrame:
    if not join.columns:
        return frame
    for column in join.columns:
        _must_have(column, "join.columns", frame, file)
    return frame[list(dict.fromkeys([join.other, *join.columns]))]


def _must_have(column: str, place: str, frame: pd.DataFrame, file: Path) -> None:
    if column not in frame.columns:
        raise missing_column(column, f"source.{place}", list(frame.columns), file.name)


def _joined(frame: pd.DataFrame, other: pd.DataFrame, join: Join, first: Path, file: Path) -> pd.DataFrame:
    _must_have(join.on, "join.on", frame, first)
    _must_have(join.other, "join.on", other, file)
    left, right = texts(frame[join.on]), texts(other[join.other])
    other, right = other[right.notna()], right.dropna()
    if twice := right[right.duplicated().to_numpy()].tolist():
        raise source_error("join_not_unique", file, f"{join.other} {twice[0]} more than once",
                           f"one row for each {join.other}",
                           "Sum the file up to one row for each, or choose rows with where.")  # fmt: skip
    own = [c for c in other.columns if c != join.other]
    if both := sorted(set(frame.columns) & set(own)):
        raise source_error("column_twice", file, f"the column {', '.join(both)} in both files", "names that differ",
                           "Take only some with columns, or rename one.")  # fmt: skip
    if not left.isin(right).any():
        raise source_error("join_empty", file, f"no {join.on} of the first file", "keys that both files share",
                           "Check source.join.on.")  # fmt: skip
    looked_up = other[own].set_axis(right.to_numpy(), axis=0).reindex(left.to_numpy())
    return frame.join(looked_up.set_axis(frame.index, axis=0))


def _with_window(frame: pd.DataFrame, window: Window, mapping: Mapping, first: Path, file: Path) -> tuple[
    pd.DataFrame, list[DataFinding]
]:  # fmt: skip
    from lending.domain.errors import InputError

    if mapping.date is None:
        raise InputError(
            "source.windows looks back from the day of the loan, but the mapping has no date", code="mapping",
            field="source.windows", found="no date", expected="a date section", do="Add date.",
        )  # fmt: skip
    _must_have(mapping.date, "windows: date.column", frame, first)
    _must_have(window.on, "windows.on", frame, first)
    events, odd = read_table(file, mapping.source.shape)
    wanted = {window.on, window.date, *(f.column for f in window.features if f.column)}
    for column in sorted(wanted | {c for f in window.features for c, _ in f.where}):
        _must_have(column, "windows", events, file)
    if both := sorted({f.name for f in window.features} & set(frame.columns)):
        raise source_error("column_twice", file, f"the window {', '.join(both)}, which is a column already",
                           "names that differ", "Rename the window.")  # fmt: skip
    days = parse_days(frame[mapping.date], mapping.date_format, f"date.column {mapping.date}")
    seen = parse_days(events[window.date], window.date_format, f"source.windows.date {window.date}")
    columns = window_columns(texts(frame[window.on]), days, events, texts(events[window.on]), seen, window.features)
    return frame.assign(**columns), [*odd, *not_covered(days, seen, window.features, file.name)]
