"""Numbers as people and spreadsheets write them: currency signs, thousands, decimal comma, percent, brackets."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportReturnType=false, reportCallIssue=false
# pyright: reportOptionalMemberAccess=false, reportGeneralTypeIssues=false
# (the types that pandas ships cannot tell a column from a frame)

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Decimal = Literal[".", ","]
_AROUND = re.compile(r"^[A-Z]{2,3}\$?\s*(?=[-+(\d.,])|(?<=[\d)])\s*[A-Z]{3}$|[$€£¥₹]|(?<=\d)['’\s  ](?=\d{3})|[  \s]+")
_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_POINT = re.compile(r"[+-]?\d{1,3}(,\d{2,3})*,\d{3}(\.\d*)?")
_COMMA = re.compile(r"[+-]?(\d+|\d{1,3}(\.\d{3})+),\d*|[+-]?\d{1,3}(\.\d{3}){2,}")
_EITHER = re.compile(r"[+-]?\d{1,3},\d{3}")
_SURE_COMMA = re.compile(
    r"[+-]?[\d.]*,(\d{1,2}|\d{4,})|[+-]?[\d.]*\.\d{3},\d*|[+-]?\d{1,3}(\.\d{3}){2,}|[+-]?0,\d+|[+-]?\d{4,},\d+"
)
_SURE_POINT = re.compile(r"[+-]?[\d,]*,\d{3}\.\d*|[+-]?\d{1,3}(,\d{2,3})+,\d{3}|[+-]?\d+\.(\d{1,2}|\d{4,})")
LARGEST = float(np.finfo(np.float32).max)
"""Largest size of a number that trees hold; they keep float32."""
_POWERS = {"k": 1e3, "K": 1e3, "m": 1e6, "M": 1e6}


def numbers_of(words: Sequence[str | None]) -> tuple[NDArray[np.float64], Decimal, bool]:
    """What texts say as float64 (NaN where a text is no number), the decimal sign, and whether that was a guess.

    >>> numbers_of(["1.234,50 €", "(7,5)"])[0].tolist(), numbers_of(["$1,234.5", "12 %"])[0].tolist()
    ([1234.5, -7.5], [1234.5, 12.0])
    """
    parts = [("", 1.0) if w is None else _bare(w) for w in words]
    sign, guessed = _decimal([text for text, _ in parts])
    return np.array([_number(text, sign) * factor for text, factor in parts], dtype=np.float64), sign, guessed


def read_numbers(column: pd.Series) -> tuple[pd.Series, bool]:
    """A column as float64, each different text read once; whether the decimal sign was a guess."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column):
        return column.astype("float64"), False
    codes, values = pd.factorize(column, use_na_sentinel=True)
    quick = pd.to_numeric(pd.Series(values, dtype=object), errors="coerce").to_numpy(dtype=np.float64)
    guessed = False
    if np.isnan(quick).any():
        found, sign, guessed = numbers_of([str(v) for v in values])
        quick = found if sign == "," else np.where(np.isnan(quick), found, quick)
    looked_up = np.append(quick, np.nan)[codes]
    return pd.Series(looked_up, index=column.index, dtype="float64"), guessed


def can_be_held(numbers: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which numbers a model can hold: neither missing nor infinite, nor beyond float32.

    >>> can_be_held(np.array([1.5, 1e308, np.inf, np.nan])).tolist()
    [True, False, False, False]
    """
    return np.abs(numbers) <= LARGEST


def _bare(word: str) -> tuple[str, float]:
    """The digits with their signs, and what they are multiplied by."""
    text = word.strip()
    sign = 1.0
    if text.startswith("(") and text.endswith(")"):
        text, sign = text[1:-1], -1.0
    text = _AROUND.sub("", text.removesuffix("%").strip())
    if text.endswith("-"):
        text, sign = text[:-1], -sign
    if text[-1:] in _POWERS and text[:-1][-1:].isdigit():
        return text[:-1], sign * _POWERS[text[-1]]
    return text.removesuffix("%"), sign


def _decimal(texts: Sequence[str]) -> tuple[Decimal, bool]:
    """The decimal sign that the column's own values show; a point, as a guess, where they leave it open."""
    comma = sum(1 for t in texts if _SURE_COMMA.fullmatch(t))
    point = sum(1 for t in texts if _SURE_POINT.fullmatch(t))
    open_ones = any(_EITHER.fullmatch(t) for t in texts)
    return ("," if comma > point else "."), open_ones and not comma and not point


def _number(text: str, decimal: Decimal) -> float:
    if decimal == "," and _COMMA.fullmatch(text):
        return float(text.replace(".", "").replace(",", ".") or "nan")
    if decimal == "." and _POINT.fullmatch(text):
        return float(text.replace(",", ""))
    if decimal == "," and re.fullmatch(r"[+-]?\d{1,3}(\.\d{3})+", text):
        return float(text.replace(".", ""))
    return float(text) if _PLAIN.fullmatch(text) else np.nan
