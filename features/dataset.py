"""A data set after its mapping: what training reads, whichever file it came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from features.feature_sets import FeatureSet

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class DataFinding:
    """One check of a data set. `severity` is "critical" (stops the flow) or "warning"."""

    kind: str
    """unit, leak, missing, duplicate, drift, size, type, range, label, dead …"""
    column: str
    severity: str
    passed: bool
    found: str
    limit: str
    detail: str

    def as_dict(self) -> dict[str, Any]:
        """As printed by `candor data check --json`."""
        return {
            "kind": self.kind,
            "column": self.column,
            "severity": self.severity,
            "passed": self.passed,
            "found": self.found,
            "limit": self.limit,
            "detail": self.detail,
        }


@dataclass(frozen=True)
class DataSet:
    """Labelled loans, one row a loan, all frames sharing one index (the loan's id).

    Attributes:
        frame: the features, named as in `feature_set`; numbers are float64 (NaN missing), categories are text or None.
        label: 1 = bad, 0 = good; int8.
        dates: day of the decision, datetime64; None when the data set has no date.
        protected: groups for measuring fairness; never a feature.
        test_from: first day of the out-of-time test, when the mapping says so.
        declared_leaks: columns that the mapping declares as known only later, and that were left out.
    """

    name: str
    frame: pd.DataFrame
    label: pd.Series
    dates: pd.Series | None
    protected: pd.DataFrame
    feature_set: FeatureSet
    horizon_months: int
    test_from: str | None
    data_sha256: str
    mapping_sha256: str
    declared_leaks: tuple[str, ...]
    findings: tuple[DataFinding, ...]
