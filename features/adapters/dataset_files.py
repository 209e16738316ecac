"""Data sets as folders: each keeps its mapping; the loans stay in the file that the mapping names."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from features.adapters.joined_sources import Raw, read_sources
from features.adapters.source_files import HEAD_ROWS, file_hash, kind_of_file, whole
from features.assemble import assemble
from features.checks import check_limits, check_mapped, many_features, stop_when_critical
from features.checks_over_time import over_time, too_young
from features.dataset import DataFinding, DataSet
from features.expectations import DAY, ID, LABEL, expectations_for
from features.explore import Exploration, explore
from features.gate_page import gate_page
from features.mapped import Mapped, apply_mapping, check_head, horizon
from features.mapping import Mapping, read_mapping
from features.mapping_places import source_files, with_absolute_paths
from features.past import PastLoans, past_loans
from features.ports import CheckResult, GateReport
from features.units import CONTRACT_CURRENCY
from features.watched import Watched, watched
from lending.domain.errors import InputError, NotFoundError

if TYPE_CHECKING:
    import pandas as pd

_FILE = "mapping.yaml"


@dataclass(frozen=True)
class _Read:
    """A data set's files, read and mapped once."""

    mapping: Mapping
    files: list[Path]
    raw: Raw
    mapped: Mapped


class DataSetFiles:
    """Data sets under one folder; implements `features.ports.DataSets`."""

    def __init__(self, root: Path, sample_data: Path | None = None) -> None:
        self._root, self._sample_data = root, sample_data

    def add(self, mapping_path: Path) -> str:
        """Keep a mapping with absolute paths, after reading the head of its files; replaces one of the same name."""
        import yaml

        mapping = read_mapping(mapping_path)
        files = source_files(mapping, mapping_path.resolve().parent, self._sample_data)
        for file in files:
            kind_of_file(file)
            whole(file)
        check_head(read_sources(mapping, files, HEAD_ROWS).frame, mapping, files[0].name)
        kept = with_absolute_paths(mapping, files)
        _write(self._root / mapping.name / _FILE, yaml.safe_dump(kept, sort_keys=False, allow_unicode=True))
        return mapping.name

    def names(self) -> Sequence[str]:
        """Names of the data sets added, sorted."""
        return sorted(file.parent.name for file in self._root.glob(f"*/{_FILE}"))

    def check(self, name: str) -> CheckResult:
        """Every check over the whole file."""
        read = self._read(name)
        return CheckResult(len(read.raw.frame), len(read.raw.frame.columns), tuple(_findings(read)))

    def explore(self, name: str) -> Exploration:
        """A look at the features, also of a data set that a check would stop."""
        read = self._read(name)
        frame, _, _ = assemble(read.mapped, read.mapping)
        return explore(name, frame, read.mapped.label, read.mapped.dates)

    def watch(self, name: str) -> Watched:
        """Features and dropped columns by day, also of a data set that a check would stop."""
        read = self._read(name)
        return watched(name, read.mapped, read.mapping, file_hash(read.files))

    def past(self, name: str) -> PastLoans:
        """The loans in the contract's words, with their product and their outcome."""
        read = self._read(name)
        return past_loans(name, read.mapped, horizon(read.mapping, read.mapped))

    def load(self, name: str) -> DataSet:
        """The labelled loans as training reads them; refused when a critical check failed."""
        read = self._read(name)
        checked = _checked(read)
        stop_when_critical(name, checked)
        frame, feature_set, left_out = assemble(read.mapped, read.mapping)
        left_out += _by_time(read, frame)
        if not len(frame.columns):
            raise InputError(f"{name} has no usable feature", code="no_features", field="fields", found="none",
                             expected="at least one feature", do="Map some columns.")  # fmt: skip
        return DataSet(
            name=name,
            frame=frame,
            label=read.mapped.label,
            dates=read.mapped.dates,
            protected=read.mapped.protected,
            feature_set=feature_set,
            horizon_months=horizon(read.mapping, read.mapped),
            test_from=read.mapping.test_from,
            data_sha256=file_hash(read.files),
            mapping_sha256=read.mapping.sha256,
            declared_leaks=read.mapped.hidden,
            findings=(*checked, *left_out),
        )

    def gate(self, name: str) -> GateReport:
        """Expectations over the mapped columns and the checks that stop training, decided by severity."""
        from features.adapters.expectations_gx import run_expectations

        read = self._read(name)
        expected = expectations_for(
            list(read.mapped.fields), dated=read.mapped.dates is not None, identified=read.mapping.id is not None,
            in_dollars=read.mapping.currency == CONTRACT_CURRENCY, fewest=int(check_limits()["loans_least"]),
        )  # fmt: skip
        rows = run_expectations(_gate_frame(read), expected) + [_as_row(f) for f in _findings(read)]
        passed = all(row["passed"] or row["severity"] != "critical" for row in rows)
        return GateReport(passed, rows, gate_page(name, rows, passed))

    def _read(self, name: str) -> _Read:
        file = self._root / name / _FILE
        if name not in self.names():
            known = ", ".join(self.names()) or "none yet"
            raise NotFoundError(f"no data set {name}; there are: {known}", code="data_unknown", field=name,
                                found=name, expected=known, do="Add it: candor data add MAPPING.yaml")  # fmt: skip
        mapping = read_mapping(file)
        files = source_files(mapping, file.parent, self._sample_data)
        raw = read_sources(mapping, files)
        today = datetime.now(UTC).date()
        return _Read(mapping, files, raw, apply_mapping(raw.frame, mapping, files[0].name, today))


def _findings(read: _Read) -> list[DataFinding]:
    frame, _, left_out = assemble(read.mapped, read.mapping)
    return [*_checked(read), *left_out, *_by_time(read, frame)]


def _by_time(read: _Read, frame: pd.DataFrame) -> list[DataFinding]:
    mapped = read.mapped
    return [
        *many_features(len(frame.columns), mapped.label),
        *over_time(frame, mapped.label, mapped.dates, check_limits()),
        *too_young(mapped.label, mapped.dates, horizon(read.mapping, mapped), datetime.now(UTC).date(), check_limits()),
    ]


def _checked(read: _Read) -> list[DataFinding]:
    return [*read.raw.findings, *check_mapped(read.mapped, read.mapping, read.raw.origin)]


def _gate_frame(read: _Read) -> pd.DataFrame:
    mapped = read.mapped
    frame = mapped.fields.assign(**{LABEL: mapped.label})
    if mapped.dates is not None:
        frame[DAY] = mapped.dates.dt.year.astype("float64")
    if read.mapping.id is not None:
        frame[ID] = mapped.ids
    return frame.reset_index(drop=True)


def _as_row(finding: DataFinding) -> dict[str, Any]:
    return {
        "expectation": finding.kind,
        "column": finding.column,
        "severity": finding.severity,
        "passed": finding.passed,
        "observed": finding.found,
        "limit": finding.limit,
        "detail": finding.detail,
    }


def _write(file: Path, text: str) -> None:
    """Whole or not at all: written beside its place, then moved there."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=file.parent, prefix=".", suffix=".tmp")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        Path(beside).replace(file)
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror}", code="not_writable", field=str(file.parent),
                         found=str(error.strerror), expected="a folder that can be written to",
                         do="Set CANDOR_HOME to such a folder.") from None  # fmt: skip
