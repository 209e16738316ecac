"""Where a decision can change with amount or term: the last cent, or month, on the near side of each change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from lending.domain.policy import DatedRule, Rulebook
from lending.grid.scaled import CENTS, MICRO, MOST_CENTS, Whole, ceiled, floored

LAST_TERM = 1200


def spans(rule: DatedRule) -> Iterator[tuple[int, int, Decimal | None]]:
    """First and last cent of each tier of a rule, and its limit there; one span where it has no tiers."""
    lower = 0
    for tier in rule.tiers:
        upper = MOST_CENTS if tier.up_to is None else floored(tier.up_to, CENTS)
        yield lower, upper, tier.value
        lower = upper + 1
    if not rule.tiers:
        yield 0, MOST_CENTS, rule.limit


def last_below(rising: Callable[[Whole], NDArray[np.float64]], thresholds: NDArray[np.float64], top: int) -> Whole:
    """For each threshold the largest whole number from 0 to `top` whose value lies below it.

    Args:
        rising: a function that never falls; NaN counts as below.
        thresholds: shape (k,).
        top: the largest number looked at.
    """
    low, high = np.zeros(len(thresholds), dtype=np.int64), np.full(len(thresholds), top, dtype=np.int64)
    while (low < high).any():
        middle = (low + high + 1) // 2
        reaches = rising(middle) >= thresholds
        low, high = np.where(reaches, low, middle), np.where(reaches, middle - 1, high)
    return low


def amount_cuts(book: Rulebook, rules: Iterable[DatedRule], security_cents: int | None, payoff_cents: int) -> set[int]:
    """The last cents before a rule on the amount, the share of the security or the cash left changes its mind."""
    found = {floored(book["amount_min"], CENTS) - 1, floored(book["amount_max"], CENTS)}
    for rule in rules:
        for _, upper, limit in spans(rule):
            found.add(upper)
            if limit is None:
                continue
            if rule.rule.field == "ltv" and security_cents:
                # The last cent of a share within the limit, and of a share that does not reach it.
                shares = floored(limit, MICRO), ceiled(limit, MICRO) - 1
                found |= {share * security_cents // 10**MICRO for share in shares}
            elif rule.rule.field in ("amount", "cash_out"):
                edge = floored(limit, CENTS) + (payoff_cents if rule.rule.field == "cash_out" else 0)
                found |= {edge - 1, edge}
    return found


def between(cuts: Iterable[int], first: int, last: int) -> list[int]:
    """The cuts from `first` to `last`, those two included, each once, rising."""
    return sorted({first, last, *(cut for cut in cuts if first < cut < last)})


def joined(keys: Sequence[object]) -> list[int]:
    """Positions of the last of each run of equal neighbours."""
    return [at for at in range(len(keys)) if at + 1 == len(keys) or keys[at] != keys[at + 1]]
