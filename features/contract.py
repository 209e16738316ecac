"""Candor's own words: name, unit, plausible range, direction of risk. Data sets are mapped onto them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from features.feature_sets import Kind

CONTRACT_FILE = Path(__file__).with_name("contract.yaml")


@dataclass(frozen=True, slots=True)
class Word:
    """One word of the contract.

    Attributes:
        unit: currency (a month or a sum), fraction, months, points, count; "" for a category.
        plausible: lowest and highest value one loan may have; None for a category.
        typical: where the median of a whole data set lies when its unit is right; None for a category.
        risk: promised direction of risk as the value grows: 1 riskier, -1 safer, 0 no promise.
        needed_to_quote: without it the bank cannot decide.
    """

    name: str
    kind: Kind
    unit: str
    plausible: tuple[float, float] | None
    typical: tuple[float, float] | None
    risk: Literal[-1, 0, 1]
    needed_to_quote: bool
    description: str


@dataclass(frozen=True, slots=True)
class Contract:
    """All words, by name and in order of the file."""

    version: str
    words: dict[str, Word]


@lru_cache(maxsize=1)
def contract() -> Contract:
    """The contract that ships with this version; read once."""
    import yaml

    raw = yaml.safe_load(CONTRACT_FILE.read_text(encoding="utf-8"))
    return Contract(raw["version"], {name: _word(name, entry) for name, entry in raw["words"].items()})


def _word(name: str, entry: dict[str, Any]) -> Word:
    return Word(
        name=name,
        kind=entry["kind"],
        unit=entry.get("unit", ""),
        plausible=_pair(entry.get("range")),
        typical=_pair(entry.get("typical")),
        risk=entry["risk"],
        needed_to_quote=entry["needed_to_quote"],
        description=entry["description"],
    )


def _pair(values: list[float] | None) -> tuple[float, float] | None:
    return None if values is None else (float(values[0]), float(values[1]))
