"""What monitoring looks at: every feature, and the columns that a mapping drops, such as the lender's own price."""

# pyright: reportArgumentType=false
# (the types that pandas ships cannot tell a column from a frame)

from __future__ import annotations

from collections.abc import Mapping as Names
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from features.assemble import contract_columns
from features.contract import contract
from features.extras import extra_columns
from features.feature_sets import Kind
from features.mapped import Mapped
from features.mapping import Mapping
from lending.domain.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Watched:
    """Columns by day, one value a loan.

    Attributes:
        columns: name to its kind and values: numbers float64 (NaN missing), categories text or None.
        sources: a word of the contract to the column of the file that it came from.
        dropped: names that are watched although the mapping drops them as features.
        days: day of the decision, datetime64.
        data_sha256: of the files.
    """

    name: str
    columns: Names[str, tuple[Kind, NDArray[Any]]]
    sources: Names[str, str]
    dropped: frozenset[str]
    days: pd.Series
    data_sha256: str


def watched(name: str, mapped: Mapped, mapping: Mapping, data_sha256: str) -> Watched:
    """The columns of a data set by day.

    Raises:
        InputError: the data set has no date, so there are no periods to compare.
    """
    if mapped.dates is None:
        raise InputError(
            f"{name} has no date, so nothing can be compared over time", code="no_date", field="date",
            found="no date", expected="date: {column: …} in the mapping", do="Map the day of the decision.",
        )  # fmt: skip
    words = contract().words
    columns: dict[str, tuple[Kind, Any]] = {
        word: (words[word].kind, values) for word, values in contract_columns(mapped).items()
    }
    extras, _ = extra_columns(mapped.extras)
    dropped, _ = extra_columns(mapped.dropped)
    for column, (kind, values) in {**extras, **dropped}.items():
        columns.setdefault(column, (kind, values.to_numpy()))
    return Watched(name, columns, mapped.sources, frozenset(dropped) - frozenset(extras), mapped.dates, data_sha256)
