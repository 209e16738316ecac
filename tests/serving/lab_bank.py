"""Past loans for the policy lab: a small demo bank, its book as a data set, and the small model of risk."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from features import synthetic
from serving.assembly import Platform
from tests.bank import open_bank

CUSTOMERS = 150


@lru_cache
def the_bank() -> synthetic.DemoBank:
    """Made once a process."""
    return synthetic.demo_bank(11, CUSTOMERS)


def open_lab(home: Path, **more: Any) -> Platform:
    """A platform whose data set `demo_bank` holds a book of a few hundred past loans."""
    place = open_bank(home, **more)
    place.datasets.add(synthetic.write_book(the_bank(), home / "book"))
    return place
