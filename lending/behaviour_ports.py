"""What the record of how pages are used needs from the world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class BehaviourRow:
    """One event on a page. Nothing in it says who it was.

    Attributes:
        visitor: keyed hash of one session; the same person has another one next time.
        event, page, step: from the closed lists of kb/behaviour.yaml; `step` may be empty.
        product: a loan type of the catalogue, or empty.
        variants: experiment to variant that the visitor had seen.
    """

    at: datetime
    visitor: str
    event: str
    page: str
    step: str = ""
    product: str = ""
    variants: Mapping[str, str] = field(default_factory=dict[str, str])


class Behaviour(Protocol):
    """Events of the pages, kept for a while."""

    def add(self, row: BehaviourRow, most: int) -> bool:
        """Write one down; False, and nothing written, when its visitor has `most` already."""
        ...

    def sweep(self, before: datetime) -> int:
        """Delete what is older; answers how many there were."""
        ...
