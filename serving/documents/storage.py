"""Where the content of a paper lies, and what is said when storage does not answer."""

from __future__ import annotations

import secrets
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime

from lending.document_ports import PaperRow
from lending.domain.errors import UnavailableError
from lending.domain.record import named

FOLDER = "user-docs"
STAMP = "%Y%m%dT%H%M"
"""The minute, at the beginning of a name in storage."""


def new_document() -> str:
    """A name for a paper, random."""
    return named("f", secrets.token_bytes(32))


def content_key(row: PaperRow, place: str, now: datetime) -> str:
    """A server-made key: `user-docs/{customer}/{quarantine or clean}/{minute}-{document}-{version}-{random}`.

    Two workers at one paper never write, or drop, each other's content.
    """
    name = f"{now.strftime(STAMP)}-{row.document_id}-{row.version}-{secrets.token_hex(4)}"
    return f"{FOLDER}/{row.customer_id}/{place}/{name}"


@contextmanager
def stored(what: str) -> Generator[None]:
    """Say of storage that does not answer what it means to whoever sent or wants a paper. Raises UnavailableError."""
    try:
        yield
    except UnavailableError:
        raise UnavailableError(
            f"the paper {what}: storage does not answer", code="storage_away", field="file", found="no answer",
            expected="storage that answers", do="Try again in a few minutes. What we have of yours is safe.",
        ) from None  # fmt: skip
