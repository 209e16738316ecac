"""Who sees which variant: a pure hash, so that the same subject always lands in the same one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from decimal import Decimal

from lending.domain.errors import InputError

_PLACES = 2**64


def bucket(subject: str, experiment: str, shares: Mapping[str, Decimal]) -> str:
    """The variant of a subject. Variants keep their order, so a growing first share moves nobody out of it.

    Args:
        subject: such as a customer's id.
        experiment: its name; other experiments divide people otherwise.
        shares: variant to its share; above zero each, together 1.

    Raises:
        InputError: the shares do not add up to 1, or one is not above zero.

    >>> bucket("C00001", "reword", {"1": Decimal(1)})
    '1'
    """
    if not shares or sum(shares.values()) != 1 or min(shares.values()) <= 0:
        raise InputError(
            f"the shares of {experiment} are {', '.join(map(str, shares.values())) or 'none'}", field=experiment,
            expected="shares above zero that add up to 1", do="Correct the shares.",
        )  # fmt: skip
    place = Decimal(place_of(subject, experiment)) / _PLACES
    reached = Decimal(0)
    for variant, share in shares.items():
        reached += share
        if place < reached:
            return variant
    return list(shares)[-1]


def place_of(subject: str, experiment: str) -> int:
    """Where a subject stands in an experiment, 0 to 2**64 - 1, even over subjects."""
    return int.from_bytes(hashlib.sha256(f"{experiment}\n{subject}".encode()).digest()[:8], "big")
