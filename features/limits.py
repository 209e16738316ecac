"""Limits as dated data: the newest value whose day has come holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from lending.domain.errors import InputError

Limits = Mapping[str, float]


@lru_cache(maxsize=8)
def limits(file: Path, as_of: date | None = None) -> Limits:
    """Every limit of a file by its value on a day; without a day the newest.

    Raises:
        InputError: a limit had no value yet on that day.
    """
    import yaml

    raw: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {name: _on(as_of, name, entry["values"], file) for name, entry in raw.items()}


def _on(as_of: date | None, name: str, values: Mapping[date, Mapping[str, Any]], file: Path) -> float:
    come = [day for day in values if as_of is None or day <= as_of]
    if not come:
        raise InputError(
            f"{name} has no value on {as_of}; its first is of {min(values)}", code="no_limit", field=name,
            found=str(as_of), expected=f"{min(values)} or later", do=f"Add a value to {file.name}.",
        )  # fmt: skip
    return float(values[max(come)]["value"])
