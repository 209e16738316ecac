"""Keys under which files arrive that a browser sends straight to storage; the standard library alone reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass

ARRIVALS = "quarantine/user-docs/"
"""Below it is what nobody has looked at; the bucket's lifecycle rule ends what stays there."""
_KEY = re.compile(
    re.escape(ARRIVALS)
    + r"(?P<customer>[A-Za-z0-9][A-Za-z0-9_.@-]{0,127})/[0-9]{8}T[0-9]{4}-(?P<document>f_[a-z2-7]{26})"
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a key says: whose file it is, and what the paper will be called."""

    customer_id: str
    document_id: str


def arrival_key(customer_id: str, stamp: str, document_id: str) -> str:
    """The key of a file that is awaited; `stamp` is the minute, such as `20261102T1200`."""
    return f"{ARRIVALS}{customer_id}/{stamp}-{document_id}"


def arrival_of(key: str) -> Arrival | None:
    """What a key says; None for any other text."""
    found = _KEY.fullmatch(key)
    return Arrival(found["customer"], found["document"]) if found else None
