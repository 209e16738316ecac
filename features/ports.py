"""What the rest of Candor asks of data sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from features.dataset import DataFinding, DataSet
from features.explore import Exploration
from features.past import PastLoans
from features.watched import Watched


@dataclass(frozen=True)
class CheckResult:
    """What `candor data check` found; `columns` counts those of the file(s), joined ones included."""

    rows: int
    columns: int
    findings: tuple[DataFinding, ...]

    @property
    def critical(self) -> tuple[DataFinding, ...]:
        """The findings that stop training."""
        return tuple(f for f in self.findings if not f.passed and f.severity == "critical")


@dataclass(frozen=True)
class GateReport:
    """The gate between mapped columns and features.

    Attributes:
        passed: no critical row failed; a failed warning does not stop.
        results: rows `{expectation, column, severity, passed, observed, limit, detail}`.
        html: the same as one page that needs nothing else.
    """

    passed: bool
    results: Sequence[Mapping[str, Any]]
    html: str


class DataSets(Protocol):
    """Data sets by name, each added once by a mapping file."""

    def add(self, mapping_path: Path) -> str:
        """Keep a mapping after reading the head of its file; answers the name. Raises InputError."""
        ...

    def names(self) -> Sequence[str]: ...

    def check(self, name: str) -> CheckResult:
        """Every check over the whole file. Raises InputError when it cannot be read as mapped."""
        ...

    def explore(self, name: str) -> Exploration:
        """Distributions and links, also of a data set that a check would stop. Raises InputError as `check` does."""
        ...

    def watch(self, name: str) -> Watched:
        """What monitoring looks at, also of a data set that a check would stop. Raises InputError as `check` does."""
        ...

    def past(self, name: str) -> PastLoans:
        """The loans as a policy can look at them once more. Raises InputError as `check` does."""
        ...

    def load(self, name: str) -> DataSet:
        """The labelled loans. Raises RefusedError when a critical check failed."""
        ...

    def gate(self, name: str) -> GateReport:
        """The expectations and the checks as one report; the caller stops when it did not pass."""
        ...
