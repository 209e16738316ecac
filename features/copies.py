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

CHANCE_TWINS = 0.01
"""Other loans with all the same values, expected if columns were independent, below which equal rows are copies."""


def copies(columns: pd.DataFrame) -> NDArray[np.bool_]:
    """Rows that equal an earlier one in all columns that do not name loans, shape (n,).

    Rows of few or common values are equal by chance and are not called copies.
    """
    import pandas as pd

    loans = len(columns)
    hashes, rarity = np.zeros(loans, dtype=np.uint64), np.zeros(loans)
    for name in columns:
        codes, different = pd.factorize(columns[name])
        if len(different) == loans and _names_loans(columns[name]):
            continue
        hashes = hashes * np.uint64(1_000_003) + (codes + 2).astype(np.uint64)
        rarity += np.log(np.bincount(codes + 1)[codes + 1] / loans)
    rare = np.log(max(loans, 1)) + rarity < np.log(CHANCE_TWINS)
    return pd.Series(hashes).duplicated().to_numpy() & rare


def _names_loans(column: pd.Series) -> bool:
    """Texts and whole numbers; a fraction that differs everywhere is a fact."""
    import pandas as pd

    if not pd.api.types.is_numeric_dtype(column):
        return True
    return bool((column == np.floor(column)).all())
