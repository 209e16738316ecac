"""Loans that stand twice: equal in everything, or in everything but a number that names them."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportReturnType=false, reportCallIssue=false
# pyright: reportOptionalMemberAccess=false, reportGeneralTypeIssues=false
# (the types that pandas ships cannot tell a column from a frame)

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

MANY_DIFFERENT = 0.5
"""Share of different values from which a column tells loans apart, so that equal rows are no coincidence."""


def copies(columns: pd.DataFrame) -> NDArray[np.bool_]:
    """Rows that equal an earlier one in all columns that do not name loans, shape (n,).

    None is called a copy where no column has enough different values for equal rows to mean anything.
    """
    import pandas as pd

    loans = len(columns)
    different = {name: columns[name].nunique() for name in columns}
    facts = [name for name in columns if not (different[name] == loans and _names_loans(columns[name]))]
    if not any(different[name] > MANY_DIFFERENT * loans for name in facts):
        return np.zeros(loans, dtype=bool)
    hashes = np.zeros(loans, dtype=np.uint64)
    for name in facts:
        codes, _ = pd.factorize(columns[name])
        hashes = hashes * np.uint64(1_000_003) + (codes + 2).astype(np.uint64)
    return pd.Series(hashes).duplicated().to_numpy()


def _names_loans(column: pd.Series) -> bool:
    """Texts and whole numbers; a fraction that differs everywhere is a fact."""
    import pandas as pd

    if not pd.api.types.is_numeric_dtype(column):
        return True
    return bool((column == np.floor(column)).all())
