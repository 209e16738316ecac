"""Where a mapping's files lie, and which of its names they lack."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from features.mapping import Mapping
from lending.domain.errors import InputError

SAMPLE_DATA = "${CANDOR_SAMPLE_DATA}"


def source_files(mapping: Mapping, folder: Path, sample_data: Path | None) -> list[Path]:
    """Absolute paths of the mapping's file, its joined files and its files of events, in that order.

    Raises:
        InputError: a path starts with ${CANDOR_SAMPLE_DATA} and that is not set, or no file can have that path.
    """
    source = mapping.source
    written = (source.path, *(j.path for j in source.joins), *(w.path for w in source.windows))
    return [_resolve(path, folder, sample_data) for path in written]


def with_absolute_paths(mapping: Mapping, files: Sequence[Path]) -> dict[str, Any]:
    """The mapping as written, with the files' absolute paths, so that it can be kept elsewhere."""
    told, rest = dict(mapping.raw["source"]), iter(files)
    told["path"] = str(next(rest))
    for key in ("join", "windows"):
        if told.get(key):
            told[key] = [{**entry, "path": str(next(rest))} for entry in told[key]]
    return {**mapping.raw, "name": mapping.name, "source": told}


def missing_column(column: str, place: str, columns: Sequence[str], file: str) -> InputError:
    """The error for a column that a mapping names and the file does not have; names the nearest one."""
    near = difflib.get_close_matches(column, columns, n=1, cutoff=0.4)
    hint = f"; the nearest is {near[0]}" if near else ""
    return InputError(
        f"{place} names the column {column}, which {file} does not have{hint}", code="column_missing", field=place,
        found=column, expected="a column of the file: " + ", ".join(columns[:40]),
        do=f"Write {near[0]}." if near else "Correct the name.",
    )  # fmt: skip


def _resolve(path: str, folder: Path, sample_data: Path | None) -> Path:
    try:
        return _placed(path, folder, sample_data).resolve()
    except (ValueError, RuntimeError, OSError) as error:  # a zero byte, the home of a stranger, a link to itself
        raise InputError(
            f"the source {path[:80]!r} is no path of a file: {error}", code="source_path", field="source.path",
            found=repr(path[:80]), expected="the path of a file, relative to the mapping or absolute",
            do="Write where the file lies.",
        ) from None  # fmt: skip


def _placed(path: str, folder: Path, sample_data: Path | None) -> Path:
    if not path.startswith(SAMPLE_DATA):
        return folder / Path(path).expanduser()
    if sample_data is None:
        raise InputError(
            f"the source {path} needs CANDOR_SAMPLE_DATA, which is not set", code="sample_data_unset",
            field="CANDOR_SAMPLE_DATA", found="not set", expected="the folder that holds the sample data sets",
            do="Set CANDOR_SAMPLE_DATA to that folder and run again.",
        )  # fmt: skip
    return sample_data.expanduser() / path.removeprefix(SAMPLE_DATA).lstrip("/")
