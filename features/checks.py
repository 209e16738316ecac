"""Every check of a data set, in one list."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportReturnType=false, reportCallIssue=false
# pyright: reportOptionalMemberAccess=false, reportGeneralTypeIssues=false
# (the types that pandas ships cannot tell a column from a frame)

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from features.build import INPUTS, SUPPLIED
from features.columns_to_name import codes_for_unknown, groups_among_features
from features.contract import contract
from features.copies import copies
from features.dataset import DataFinding
from features.findings import critical, passed, percent, warning
from features.leaks import leak_findings
from features.limits import Limits, limits
from features.mapped import Mapped
from features.mapping import Mapping
from features.ranks import Z_95, auc_error
from features.units import unit_findings
from lending.domain.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

LIMITS_FILE = Path(__file__).with_name("check_limits.yaml")
_TEST_SHARE, _USUAL_AUC = 0.25, 0.7
_NAMED = 8  # columns named in one sentence


def check_limits() -> Limits:
    """The limits that hold now."""
    return limits(LIMITS_FILE)


def check_mapped(mapped: Mapped, mapping: Mapping, origin: dict[str, str]) -> list[DataFinding]:
    """Findings about size, label, copies, missing values, units, leaks and what the mapping leaves unsaid."""
    bound = check_limits()
    amount = mapped.fields.get("amount")
    sums = None if amount is None else amount.to_numpy(dtype="float64")
    declared = [
        passed("leak", column, "declared under after_decision", "never a feature", "Left out.")
        for column in mapped.hidden
    ]
    return [
        *mapped.findings,
        *_size(mapped.label, bound),
        *_days_to_test(mapped, mapping),
        *_copies(mapped, bound),
        *_missing(mapped, bound),
        *codes_for_unknown(mapped.candidates, bound),
        *groups_among_features(list(mapped.extras), list(mapping.monotone)),
        *unit_findings(mapped.fields, mapping),
        *declared,
        *leak_findings(mapped.candidates, mapped.label, mapped.dates, sums, origin, mapped.ids),
        *_to_serve(mapped),
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


def many_features(count: int, label: pd.Series) -> list[DataFinding]:
    """A warning when there are few loans of the rarer class for each feature."""
    bound = check_limits()
    rarer = int(min(label.sum(), len(label) - label.sum()))
    least = bound["bads_a_feature_min"]
    if rarer >= least * count:
        return []
    found = f"{count} features for {rarer} loans of the rarer class"
    return [warning("size", "", found, f"at least {least:g} loans a feature", "Drop what you do not believe in.")]


def _size(label: pd.Series, bound: Limits) -> list[DataFinding]:
    loans, bads = len(label), int(label.sum())
    rarer, found = min(bads, loans - bads), f"{loans} loans, {bads} bad"
    least = f"at least {bound['loans_least']:g} loans, {bound['bads_least']:g} bad and as many good"
    if loans < bound["loans_least"] or rarer < bound["bads_least"]:
        return [critical("size", "", found, least, "Too few to learn from and to test on: bring more loans.")]
    few = loans < bound["loans_few"] or rarer < bound["bads_few"]
    size = [_few(loans, bads, found, bound)] if few else [passed("size", "", found, least)]
    base = bads / loans
    if bound["base_min"] <= base <= bound["base_max"]:
        return size
    usual = f"{percent(bound['base_min'])} to {percent(bound['base_max'])}"
    return [*size, warning("label", "", f"{percent(base)} bad", usual, "Is label.bad what you meant?")]


def _few(loans: int, bads: int, found: str, bound: Limits) -> DataFinding:
    """Says how uncertain an AUC measured on a quarter of so few loans is."""
    tested = max(round(bads * _TEST_SHARE), 1), max(round((loans - bads) * _TEST_SHARE), 1)
    half = Z_95 * auc_error(_USUAL_AUC, *tested)
    limit = f"at least {bound['loans_few']:g} loans, {bound['bads_few']:g} of each class"
    do = f"An AUC of {_USUAL_AUC} on a quarter of them is known to ± {half:.2f} only: bring more loans."
    return warning("size", "", found, limit, do)


def _days_to_test(mapped: Mapped, mapping: Mapping) -> list[DataFinding]:
    """Says when date.test_from leaves no loan to learn from or none to test on."""
    if mapping.test_from is None or mapped.dates is None:
        return []
    late = mapped.dates >= mapping.test_from
    found = f"days from {mapped.dates.min():%Y-%m-%d} to {mapped.dates.max():%Y-%m-%d}"
    limit = f"loans before and from {mapping.test_from} on"
    if late.any() and not late.all():
        return [passed("date", mapping.date or "", found, limit)]
    return [critical("date", mapping.date or "", found, limit, "Correct date.test_from, or leave it out.")]


def _copies(mapped: Mapped, bound: Limits) -> list[DataFinding]:
    twice, limit = copies(mapped.candidates), f"at most {percent(bound['copies_max'])}"
    if twice.mean() <= bound["copies_max"]:
        found = f"{int(twice.sum())} loans equal another one in every fact but their id"
        return [passed("duplicate", "", found, limit)]
    where = ""
    if mapped.dates is not None:
        newest = np.sort(mapped.dates.to_numpy())[int(len(twice) * (1 - _TEST_SHARE))]
        where = f", {int((twice & (mapped.dates.to_numpy() >= newest)).sum())} of them in the newest quarter"
    found = f"{int(twice.sum())} loans equal another one in every fact but their id{where}"
    do = "Remove the copies: one that stands in training and in test flatters the figures."
    return [warning("duplicate", "", found, limit, do)]


def _missing(mapped: Mapped, bound: Limits) -> list[DataFinding]:
    words, most = contract().words, bound["missing_max"]
    found: list[DataFinding] = []
    for name, column in mapped.sources.items():
        blank = float(mapped.fields[name].isna().mean())
        if blank > most and name != "months_since_delinquency":
            why = "It is needed to quote" if words[name].needed_to_quote else "It may teach little"
            detail = f"{why}; its column is {column}."
            found.append(warning("missing", name, f"{percent(blank)} missing", percent(most), detail))
    return found or [passed("missing", "", "no mapped field is mostly missing", f"at most {percent(most)}")]


def _to_serve(mapped: Mapped) -> list[DataFinding]:
    """What stands between these columns and quotes; training goes on all the same.

    A model can quote when the bank's records hold all that it reads. What it does not read, only the bank's rules do.
    """
    there = set(mapped.fields)
    lacking = [
        name for name, word in contract().words.items()
        if word.needed_to_quote and name not in there and not (INPUTS[name] != (name,) and set(INPUTS[name]) <= there)
    ]  # fmt: skip
    strange = [str(name) for name in mapped.extras.columns if name not in SUPPLIED]
    if there and not strange:
        unread = f"the model does not read {', '.join(lacking)}"
        found = unread if lacking else "every field that a quote needs is mapped"
        return [passed("serve", "", found, "what the bank's records hold")]
    todo = [f"map {', '.join(lacking)} under fields"] if lacking else []
    if strange:
        more = f" and {len(strange) - _NAMED} more" if len(strange) > _NAMED else ""
        todo.append(f"map or drop what the bank's records do not hold: {', '.join(strange[:_NAMED])}{more}")
    found = "not enough to serve quotes: " + ", ".join(lacking or strange[:_NAMED])
    detail = f"Train and evaluate as you like; to serve quotes {'; '.join(todo)}."
    return [passed("serve", "", found, "what the bank's records hold", detail)]
