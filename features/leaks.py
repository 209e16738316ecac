"""The first leak gate: a column that knows the outcome is no fact about an application.

Each column is judged alone, dates as days since the decision. Limits are set where honest columns do not reach: a good
bureau score separates with an AUC of 0.70 to 0.80.
"""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportReturnType=false, reportCallIssue=false
# pyright: reportOptionalMemberAccess=false, reportGeneralTypeIssues=false
# (the types that pandas ships cannot tell a column from a frame)

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from features.dataset import DataFinding
from features.findings import critical, passed, percent, warning
from features.mapped_values import texts
from features.ranks import Z_95, auc_error, strength, wilson
from features.read_days import looks_like_days

if TYPE_CHECKING:
    import pandas as pd

AUC_LIMIT = 0.85
AUC_LOOK = 0.80
PURE_SHARE = 0.80
"""Least share of bad loans (low end of its interval) at which a single value gives the outcome away."""
FEWEST_PURE = 25
NEVER_BAD = 0.02
"""A value whose loans go bad less than this share of the base rate, where many were to be expected, knows too much."""
EXPECTED_BAD = 50
LATER_SHARE = 0.2
LATER_DAYS = 31
LATER_AUC = 0.60
MOST_LEVELS = 200
NAMED_AUC = 0.55
OUTCOME_NAMES = (
    "recover", "collection", "settlement", "charged_off", "chargeoff", "charge_off", "write_off", "writeoff",
    "total_rec", "total_pymnt", "total_paid", "last_pymnt", "last_payment", "next_pymnt", "late_fee", "out_prncp",
    "hardship", "default_date", "months_to_default", "days_past_due_after", "loss_given",
)  # fmt: skip
COMPANIONS = 3
"""Leaking columns of one joined file from which its other columns are not believed either."""


def leak_findings(
    columns: pd.DataFrame, label: pd.Series, dates: pd.Series | None, amount: NDArray[np.float64] | None,
    origin: dict[str, str],
) -> list[DataFinding]:  # fmt: skip
    """A critical finding for each column that knows the outcome; one passed finding when none does.

    Args:
        columns: candidate columns as in the file, one row a loan.
        label: 1 bad, 0 good, same rows.
        dates: day of the decision, or None.
        amount: amount of each loan; sums paid are also judged as a share of it.
        origin: joined columns to the name of their file.
    """
    bad = label.to_numpy().astype(bool)
    found = [f for name in columns if (f := _judge(name, columns[name], bad, dates, amount)) is not None]
    found += _companions(columns, {f.column for f in found if f.severity == "critical"}, origin)
    return found or [passed("leak", "", "no column knows the outcome", f"AUC below {AUC_LIMIT}")]


def _judge(
    name: str, column: pd.Series, bad: NDArray[np.bool_], dates: pd.Series | None, amount: NDArray[np.float64] | None
) -> DataFinding | None:
    days = looks_like_days(column)
    if days is not None:
        return _judge_days(name, days, bad, dates)
    numbers = _numbers(column)
    if numbers is None:
        return _judge_words(name, column, bad)
    best = max(strength(numbers, bad), 0.0 if amount is None else strength(_share_of(numbers, amount), bad))
    zero = np.where(np.isnan(numbers), "", np.where(numbers == 0, "zero", "not zero"))
    return (
        _by_auc(name, best, bad) or _by_value(name, zero, bad) or _by_name(name, best) or _to_look_at(name, best, bad)
    )


def _judge_days(name: str, days: pd.Series, bad: NDArray[np.bool_], dates: pd.Series | None) -> DataFinding | None:
    blank = np.where(days.isna().to_numpy(), "", "a day")
    if dates is None:
        since = days.to_numpy().astype("datetime64[D]").astype(np.float64)
        since[days.isna().to_numpy()] = np.nan
        best = strength(since, bad)
        return _verdict(name, best, blank, bad)
    since = (days - dates).dt.days.to_numpy(dtype=np.float64)
    best, later = strength(since, bad), float(np.mean(since > LATER_DAYS))
    if later > LATER_SHARE and best >= LATER_AUC:
        found = f"{percent(later)} of its days lie after the decision, AUC {best:.3f}"
        return _leak(name, found, f"days before the decision, or AUC below {LATER_AUC:.2f}")
    return _verdict(name, best, blank, bad)


def _judge_words(name: str, column: pd.Series, bad: NDArray[np.bool_]) -> DataFinding | None:
    words = texts(column).fillna("")
    if words.nunique() > MOST_LEVELS:
        words = words.where(words == "", "a value")
    values = words.to_numpy().astype(str)
    best = strength(_rate_of_others(values, bad), bad)
    return (
        _by_auc(name, best, bad) or _by_value(name, values, bad) or _by_name(name, best) or _to_look_at(name, best, bad)
    )


def _verdict(name: str, best: float, values: NDArray[np.str_], bad: NDArray[np.bool_]) -> DataFinding | None:
    """By its ranking, by one of its values, by its name; at last whether someone should look."""
    return (
        _by_auc(name, best, bad) or _by_value(name, values, bad) or _by_name(name, best) or _to_look_at(name, best, bad)
    )


def _by_auc(name: str, best: float, bad: NDArray[np.bool_]) -> DataFinding | None:
    if best >= AUC_LIMIT and _low(best, bad) >= AUC_LOOK:
        return _leak(name, f"AUC {best:.3f} alone", f"AUC below {AUC_LIMIT}")
    return None


def _to_look_at(name: str, best: float, bad: NDArray[np.bool_]) -> DataFinding | None:
    if _low(best, bad) >= AUC_LOOK:
        return warning("leak", name, f"AUC {best:.3f} alone", f"AUC below {AUC_LOOK}", "Was it known on the day?")
    return None


def _low(best: float, bad: NDArray[np.bool_]) -> float:
    """The least that an AUC may be, given how few loans it comes from."""
    return best - Z_95 * auc_error(best, int(bad.sum()), int((~bad).sum()))


def _by_value(name: str, values: NDArray[np.str_], bad: NDArray[np.bool_]) -> DataFinding | None:
    base = float(bad.mean())
    levels, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    bads = np.bincount(inverse, weights=bad, minlength=len(levels))
    for level, count, hits in zip(levels, counts, bads, strict=True):
        shown = level or "missing"
        if count >= FEWEST_PURE and wilson(int(hits), int(count))[0] > max(PURE_SHARE, base + (1 - base) / 2):
            found = f"{percent(hits / count)} of the {count} loans with value {shown} went bad"
            return _leak(name, found, f"at most {percent(PURE_SHARE)}")
        if count < len(values) and count * base >= EXPECTED_BAD and hits < NEVER_BAD * count * base:
            found = f"{int(hits)} of the {count} loans with value {shown} went bad, {count * base:.0f} expected"
            return _leak(name, found, f"at least {percent(NEVER_BAD)} of those expected")
    return None


def _by_name(name: str, best: float) -> DataFinding | None:
    if best >= NAMED_AUC and any(part in name.lower() for part in OUTCOME_NAMES):
        return _leak(name, f"AUC {best:.3f}, and a name for something that happens later", f"AUC below {NAMED_AUC}")
    return None


def _companions(columns: pd.DataFrame, leaking: set[str], origin: dict[str, str]) -> list[DataFinding]:
    by_file: dict[str, set[str]] = {}
    for column in columns:
        if column in origin:
            by_file.setdefault(origin[column], set()).add(column)
    found: list[DataFinding] = []
    for file, members in by_file.items():
        bad = members & leaking
        if len(bad) >= COMPANIONS and len(bad) * 2 > len(members):
            said = f"{len(bad)} of the {len(members)} columns of {file} know the outcome"
            found += [_leak(c, said, "a file of facts known on the day") for c in sorted(members - bad)]
    return found


def _leak(name: str, found: str, limit: str) -> DataFinding:
    detail = f"If {name} is known only later, write it under after_decision; if it is not wanted, under drop."
    return critical("leak", name, found, limit, detail)


def _numbers(column: pd.Series) -> NDArray[np.float64] | None:
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column):
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    words = texts(column)
    numbers = pd.to_numeric(words.str.removesuffix("%") if words.notna().any() else words, errors="coerce")
    return numbers.to_numpy(dtype=np.float64) if numbers.notna().sum() > 0.9 * words.notna().sum() else None


def _share_of(numbers: NDArray[np.float64], amount: NDArray[np.float64]) -> NDArray[np.float64]:
    return numbers / np.where(amount > 0, amount, np.nan)


def _rate_of_others(values: NDArray[np.str_], bad: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Bad share of each row's value, learnt from the other half of the rows, so that rare values do not look wise."""
    rates = np.empty(len(values))
    half = np.arange(len(values)) % 2 == 0
    for mine, other in ((half, ~half), (~half, half)):
        levels, inverse = np.unique(values[other], return_inverse=True)
        rate = (np.bincount(inverse, weights=bad[other]) + bad.mean()) / (np.bincount(inverse) + 1)
        place = np.searchsorted(levels, values[mine]).clip(0, len(levels) - 1)
        rates[mine] = np.where(levels[place] == values[mine], rate[place], bad.mean())
    return rates
