"""A file read as its mapping says: labelled rows, Candor's words, what is left over, and groups for fairness."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportReturnType=false, reportCallIssue=false
# pyright: reportOptionalMemberAccess=false, reportGeneralTypeIssues=false
# (the types that pandas ships cannot tell a column from a frame)

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from features.contract import contract
from features.dataset import DataFinding
from features.findings import critical, passed, warning
from features.mapped_values import field_values, texts, to_numbers, without_markers
from features.mapping import Mapping, ProtectedRule
from features.mapping_columns import check_columns, never_features, no_extras
from features.read_days import read_days
from lending.domain.errors import InputError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Mapped:
    """One row a labelled loan; all frames share one index.

    Attributes:
        fields: raw values of the mapped words of the contract, not yet cleaned or derived.
        extras: columns that the mapping does not name, as they are in the file.
        dropped: columns that the mapping drops, as they are in the file; for monitoring only.
        candidates: all columns that may become features, as they are in the file; for the leak gate.
        ids: the loans' ids as in the file, doubles included; None without `id`.
        label: 1 bad, 0 good; int8.
        dates: day of the decision, or None without `date`.
        protected: groups as text.
        hidden: columns declared as known only later, for reports; never features.
        findings: what was odd on the way.
    """

    fields: pd.DataFrame
    extras: pd.DataFrame
    dropped: pd.DataFrame
    candidates: pd.DataFrame
    ids: pd.Series | None
    label: pd.Series
    dates: pd.Series | None
    protected: pd.DataFrame
    hidden: tuple[str, ...]
    findings: tuple[DataFinding, ...]
    sources: dict[str, str]
    """Word of the contract to the column it came from."""


def apply_mapping(raw: pd.DataFrame, mapping: Mapping, file: str, today: date | None = None) -> Mapped:
    """Read rows as the mapping says.

    Raises:
        InputError: a named column is not there, a label or date does not fit, or one class is missing.
    """
    check_columns(list(raw.columns), mapping, file)
    label, left_out = _label(raw, mapping)
    kept = raw.loc[label.index]
    findings = [left_out, *_identity(kept, mapping)]
    days, odd_days = _days(kept, mapping)
    findings += odd_days
    if days is not None:
        kept, days = kept[days.notna()], days.dropna()
        kept, days = _between(kept, days, mapping)
        findings += _to_come(days, mapping, today)
        label = label.loc[kept.index]
        if label.nunique() < 2:
            raise _one_class(texts(raw[mapping.label]).loc[kept.index], mapping, "good" if label.all() else "bad")
    kept, label = _indexed(kept, label.loc[kept.index], mapping)
    if days is not None:
        days = days.set_axis(kept.index)
    known = without_markers(kept, mapping.missing, mapping.missing_in)
    fields, field_findings, sources = _fields(known, mapping, days)
    protected = {name: _group(known[rule.column], rule, name) for name, rule in mapping.protected.items()}
    return Mapped(
        fields=fields,
        extras=known[[c for c in known.columns if c not in no_extras(mapping)]],
        dropped=known[list(mapping.drop)],
        candidates=known[[c for c in known.columns if c not in never_features(mapping)]],
        ids=known[mapping.id] if mapping.id else None,
        label=label,
        dates=days,
        protected=_frame(protected, kept),
        hidden=mapping.after_decision,
        findings=(*findings, *field_findings),
        sources=sources,
    )


def check_head(raw: pd.DataFrame, mapping: Mapping, file: str) -> None:
    """Prove on the first rows that the mapping fits its file: columns, dates, numbers. Raises InputError."""
    check_columns(list(raw.columns), mapping, file)
    days, _ = _days(raw, mapping)
    known = without_markers(raw, mapping.missing, mapping.missing_in)
    _fields(known, mapping, days)


def horizon(mapping: Mapping, mapped: Mapped) -> int:
    """Months over which the label looks; for `term` the most common term of the loans."""
    if mapping.horizon_months != "term":
        return mapping.horizon_months
    if "term_months" not in mapped.fields:
        raise InputError(
            "horizon_months is term, but fields has no term_months", code="mapping", field="horizon_months",
            found="term", expected="fields.term_months, or a number of months", do="Map term_months.",
        )  # fmt: skip
    return int(mapped.fields["term_months"].mode().iloc[0])


def _label(raw: pd.DataFrame, mapping: Mapping) -> tuple[pd.Series, DataFinding]:
    words = texts(raw[mapping.label])
    if mapping.bad_from is not None:
        numbers, _ = to_numbers(raw[mapping.label], "label", mapping.label)
        bad, good = numbers >= mapping.bad_from, numbers < mapping.bad_from
    else:
        bad = words.isin(mapping.bad)
        good = words.isin(mapping.good) if mapping.good else words.notna() & ~bad
    if not bad.any() or not good.any():
        raise _one_class(words, mapping, "bad" if not bad.any() else "good")
    kept = bad | good
    found = f"{int(bad.sum())} bad and {int(good.sum())} good, {int((~kept).sum())} left out"
    return bad[kept].astype("int8").rename("label"), passed("label", mapping.label, found, "both classes")


def _one_class(words: pd.Series, mapping: Mapping, which: str) -> InputError:
    seen = ", ".join(f"{value} ({count})" for value, count in words.value_counts().head(6).items()) or "nothing"
    keys = "label.bad_from" if mapping.bad_from is not None else f"label.{which}"
    return InputError(
        f"no loan of {len(words)} is {which}: {mapping.label} holds {seen}", code="one_class", field=keys, found=seen,
        expected="bad and good loans", do="Correct the values under label; they are compared as written.",
    )  # fmt: skip


def _identity(kept: pd.DataFrame, mapping: Mapping) -> list[DataFinding]:
    if mapping.id:
        count = int(kept[mapping.id].duplicated().sum())
        if count:
            do = "Keep one row a loan; if this column is the customer, name it under drop instead of id."
            return [critical("duplicate", mapping.id, f"{count} ids stand more than once", "each id once", do)]
        return [passed("duplicate", mapping.id, "each id once", "each id once")]
    count = int(kept.duplicated().sum())
    if count:
        return [warning("duplicate", "", f"{count} rows equal an earlier one", "no equal rows", "Remove the copies.")]
    return [passed("duplicate", "", "no equal rows", "no equal rows")]


def _days(kept: pd.DataFrame, mapping: Mapping) -> tuple[pd.Series | None, list[DataFinding]]:
    if mapping.date is None:
        return None, []
    read = read_days(kept[mapping.date], mapping.date_format, f"date.column {mapping.date}")
    findings = list(read.findings)
    if not read.days.notna().any():
        raise InputError(
            f"date.column {mapping.date} holds no day at all", code="date_format", field="date.column",
            found="no day", expected="the day of the decision", do="Name another column, or leave date out.",
        )  # fmt: skip
    if blank := int(read.days.isna().sum()):
        note = warning("missing", mapping.date, f"{blank} rows without a day", "none", "They are left out.")
        findings.append(note)
    return read.days, findings


def _to_come(days: pd.Series, mapping: Mapping, today: date | None) -> list[DataFinding]:
    late = 0 if today is None else int((days.dt.date > today).sum())
    if not late:
        return []
    found = f"{late} days after {today}, the last {days.max():%Y-%m-%d}"
    do = f"Nobody decided then: correct them, or write date: {{column: {mapping.date}, to: {today}}}."
    return [critical("date", mapping.date or "", found, "days up to today", do)]


def _between(kept: pd.DataFrame, days: pd.Series, mapping: Mapping) -> tuple[pd.DataFrame, pd.Series]:
    inside = days.notna()
    if mapping.date_from:
        inside &= days >= mapping.date_from
    if mapping.date_to:
        inside &= days <= mapping.date_to
    if not inside.any():
        raise _none_between(days, mapping)
    return kept[inside], days[inside]


def _none_between(days: pd.Series, mapping: Mapping) -> InputError:
    asked = {"date.from": mapping.date_from, "date.to": mapping.date_to}
    said = " and ".join(f"{key} {day}" for key, day in asked.items() if day)
    found = f"days from {days.min():%Y-%m-%d} to {days.max():%Y-%m-%d}"
    return InputError(
        f"no loan is left by {said}: {mapping.date} holds {found}", code="no_rows", field="date", found=found,
        expected="days of loans inside that range", do="Correct date.from and date.to, or leave them out.",
    )  # fmt: skip


def _indexed(kept: pd.DataFrame, label: pd.Series, mapping: Mapping) -> tuple[pd.DataFrame, pd.Series]:
    if not mapping.id or kept[mapping.id].duplicated().any() or kept[mapping.id].isna().any():
        return kept.reset_index(drop=True), label.reset_index(drop=True)
    index = texts(kept[mapping.id]).tolist()
    return kept.set_axis(index), label.set_axis(index)


def _fields(
    known: pd.DataFrame, mapping: Mapping, days: pd.Series | None
) -> tuple[pd.DataFrame, list[DataFinding], dict[str, str]]:
    words, columns = contract().words, {}
    findings: list[DataFinding] = []
    sources: dict[str, str] = {}
    never = never_features(mapping)
    for name, rule in mapping.fields.items():
        if rule.column in never:
            findings.append(passed("leak", name, f"its column {rule.column} is declared as no feature", "left out"))
            continue
        columns[name], odd = field_values(rule, known[rule.column], days, name, words[name].kind == "number")
        findings += odd
        sources[name] = rule.column
    return _frame(columns, known), findings, sources


def _group(column: pd.Series, rule: ProtectedRule, name: str) -> pd.Series:
    import pandas as pd

    if not rule.bands:
        return texts(column)
    numbers, _ = to_numbers(column, name, rule.column)
    names = [f"{low:g}-{high:g}" for low, high in zip(rule.bands, rule.bands[1:], strict=False)]
    banded = pd.cut(numbers, list(rule.bands), right=False, labels=names).astype(object)
    return banded.where(banded.notna(), None)


def _frame(columns: dict[str, pd.Series], like: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(columns, index=like.index)
