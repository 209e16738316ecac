"""What a language model costs."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens read and written."""

    read: Decimal
    written: Decimal

    def of(self, tokens_in: int, tokens_out: int) -> Decimal:
        """The cost of a call, in US dollars."""
        return (self.read * tokens_in + self.written * tokens_out) / 1_000_000


FREE = Price(Decimal(0), Decimal(0))
