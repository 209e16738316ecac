"""Loans that were lent, in the contract's words, as a policy can look at them once more."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false
# (the types that pandas ships cannot tell a column from a frame)

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from features.assemble import contract_columns
from features.mapped import Mapped

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

_PRODUCT = "product"


@dataclass(frozen=True)
class PastLoans:
    """One place a loan, in the order of the file.

    Attributes:
        facts: words of the contract, mapped or derived: numbers float64 (NaN missing), categories text or None.
        label: 1 bad, 0 good; int8.
        days: day of the decision, datetime64; None without a date.
        products: which product each was, as the file's column `product` or the mapped `purpose` says; None without.
        protected: groups for measuring fairness.
        horizon_months: over which the label looks.
    """

    name: str
    facts: Mapping[str, NDArray[Any]]
    label: NDArray[Any]
    days: pd.Series | None
    products: NDArray[Any] | None
    protected: pd.DataFrame
    horizon_months: int


def past_loans(name: str, mapped: Mapped, horizon_months: int) -> PastLoans:
    """The loans of a data set that was read and mapped."""
    facts = contract_columns(mapped)
    products: Any = facts.get("purpose")
    for frame in (mapped.extras, mapped.dropped):
        if _PRODUCT in frame:
            products = frame[_PRODUCT].to_numpy(dtype=object)
    label = mapped.label.to_numpy()
    return PastLoans(name, facts, label, mapped.dates, products, mapped.protected, horizon_months)
