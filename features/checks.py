"""Every check of a data set, in one list."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportReturnType=false, reportCallIssue=false
# pyright: reportOptionalMemberAccess=false, reportGeneralTypeIssues=false
# (the types that pandas ships cannot tell a column from a frame)

from __future__ import annotations

from typing import TYPE_CHECKING

from features.contract import contract
from features.dataset import DataFinding
from features.findings import critical, passed, percent, warning
from features.leaks import leak_findings
from features.mapped import Mapped
from features.mapping import Mapping
from features.units import unit_findings
from lending.domain.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

FEWEST_LOANS = 500
FEWEST_BAD = 50
MISSING_LOOK = 0.5
PROPER_BASE = (0.002, 0.6)


def check_mapped(mapped: Mapped, mapping: Mapping, origin: dict[str, str]) -> list[DataFinding]:
    """Findings about size, label, missing values, units and leaks."""
    amount = mapped.fields.get("amount")
    sums = None if amount is None else amount.to_numpy(dtype="float64")
    declared = [
        passed("leak", column, "declared under after_decision", "never a feature", "Left out.")
        for column in mapped.hidden
    ]
    return [
        *mapped.findings,
        *_size(mapped.label),
        *_missing(mapped),
        *unit_findings(mapped.fields, mapping),
        *declared,
        *leak_findings(mapped.candidates, mapped.label, mapped.dates, sums, origin, mapped.ids),
    ]


def stop_when_critical(name: str, findings: Sequence[DataFinding]) -> None:
    """Raise RefusedError naming the columns at fault when a critical check failed."""
    failed = [f for f in findings if not f.passed and f.severity == "critical"]
    if not failed:
        return
    first = failed[0]
    columns = ", ".join(dict.fromkeys(f.column for f in failed if f.kind == first.kind and f.column))
    said = f"{first.kind} in {columns}" if columns else first.kind
    raise RefusedError(
        f"{name} is not fit for training: {said}: {first.found}; limit {first.limit}", code=f"data_{first.kind}",
        field=columns or name, found=first.found, expected=first.limit, do=first.detail,
    )  # fmt: skip


def _size(label: pd.Series) -> list[DataFinding]:
    loans, bads = len(label), int(label.sum())
    found, limit = f"{loans} loans, {bads} bad", f"at least {FEWEST_LOANS} loans, {FEWEST_BAD} bad and as many good"
    if loans < FEWEST_LOANS or min(bads, loans - bads) < FEWEST_BAD:
        return [critical("size", "", found, limit, "Too few to learn from and to test on: bring more loans.")]
    base = bads / loans
    if not PROPER_BASE[0] <= base <= PROPER_BASE[1]:
        return [
            passed("size", "", found, limit),
            warning("label", "", f"{percent(base)} bad", "0.2 % to 60 %", "Is label.bad what you meant?"),
        ]
    return [passed("size", "", found, limit)]


def _missing(mapped: Mapped) -> list[DataFinding]:
    words = contract().words
    found: list[DataFinding] = []
    for name, column in mapped.sources.items():
        blank = float(mapped.fields[name].isna().mean())
        if blank > MISSING_LOOK and name != "months_since_delinquency":
            why = "It is needed to quote" if words[name].needed_to_quote else "It may teach little"
            detail = f"{why}; its column is {column}."
            found.append(warning("missing", name, f"{percent(blank)} missing", percent(MISSING_LOOK), detail))
    return found or [passed("missing", "", "no mapped field is mostly missing", f"at most {percent(MISSING_LOOK)}")]
